/** One thread of the benchmark. As in QEMU's: hashes are computed beforehand, updates alternate insert and remove. */
import { workerData } from 'node:worker_threads';
import { Arena, atomicRead32, Event, fetchAdd32, Heap, Pool } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';
import { AT, hashOf, TABLE, type Job } from './job.ts';

const { memory, options, index } = workerData as Job;
const { range, updates } = options;
const heap = new Heap(memory);
const pool = new Pool(heap, AT.pool, new Arena(heap, AT.arena));
const table = new Qht(heap, TABLE, pool);
const same = (handle: number, key: number | undefined) => handle === key;

const SEQUENCE = 1 << 16;
const keys = new Uint32Array(SEQUENCE);
const hashes = new Int32Array(SEQUENCE);
const isUpdate = new Uint8Array(SEQUENCE);
let state = (index + 1) * 0x9e3779b1;
const random = () => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
};
for (let i = 0; i < SEQUENCE; i++) {
  keys[i] = 1 + (random() % range);
  hashes[i] = hashOf(keys[i]);
  isUpdate[i] = random() % 10_000 < updates * 100 ? 1 : 0;
}

let insertNext = false;
/** `count` operations; returns hits so that nothing is optimised away. */
function operate(count: number): number {
  let hits = 0;
  for (let n = 0; n < count; n++) {
    const i = n & (SEQUENCE - 1);
    const key = keys[i];
    const found = table.lookup(hashes[i], same, key);
    if (found !== 0) hits++;
    if (isUpdate[i] === 0) continue;
    if (insertNext) {
      if (found === 0) table.insert(hashes[i], key, same);
    } else if (found !== 0) table.remove(hashes[i], key);
    insertNext = !insertNext;
  }
  return hits;
}

if (index === options.threads) resizer();
else measure();

function start(): void {
  fetchAdd32(heap, AT.ready, 1);
  new Event(heap, AT.go).wait();
}

function measure(): void {
  operate(200_000);
  start();
  let done = 0;
  let hits = 0;
  const begin = performance.now();
  while (atomicRead32(heap, AT.stop) === 0) {
    hits += operate(SEQUENCE);
    done += SEQUENCE;
  }
  heap.f64[(AT.results >>> 3) + index] = done / (performance.now() - begin) / 1000;
  if (hits < 0) throw new Error('unreachable');
}

function resizer(): void {
  start();
  const pause = new Event(new Heap(new SharedArrayBuffer(8)), 0);
  let half = false;
  while (atomicRead32(heap, AT.stop) === 0) {
    pause.wait(1000 / options.resizeRate);
    table.resize(half ? options.keys : options.keys * 2);
    half = !half;
  }
}
