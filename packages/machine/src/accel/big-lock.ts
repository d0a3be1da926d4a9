import { atomicRead32, atomicSet32, type Heap } from '@mttcg/atomic';
import { wordLock, wordUnlock } from './spin.ts';

/**
 * The big lock: guards device models, interrupt lines and timers. Recursive within a thread.
 *
 * Shared words: [futex, owner thread + 1, depth]. One object per thread. Never taken by the control thread, which may
 * not block; never held while guest code runs or while waiting for an exclusive section.
 */
export class BigLock {
  readonly #heap: Heap;
  readonly #at: number;
  readonly #me: number;

  /** `thread` is a number that no other thread of the machine uses. */
  constructor(heap: Heap, at: number, thread: number) {
    this.#heap = heap;
    this.#at = at;
    this.#me = thread + 1;
  }

  lock(): void {
    const heap = this.#heap;
    // only this thread can have stored its own number, so a stale read of another's does no harm
    if (atomicRead32(heap, this.#at + 4) === this.#me) {
      heap.u32[(this.#at + 8) >>> 2]!++;
      return;
    }
    wordLock(heap, this.#at);
    atomicSet32(heap, this.#at + 4, this.#me);
    heap.u32[(this.#at + 8) >>> 2] = 1;
  }

  unlock(): void {
    const heap = this.#heap;
    if (atomicRead32(heap, this.#at + 4) !== this.#me) throw new Error('the big lock is not held by this thread');
    if (--heap.u32[(this.#at + 8) >>> 2]! > 0) return;
    atomicSet32(heap, this.#at + 4, 0);
    wordUnlock(heap, this.#at);
  }

  get held(): boolean {
    return atomicRead32(this.#heap, this.#at + 4) === this.#me;
  }
}
