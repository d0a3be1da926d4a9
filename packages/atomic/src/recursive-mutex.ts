import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { defineLayout } from './layout.ts';
import { Mutex, type Lockable } from './mutex.ts';
import { load, store } from './primitive.ts';
import { RobustMutex } from './robust-mutex.ts';
import type { Threads } from './threads.ts';

const RecursiveMutexLayout = defineLayout({ name: 'RecursiveMutex', fields: { state: 'u32', owner: 'u32', depth: 'u32' } });

/** For a recursive mutex that tells when its holder has ended. */
export interface RecursiveMutexOptions {
  /** The table of the threads that share the lock. */
  readonly threads: Threads;
  /** The calling thread's id in it: the only one that this handle locks for. */
  readonly threadId: number;
  /** Names the lock in errors. Default: its address. */
  readonly name?: string;
}

/**
 * A {@link Mutex} that knows its owner and may be taken again by it: fit for a big lock that is asked "do I hold it?".
 * Threads are named by the caller: any nonzero u32, unique among the threads that share the lock.
 *
 * With a table of threads ({@link RecursiveMutexOptions}, the same choice in all threads) it is a {@link RobustMutex}
 * underneath: those who wait for a holder that has ended get an {@link OwnerDiedError}, and {@link recover} takes it over.
 *
 * Ordering as for Mutex: the outermost unlock pairs with the next outermost lock. Cost: 40 to 65 ns for an uncontended pair,
 * half of that for one within.
 */
export class RecursiveMutex {
  /** Bytes at `offset`; alignment 4. Zeroed memory is an unlocked lock. */
  static readonly SIZE: number = RecursiveMutexLayout.size;
  readonly #mutex: Mutex | RobustMutex;
  readonly #name: string;
  readonly #me: number | undefined;
  readonly #u32: Uint32Array;
  readonly #owner: number;
  readonly #depth: number;

  constructor(heap: Heap, offset: number, options?: RecursiveMutexOptions) {
    checkRange('recursive mutex offset', offset, RecursiveMutexLayout.size, RecursiveMutexLayout.align, heap.size);
    this.#name = options?.name ?? 'recursive mutex';
    this.#me = options?.threadId;
    const state = offset + RecursiveMutexLayout.offset.state;
    this.#mutex = options === undefined ? new Mutex(heap, state) : new RobustMutex(heap, state, options);
    this.#u32 = heap.u32;
    this.#owner = (offset + RecursiveMutexLayout.offset.owner) >>> 2;
    this.#depth = (offset + RecursiveMutexLayout.offset.depth) >>> 2;
  }

  /**
   * Takes the lock, or counts one level deeper when this thread has it.
   * @throws OwnerDiedError when its holder has ended and the lock has a table of threads
   */
  lock(threadId: number): void {
    if (this.#deeper(threadId)) return;
    this.#mutex.lock();
    this.#claim(threadId);
  }

  /** {@link lock} if it is free or this thread's. @throws OwnerDiedError as {@link lock} */
  tryLock(threadId: number): boolean {
    if (this.#deeper(threadId)) return true;
    if (!this.#mutex.tryLock()) return false;
    this.#claim(threadId);
    return true;
  }

  /** {@link lock} for threads that must not block. */
  async lockAsync(threadId: number): Promise<void> {
    if (this.#deeper(threadId)) return;
    await this.#mutex.lockAsync();
    this.#claim(threadId);
  }

  /** Gives up one level. @throws AtomicError ERR_NOT_OWNER when this thread does not hold it */
  unlock(threadId: number): void {
    this.#check(threadId);
    if (--this.#u32[this.#depth] === 0) this.#release();
  }

  /** Gives up all levels, to wait for something. @returns how many, for {@link lockLevels} */
  unlockAll(threadId: number): number {
    this.#check(threadId);
    const levels = this.#u32[this.#depth];
    this.#release();
    return levels;
  }

  /** Takes the lock `levels` deep: undoes {@link unlockAll}. */
  lockLevels(threadId: number, levels: number): void {
    if (levels === 0) return;
    this.lock(threadId);
    this.#u32[this.#depth] += levels - 1;
  }

  /** {@link lockLevels} for threads that must not block. */
  async lockLevelsAsync(threadId: number, levels: number): Promise<void> {
    if (levels === 0) return;
    await this.lockAsync(threadId);
    this.#u32[this.#depth] += levels - 1;
  }

  /**
   * Takes the lock over, one level deep, from a holder that has ended; see {@link RobustMutex.recover}. Needs a table of threads.
   * @returns whether this thread now has the lock
   */
  recover(threadId: number): boolean {
    this.#checkThread(threadId);
    if (!(this.#mutex instanceof RobustMutex)) {
      throw new AtomicError('ERR_BAD_ARGUMENT', `${this.#name}: recover() without a table of threads`);
    }
    if (!this.#mutex.recover()) return false;
    this.#claim(threadId);
    return true;
  }

  /**
   * Whether the thread holds it. Exact for the calling thread's own id: only that thread writes its id there, and it
   * removes it before it unlocks.
   */
  heldByMe(threadId: number): boolean {
    return load(this.#u32, this.#owner) === threadId;
  }

  /** Id of the holder, 0 for none: for diagnostics, out of date as soon as it is returned. */
  owner(): number {
    return load(this.#u32, this.#owner);
  }

  /** The lock as one thread sees it, for `CondVar.wait`. Makes an object: keep it. */
  as(threadId: number): Lockable {
    return {
      lock: () => this.lock(threadId),
      unlock: () => this.unlock(threadId),
      lockAsync: () => this.lockAsync(threadId),
    };
  }

  /**
   * Frees the lock of a thread that has died. The caller knows that the thread is gone and has checked its data. With a table
   * of threads, use {@link recover}.
   */
  forceUnlock(deadThreadId: number): void {
    this.#check(deadThreadId);
    if (this.#mutex instanceof RobustMutex) {
      throw new AtomicError('ERR_BAD_ARGUMENT', `${this.#name}: forceUnlock() beside a table of threads`);
    }
    store(this.#u32, this.#owner, 0);
    this.#u32[this.#depth] = 0;
    this.#mutex.forceUnlock();
  }

  #deeper(threadId: number): boolean {
    this.#checkThread(threadId);
    if (load(this.#u32, this.#owner) !== threadId) return false;
    this.#u32[this.#depth]++;
    return true;
  }

  #checkThread(threadId: number): void {
    if (!(threadId > 0)) throw new AtomicError('ERR_BAD_ARGUMENT', `threadId: ${threadId} is not a positive number`);
    if (this.#me !== undefined && threadId !== this.#me) {
      throw new AtomicError('ERR_BAD_ARGUMENT', `threadId: ${threadId} is not ${this.#me}, which this handle locks for`);
    }
  }

  #claim(threadId: number): void {
    store(this.#u32, this.#owner, threadId);
    this.#u32[this.#depth] = 1;
  }

  #check(threadId: number): void {
    const owner = load(this.#u32, this.#owner);
    if (owner !== threadId) {
      throw new AtomicError('ERR_NOT_OWNER', `${this.#name}: thread ${threadId} unlocks it, the owner is ${owner || 'nobody'}`);
    }
  }

  #release(): void {
    this.#u32[this.#depth] = 0;
    store(this.#u32, this.#owner, 0);
    this.#mutex.unlock();
  }
}
