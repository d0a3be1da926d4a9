import type { Heap } from './heap.ts';

/**
 * The operations of `order.ts` and `rmw.ts` on one width, as methods: for code that works on several widths. `V` is number,
 * or bigint for 64 bits; values are unsigned and wrap. `addr` is a byte offset, a multiple of {@link width}.
 */
export interface Cell<V> {
  /** Width in bytes. */
  readonly width: 1 | 2 | 4 | 8;
  /**
   * `atomic_read`: load. Ordering: relaxed. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt
   * with 64. Pairs with nothing by itself; before a barrier, with what that pairs with.
   */
  read(heap: Heap, addr: number): V;
  /**
   * `atomic_set`: store. Ordering: relaxed. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt
   * with 64. Pairs with nothing by itself; after a barrier, with what that pairs with.
   */
  set(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_load_acquire`: load. Ordering: acquire. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and a
   * BigInt with 64. Pairs with {@link storeRelease} of the same cell.
   */
  loadAcquire(heap: Heap, addr: number): V;
  /**
   * `atomic_store_release`: store. Ordering: release. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and a
   * BigInt with 64. Pairs with {@link loadAcquire} of the same cell.
   */
  storeRelease(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_rcu_read`: loads what names an RCU-protected structure. Ordering: acquire for dependent loads. Cost: 15
   * ns with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with {@link rcuSet} of the same
   * cell.
   */
  rcuRead(heap: Heap, addr: number): V;
  /**
   * `atomic_rcu_set`: publishes it. Ordering: release. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and
   * a BigInt with 64. Pairs with {@link rcuRead} of the same cell.
   */
  rcuSet(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_mb_read`. Ordering: acquire. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt with
   * 64. Pairs with {@link mbSet} of the same cell.
   * @deprecated as in the design document: use a lock, an Event, RCU, or {@link loadAcquire}.
   */
  mbRead(heap: Heap, addr: number): V;
  /**
   * `atomic_mb_set`. Ordering: release, and before later {@link mbRead}s. Cost: 15 ns with 8 or 16 bits, 10 ns with
   * 32, 13 to 30 ns and a BigInt with 64. Pairs with {@link mbRead} of the same cell.
   * @deprecated as in the design document: use a lock, an Event, RCU, or {@link storeRelease} and a barrier.
   */
  mbSet(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_fetch_add`: adds; returns the old value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16
   * bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  fetchAdd(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_fetch_sub`: subtracts; returns the old value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16
   * bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  fetchSub(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_fetch_and`: bitwise and; returns the old value. Ordering: sequentially consistent. Cost: 15 ns with 8 or
   * 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  fetchAnd(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_fetch_or`: bitwise or; returns the old value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16
   * bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  fetchOr(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_fetch_xor`: bitwise exclusive or; returns the old value. Ordering: sequentially consistent. Cost: 15 ns
   * with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the
   * same cell.
   */
  fetchXor(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_fetch_inc`: adds 1; returns the old value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16
   * bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  fetchInc(heap: Heap, addr: number): V;
  /**
   * `atomic_fetch_dec`: subtracts 1; returns the old value. Ordering: sequentially consistent. Cost: 15 ns with 8 or
   * 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  fetchDec(heap: Heap, addr: number): V;
  /**
   * `atomic_fetch_inc_nonzero`: adds 1 unless it is 0; returns the old value, 0 when it did nothing. Ordering:
   * sequentially consistent. Cost: 7 to 20 ns, 13 to 25 ns and a BigInt with 64 bits. Pairs
   * with any other atomic access to the same cell.
   */
  fetchIncNonzero(heap: Heap, addr: number): V;
  /**
   * `atomic_add_fetch`: adds; returns the new value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16
   * bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  addFetch(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_sub_fetch`: subtracts; returns the new value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16
   * bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  subFetch(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_and_fetch`: bitwise and; returns the new value. Ordering: sequentially consistent. Cost: 15 ns with 8 or
   * 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  andFetch(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_or_fetch`: bitwise or; returns the new value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16
   * bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  orFetch(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_xor_fetch`: bitwise exclusive or; returns the new value. Ordering: sequentially consistent. Cost: 15 ns
   * with 8 or 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the
   * same cell.
   */
  xorFetch(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_inc_fetch`: adds 1; returns the new value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16
   * bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  incFetch(heap: Heap, addr: number): V;
  /**
   * `atomic_dec_fetch`: subtracts 1; returns the new value. Ordering: sequentially consistent. Cost: 15 ns with 8 or
   * 16 bits, 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  decFetch(heap: Heap, addr: number): V;
  /**
   * `atomic_add`: adds. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to 30 ns
   * and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  add(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_sub`: subtracts. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to
   * 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  sub(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_and`: bitwise and. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to
   * 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  and(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_or`: bitwise or. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to
   * 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  or(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_xor`: bitwise exclusive or. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits, 10 ns with
   * 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  xor(heap: Heap, addr: number, value: V): void;
  /**
   * `atomic_inc`: adds 1. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to 30
   * ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  inc(heap: Heap, addr: number): void;
  /**
   * `atomic_dec`: subtracts 1. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits, 10 ns with 32, 13 to
   * 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  dec(heap: Heap, addr: number): void;
  /**
   * `atomic_xchg`: stores; returns the old value. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits,
   * 10 ns with 32, 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  xchg(heap: Heap, addr: number, value: V): V;
  /**
   * `atomic_cmpxchg`: stores `next` if the cell equals `expected`; returns the old value, which equals `expected` as
   * an unsigned number on success. Ordering: sequentially consistent. Cost: 15 ns with 8 or 16 bits, 10 ns with 32,
   * 13 to 30 ns and a BigInt with 64. Pairs with any other atomic access to the same cell.
   */
  cmpxchg(heap: Heap, addr: number, expected: V, next: V): V;
}
