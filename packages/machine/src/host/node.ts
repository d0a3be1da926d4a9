import { Worker } from 'node:worker_threads';
import type { NodeLogOptions } from './node-platform.ts';
import type { ControlPlatform, ThreadHandle } from './platform.ts';

/** What a worker gets from the control thread. */
export interface NodeWorkerData {
  readonly log: NodeLogOptions;
  readonly thread: unknown;
}

/** Control-thread services on Node: threads are worker_threads. */
export class NodeControlPlatform implements ControlPlatform {
  readonly #log: NodeLogOptions;

  constructor(log: NodeLogOptions = { file: undefined }) {
    this.#log = log;
  }

  spawn(data: unknown): ThreadHandle {
    const source = import.meta.url.endsWith('.ts');
    const url = new URL(source ? './node-worker.ts' : './node-worker.js', import.meta.url);
    const workerData: NodeWorkerData = { log: this.#log, thread: data };
    const worker = new Worker(url, { workerData });
    const ended = new Promise<void>((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => resolve());
    });
    return {
      ended,
      terminate: async () => {
        await worker.terminate();
      },
    };
  }
}
