import { atomicRead32, fetchAdd32, type Heap } from '@mttcg/atomic';

const X = 64;
const Y = 128;

export const threads = [
  (heap: Heap) => [fetchAdd32(heap, X, 2), atomicRead32(heap, Y)],
  (heap: Heap) => [fetchAdd32(heap, Y, 2), atomicRead32(heap, X)],
];

/** The read is ordered after the addition: one of the two sees the other's. */
export const check = ([[, y], [, x]]: number[][]) => y === 2 || x === 2;
