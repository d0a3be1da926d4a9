import type { Heap } from './heap.ts';
import * as primitive from './primitive.ts';

/**
 * 64-bit atomic operations on values in two halves, for code that keeps 64-bit values as pairs of 32-bit numbers. One
 * object per thread: the results of an operation stand in {@link lo} and {@link hi} until the next one. Halves are given
 * signed or unsigned and come back signed. `addr` is a byte offset, a multiple of 8. Orderings as for 32 bits.
 */
export class Pair64 {
  /** Low half of the last result, signed. */
  lo = 0;
  /** High half of the last result, signed. */
  hi = 0;
  readonly #view: BigInt64Array;
  readonly #wide = new BigInt64Array(2);
  readonly #halves = new Int32Array(this.#wide.buffer);

  constructor(heap: Heap) {
    this.#view = heap.i64;
  }

  /** Loads the value into {@link lo}, {@link hi}. Acquire. */
  load(addr: number): void {
    this.#give(primitive.load64(this.#view, addr >>> 3));
  }

  /** Stores a value. Release. */
  store(addr: number, lo: number, hi: number): void {
    primitive.store64(this.#view, addr >>> 3, this.#take(lo, hi));
  }

  /** Adds; the old value is the result, as for all of the following. */
  fetchAdd(addr: number, lo: number, hi: number): void {
    this.#give(primitive.add64(this.#view, addr >>> 3, this.#take(lo, hi)));
  }

  fetchSub(addr: number, lo: number, hi: number): void {
    this.#give(primitive.sub64(this.#view, addr >>> 3, this.#take(lo, hi)));
  }

  fetchAnd(addr: number, lo: number, hi: number): void {
    this.#give(primitive.and64(this.#view, addr >>> 3, this.#take(lo, hi)));
  }

  fetchOr(addr: number, lo: number, hi: number): void {
    this.#give(primitive.or64(this.#view, addr >>> 3, this.#take(lo, hi)));
  }

  fetchXor(addr: number, lo: number, hi: number): void {
    this.#give(primitive.xor64(this.#view, addr >>> 3, this.#take(lo, hi)));
  }

  xchg(addr: number, lo: number, hi: number): void {
    this.#give(primitive.exchange64(this.#view, addr >>> 3, this.#take(lo, hi)));
  }

  /** Stores `next` if the value is `expected`. @returns whether it was */
  cmpxchg(addr: number, expectedLo: number, expectedHi: number, nextLo: number, nextHi: number): boolean {
    const expected = this.#take(expectedLo, expectedHi);
    const old = primitive.compareExchange64(this.#view, addr >>> 3, expected, this.#take(nextLo, nextHi));
    this.#give(old);
    return old === expected;
  }

  #take(lo: number, hi: number): bigint {
    this.#halves[2] = lo;
    this.#halves[3] = hi;
    return this.#wide[1];
  }

  #give(value: bigint): void {
    this.#wide[0] = value;
    this.lo = this.#halves[0];
    this.hi = this.#halves[1];
  }
}
