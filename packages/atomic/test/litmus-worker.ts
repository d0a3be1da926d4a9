import { parentPort } from 'node:worker_threads';
import { runLitmusThread } from '../src/index.ts';

parentPort?.on('message', ({ job, thread }) => {
  runLitmusThread(job, thread);
  parentPort?.postMessage('done');
});
