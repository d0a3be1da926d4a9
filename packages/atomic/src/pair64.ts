import { CHECKED } from './checked.ts';
import { checkAddress } from './checks.ts';
import type { Heap } from './heap.ts';
import * as primitive from './primitive.ts';

/**
 * 64-bit atomic operations on values in two halves, for code that keeps 64-bit values as pairs of 32-bit numbers. `addr` is
 * a byte offset, a multiple of 8. Halves are given signed or unsigned and come back signed, in {@link lo} and {@link hi},
 * where they stand until the next operation: one object per thread.
 *
 * What is atomic: each operation, on all 64 bits in one step, because it is the 64-bit operation of the engine. No thread
 * sees half of a value, and a carry from the low half is in the high one. What is not: taking {@link lo} and {@link hi}
 * from two operations, or mixing these with 32-bit accesses to one half, which pair with nothing here. The engine hands
 * 64 bits over as a BigInt, so each operation makes one for a moment; callers never see it, and it does not outlive the
 * call.
 */
export class Pair64 {
  /** Low half of the last result, signed. */
  lo = 0;
  /** High half of the last result, signed. */
  hi = 0;
  readonly #heap: Heap;
  readonly #view: BigInt64Array;
  readonly #wide = new BigInt64Array(2);
  readonly #halves = new Int32Array(this.#wide.buffer);

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#view = heap.i64;
  }

  /**
   * `atomic_read`: loads into {@link lo}, {@link hi}. Ordering: relaxed. Cost: 20 to 40 ns. Pairs with nothing by
   * itself; before a barrier, with what that pairs with.
   */
  read(addr: number): void {
    this.#give(primitive.load64(this.#view, this.#index(addr)));
  }

  /**
   * `atomic_set`: stores. Ordering: relaxed. Cost: 20 to 40 ns. Pairs with nothing by itself; after a barrier, with
   * what that pairs with.
   */
  set(addr: number, lo: number, hi: number): void {
    primitive.store64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_load_acquire`: loads into {@link lo}, {@link hi}. Ordering: acquire. Cost: 20 to 40 ns. Pairs with {@link
   * storeRelease} of the same value.
   */
  loadAcquire(addr: number): void {
    this.#give(primitive.load64(this.#view, this.#index(addr)));
  }

  /**
   * `atomic_store_release`: stores. Ordering: release. Cost: 20 to 40 ns. Pairs with {@link loadAcquire} of the same
   * value.
   */
  storeRelease(addr: number, lo: number, hi: number): void {
    primitive.store64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_rcu_read`: loads what names an RCU-protected structure. Ordering: acquire for dependent loads. Cost: 20
   * to 40 ns. Pairs with {@link rcuSet} of the same value.
   */
  rcuRead(addr: number): void {
    this.#give(primitive.load64(this.#view, this.#index(addr)));
  }

  /**
   * `atomic_rcu_set`: publishes it. Ordering: release. Cost: 20 to 40 ns. Pairs with {@link rcuRead} of the same
   * value.
   */
  rcuSet(addr: number, lo: number, hi: number): void {
    primitive.store64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_mb_read`. Ordering: acquire. Cost: 20 to 40 ns. Pairs with {@link mbSet} of the same value.
   * @deprecated as in the design document: use a lock, an Event, RCU, or {@link loadAcquire}.
   */
  mbRead(addr: number): void {
    this.#give(primitive.load64(this.#view, this.#index(addr)));
  }

  /**
   * `atomic_mb_set`. Ordering: release, and before later {@link mbRead}s. Cost: 20 to 40 ns. Pairs with {@link
   * mbRead} of the same value.
   * @deprecated as in the design document: use a lock, an Event, RCU, or {@link storeRelease} and a barrier.
   */
  mbSet(addr: number, lo: number, hi: number): void {
    primitive.store64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_fetch_add`: adds; the result is the old value. Ordering: sequentially consistent. Cost: 20 to 40 ns.
   * Pairs with any other 64-bit atomic access to the same value.
   */
  fetchAdd(addr: number, lo: number, hi: number): void {
    this.#give(primitive.add64(this.#view, this.#index(addr), this.#take(lo, hi)));
  }

  /**
   * `atomic_fetch_sub`: subtracts; the result is the old value. Ordering: sequentially consistent. Cost: 20 to 40 ns.
   * Pairs with any other 64-bit atomic access to the same value.
   */
  fetchSub(addr: number, lo: number, hi: number): void {
    this.#give(primitive.sub64(this.#view, this.#index(addr), this.#take(lo, hi)));
  }

  /**
   * `atomic_fetch_and`: bitwise and; the result is the old value. Ordering: sequentially consistent. Cost: 20 to 40
   * ns. Pairs with any other 64-bit atomic access to the same value.
   */
  fetchAnd(addr: number, lo: number, hi: number): void {
    this.#give(primitive.and64(this.#view, this.#index(addr), this.#take(lo, hi)));
  }

  /**
   * `atomic_fetch_or`: bitwise or; the result is the old value. Ordering: sequentially consistent. Cost: 20 to 40 ns.
   * Pairs with any other 64-bit atomic access to the same value.
   */
  fetchOr(addr: number, lo: number, hi: number): void {
    this.#give(primitive.or64(this.#view, this.#index(addr), this.#take(lo, hi)));
  }

  /**
   * `atomic_fetch_xor`: bitwise exclusive or; the result is the old value. Ordering: sequentially consistent. Cost:
   * 20 to 40 ns. Pairs with any other 64-bit atomic access to the same value.
   */
  fetchXor(addr: number, lo: number, hi: number): void {
    this.#give(primitive.xor64(this.#view, this.#index(addr), this.#take(lo, hi)));
  }

  /**
   * `atomic_fetch_inc`: adds 1; the result is the old value. Ordering: sequentially consistent. Cost: 20 to 40 ns.
   * Pairs with any other 64-bit atomic access to the same value.
   */
  fetchInc(addr: number): void {
    this.fetchAdd(addr, 1, 0);
  }

  /**
   * `atomic_fetch_dec`: subtracts 1; the result is the old value. Ordering: sequentially consistent. Cost: 20 to 40
   * ns. Pairs with any other 64-bit atomic access to the same value.
   */
  fetchDec(addr: number): void {
    this.fetchSub(addr, 1, 0);
  }

  /**
   * `atomic_fetch_inc_nonzero`: adds 1 unless it is 0; the result is the old value. Ordering: sequentially
   * consistent. Cost: 20 to 40 ns. Pairs with any other 64-bit atomic access to the same value.
   * @returns whether it was not 0
   */
  fetchIncNonzero(addr: number): boolean {
    this.read(addr);
    while ((this.lo | this.hi) !== 0) {
      const { lo, hi } = this;
      if (this.cmpxchg(addr, lo, hi, lo + 1, lo === -1 ? hi + 1 : hi)) return true;
    }
    return false;
  }

  /**
   * `atomic_add_fetch`: adds; the result is the new value. Ordering: sequentially consistent. Cost: 20 to 40 ns.
   * Pairs with any other 64-bit atomic access to the same value.
   */
  addFetch(addr: number, lo: number, hi: number): void {
    const value = this.#take(lo, hi);
    this.#give(primitive.add64(this.#view, this.#index(addr), value) + value);
  }

  /**
   * `atomic_sub_fetch`: subtracts; the result is the new value. Ordering: sequentially consistent. Cost: 20 to 40 ns.
   * Pairs with any other 64-bit atomic access to the same value.
   */
  subFetch(addr: number, lo: number, hi: number): void {
    const value = this.#take(lo, hi);
    this.#give(primitive.sub64(this.#view, this.#index(addr), value) - value);
  }

  /**
   * `atomic_and_fetch`: bitwise and; the result is the new value. Ordering: sequentially consistent. Cost: 20 to 40
   * ns. Pairs with any other 64-bit atomic access to the same value.
   */
  andFetch(addr: number, lo: number, hi: number): void {
    const value = this.#take(lo, hi);
    this.#give(primitive.and64(this.#view, this.#index(addr), value) & value);
  }

  /**
   * `atomic_or_fetch`: bitwise or; the result is the new value. Ordering: sequentially consistent. Cost: 20 to 40 ns.
   * Pairs with any other 64-bit atomic access to the same value.
   */
  orFetch(addr: number, lo: number, hi: number): void {
    const value = this.#take(lo, hi);
    this.#give(primitive.or64(this.#view, this.#index(addr), value) | value);
  }

  /**
   * `atomic_xor_fetch`: bitwise exclusive or; the result is the new value. Ordering: sequentially consistent. Cost:
   * 20 to 40 ns. Pairs with any other 64-bit atomic access to the same value.
   */
  xorFetch(addr: number, lo: number, hi: number): void {
    const value = this.#take(lo, hi);
    this.#give(primitive.xor64(this.#view, this.#index(addr), value) ^ value);
  }

  /**
   * `atomic_inc_fetch`: adds 1; the result is the new value. Ordering: sequentially consistent. Cost: 20 to 40 ns.
   * Pairs with any other 64-bit atomic access to the same value.
   */
  incFetch(addr: number): void {
    this.addFetch(addr, 1, 0);
  }

  /**
   * `atomic_dec_fetch`: subtracts 1; the result is the new value. Ordering: sequentially consistent. Cost: 20 to 40
   * ns. Pairs with any other 64-bit atomic access to the same value.
   */
  decFetch(addr: number): void {
    this.subFetch(addr, 1, 0);
  }

  /**
   * `atomic_add`: adds; no result, {@link lo} and {@link hi} stay. Ordering: sequentially consistent. Cost: 20 to 40
   * ns. Pairs with any other 64-bit atomic access to the same value.
   */
  add(addr: number, lo: number, hi: number): void {
    primitive.add64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_sub`: subtracts; no result, {@link lo} and {@link hi} stay. Ordering: sequentially consistent. Cost: 20
   * to 40 ns. Pairs with any other 64-bit atomic access to the same value.
   */
  sub(addr: number, lo: number, hi: number): void {
    primitive.sub64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_and`: bitwise and; no result, {@link lo} and {@link hi} stay. Ordering: sequentially consistent. Cost: 20
   * to 40 ns. Pairs with any other 64-bit atomic access to the same value.
   */
  and(addr: number, lo: number, hi: number): void {
    primitive.and64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_or`: bitwise or; no result, {@link lo} and {@link hi} stay. Ordering: sequentially consistent. Cost: 20
   * to 40 ns. Pairs with any other 64-bit atomic access to the same value.
   */
  or(addr: number, lo: number, hi: number): void {
    primitive.or64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_xor`: bitwise exclusive or; no result, {@link lo} and {@link hi} stay. Ordering: sequentially consistent.
   * Cost: 20 to 40 ns. Pairs with any other 64-bit atomic access to the same value.
   */
  xor(addr: number, lo: number, hi: number): void {
    primitive.xor64(this.#view, this.#index(addr), this.#take(lo, hi));
  }

  /**
   * `atomic_inc`: adds 1; no result. Ordering: sequentially consistent. Cost: 20 to 40 ns. Pairs with any other
   * 64-bit atomic access to the same value.
   */
  inc(addr: number): void {
    this.add(addr, 1, 0);
  }

  /**
   * `atomic_dec`: subtracts 1; no result. Ordering: sequentially consistent. Cost: 20 to 40 ns. Pairs with any other
   * 64-bit atomic access to the same value.
   */
  dec(addr: number): void {
    this.sub(addr, 1, 0);
  }

  /**
   * `atomic_xchg`: stores; the result is the old value. Ordering: sequentially consistent. Cost: 20 to 40 ns. Pairs
   * with any other 64-bit atomic access to the same value.
   */
  xchg(addr: number, lo: number, hi: number): void {
    this.#give(primitive.exchange64(this.#view, this.#index(addr), this.#take(lo, hi)));
  }

  /**
   * `atomic_cmpxchg`: stores `next` if the value is `expected`; the result is the old value. Ordering: sequentially
   * consistent. Cost: 20 to 40 ns. Pairs with any other 64-bit atomic access to the same value.
   * @returns whether it stored
   */
  cmpxchg(addr: number, expectedLo: number, expectedHi: number, nextLo: number, nextHi: number): boolean {
    const expected = this.#take(expectedLo, expectedHi);
    const old = primitive.compareExchange64(this.#view, this.#index(addr), expected, this.#take(nextLo, nextHi));
    this.#give(old);
    return old === expected;
  }

  #index(addr: number): number {
    if (CHECKED) checkAddress('Pair64', this.#heap, addr, 8);
    return addr >>> 3;
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
