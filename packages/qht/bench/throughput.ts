/** Throughput under the mix of QEMU's qht benchmark, beside other maps. */
import { Worker } from 'node:worker_threads';
import { Arena, atomicRead32, atomicSet32, Event, Heap, Pool } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';
import { ARENA_START, AT, ELEMENT_BYTES, firstKeys, hashOf, TABLE, type Job } from './job.ts';
import type { RunOptions, Scheme } from './options.ts';
import { median } from './report.ts';
import { makeSharedMap } from './schemes.ts';

/** Millions of operations per second of all threads together. */
async function run(options: RunOptions): Promise<number> {
  const memory = new WebAssembly.Memory({ initial: 4096, maximum: 4096, shared: true });
  const heap = new Heap(memory);
  const arena = Arena.format(heap, AT.arena, ARENA_START, heap.size);
  const isTable = options.scheme === 'qht' || options.scheme === 'wasm';
  const range = Math.max(options.initRange, options.lookupRange, options.updateRange);
  const elements = arena.alloc((range + 1) * ELEMENT_BYTES, 64);
  const table = Qht.format(heap, TABLE, new Pool(heap, AT.pool, arena), { elements: options.size, autoResize: options.autoResize });
  if (isTable) {
    for (let i = 1; i <= range; i++) heap.u32[(elements + i * ELEMENT_BYTES) >>> 2] = options.offset + i;
    for (const key of firstKeys(options)) table.insert(hashOf(key), elements + (key - options.offset) * ELEMENT_BYTES);
  }
  const map = options.scheme === 'sharedmap' ? makeSharedMap({ options }) : undefined;
  const crew = options.threads + (isTable && options.resizeRate > 0 ? options.resizeThreads : 0);
  const ended = Array.from({ length: crew }, (_, index) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { memory, options, elements, index, map } satisfies Job,
    });
    return new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
  });
  const all = Promise.all(ended);
  const failed = all.then(() => undefined);
  while (atomicRead32(heap, AT.ready) < crew) await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 10))]);
  new Event(heap, AT.go).set();
  await new Promise((resolve) => setTimeout(resolve, options.seconds * 1000));
  atomicSet32(heap, AT.stop, 1);
  await all;
  table.check();
  return heap.f64.subarray(AT.results >>> 3, (AT.results >>> 3) + options.threads).reduce((sum, rate) => sum + rate, 0);
}

const NAMES: Record<Scheme, string> = { qht: 'qht, callbacks', wasm: 'qht, generated', map: 'Map + mutex', sharedmap: 'sharedmap' };

/** Every kind of run once in each round; prints medians of the rounds. */
export async function throughput(runs: readonly RunOptions[], rounds: number): Promise<void> {
  const rates = runs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) for (const [i, options] of runs.entries()) rates[i].push(await run(options));
  const figure = new Map(runs.map((options, i) => [options, median(rates[i])]));
  const other = (options: RunOptions, change: Partial<RunOptions>): number | undefined => {
    const wanted = { ...options, ...change };
    const found = runs.find((r) => r.scheme === wanted.scheme && r.threads === wanted.threads && r.updates === wanted.updates);
    return found === undefined ? undefined : figure.get(found);
  };
  const ratio = (value: number, to: number | undefined): string => (to === undefined ? '' : (value / to).toFixed(2));
  console.log(`M ops/s, medians of ${rounds} rounds${runs[0]?.cpu ? ', by the threads\' CPU time' : ''}; ratios against one thread of the same, and of qht by callbacks to the others`);
  console.log(`${'updates'.padStart(8)} ${'threads'.padStart(8)}  ${'map'.padEnd(15)} ${'total'.padStart(8)} ${'a thread'.padStart(9)} ${'to 1 thread'.padStart(12)} ${'qht ahead'.padStart(10)}  lowest to highest`);
  for (const [i, options] of runs.entries()) {
    const total = figure.get(options)!;
    const { updates, threads, scheme } = options;
    const reference = other(options, { scheme: 'qht' });
    console.log([
      `${updates} %`.padStart(8), String(threads).padStart(8), ` ${NAMES[scheme].padEnd(15)}`, total.toFixed(2).padStart(8), (total / threads).toFixed(2).padStart(9),
      ratio(total, other(options, { threads: 1 })).padStart(12), (reference === undefined || scheme === 'qht' ? '' : ratio(reference, total)).padStart(10),
      ` ${Math.min(...rates[i]).toFixed(2)} to ${Math.max(...rates[i]).toFixed(2)}`,
    ].join(' '));
  }
}
