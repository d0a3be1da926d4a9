/**
 * Two threads and one chain: the mover carries an element that stays in the table from the chain's end to its start, over
 * and over; the chaser looks for it all the time. Only the second look at the sequence keeps it from missing the element.
 */
import { workerData } from 'node:worker_threads';
import { Arena, atomicRead32, atomicSet32, fetchAdd32, Heap, Pool } from '@mttcg/atomic';
import { generateLookup, Qht } from '../src/index.ts';
import { AT, TABLE, type MovingJob } from './job.ts';

const { memory, role, rounds } = workerData as MovingJob;
const heap = new Heap(memory);
const table = new Qht(heap, TABLE, new Pool(heap, AT.pool, new Arena(heap, AT.arena)));
/** All have hash 0. Keys 1 to OTHERS stand before the one that is looked for. */
const OTHERS = 60;
const SOUGHT = OTHERS + 1;

function move(): void {
  for (let round = 0; round < rounds; round++) {
    for (let key = 1; key <= SOUGHT; key++) table.insert(0, key);
    // odd: the element is in the table, and stays
    fetchAdd32(heap, AT.go, 1);
    for (let i = 0; i < 20; i++) atomicRead32(heap, AT.go);
    table.remove(0, 1);
    for (let i = 0; i < 20; i++) atomicRead32(heap, AT.go);
    fetchAdd32(heap, AT.go, 1);
    for (let key = 2; key <= SOUGHT; key++) table.remove(0, key);
  }
  atomicSet32(heap, AT.stop, 1);
}

function chase(lookup: (hash: number, key: number) => number): void {
  let hits = 0;
  while (atomicRead32(heap, AT.stop) === 0) {
    const before = atomicRead32(heap, AT.go);
    const found = lookup(0, SOUGHT);
    if ((before & 1) === 0 || atomicRead32(heap, AT.go) !== before) continue;
    if (found === SOUGHT) hits++;
    else fetchAdd32(heap, AT.errors, 1);
  }
  fetchAdd32(heap, AT.hits, hits);
}

const equal = (handle: number, key: number | undefined): boolean => handle === key;
if (role === 'mover') move();
else if (role === 'callbacks') chase((hash, key) => table.lookup(hash, equal, key));
else chase(generateLookup(heap, { table: TABLE, base: AT.elements, stride: 4, fields: [{ offset: 0, width: 32, key: { param: 0 } }] }));
