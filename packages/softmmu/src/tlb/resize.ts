import { MIN_TLB_BITS } from './entry.ts';

/** Length of the observation window in ms. */
export const WINDOW_MS = 100;
const GROW_PERCENT = 70;
const SHRINK_PERCENT = 30;

/**
 * Decides a table's size at its flushes. Growing is at once, because a table that is too small costs a fill per miss;
 * shrinking waits for the window's end, so that a burst of flushes with little use between them does not throw a good
 * size away.
 */
export class ResizeWindow {
  #begin: number;
  #maxUsed = 0;
  readonly #maxBits: number;

  constructor(nowMs: number, maxBits: number) {
    this.#begin = nowMs;
    this.#maxBits = maxBits;
  }

  /** New log2 size of a table that is being flushed with `used` entries in use. */
  next(bits: number, used: number, nowMs: number): number {
    if (used > this.#maxUsed) this.#maxUsed = used;
    const size = 2 ** bits;
    const expired = nowMs - this.#begin >= WINDOW_MS;
    let wanted = bits;
    if (this.#maxUsed * 100 > GROW_PERCENT * size) {
      wanted = Math.min(bits + 1, this.#maxBits);
    } else if (expired && this.#maxUsed * 100 < SHRINK_PERCENT * size) {
      // the smallest size at which the window's peak would not have asked for growth
      wanted = MIN_TLB_BITS;
      while (this.#maxUsed * 100 > GROW_PERCENT * 2 ** wanted) wanted++;
    }
    if (wanted !== bits || expired) {
      this.#begin = nowMs;
      this.#maxUsed = 0;
    }
    return wanted;
  }
}
