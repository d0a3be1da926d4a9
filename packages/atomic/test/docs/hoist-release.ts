import { atomicSet32, loadAcquire32, smpMbRelease, storeRelease32, type Heap } from '@mttcg/atomic';

const before = (i: number) => 64 + 4 * i;
const after = (i: number) => 128 + 4 * i;
const DATA = 256 >>> 2;

export const threads = [
  (heap: Heap) => {
    heap.u32[DATA] = 7;
    // before: a release each
    for (let i = 0; i < 10; i++) storeRelease32(heap, before(i), 1);
  },
  (heap: Heap) => {
    heap.u32[DATA + 16] = 7;
    // after: one barrier for all
    smpMbRelease(heap);
    for (let i = 0; i < 10; i++) atomicSet32(heap, after(i), 1);
  },
  (heap: Heap) => {
    let bad = 0;
    for (let i = 0; i < 10; i++) {
      if (loadAcquire32(heap, before(i)) === 1 && heap.u32[DATA] !== 7) bad++;
      if (loadAcquire32(heap, after(i)) === 1 && heap.u32[DATA + 16] !== 7) bad++;
    }
    return [bad];
  },
];

export const check = ([, , [bad]]: number[][]) => bad === 0;
