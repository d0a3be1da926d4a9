/** One thread of stress.test.ts; its role comes as worker data. */
import { workerData } from 'node:worker_threads';
import { Arena, atomicRead32, cmpxchg32, Event, fetchAdd32, fetchSub32, Heap, Pool } from '@mttcg/atomic';
import { generateLookup, Qht } from '../src/index.ts';
import { AT, hashOf, KEYS_PER_WRITER, randomFrom, TABLE, type Job } from './job.ts';

const { memory, role, index, threads, rounds, seed } = workerData as Job;
const heap = new Heap(memory);
const pool = new Pool(heap, AT.pool, new Arena(heap, AT.arena));
const table = new Qht(heap, TABLE, pool);
const random = randomFrom(seed + index * 7919);
const keys = heap.u32[AT.writers >>> 2] * KEYS_PER_WRITER;

// The key of a handle is the handle itself: comparators can be right or wrong about nothing else.
const same = (handle: number, key: number | undefined) => handle === key;

/** Counts an error and keeps the first one's code for the report. */
function wrong(code: number): void {
  fetchAdd32(heap, AT.errors, 1);
  cmpxchg32(heap, AT.firstError, 0, code);
}

/** The keys above all writers' are always in the table: a lookup that misses one is wrong. */
function read(lookup: (hash: number, key: number) => number): void {
  let hits = 0;
  while (atomicRead32(heap, AT.stop) !== 0) {
    const fixed = keys + 1 + (random() % KEYS_PER_WRITER);
    if (lookup(hashOf(fixed), fixed) !== fixed) wrong(10);
    const any = 1 + (random() % keys);
    const found = lookup(hashOf(any), any);
    if (found !== 0 && found !== any) wrong(11);
    const absent = keys + KEYS_PER_WRITER + 1 + (random() & 1023);
    if (lookup(hashOf(absent), absent) !== 0) wrong(12);
    hits++;
  }
  fetchAdd32(heap, AT.hits, hits);
}

const roles: Record<Job['role'], () => void> = {
  /** Inserts and removes its own keys at random and knows at each moment what must be found. */
  writer() {
    const present = new Uint8Array(KEYS_PER_WRITER);
    const first = 1 + index * KEYS_PER_WRITER;
    for (let round = 0; round < rounds; round++) {
      const i = random() % KEYS_PER_WRITER;
      const key = first + i;
      const hash = hashOf(key);
      if (table.lookup(hash, same, key) !== (present[i] ? key : 0)) wrong(present[i] ? 1 : 2);
      if (present[i]) {
        if (random() % 4 === 0 && table.insert(hash, key, same) !== key) wrong(3);
        if (!table.remove(hash, key)) wrong(4);
        if (table.remove(hash, key)) wrong(5);
      } else if (table.insert(hash, key, same) !== 0) wrong(6);
      present[i] ^= 1;
      if (table.lookup(hash, same, key) !== (present[i] ? key : 0)) wrong(present[i] ? 7 : 8);
    }
    // Leave the even keys in, for the main thread to check.
    for (let i = 0; i < KEYS_PER_WRITER; i++) {
      const key = first + i;
      if (key % 2 === 0 && !present[i]) table.insert(hashOf(key), key, same);
      if (key % 2 !== 0 && present[i]) table.remove(hashOf(key), key);
    }
    fetchSub32(heap, AT.stop, 1);
  },
  reader: () => read((hash, key) => table.lookup(hash, same, key)),
  'wasm reader': () =>
    read(generateLookup(heap, { table: TABLE, base: AT.elements, stride: 4, fields: [{ offset: 0, width: 32, key: { param: 0 } }], attempts: 2 })),
  resizer() {
    // Paced: old maps are not freed while others run.
    while (atomicRead32(heap, AT.stop) !== 0) {
      table.resize(1 << (random() % 13));
      for (let i = 0; i < 2000; i++) atomicRead32(heap, AT.stop);
    }
  },
  iterator() {
    while (atomicRead32(heap, AT.stop) !== 0) {
      let fixed = 0;
      table.iterate((handle, hash) => {
        if (hash !== hashOf(handle) >>> 0) wrong(20);
        if (handle > keys) fixed++;
      });
      if (fixed !== KEYS_PER_WRITER) wrong(21);
      if (table.iterateRemove((handle) => handle === 0) !== 0) wrong(22);
      table.statistics();
      for (let i = 0; i < 2000; i++) atomicRead32(heap, AT.stop);
    }
  },
};

if (fetchAdd32(heap, AT.ready, 1) + 1 === threads) new Event(heap, AT.go).set();
new Event(heap, AT.go).wait();
roles[role]();
