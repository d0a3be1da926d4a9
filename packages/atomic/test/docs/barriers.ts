import { atomicRead32, atomicSet32, smpRmb, smpWmb, type Heap } from '@mttcg/atomic';

const A = 64;
const B = 128;

export const threads = [
  (heap: Heap) => {
    heap.u32[A >>> 2] = 1; // an ordinary access
    smpWmb(heap);
    atomicSet32(heap, B, 2);
  },
  (heap: Heap) => {
    const x = atomicRead32(heap, B);
    smpRmb(heap);
    const y = heap.u32[A >>> 2];
    return [x, y];
  },
];

/** The write barrier pairs with the read barrier. */
export const check = ([, [x, y]]: number[][]) => x === 0 || y === 1;
