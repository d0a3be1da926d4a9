/**
 * Read-modify-write operations of 32 bits. Every one is sequentially consistent: acquire and release in one, in the single
 * total order of all of them. `fetch…` returns the old value, `…Fetch` the new one, `atomic…` none; values are u32 and
 * wrap. `addr` is a byte offset in the heap, a multiple of 4.
 */
import { CHECKED } from './checked.ts';
import { checkAddress } from './checks.ts';
import type { Heap } from './heap.ts';
import * as primitive from './primitive.ts';

/**
 * `atomic_fetch_add`: adds; returns the old value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any
 * other atomic access to the same word.
 */
export function fetchAdd32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('fetchAdd32', heap, addr, 4);
  return primitive.add(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_fetch_sub`: subtracts; returns the old value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same word.
 */
export function fetchSub32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('fetchSub32', heap, addr, 4);
  return primitive.sub(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_fetch_and`: bitwise and; returns the old value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same word.
 */
export function fetchAnd32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('fetchAnd32', heap, addr, 4);
  return primitive.and(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_fetch_or`: bitwise or; returns the old value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same word.
 */
export function fetchOr32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('fetchOr32', heap, addr, 4);
  return primitive.or(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_fetch_xor`: bitwise exclusive or; returns the old value. Ordering: sequentially consistent. Cost: 10 to 20 ns.
 * Pairs with any other atomic access to the same word.
 */
export function fetchXor32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('fetchXor32', heap, addr, 4);
  return primitive.xor(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_fetch_inc`: adds 1; returns the old value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any
 * other atomic access to the same word.
 */
export function fetchInc32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('fetchInc32', heap, addr, 4);
  return primitive.add(heap.u32, addr >>> 2, 1);
}

/**
 * `atomic_fetch_dec`: subtracts 1; returns the old value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same word.
 */
export function fetchDec32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('fetchDec32', heap, addr, 4);
  return primitive.sub(heap.u32, addr >>> 2, 1);
}

/**
 * `atomic_fetch_inc_nonzero`: adds 1 unless the word is 0; returns the old value, 0 when it did nothing. Takes a
 * reference that may be the last. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic access
 * to the same word.
 */
export function fetchIncNonzero32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('fetchIncNonzero32', heap, addr, 4);
  const index = addr >>> 2;
  let old = primitive.load(heap.u32, index);
  while (old !== 0) {
    const seen = primitive.compareExchange(heap.u32, index, old, old + 1);
    if (seen === old) return old;
    old = seen;
  }
  return 0;
}

/**
 * `atomic_add_fetch`: adds; returns the new value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any
 * other atomic access to the same word.
 */
export function addFetch32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('addFetch32', heap, addr, 4);
  return (primitive.add(heap.u32, addr >>> 2, value) + value) >>> 0;
}

/**
 * `atomic_sub_fetch`: subtracts; returns the new value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same word.
 */
export function subFetch32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('subFetch32', heap, addr, 4);
  return (primitive.sub(heap.u32, addr >>> 2, value) - value) >>> 0;
}

/**
 * `atomic_and_fetch`: bitwise and; returns the new value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same word.
 */
export function andFetch32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('andFetch32', heap, addr, 4);
  return (primitive.and(heap.u32, addr >>> 2, value) & value) >>> 0;
}

/**
 * `atomic_or_fetch`: bitwise or; returns the new value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same word.
 */
export function orFetch32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('orFetch32', heap, addr, 4);
  return (primitive.or(heap.u32, addr >>> 2, value) | value) >>> 0;
}

/**
 * `atomic_xor_fetch`: bitwise exclusive or; returns the new value. Ordering: sequentially consistent. Cost: 10 to 20 ns.
 * Pairs with any other atomic access to the same word.
 */
export function xorFetch32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('xorFetch32', heap, addr, 4);
  return (primitive.xor(heap.u32, addr >>> 2, value) ^ value) >>> 0;
}

/**
 * `atomic_inc_fetch`: adds 1; returns the new value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any
 * other atomic access to the same word.
 */
export function incFetch32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('incFetch32', heap, addr, 4);
  return (primitive.add(heap.u32, addr >>> 2, 1) + 1) >>> 0;
}

/**
 * `atomic_dec_fetch`: subtracts 1; returns the new value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with
 * any other atomic access to the same word.
 */
export function decFetch32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('decFetch32', heap, addr, 4);
  return (primitive.sub(heap.u32, addr >>> 2, 1) - 1) >>> 0;
}

/**
 * `atomic_add`: adds. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic access to the same
 * word.
 */
export function atomicAdd32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('atomicAdd32', heap, addr, 4);
  primitive.add(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_sub`: subtracts. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic access to the
 * same word.
 */
export function atomicSub32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('atomicSub32', heap, addr, 4);
  primitive.sub(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_and`: bitwise and. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic access to
 * the same word.
 */
export function atomicAnd32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('atomicAnd32', heap, addr, 4);
  primitive.and(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_or`: bitwise or. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic access to the
 * same word.
 */
export function atomicOr32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('atomicOr32', heap, addr, 4);
  primitive.or(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_xor`: bitwise exclusive or. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic
 * access to the same word.
 */
export function atomicXor32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('atomicXor32', heap, addr, 4);
  primitive.xor(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_inc`: adds 1. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic access to the
 * same word.
 */
export function atomicInc32(heap: Heap, addr: number): void {
  if (CHECKED) checkAddress('atomicInc32', heap, addr, 4);
  primitive.add(heap.u32, addr >>> 2, 1);
}

/**
 * `atomic_dec`: subtracts 1. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other atomic access to
 * the same word.
 */
export function atomicDec32(heap: Heap, addr: number): void {
  if (CHECKED) checkAddress('atomicDec32', heap, addr, 4);
  primitive.sub(heap.u32, addr >>> 2, 1);
}

/**
 * `atomic_xchg`: stores; returns the old value. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other
 * atomic access to the same word.
 */
export function xchg32(heap: Heap, addr: number, value: number): number {
  if (CHECKED) checkAddress('xchg32', heap, addr, 4);
  return primitive.exchange(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_cmpxchg`: stores `next` if the word equals `expected`; returns the old value, a u32. Compare it with
 * `expected >>> 0` when that may be negative. Ordering: sequentially consistent. Cost: 10 to 20 ns. Pairs with any other
 * atomic access to the same word.
 */
export function cmpxchg32(heap: Heap, addr: number, expected: number, next: number): number {
  if (CHECKED) checkAddress('cmpxchg32', heap, addr, 4);
  return primitive.compareExchange(heap.u32, addr >>> 2, expected, next);
}
