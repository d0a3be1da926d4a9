import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type LitmusReport, runLitmus, type RunLitmusOptions } from '@mttcg/atomic';

export { LITMUS_TESTS, type LitmusProgress, type LitmusReport } from '@mttcg/atomic';

/** As `runLitmus` takes them; the threads are Node's. */
export interface NodeLitmusOptions extends Omit<RunLitmusOptions, 'startThread'> {
  /** Ends it early: the promise rejects with an AbortError. */
  readonly signal?: AbortSignal;
}

/**
 * The litmus self-test of `@mttcg/atomic` on worker_threads: what order engine and machine keep.
 * @throws AtomicError ERR_BAD_ARGUMENT for tests, accesses, engines or runs that there are not
 */
export async function runLitmusTests({ signal, ...options }: NodeLitmusOptions): Promise<LitmusReport[]> {
  const source = import.meta.url.endsWith('.ts');
  const url = new URL(source ? './node-litmus-worker.ts' : './node-litmus-worker.js', import.meta.url);
  const workers: Worker[] = [];
  try {
    return await runLitmus({
      ...options,
      startThread: async (job, thread) => {
        const worker = (workers[thread] ??= new Worker(url));
        const done = once(worker, 'message', signal === undefined ? {} : { signal });
        worker.postMessage({ job, thread });
        await done;
      },
    });
  } finally {
    // also those that wait for one that has failed
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
