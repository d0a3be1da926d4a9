import { checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { add, load, nap, pause } from './primitive.ts';

const SPINS = 500;

/**
 * Sequence lock over one u32, even when at rest: readers take no lock and write nothing, and read again when a writer
 * was at work meanwhile. Writers hold a lock of the caller's among themselves.
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

  /** Waits until no writer is at work. @returns the number to give to {@link readRetry} */
  readBegin(): number {
    for (let spins = 0; ; spins++) {
      const sequence = load(this.#view, this.#index);
      if ((sequence & 1) === 0) return sequence;
      if (spins < SPINS) pause();
      else nap(this.#view, this.#index, sequence);
    }
  }

  /** True when what was read since {@link readBegin} may be torn and has to be read again. */
  readRetry(start: number): boolean {
    return load(this.#view, this.#index) !== start;
  }

  /** {@link readRetry} after plain reads (a load barrier first). */
  readRetryPlain(start: number): boolean {
    this.#heap.fence();
    return load(this.#view, this.#index) !== start;
  }

  /** The caller holds the writers' lock. */
  writeBegin(): void {
    add(this.#view, this.#index, 1);
  }

  /** The caller holds the writers' lock. */
  writeEnd(): void {
    add(this.#view, this.#index, 1);
  }

  /** {@link writeBegin} before plain writes (a store barrier after). */
  writeBeginPlain(): void {
    add(this.#view, this.#index, 1);
    this.#heap.fence();
  }

  /** {@link writeEnd} after plain writes (a store barrier first). */
  writeEndPlain(): void {
    this.#heap.fence();
    add(this.#view, this.#index, 1);
  }
}
