import { Worker } from 'node:worker_threads';
import { inspectImage } from './node-image.ts';
import type { NodeLogOptions } from './node-platform.ts';
import type { ControlPlatform, DriveImage, ThreadHandle } from './platform.ts';

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
    let failure: { readonly error: unknown } | undefined;
    let terminated = false;
    const ended = new Promise<void>((resolve, reject) => {
      worker.on('error', (error: unknown) => {
        failure ??= { error };
      });
      // after 'error' too: only now are its files closed
      worker.once('exit', (status) => {
        if (failure === undefined && !terminated && status !== 0) failure = { error: new Error(`it ended with exit status ${status}`) };
        if (failure === undefined) resolve();
        else reject(failure.error as Error);
      });
    });
    return {
      ended,
      terminate: async () => {
        terminated = true;
        await worker.terminate();
      },
    };
  }

  async inspectDrive(path: string, readonly: boolean): Promise<DriveImage> {
    return inspectImage(path, readonly);
  }

  warn(message: string): void {
    process.emitWarning(message, 'MttcgWarning');
  }
}

export { tuneEngine } from './engine.ts';
export { LITMUS_TESTS, type LitmusProgress, type LitmusReport, type NodeLitmusOptions, runLitmusTests } from './node-litmus.ts';
