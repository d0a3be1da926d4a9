import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { compareExchange, exchange, load, notify, pause, store, wait, waitAsync } from './primitive.ts';

const FREE = 0;
const LOCKED = 1;
/** Locked, and somebody may sleep on the word. */
const CONTENDED = 2;

/** Pauses before sleeping: about 2 µs, the length of a short critical section, below the cost of a sleep and wake. */
const SPINS = 50;

/** What {@link CondVar} needs of a lock. */
export interface Lockable {
  /** Takes the lock; acquire. */
  lock(): void;
  /** Gives it up; release. */
  unlock(): void;
  /** {@link lock} for threads that must not block. */
  lockAsync(): Promise<void>;
}

/**
 * Futex mutex over one u32: 0 free, 1 locked, 2 locked with possible sleepers. Zeroed memory is an unlocked mutex; the
 * object is only a handle, each thread makes its own. Not recursive, not fair, knows no owner: those who wait for a lock
 * whose holder's Worker has ended wait for ever. {@link RobustMutex} tells them.
 *
 * Ordering: {@link lock} has acquire (`pthread_mutex_lock`), {@link unlock} release semantics (`pthread_mutex_unlock`); an
 * `unlock` pairs with the next `lock` of the same word on any thread. Cost: 20 to 25 ns for an uncontended pair.
 */
export class Mutex implements Lockable {
  /** Bytes at `offset`; alignment 4. */
  static readonly SIZE: number = 4;
  readonly #view: Int32Array;
  readonly #index: number;

  constructor(heap: Heap, offset: number) {
    checkRange('mutex offset', offset, 4, 4, heap.size);
    this.#view = heap.i32;
    this.#index = offset >>> 2;
  }

  /** Takes the lock, sleeping while another has it. Locking twice on one thread never returns. */
  lock(): void {
    // acquire: pairs with the exchange in unlock()
    if (compareExchange(this.#view, this.#index, FREE, LOCKED) !== FREE) this.#lockSlow();
  }

  /**
   * {@link lock}, but gives up when it has slept `timeoutMs` without being woken: after that long, the holder's Worker
   * has probably ended. @returns whether the caller holds the lock
   */
  lockWithin(timeoutMs: number): boolean {
    for (let i = 0; i <= SPINS; i++) {
      // acquire: pairs with the exchange in unlock()
      if (this.tryLock()) return true;
      pause();
    }
    // contended from here on: pairs with unlock(), which then wakes one sleeper
    while (exchange(this.#view, this.#index, CONTENDED) !== FREE) {
      if (wait(this.#view, this.#index, CONTENDED, timeoutMs) === 'timed-out') return false;
    }
    return true;
  }

  /** Takes the lock if it is free; acquire semantics when true. */
  tryLock(): boolean {
    return compareExchange(this.#view, this.#index, FREE, LOCKED) === FREE;
  }

  /** {@link lock} for threads that must not block. The caller holds the lock once the promise has resolved. */
  async lockAsync(): Promise<void> {
    if (this.tryLock()) return;
    while (exchange(this.#view, this.#index, CONTENDED) !== FREE) {
      await waitAsync(this.#view, this.#index, CONTENDED);
    }
  }

  /** Gives the lock up. @throws AtomicError ERR_NOT_LOCKED when nobody holds it */
  unlock(): void {
    // release: pairs with the compare-exchange (or exchange) that takes the lock next
    const old = exchange(this.#view, this.#index, FREE);
    if (old === CONTENDED) notify(this.#view, this.#index, 1);
    else if (old === FREE) throw new AtomicError('ERR_NOT_LOCKED', 'mutex: unlock() of a mutex that is not locked');
  }

  /** Whether anybody holds it: for assertions, out of date as soon as it is returned. */
  isLocked(): boolean {
    return load(this.#view, this.#index) !== FREE;
  }

  /** Frees the lock whatever its state: after the holder's Worker has died and its data has been checked. */
  forceUnlock(): void {
    store(this.#view, this.#index, FREE);
    notify(this.#view, this.#index, 1);
  }

  #lockSlow(): void {
    for (let i = 0; i < SPINS; i++) {
      pause();
      if (load(this.#view, this.#index) === FREE && compareExchange(this.#view, this.#index, FREE, LOCKED) === FREE) return;
    }
    // Having slept once we cannot know whether others sleep too, so the lock is taken as contended.
    while (exchange(this.#view, this.#index, CONTENDED) !== FREE) wait(this.#view, this.#index, CONTENDED);
  }
}
