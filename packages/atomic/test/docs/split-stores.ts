import { atomicSet32, loadAcquire32, smpMbRelease, smpWmb, storeRelease32, type Heap } from '@mttcg/atomic';

const a = (i: number) => 64 + 4 * i;
const b = (i: number) => 128 + 4 * i;

/** Flags of the second kind that were seen without those of the first. */
const early = (heap: Heap, offset: number) => {
  let count = 0;
  for (let i = 0; i < 10; i++) if (loadAcquire32(heap, b(i) + offset) === 1 && loadAcquire32(heap, a(i) + offset) !== 1) count++;
  return count;
};

export const threads = [
  (heap: Heap) => {
    // before: releases all along
    for (let i = 0; i < 10; i++) {
      storeRelease32(heap, a(i), 1);
      storeRelease32(heap, b(i), 1);
    }
  },
  (heap: Heap) => {
    // after: the barrier between the loops orders stores only
    smpMbRelease(heap);
    for (let i = 0; i < 10; i++) atomicSet32(heap, a(i) + 256, 1);
    smpWmb(heap);
    for (let i = 0; i < 10; i++) atomicSet32(heap, b(i) + 256, 1);
  },
  (heap: Heap) => [early(heap, 0), early(heap, 256)],
];

export const check = ([, , [before, after]]: number[][]) => before === 0 && after === 0;
