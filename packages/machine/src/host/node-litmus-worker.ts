import { parentPort } from 'node:worker_threads';
import { type LitmusJob, runLitmusThread } from '@mttcg/atomic';

parentPort?.on('message', ({ job, thread }: { readonly job: LitmusJob; readonly thread: number }) => {
  runLitmusThread(job, thread);
  parentPort?.postMessage('done');
});
