import { atomicRead32, atomicSet32, smpMb, smpMbRelease, storeRelease32, type Heap } from '@mttcg/atomic';

const a = (i: number) => 64 + 4 * i;
const b = (i: number) => 128 + 4 * i;

export const threads = [
  (heap: Heap) => {
    // before: a full barrier for each pair
    const seen = [];
    for (let i = 0; i < 10; i++) {
      storeRelease32(heap, a(i), 1);
      smpMb(heap);
      seen.push(atomicRead32(heap, b(i)));
    }
    return seen;
  },
  (heap: Heap) => {
    // after: two loops, one full barrier
    smpMbRelease(heap);
    for (let i = 0; i < 10; i++) atomicSet32(heap, b(i), 1);
    smpMb(heap);
    const seen = [];
    for (let i = 0; i < 10; i++) seen.push(atomicRead32(heap, a(i)));
    return seen;
  },
];

/** Of each pair of threads that raise a flag and look at the other's, one sees it. */
export const check = ([first, second]: number[][]) => first.every((seen, i) => seen === 1 || second[i] === 1);
