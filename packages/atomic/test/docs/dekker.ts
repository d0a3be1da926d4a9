import { loadAcquire32, smpMb, storeRelease32, type Heap } from '@mttcg/atomic';

const MINE = [64, 128];

/** `atomic_mb_set` of one's own flag, `atomic_mb_read` of the other's, said as it should be said now. */
const enters = (me: 0 | 1) => (heap: Heap) => {
  storeRelease32(heap, MINE[me], 1);
  smpMb(heap); // a store before a later load: the one order that acquire and release do not give
  return [loadAcquire32(heap, MINE[1 - me]) === 0 ? 1 : 0];
};

export const threads = [enters(0), enters(1)];

/** Not both enter. */
export const check = ([[first], [second]]: number[][]) => first + second <= 1;
