import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { add, compareExchange, load, notify, sub, wait, waitAsync } from './primitive.ts';

const LOCK_MASK = 3;
const FREE = 0;
const LOCKED = 1;
/** Locked, and somebody sleeps on the word. */
const CONTENDED = 2;
/** The count lies above the lock's bits. */
const ONE = 4;

/**
 * `QemuLockCnt`: a count of users and a lock in one u32, for structures that are walked by many and cleaned up by the
 * last. Walkers hold a count, not the lock; what they find deleted they leave; whoever brings the count to 0 does so
 * holding the lock, and frees it.
 *
 * ```ts
 * users.inc();
 * walk(); // entries may be marked deleted meanwhile, none is freed
 * if (users.decAndLock()) {
 *   freeDeletedEntries();
 *   users.unlock();
 * }
 * ```
 *
 * The count leaves 0 only while the lock is free, or by the lock's holder: so under the lock, 0 stays 0. It may change
 * otherwise while the lock is held. It knows no owner: a Worker that ends as a user or with the lock stays one. Cost: about
 * 20 ns for {@link inc} or {@link dec}. Ordering: taking the lock and {@link inc} have acquire semantics; {@link unlock} and
 * the decrements release. Up to 2^30 - 1 users.
 */
export class LockCount {
  /** Bytes at `offset`; alignment 4. Zeroed memory is a free lock without users. */
  static readonly SIZE: number = 4;
  readonly #view: Int32Array;
  readonly #index: number;

  constructor(heap: Heap, offset: number) {
    checkRange('lock count offset', offset, 4, 4, heap.size);
    this.#view = heap.i32;
    this.#index = offset >>> 2;
  }

  /** Adds a user. From 0, waits until the lock is free. */
  inc(): void {
    for (;;) {
      const old = load(this.#view, this.#index);
      if (this.#tryInc(old)) return;
      if (old >>> 2 === 0 && (old & LOCK_MASK) !== FREE) this.#sleep(old);
    }
  }

  /** {@link inc} for threads that must not block. */
  async incAsync(): Promise<void> {
    for (;;) {
      const old = load(this.#view, this.#index);
      if (this.#tryInc(old)) return;
      if (old >>> 2 === 0 && (old & LOCK_MASK) !== FREE) await this.#sleepAsync(old);
    }
  }

  /** Takes a user away without caring whether it was the last. @throws AtomicError ERR_NOT_LOCKED when there is none */
  dec(): void {
    if (sub(this.#view, this.#index, ONE) >>> 2 === 0) {
      add(this.#view, this.#index, ONE);
      throw new AtomicError('ERR_NOT_LOCKED', 'lock count: dec() without a user');
    }
  }

  /** Takes a user away; the last one takes the lock in the same step. @returns whether the caller now holds the lock */
  decAndLock(): boolean {
    for (;;) {
      const old = load(this.#view, this.#index);
      if (old >>> 2 === 1 && (old & LOCK_MASK) !== FREE) this.#sleep(old);
      else if (this.#tryDec(old)) return old >>> 2 === 1;
    }
  }

  /** {@link decAndLock} for threads that must not block. */
  async decAndLockAsync(): Promise<boolean> {
    for (;;) {
      const old = load(this.#view, this.#index);
      if (old >>> 2 === 1 && (old & LOCK_MASK) !== FREE) await this.#sleepAsync(old);
      else if (this.#tryDec(old)) return old >>> 2 === 1;
    }
  }

  /** Like {@link decAndLock} when this is the last user and the lock is free; otherwise changes nothing. */
  decIfLock(): boolean {
    return compareExchange(this.#view, this.#index, ONE | FREE, LOCKED) === (ONE | FREE);
  }

  /** Takes the lock, whatever the count. */
  lock(): void {
    for (;;) {
      const old = load(this.#view, this.#index);
      if ((old & LOCK_MASK) !== FREE) this.#sleep(old);
      else if (compareExchange(this.#view, this.#index, old, old | LOCKED) === old) return;
    }
  }

  /** {@link lock} for threads that must not block. */
  async lockAsync(): Promise<void> {
    for (;;) {
      const old = load(this.#view, this.#index);
      if ((old & LOCK_MASK) !== FREE) await this.#sleepAsync(old);
      else if (compareExchange(this.#view, this.#index, old, old | LOCKED) === old) return;
    }
  }

  /** Gives the lock up. @throws AtomicError ERR_NOT_LOCKED when nobody holds it */
  unlock(): void {
    this.#release(0);
  }

  /** Gives the lock up and becomes a user in the same step. */
  incAndUnlock(): void {
    this.#release(ONE);
  }

  /** Users now. Under the lock, 0 is reliable. */
  count(): number {
    return load(this.#view, this.#index) >>> 2;
  }

  #tryInc(old: number): boolean {
    if (old >>> 2 === 0 && (old & LOCK_MASK) !== FREE) return false;
    return compareExchange(this.#view, this.#index, old, old + ONE) === old;
  }

  /** Takes a user away from `old`: the last one as the lock is taken. */
  #tryDec(old: number): boolean {
    const users = old >>> 2;
    if (users === 0) throw new AtomicError('ERR_NOT_LOCKED', 'lock count: decAndLock() without a user');
    return compareExchange(this.#view, this.#index, old, users > 1 ? old - ONE : LOCKED) === old;
  }

  #release(users: number): void {
    for (;;) {
      const old = load(this.#view, this.#index);
      if ((old & LOCK_MASK) === FREE) throw new AtomicError('ERR_NOT_LOCKED', 'lock count: unlock() of a lock that is free');
      if (compareExchange(this.#view, this.#index, old, (old & ~LOCK_MASK) + users) !== old) continue;
      // All of them: some want the lock, some only that it is free.
      if ((old & LOCK_MASK) === CONTENDED) notify(this.#view, this.#index);
      return;
    }
  }

  /** Announces a sleeper. @returns the word to sleep on, or -1 when it has changed already */
  #announce(old: number): number {
    const contended = (old & ~LOCK_MASK) | CONTENDED;
    return old === contended || compareExchange(this.#view, this.#index, old, contended) === old ? contended : -1;
  }

  #sleep(old: number): void {
    const word = this.#announce(old);
    if (word !== -1) wait(this.#view, this.#index, word);
  }

  async #sleepAsync(old: number): Promise<void> {
    const word = this.#announce(old);
    if (word !== -1) await waitAsync(this.#view, this.#index, word);
  }
}
