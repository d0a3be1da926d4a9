import { Event, type Heap } from '@mttcg/atomic';

const A = 64;
const DONE = 128;

export const threads = [
  (heap: Heap) => {
    heap.u32[A >>> 2] = 1;
    new Event(heap, DONE).set(); // release
  },
  (heap: Heap) => {
    new Event(heap, DONE).wait(); // acquire
    return [heap.u32[A >>> 2]];
  },
];

export const check = ([, [x]]: number[][]) => x === 1;
