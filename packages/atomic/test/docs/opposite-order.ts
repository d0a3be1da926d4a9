import { loadAcquire32, storeRelease32, type Heap } from '@mttcg/atomic';

const A = 64;
const B = 128;

export const threads = [
  (heap: Heap) => {
    for (let i = 1; i <= 10; i++) {
      storeRelease32(heap, A, i);
      storeRelease32(heap, B, i);
    }
  },
  (heap: Heap) => {
    const y = loadAcquire32(heap, B);
    const x = loadAcquire32(heap, A);
    return [x, y];
  },
];

/** A is never seen behind B. */
export const check = ([, [x, y]]: number[][]) => x >= y;
