/** One thread of an example of the documentation, many times over, in step with the others. */
import { workerData } from 'node:worker_threads';
import { fetchAdd32, Heap, loadAcquire32, nap, pause, storeRelease32 } from '@mttcg/atomic';

export interface Example {
  /** Prepares the first 4 KiB, which are zero; one thread, before the others start. */
  readonly setup?: (heap: Heap) => void;
  readonly threads: readonly ((heap: Heap) => readonly number[] | void)[];
  /** Whether the results of all threads go together. */
  readonly check: (results: number[][]) => boolean;
}

export interface DocsJob {
  readonly memory: WebAssembly.Memory;
  readonly url: string;
  readonly thread: number;
  readonly rounds: number;
}

/** Beyond what the examples use. */
const SCRATCH = 4096;
const ARRIVED = SCRATCH;
const PHASE = SCRATCH + 64;
const RESULTS = SCRATCH + 1024;
const MAX_RESULTS = 63;

const { memory, url, thread, rounds } = workerData as DocsJob;
const example = (await import(url)) as Example;
const heap = new Heap(memory);
let phase = 0;

function meet(): void {
  phase++;
  if (fetchAdd32(heap, ARRIVED, 1) === example.threads.length - 1) {
    storeRelease32(heap, ARRIVED, 0);
    storeRelease32(heap, PHASE, phase);
    return;
  }
  for (let spins = 0; loadAcquire32(heap, PHASE) !== phase; spins++) {
    if (spins < 500) pause();
    else nap(heap.i32, PHASE >>> 2, phase - 1);
  }
}

const resultsAt = (of: number): number => (RESULTS >>> 2) + of * (MAX_RESULTS + 1);

for (let round = 0; round < rounds; round++) {
  if (thread === 0) {
    heap.u8.fill(0, 0, SCRATCH);
    example.setup?.(heap);
  }
  meet();
  const results = example.threads[thread](heap) ?? [];
  heap.u32[resultsAt(thread)] = results.length;
  heap.u32.set(results, resultsAt(thread) + 1);
  meet();
  if (thread !== 0) continue;
  const all = example.threads.map((_, of) => [...heap.u32.subarray(resultsAt(of) + 1, resultsAt(of) + 1 + heap.u32[resultsAt(of)])]);
  if (!example.check(all)) throw new Error(`round ${round}: ${JSON.stringify(all)}`);
}
