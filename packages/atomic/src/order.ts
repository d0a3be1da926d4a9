/**
 * C11-style atomic accesses and barriers over a {@link Heap}, under the names of the design document "Atomic operations
 * in QEMU" (snake_case there, TypeScript style here). `addr` is a byte offset in the heap, a multiple of 4.
 *
 * Every access here is one of `primitive.ts`, hence sequentially consistent, whatever its name promises: JavaScript has
 * nothing weaker that is atomic. The names stay because they say what an algorithm *needs*: a reader checks the pairing
 * by them, and generated WebAssembly, which does have plain accesses, is derived from them.
 *
 * Rejected: mapping atomicRead/atomicSet to plain typed-array accesses. They would be 7 ns cheaper, but an engine may
 * hoist a plain load out of a polling loop for ever.
 */
import type { Heap } from './heap.ts';
import * as primitive from './primitive.ts';

/**
 * `atomic_read`: relaxed load of a u32. Promises no order with other accesses. 7 ns.
 * Pairs with nothing by itself; with {@link smpRmb} or {@link smpMbAcquire} after it, with what those pair with.
 */
export function atomicRead32(heap: Heap, addr: number): number {
  return primitive.load(heap.u32, addr >>> 2);
}

/** `atomic_set`: relaxed store of a u32. Promises no order with other accesses. 10 ns. */
export function atomicSet32(heap: Heap, addr: number, value: number): void {
  primitive.store(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_load_acquire`: what follows in program order happens after it. Pairs with {@link storeRelease32} (or any
 * read-modify-write) of the same word by another thread. 7 ns; on x86-64 an ordinary load once inside the engine.
 */
export function loadAcquire32(heap: Heap, addr: number): number {
  return primitive.load(heap.u32, addr >>> 2);
}

/**
 * `atomic_store_release`: what precedes in program order happens before it. Pairs with {@link loadAcquire32} of the
 * same word. 10 ns: an `xchg` on x86-64, because the engine only has the sequentially consistent store.
 */
export function storeRelease32(heap: Heap, addr: number, value: number): void {
  primitive.store(heap.u32, addr >>> 2, value);
}

/** `atomic_rcu_read`: loads a handle of an RCU-protected structure. Orders dependent loads. Pairs with {@link rcuSet32}. */
export function rcuRead32(heap: Heap, addr: number): number {
  return primitive.load(heap.u32, addr >>> 2);
}

/** `atomic_rcu_set`: publishes a handle; the structure's initialisation happens before it. Pairs with {@link rcuRead32}. */
export function rcuSet32(heap: Heap, addr: number, value: number): void {
  primitive.store(heap.u32, addr >>> 2, value);
}

/** `atomic_mb_read`. @deprecated as in the design document: use {@link loadAcquire32}, RCU or a lock. */
export function mbRead32(heap: Heap, addr: number): number {
  return primitive.load(heap.u32, addr >>> 2);
}

/** `atomic_mb_set`. @deprecated as in the design document: use {@link storeRelease32} and {@link smpMb}. */
export function mbSet32(heap: Heap, addr: number, value: number): void {
  primitive.store(heap.u32, addr >>> 2, value);
}

// Read-modify-write operations: sequentially consistent, acquire and release in one, about 10 ns each. They pair with
// any other atomic access to the same word. `fetch…` returns the old value, `…Fetch` the new one; both are u32.

/** `atomic_fetch_add`. */
export function fetchAdd32(heap: Heap, addr: number, value: number): number {
  return primitive.add(heap.u32, addr >>> 2, value);
}

/** `atomic_fetch_sub`. */
export function fetchSub32(heap: Heap, addr: number, value: number): number {
  return primitive.sub(heap.u32, addr >>> 2, value);
}

/** `atomic_fetch_and`. */
export function fetchAnd32(heap: Heap, addr: number, value: number): number {
  return primitive.and(heap.u32, addr >>> 2, value);
}

/** `atomic_fetch_or`. */
export function fetchOr32(heap: Heap, addr: number, value: number): number {
  return primitive.or(heap.u32, addr >>> 2, value);
}

/** `atomic_fetch_xor`. */
export function fetchXor32(heap: Heap, addr: number, value: number): number {
  return primitive.xor(heap.u32, addr >>> 2, value);
}

/** `atomic_fetch_inc`. */
export function fetchInc32(heap: Heap, addr: number): number {
  return primitive.add(heap.u32, addr >>> 2, 1);
}

/** `atomic_fetch_dec`. */
export function fetchDec32(heap: Heap, addr: number): number {
  return primitive.sub(heap.u32, addr >>> 2, 1);
}

/** `atomic_fetch_inc_nonzero`: increments unless 0; returns the old value, 0 when it did nothing. Reference counts. */
export function fetchIncNonzero32(heap: Heap, addr: number): number {
  const index = addr >>> 2;
  let old = primitive.load(heap.u32, index);
  while (old !== 0) {
    const seen = primitive.compareExchange(heap.u32, index, old, old + 1);
    if (seen === old) return old;
    old = seen;
  }
  return 0;
}

/** `atomic_add_fetch`. */
export function addFetch32(heap: Heap, addr: number, value: number): number {
  return (primitive.add(heap.u32, addr >>> 2, value) + value) >>> 0;
}

/** `atomic_sub_fetch`. */
export function subFetch32(heap: Heap, addr: number, value: number): number {
  return (primitive.sub(heap.u32, addr >>> 2, value) - value) >>> 0;
}

/** `atomic_and_fetch`. */
export function andFetch32(heap: Heap, addr: number, value: number): number {
  return (primitive.and(heap.u32, addr >>> 2, value) & value) >>> 0;
}

/** `atomic_or_fetch`. */
export function orFetch32(heap: Heap, addr: number, value: number): number {
  return (primitive.or(heap.u32, addr >>> 2, value) | value) >>> 0;
}

/** `atomic_xor_fetch`. */
export function xorFetch32(heap: Heap, addr: number, value: number): number {
  return (primitive.xor(heap.u32, addr >>> 2, value) ^ value) >>> 0;
}

/** `atomic_inc_fetch`. */
export function incFetch32(heap: Heap, addr: number): number {
  return addFetch32(heap, addr, 1);
}

/** `atomic_dec_fetch`. */
export function decFetch32(heap: Heap, addr: number): number {
  return subFetch32(heap, addr, 1);
}

/** `atomic_add`. */
export function atomicAdd32(heap: Heap, addr: number, value: number): void {
  primitive.add(heap.u32, addr >>> 2, value);
}

/** `atomic_sub`. */
export function atomicSub32(heap: Heap, addr: number, value: number): void {
  primitive.sub(heap.u32, addr >>> 2, value);
}

/** `atomic_and`. */
export function atomicAnd32(heap: Heap, addr: number, value: number): void {
  primitive.and(heap.u32, addr >>> 2, value);
}

/** `atomic_or`. */
export function atomicOr32(heap: Heap, addr: number, value: number): void {
  primitive.or(heap.u32, addr >>> 2, value);
}

/** `atomic_xor`. */
export function atomicXor32(heap: Heap, addr: number, value: number): void {
  primitive.xor(heap.u32, addr >>> 2, value);
}

/** `atomic_inc`. */
export function atomicInc32(heap: Heap, addr: number): void {
  primitive.add(heap.u32, addr >>> 2, 1);
}

/** `atomic_dec`. */
export function atomicDec32(heap: Heap, addr: number): void {
  primitive.sub(heap.u32, addr >>> 2, 1);
}

/** `atomic_xchg`: stores, returns the old value. */
export function xchg32(heap: Heap, addr: number, value: number): number {
  return primitive.exchange(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_cmpxchg`: stores `next` if the word equals `expected`; returns the old value (u32). Compare the result with
 * `expected >>> 0` when that may be negative.
 */
export function cmpxchg32(heap: Heap, addr: number, expected: number, next: number): number {
  return primitive.compareExchange(heap.u32, addr >>> 2, expected, next);
}
