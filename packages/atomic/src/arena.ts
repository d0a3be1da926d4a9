import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { alignUp, defineLayout } from './layout.ts';
import { compareExchange, load, store } from './primitive.ts';

const ArenaLayout = defineLayout({ name: 'Arena', fields: { cursor: 'u32', start: 'u32', end: 'u32' } });

/** Thrown by {@link Arena.alloc}. */
export class ArenaFullError extends AtomicError {
  /** Bytes asked for. */
  readonly requested: number;
  /** Bytes left, after alignment. */
  readonly available: number;

  constructor(requested: number, available: number) {
    super('ERR_ARENA_FULL', `arena full: ${requested} bytes asked, ${available} left`);
    this.name = 'ArenaFullError';
    this.requested = requested;
    this.available = available;
  }
}

/**
 * Bump allocator over part of the shared memory: any thread allocates, nothing is given back but all at once
 * ({@link reset}). Lock-free: a compare-exchange of the cursor. Memory handed out is as it was (zero when fresh).
 */
export class Arena {
  /** Bytes of the control block at `cursorOffset`. */
  static readonly SIZE: number = ArenaLayout.size;
  /** What it allocates from. */
  readonly heap: Heap;
  readonly #cursor: number;
  readonly #end: number;
  readonly #start: number;

  /** Writes the control block for the arena `[start, end)` (byte offsets). One thread, before any other opens it. */
  static format(heap: Heap, cursorOffset: number, start: number, end: number): Arena {
    checkRange('cursorOffset', cursorOffset, ArenaLayout.size, ArenaLayout.align, heap.size);
    checkRange('start', start, 0, 1, heap.size);
    checkRange('end', end, 0, 1, heap.size);
    if (end < start) throw new AtomicError('ERR_OUT_OF_RANGE', `end: ${end} is below start ${start}`);
    // The largest end, 4 GiB, does not fit a word; the last byte of such an arena is given up.
    heap.u32[(cursorOffset + ArenaLayout.offset.start) >>> 2] = start;
    heap.u32[(cursorOffset + ArenaLayout.offset.end) >>> 2] = Math.min(end, 0xffffffff);
    store(heap.u32, (cursorOffset + ArenaLayout.offset.cursor) >>> 2, start);
    return new Arena(heap, cursorOffset);
  }

  /** Opens an arena that {@link format} set up, from any thread. */
  constructor(heap: Heap, cursorOffset: number) {
    checkRange('cursorOffset', cursorOffset, ArenaLayout.size, ArenaLayout.align, heap.size);
    this.heap = heap;
    this.#cursor = (cursorOffset + ArenaLayout.offset.cursor) >>> 2;
    this.#start = heap.u32[(cursorOffset + ArenaLayout.offset.start) >>> 2];
    this.#end = heap.u32[(cursorOffset + ArenaLayout.offset.end) >>> 2];
  }

  /**
   * Takes `size` bytes aligned to `align` (a power of two).
   * @returns their byte offset @throws ArenaFullError when they do not fit; the arena is unchanged
   */
  alloc(size: number, align = 8): number {
    if (!(size >= 0) || !Number.isInteger(size)) throw new AtomicError('ERR_BAD_ARGUMENT', `size: ${size}`);
    if (!(align >= 1) || !Number.isInteger(align) || !Number.isInteger(Math.log2(align))) {
      throw new AtomicError('ERR_BAD_ARGUMENT', `align: ${align} is not a power of two`);
    }
    const { u32 } = this.heap;
    for (;;) {
      const old = load(u32, this.#cursor);
      const at = alignUp(old, align);
      if (at + size > this.#end) throw new ArenaFullError(size, Math.max(0, this.#end - at));
      if (compareExchange(u32, this.#cursor, old, at + size) === old) return at;
    }
  }

  /** Bytes handed out so far, padding included. */
  get used(): number {
    return load(this.heap.u32, this.#cursor) - this.#start;
  }

  /** Bytes left. */
  get available(): number {
    return this.#end - load(this.heap.u32, this.#cursor);
  }

  /** Forgets all allocations. The caller makes sure that nobody uses any. Does not clear the memory. */
  reset(): void {
    store(this.heap.u32, this.#cursor, this.#start);
  }
}
