/** One thread of the benchmark: operations in random order, or resizes. */
import { workerData } from 'node:worker_threads';
import { Arena, atomicRead32, Event, fetchAdd32, Heap, Pool } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';
import { randomFrom } from '../test/job.ts';
import { AT, hashOf, TABLE, type Job } from './job.ts';
import { openScheme } from './schemes.ts';

const job = workerData as Job;
const { memory, options, index } = job;
const heap = new Heap(memory);
const random = randomFrom((index + 1) * 0x9e3779b1);
/** Operations before they repeat: more than the usual number of keys, so that all of the table is used. */
const SEQUENCE = 1 << 18;

function start(): void {
  fetchAdd32(heap, AT.ready, 1);
  new Event(heap, AT.go).wait();
}

/** As in QEMU's benchmark, updates alternate between inserting and removing. */
function measure(): void {
  const { has, insert, remove } = openScheme(job);
  const { precompute, updates, offset, lookupRange, updateRange } = options;
  const isUpdate = Uint8Array.from({ length: SEQUENCE }, () => (random() % 10_000 < updates * 100 ? 1 : 0));
  const keys = Uint32Array.from({ length: SEQUENCE }, (_, i) => offset + 1 + (random() % (isUpdate[i] === 1 ? updateRange : lookupRange)));
  const hashes = Int32Array.from(keys, hashOf);
  const texts = Array.from(keys, String);
  let insertNext = true;
  let at = 0;
  /** `count` operations; returns hits so that nothing is optimised away. */
  const operate = (count: number): number => {
    let hits = 0;
    for (let n = 0; n < count; n++) {
      const i = at;
      at = (at + 1) & (SEQUENCE - 1);
      // Else each key would be inserted in every repetition, or removed in every one, and nothing would change.
      if (at === 0) insertNext = (random() & 1) === 1;
      const key = keys[i];
      const hash = precompute ? hashes[i] : hashOf(key);
      if (isUpdate[i] === 0) {
        if (has(key, hash, texts[i])) hits++;
      } else {
        if (insertNext) insert(key, hash, texts[i]);
        else remove(key, hash, texts[i]);
        insertNext = !insertNext;
      }
    }
    return hits;
  };
  const CHUNK = 2048;
  // Engines optimise what has run long enough; a slow scheme gets there too.
  const warm = performance.now() + 300;
  while (performance.now() < warm) operate(CHUNK);
  start();
  let done = 0;
  let hits = 0;
  const cpu = process.threadCpuUsage();
  const begin = performance.now();
  do {
    hits += operate(CHUNK);
    done += CHUNK;
  } while (atomicRead32(heap, AT.stop) === 0);
  const { user, system } = process.threadCpuUsage(cpu);
  const µs = options.cpu ? user + system : (performance.now() - begin) * 1000;
  heap.f64[(AT.results >>> 3) + index] = done / µs;
  if (hits < 0) throw new Error('unreachable');
}

function resize(): void {
  const table = new Qht(heap, TABLE, new Pool(heap, AT.pool, new Arena(heap, AT.arena)));
  const sleep = new Event(new Heap(new SharedArrayBuffer(8)), 0);
  let isLarge = false;
  start();
  while (atomicRead32(heap, AT.stop) === 0) {
    sleep.wait(options.resizeDelay / 1000);
    if (random() % 10_000 >= options.resizeRate * 100) continue;
    isLarge = !isLarge;
    table.resize(isLarge ? options.size * 2 : options.size);
  }
}

if (index < options.threads) measure();
else resize();
