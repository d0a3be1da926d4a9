import { cmpxchg32, type Heap, storeRelease32 } from '@mttcg/atomic';
import { waitOn32, wakeOn32 } from './futex.ts';

/**
 * Word locks for structures that exist by the hundred thousand (TBs, pages), where an object per lock is too much.
 * 0 free, 1 held, 2 held with waiters. Holders are short, but a holder's thread may lose the CPU, so after some
 * spinning the waiter sleeps.
 */
export function wordLock(heap: Heap, offset: number): void {
  if (cmpxchg32(heap, offset, 0, 1) === 0) return;
  for (let i = 0; i < 200; i++) if (cmpxchg32(heap, offset, 0, 1) === 0) return;
  // acquire: pairs with the release in wordUnlock
  for (;;) {
    const old = cmpxchg32(heap, offset, 1, 2);
    if (old !== 0) waitOn32(heap, offset, 2);
    if (cmpxchg32(heap, offset, 0, 2) === 0) return;
  }
}

export function wordTryLock(heap: Heap, offset: number): boolean {
  return cmpxchg32(heap, offset, 0, 1) === 0;
}

export function wordUnlock(heap: Heap, offset: number): void {
  if (cmpxchg32(heap, offset, 1, 0) === 1) return;
  // release: pairs with the compare-exchange in wordLock
  storeRelease32(heap, offset, 0);
  wakeOn32(heap, offset, 1);
}
