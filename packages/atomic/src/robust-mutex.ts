import { AtomicError, checkRange, OwnerDiedError } from './error.ts';
import type { Heap } from './heap.ts';
import type { Lockable } from './mutex.ts';
import { compareExchange, exchange, load, notify, pause, wait, waitAsync } from './primitive.ts';
import { CONTENDED, ON_LOCK, OWNER_DIED, OWNER_MASK, type Threads } from './threads.ts';

const FREE = 0;
const SPINS = 50;
/** How often a waiter that must not block looks whether the owner is alive: a thread has one place to be woken by, not many. */
const ASYNC_CHECK_MS = 50;

/** Who locks, and what to call the lock. */
export interface RobustMutexOptions {
  /** The table of the threads that share the lock. */
  readonly threads: Threads;
  /** The calling thread's id in it. */
  readonly threadId: number;
  /** Names the lock in errors. Default: its address. */
  readonly name?: string;
}

/**
 * Mutex that knows its owner and tells those who wait when the owner's Worker has ended: POSIX's robust mutex. One u32: 0
 * free, else the owner's id and two bits. Zeroed memory is an unlocked mutex. Not recursive, not fair.
 *
 * When the owner has ended ({@link Threads.ended}), whoever wants the lock gets an {@link OwnerDiedError}, each time, and does
 * *not* hold it, until one thread calls {@link recover}, which gives it the lock. It repairs the data and unlocks; should it
 * end too, the rest learns that. (POSIX gives the lock to the one who gets the error; an exception is a bad moment to hold a
 * lock, so here that is a second step. A lock that nobody recovers is POSIX's "not recoverable".)
 *
 * Ordering: as for Mutex; {@link recover} acquires what the owner wrote before its end was told. Cost: as Mutex, 20 to 25 ns
 * for an uncontended pair: the owner's id takes the place of "locked".
 */
export class RobustMutex implements Lockable {
  /** Bytes at `offset`; alignment 4. */
  static readonly SIZE: number = 4;
  /** As given, or made of the address. */
  readonly name: string;
  readonly #view: Int32Array;
  readonly #index: number;
  readonly #threads: Threads;
  readonly #me: number;

  constructor(heap: Heap, offset: number, options: RobustMutexOptions) {
    checkRange('robust mutex offset', offset, 4, 4, heap.size);
    options.threads.check(options.threadId);
    this.name = options.name ?? `mutex at 0x${offset.toString(16)}`;
    this.#view = heap.i32;
    this.#index = offset >>> 2;
    this.#threads = options.threads;
    this.#me = options.threadId;
  }

  /**
   * Takes the lock, sleeping while another has it.
   * @throws OwnerDiedError when its holder has ended, AtomicError ERR_DEADLOCK when this thread holds it
   */
  lock(): void {
    // acquire: pairs with the compare-exchange (or exchange) in unlock()
    if (compareExchange(this.#view, this.#index, FREE, this.#me) !== FREE) this.#lockSlow();
  }

  /** Takes the lock if it is free; acquire semantics when true. @throws OwnerDiedError when its holder has ended */
  tryLock(): boolean {
    const old = compareExchange(this.#view, this.#index, FREE, this.#me);
    if (old === FREE) return true;
    this.#checkOwner(old);
    return false;
  }

  /**
   * {@link lock} for threads that must not block. The caller holds the lock once the promise has resolved; it may wait for
   * another task of its own thread. Rejects with an OwnerDiedError within 50 ms of its holder's end.
   */
  async lockAsync(): Promise<void> {
    if (compareExchange(this.#view, this.#index, FREE, this.#me) === FREE) return;
    for (;;) {
      const word = this.#contend();
      if (word === FREE) return;
      await waitAsync(this.#view, this.#index, word, ASYNC_CHECK_MS);
    }
  }

  /** Gives the lock up; release. @throws AtomicError ERR_NOT_OWNER when this thread does not hold it; the lock stays as it was */
  unlock(): void {
    // release: pairs with the compare-exchange that takes the lock next
    const old = compareExchange(this.#view, this.#index, this.#me, FREE);
    if (old !== this.#me) this.#unlockSlow(old);
  }

  /**
   * Takes the lock over from a holder that has ended. The data that it guards is as the holder left it: repair it before
   * {@link unlock}. Acquire when true.
   * @returns whether this thread now has the lock; false when it is free, held by a living thread, or another was first
   */
  recover(): boolean {
    for (;;) {
      const old = load(this.#view, this.#index);
      if (old === FREE || !this.#ownerDied(old)) return false;
      // as contended: Threads.ended() may be on its way to wake those who sleep
      if (compareExchange(this.#view, this.#index, old, this.#me | CONTENDED) === old) return true;
    }
  }

  /** Whether this thread holds it. Exact. */
  heldByMe(): boolean {
    return (load(this.#view, this.#index) & OWNER_MASK) === this.#me;
  }

  /** Id of the holder, 0 for none: for diagnostics, out of date as soon as it is returned. */
  owner(): number {
    return load(this.#view, this.#index) & OWNER_MASK;
  }

  #lockSlow(): void {
    // Exact: only this thread makes it the owner. lockAsync() may wait for another task of its own thread.
    if (this.heldByMe()) throw new AtomicError('ERR_DEADLOCK', `${this.name}: thread ${this.#me} waits for a lock that it holds`);
    for (let i = 0; i < SPINS; i++) {
      pause();
      if (load(this.#view, this.#index) === FREE && compareExchange(this.#view, this.#index, FREE, this.#me) === FREE) return;
    }
    // Sequentially consistent with Threads.ended(): we announce, then look whether the owner is alive. Until we have the lock:
    // should this thread end when a wake-up has come for it, ended() passes that on.
    this.#threads.announce(this.#me, this.#index, ON_LOCK);
    try {
      for (let word = this.#contend(); word !== FREE; word = this.#contend()) wait(this.#view, this.#index, word);
    } finally {
      this.#threads.retract(this.#me);
    }
  }

  /**
   * Takes the lock, as contended, or says on it that somebody will sleep.
   * @returns the word to sleep on, or FREE when the lock was taken @throws OwnerDiedError
   */
  #contend(): number {
    for (;;) {
      const old = load(this.#view, this.#index);
      if (old === FREE) {
        // Having waited once we cannot know whether others sleep too.
        if (compareExchange(this.#view, this.#index, FREE, this.#me | CONTENDED) === FREE) return FREE;
        continue;
      }
      this.#checkOwner(old);
      const contended = old | CONTENDED;
      if (old === contended || compareExchange(this.#view, this.#index, old, contended) === old) return contended;
    }
  }

  #unlockSlow(old: number): void {
    if (old !== (this.#me | CONTENDED)) {
      const owner = (old & OWNER_MASK) || 'nobody';
      throw new AtomicError('ERR_NOT_OWNER', `${this.name}: thread ${this.#me} unlocks it, the owner is ${owner}`);
    }
    exchange(this.#view, this.#index, FREE);
    notify(this.#view, this.#index, 1);
  }

  #ownerDied(word: number): boolean {
    if ((word & OWNER_DIED) !== 0) return true;
    const owner = word & OWNER_MASK;
    // An owner may unlock and end after `word` was read; one that has ended with the lock is still there.
    return this.#threads.hasEnded(owner) && (load(this.#view, this.#index) & OWNER_MASK) === owner;
  }

  #checkOwner(word: number): void {
    if (this.#ownerDied(word)) throw new OwnerDiedError(this.name, word & OWNER_MASK);
  }
}
