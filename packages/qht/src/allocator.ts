import { AtomicError, type Heap } from '@mttcg/atomic';

/** Where the table gets memory for maps and chained buckets. Called from any thread that writes to the table. */
export interface QhtAllocator {
  /** Address of `size` bytes aligned to `align`, not 0. Contents do not matter. Throws when there are none. */
  alloc(size: number, align: number): number;
  /** Takes back what `alloc` gave, with the same size. Without it the memory of old maps is never used again. */
  free?(offset: number, size: number): void;
}

/** An allocator whose answers are looked at before anything is written where they point. */
export class CheckedAllocator implements QhtAllocator {
  readonly #heap: Heap;
  readonly #inner: QhtAllocator;
  /** What the allocator threw last: it has no memory. */
  refusal: unknown = undefined;

  constructor(heap: Heap, inner: QhtAllocator) {
    this.#heap = heap;
    this.#inner = inner;
  }

  /** @throws what the allocator throws; AtomicError ERR_BAD_ARGUMENT for an address that cannot be one */
  alloc(size: number, align: number): number {
    let at: number;
    try {
      at = this.#inner.alloc(size, align);
    } catch (error) {
      this.refusal = error;
      throw error;
    }
    if (!(at > 0) || at % align !== 0 || at + size > this.#heap.size) {
      throw new AtomicError(
        'ERR_BAD_ARGUMENT',
        `qht allocator: alloc(${size}, ${align}) gave ${at}, not an aligned address within ${this.#heap.size} bytes`,
      );
    }
    return at;
  }

  free(offset: number, size: number): void {
    this.#inner.free?.(offset, size);
  }
}
