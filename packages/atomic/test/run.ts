import { Worker } from 'node:worker_threads';
import { expect } from 'vitest';
import { Event, fetchAdd32, Heap } from '../src/index.ts';
import { AT, type Job } from './job.ts';

export interface Options {
  /** Before the threads start. */
  readonly prepare?: (heap: Heap) => void;
  /** Takes the place of thread 0, on the calling thread, which must not block. */
  readonly main?: (heap: Heap) => Promise<void>;
}

/** Runs `scenario` on real threads and hands back the memory when all have ended. */
export async function run(scenario: string, threads: number, rounds: number, { prepare, main }: Options = {}): Promise<Heap> {
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 32, shared: true });
  const heap = new Heap(memory);
  heap.u32[AT.threads >>> 2] = threads;
  prepare?.(heap);
  const ended = Array.from({ length: threads }, async (_, thread) => {
    if (thread === 0 && main !== undefined) return;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { memory, scenario, thread, rounds } satisfies Job,
      execArgv: ['--conditions=@mttcg/source'],
    });
    const code = await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
    expect(code).toBe(0);
  });
  if (main !== undefined) {
    const go = new Event(heap, AT.go);
    if (fetchAdd32(heap, AT.ready, 1) + 1 === threads) go.set();
    await go.waitAsync();
    await main(heap);
  }
  await Promise.all(ended);
  expect(heap.u32[AT.errors >>> 2]).toBe(0);
  return heap;
}
