import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { add, load, nap, pause, sub } from './primitive.ts';

const SPINS = 500;

/**
 * Sequence lock over one u32, even when at rest: readers take no lock and write nothing, and read again when a writer
 * was at work meanwhile. Writers hold a lock of the caller's among themselves. Cost: 20 ns for a read or a write. A
 * writer whose Worker ends between {@link writeBegin} and {@link writeEnd} leaves readers waiting: guard it by a
 * {@link RobustMutex}, whose next holder calls {@link writeEnd} for it.
 *
 * ```ts
 * let start: number;
 * do {
 *   start = seq.readBegin();
 *   a = atomicRead32(heap, x);
 *   b = atomicRead32(heap, y);
 * } while (seq.readRetry(start));
 * ```
 *
 * The data is read and written by atomic accesses (`atomicRead32`, `atomicSet32`): then {@link writeBegin} pairs with
 * {@link readRetry} and {@link writeEnd} with {@link readBegin} on every host. With plain accesses use the `Plain`
 * forms, which add the barriers. What was read is not to be trusted (as an index, a loop bound) before `readRetry`.
 */
export class SeqLock {
  /** Bytes at `offset`; alignment 4. Zeroed memory is a fresh lock. */
  static readonly SIZE: number = 4;
  readonly #heap: Heap;
  readonly #view: Int32Array;
  readonly #index: number;

  constructor(heap: Heap, offset: number) {
    checkRange('seqlock offset', offset, 4, 4, heap.size);
    this.#heap = heap;
    this.#view = heap.i32;
    this.#index = offset >>> 2;
  }

  /** Waits until no writer is at work. Ordering: acquire; pairs with {@link writeEnd}. @returns the number to give to {@link readRetry} */
  readBegin(): number {
    for (let spins = 0; ; spins++) {
      const sequence = load(this.#view, this.#index);
      if ((sequence & 1) === 0) return sequence;
      if (spins < SPINS) pause();
      else nap(this.#view, this.#index, sequence);
    }
  }

  /**
   * {@link readBegin} for threads that must not block: yields to the event loop while a writer is at work. What follows up to
   * {@link readRetry} takes no time that matters, and never waits.
   */
  async readBeginAsync(): Promise<number> {
    for (;;) {
      const sequence = load(this.#view, this.#index);
      if (sequence % 2 === 0) return sequence;
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
  }

  /** `copy` run until it was not disturbed: reads the data by atomic accesses, has no other effect. @returns what it returned */
  read<T>(copy: () => T): T {
    for (;;) {
      const start = this.readBegin();
      const result = copy();
      if (!this.readRetry(start)) return result;
    }
  }

  /** {@link read} for threads that must not block. */
  async readAsync<T>(copy: () => T): Promise<T> {
    for (;;) {
      const start = await this.readBeginAsync();
      const result = copy();
      if (!this.readRetry(start)) return result;
    }
  }

  /** True when what was read since {@link readBegin} may be torn and has to be read again. Pairs with {@link writeBegin}. */
  readRetry(start: number): boolean {
    return load(this.#view, this.#index) !== start;
  }

  /** {@link readRetry} after plain reads (a load barrier first). */
  readRetryPlain(start: number): boolean {
    this.#heap.fence();
    return load(this.#view, this.#index) !== start;
  }

  /**
   * Begins to write; the caller holds the writers' lock. Readers that have begun will retry, others wait.
   * @throws AtomicError ERR_DEADLOCK when a writer is at work already
   */
  writeBegin(): void {
    if ((add(this.#view, this.#index, 1) & 1) === 0) return;
    sub(this.#view, this.#index, 1);
    throw new AtomicError('ERR_DEADLOCK', 'seqlock: writeBegin() while a writer is at work');
  }

  /** Ends it; the caller holds the writers' lock. @throws AtomicError ERR_NOT_LOCKED when no writer is at work */
  writeEnd(): void {
    if ((add(this.#view, this.#index, 1) & 1) === 1) return;
    sub(this.#view, this.#index, 1);
    throw new AtomicError('ERR_NOT_LOCKED', 'seqlock: writeEnd() without writeBegin()');
  }

  /** {@link writeBegin} before plain writes (a store barrier after). */
  writeBeginPlain(): void {
    this.writeBegin();
    this.#heap.fence();
  }

  /** {@link writeEnd} after plain writes (a store barrier first). */
  writeEndPlain(): void {
    this.#heap.fence();
    this.writeEnd();
  }
}
