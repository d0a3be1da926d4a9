import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { defineLayout } from './layout.ts';
import { Mutex, type Lockable } from './mutex.ts';
import { load, store } from './primitive.ts';

const RecursiveMutexLayout = defineLayout({ name: 'RecursiveMutex', fields: { state: 'u32', owner: 'u32', depth: 'u32' } });

/**
 * A {@link Mutex} that knows its owner and may be taken again by it: fit for a big lock that is asked "do I hold it?".
 * Threads are named by the caller: any nonzero u32, unique among the threads that share the lock.
 *
 * Ordering as for Mutex: the outermost unlock pairs with the next outermost lock.
 */
export class RecursiveMutex {
  /** Bytes at `offset`; alignment 4. Zeroed memory is an unlocked lock. */
  static readonly SIZE: number = RecursiveMutexLayout.size;
  readonly #mutex: Mutex;
  readonly #u32: Uint32Array;
  readonly #owner: number;
  readonly #depth: number;

  constructor(heap: Heap, offset: number) {
    checkRange('recursive mutex offset', offset, RecursiveMutexLayout.size, RecursiveMutexLayout.align, heap.size);
    this.#mutex = new Mutex(heap, offset + RecursiveMutexLayout.offset.state);
    this.#u32 = heap.u32;
    this.#owner = (offset + RecursiveMutexLayout.offset.owner) >>> 2;
    this.#depth = (offset + RecursiveMutexLayout.offset.depth) >>> 2;
  }

  /** Takes the lock, or counts one level deeper when this thread has it. */
  lock(threadId: number): void {
    if (this.#deeper(threadId)) return;
    this.#mutex.lock();
    this.#claim(threadId);
  }

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

  /** Frees the lock of a thread that has died. The caller knows that the thread is gone and has checked its data. */
  forceUnlock(deadThreadId: number): void {
    this.#check(deadThreadId);
    store(this.#u32, this.#owner, 0);
    this.#u32[this.#depth] = 0;
    this.#mutex.forceUnlock();
  }

  #deeper(threadId: number): boolean {
    if (!(threadId > 0)) throw new AtomicError('ERR_BAD_ARGUMENT', `threadId: ${threadId} is not a positive number`);
    if (load(this.#u32, this.#owner) !== threadId) return false;
    this.#u32[this.#depth]++;
    return true;
  }

  #claim(threadId: number): void {
    store(this.#u32, this.#owner, threadId);
    this.#u32[this.#depth] = 1;
  }

  #check(threadId: number): void {
    const owner = load(this.#u32, this.#owner);
    if (owner !== threadId) {
      throw new AtomicError('ERR_NOT_OWNER', `recursive mutex: thread ${threadId} unlocks it, the owner is ${owner || 'nobody'}`);
    }
  }

  #release(): void {
    this.#u32[this.#depth] = 0;
    store(this.#u32, this.#owner, 0);
    this.#mutex.unlock();
  }
}
