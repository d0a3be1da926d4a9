import { atomicRead32, atomicSet32, loadAcquire32, storeRelease32, type Heap } from '@mttcg/atomic';

const A = 64;
const B = 128;

export const threads = [
  (heap: Heap) => {
    atomicSet32(heap, A, 1);
    storeRelease32(heap, B, 2); // pairs with the load-acquire of B
  },
  (heap: Heap) => {
    const x = loadAcquire32(heap, B);
    const y = atomicRead32(heap, A);
    return [x, y];
  },
];

/** Who sees B sees A. */
export const check = ([, [x, y]]: number[][]) => x === 0 || y === 1;
