import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { defineLayout } from './layout.ts';
import { Mutex } from './mutex.ts';

/** Class k holds blocks of 2^k bytes. */
const CLASSES = 32;
const SMALLEST_CLASS = 4;
const LARGEST_ALIGN = 4096;

const PoolLayout = defineLayout({ name: 'Pool', fields: { lock: 'u32', free: ['u32', CLASSES] } });

/** Where a {@link Pool} gets memory when its lists are empty; an Arena is one. */
export interface BlockSource {
  /** Takes `size` bytes aligned to `align`; returns their byte offset. */
  alloc(size: number, align: number): number;
}

/**
 * Allocator that takes blocks back: a free list for each power of two, refilled from an {@link Arena}. Any thread
 * allocates, any thread frees. Blocks are neither split nor merged: meant for structures whose sizes come again, such as
 * hash tables that double. One lock guards the lists.
 */
export class Pool {
  /** Bytes of the control block at `offset`; alignment 4. Zeroed memory is an empty pool. */
  static readonly SIZE: number = PoolLayout.size;
  readonly #heap: Heap;
  readonly #u32: Uint32Array;
  readonly #lock: Mutex;
  readonly #lists: number;
  readonly #source: BlockSource;

  constructor(heap: Heap, offset: number, source: BlockSource) {
    checkRange('pool offset', offset, PoolLayout.size, PoolLayout.align, heap.size);
    this.#heap = heap;
    this.#u32 = heap.u32;
    this.#lock = new Mutex(heap, offset + PoolLayout.offset.lock);
    this.#lists = (offset + PoolLayout.offset.free) >>> 2;
    this.#source = source;
  }

  /**
   * Takes a block of at least `size` bytes. Its contents are undefined.
   * @param align bytes, a power of two, at most 4096 and at most the block's size rounded up to a power of two
   * @throws what the source throws when it is empty
   */
  alloc(size: number, align = 8): number {
    const order = classOf(size);
    if (align > LARGEST_ALIGN || align > 2 ** order) {
      throw new AtomicError('ERR_BAD_ARGUMENT', `align: ${align} is more than a block of ${2 ** order} bytes has`);
    }
    this.#lock.lock();
    try {
      const block = this.#u32[this.#lists + order];
      if (block !== 0) {
        this.#u32[this.#lists + order] = this.#u32[block >>> 2];
        return block;
      }
    } finally {
      this.#lock.unlock();
    }
    return this.#source.alloc(2 ** order, Math.min(2 ** order, LARGEST_ALIGN));
  }

  /**
   * Gives a block back; `size` as it was asked for.
   * @throws AtomicError ERR_NULL_HANDLE, ERR_MISALIGNED, ERR_OUT_OF_RANGE for what no block is
   */
  free(offset: number, size: number): void {
    const order = classOf(size);
    if (offset === 0) throw new AtomicError('ERR_NULL_HANDLE', 'pool: free: offset is null');
    checkRange('pool: free: offset', offset, 2 ** order, 2 ** SMALLEST_CLASS, this.#heap.size);
    this.#lock.lock();
    this.#u32[offset >>> 2] = this.#u32[this.#lists + order];
    this.#u32[this.#lists + order] = offset;
    this.#lock.unlock();
  }
}

function classOf(size: number): number {
  if (!(size >= 0 && size <= 2 ** (CLASSES - 1))) throw new AtomicError('ERR_BAD_ARGUMENT', `size: ${size}`);
  return size <= 2 ** SMALLEST_CLASS ? SMALLEST_CLASS : 32 - Math.clz32(size - 1);
}
