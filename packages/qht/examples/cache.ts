import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Arena, defineLayout, Heap, Pool } from '@mttcg/atomic';
import { Qht } from '@mttcg/qht';

// Elements live in the same shared memory; the table holds their addresses.
const Square = defineLayout({ name: 'Square', fields: { key: 'u32', value: 'u32' } });
const ARENA = 16;
const POOL = 64;
const TABLE = 256; // a multiple of 64

const hash = (key: number) => Math.imul(key, 0x9e3779b1) ^ (key >>> 7);

if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  const heap = new Heap(memory);
  const pool = new Pool(heap, POOL, Arena.format(heap, ARENA, 1024, heap.size));
  const table = Qht.format(heap, TABLE, pool, { autoResize: true });

  const ended = [0, 1].map((thread) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { memory, thread } });
    return new Promise((resolve) => worker.on('exit', resolve));
  });
  await Promise.all(ended);
  console.log(`${table.statistics().entries} squares`);
} else {
  const { memory, thread } = workerData;
  const heap = new Heap(memory);
  const arena = new Arena(heap, ARENA);
  const table = new Qht(heap, TABLE, new Pool(heap, POOL, arena));

  // Comparators are made once: a lookup allocates nothing.
  const hasKey = (element: number, key: number | undefined) => heap.u32[(element + Square.offset.key) >>> 2] === key;
  const sameKey = (a: number, b: number) => heap.u32[a >>> 2] === heap.u32[b >>> 2];

  // Both threads want the same 5000 squares, in opposite orders; whoever comes first stores one.
  for (let i = 0; i < 5000; i++) {
    const key = thread === 0 ? i : 4999 - i;
    if (table.lookup(hash(key), hasKey, key) !== 0) continue;
    const element = arena.alloc(Square.size, Square.align);
    heap.u32[(element + Square.offset.key) >>> 2] = key;
    heap.u32[(element + Square.offset.value) >>> 2] = key * key;
    table.insert(hash(key), element, sameKey); // nonzero: the other thread was faster, and this is its element
  }
}
