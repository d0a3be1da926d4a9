import { atomicRead32, loadAcquire32, smpMbAcquire, storeRelease32, type Heap } from '@mttcg/atomic';

const flag = (i: number) => 64 + 4 * i;
const data = (heap: Heap, i: number) => heap.u32[(256 + 4 * i) >>> 2];

/** How many of the flags that were seen stand for data that was not. */
const missing = (heap: Heap, flags: number[]) => flags.filter((seen, i) => seen === 1 && data(heap, i) !== 7).length;

export const threads = [
  (heap: Heap) => {
    for (let i = 0; i < 10; i++) {
      heap.u32[(256 + 4 * i) >>> 2] = 7;
      storeRelease32(heap, flag(i), 1);
    }
  },
  (heap: Heap) => {
    // before: an acquire each
    const flags = [];
    for (let i = 0; i < 10; i++) flags.push(loadAcquire32(heap, flag(i)));
    return [missing(heap, flags)];
  },
  (heap: Heap) => {
    // after: one barrier for all
    const flags = [];
    for (let i = 0; i < 10; i++) flags.push(atomicRead32(heap, flag(i)));
    smpMbAcquire(heap);
    return [missing(heap, flags)];
  },
];

export const check = ([, [before], [after]]: number[][]) => before === 0 && after === 0;
