/**
 * Throughput of the table under the mix of QEMU's qht benchmark.
 *
 *   node --conditions=@mttcg/source bench/lookup.ts [--threads 1,2] [--updates 0,1,20] [--keys 200000] [--range 200000]
 *                                                    [--resize-rate 0] [--seconds 1]
 */
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Arena, atomicRead32, atomicSet32, Event, Heap, Pool } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';
import { ARENA_START, AT, hashOf, TABLE, type Job, type Options } from './job.ts';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    updates: { type: 'string', default: '0,1,20' },
    keys: { type: 'string', default: '200000' },
    range: { type: 'string' },
    'resize-rate': { type: 'string', default: '0' },
    seconds: { type: 'string', default: '1' },
  },
});
const list = (text: string) => text.split(',').map(Number);

async function run(options: Options): Promise<number[]> {
  const memory = new WebAssembly.Memory({ initial: 2048, maximum: 2048, shared: true });
  const heap = new Heap(memory);
  const pool = new Pool(heap, AT.pool, Arena.format(heap, AT.arena, ARENA_START, heap.size));
  const table = Qht.format(heap, TABLE, pool, { elements: options.keys });
  for (let key = 1; key <= options.keys; key++) table.insert(hashOf(key), key);
  const crew = options.threads + (options.resizeRate > 0 ? 1 : 0);
  const ended = Array.from({ length: crew }, (_, index) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { memory, options, index } satisfies Job,
      execArgv: ['--conditions=@mttcg/source'],
    });
    return new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
  });
  while (atomicRead32(heap, AT.ready) < crew) await new Promise((resolve) => setTimeout(resolve, 10));
  new Event(heap, AT.go).set();
  await new Promise((resolve) => setTimeout(resolve, options.seconds * 1000));
  atomicSet32(heap, AT.stop, 1);
  await Promise.all(ended);
  table.check();
  return Array.from(heap.f64.subarray(AT.results >>> 3, (AT.results >>> 3) + options.threads));
}

console.log('threads  updates  M ops/s per thread  total  against 1 thread');
for (const updates of list(values.updates)) {
  let single = 0;
  for (const threads of list(values.threads)) {
    const keys = Number(values.keys);
    const rates = await run({
      threads,
      updates,
      keys,
      range: Number(values.range ?? keys),
      resizeRate: Number(values['resize-rate']),
      seconds: Number(values.seconds),
    });
    const total = rates.reduce((sum, rate) => sum + rate, 0);
    if (threads === 1) single = total;
    const ratio = single > 0 ? (total / single).toFixed(2) : '';
    console.log(
      `${String(threads).padStart(7)}  ${`${updates} %`.padStart(7)}  ${(total / threads).toFixed(2).padStart(18)}  ${total.toFixed(2).padStart(5)}  ${ratio}`,
    );
  }
}
