/**
 * C11-style atomic loads and stores of 32 bits over a {@link Heap}, under the names of the design document "Atomic
 * operations in QEMU" (snake_case there, TypeScript style here). Read-modify-write operations are in `rmw.ts`, barriers in
 * `barrier.ts`, other widths in `cell.ts`, `pair64.ts` and `ptr.ts`. `addr` is a byte offset in the heap, a multiple of 4.
 *
 * Every access here is one of `primitive.ts`, hence sequentially consistent, whatever its name promises: JavaScript has
 * nothing weaker that is atomic. The names stay because they say what an algorithm *needs*: a reader checks the pairing
 * by them, and generated WebAssembly, which does have plain accesses, is derived from them.
 *
 * Rejected: mapping atomicRead/atomicSet to plain typed-array accesses. They would be 7 ns cheaper, but an engine may
 * hoist a plain load out of a polling loop for ever.
 */
import { CHECKED } from './checked.ts';
import { checkAddress } from './checks.ts';
import type { Heap } from './heap.ts';
import * as primitive from './primitive.ts';

/**
 * `atomic_read`: load of a u32. Ordering: relaxed, none is promised with accesses to other words. Cost: 7 to 12 ns. Pairs
 * with nothing by itself; followed by {@link smpRmb} or {@link smpMbAcquire}, with what those pair with.
 */
export function atomicRead32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('atomicRead32', heap, addr, 4);
  return primitive.load(heap.u32, addr >>> 2);
}

/**
 * `atomic_set`: store of a u32. Ordering: relaxed, none is promised with accesses to other words. Cost: 10 to 12 ns. Pairs
 * with nothing by itself; after {@link smpWmb} or {@link smpMbRelease}, with what those pair with.
 */
export function atomicSet32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('atomicSet32', heap, addr, 4);
  primitive.store(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_load_acquire`: load of a u32. Ordering: acquire, what follows in program order happens after it. Cost: 7
 * ns; on x86-64 an ordinary load once inside the engine. Pairs with {@link storeRelease32}, or any read-modify-write,
 * of the same word.
 */
export function loadAcquire32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('loadAcquire32', heap, addr, 4);
  return primitive.load(heap.u32, addr >>> 2);
}

/**
 * `atomic_store_release`: store of a u32. Ordering: release, what precedes in program order happens before it. Cost:
 * 10 ns; an `xchg` on x86-64, because the engine only has the sequentially consistent store. Pairs with {@link
 * loadAcquire32} of the same word.
 */
export function storeRelease32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('storeRelease32', heap, addr, 4);
  primitive.store(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_rcu_read`: loads the handle of an RCU-protected structure. Ordering: acquire for loads that depend on the
 * handle. Cost: 7 to 12 ns. Pairs with {@link rcuSet32} of the same word. See {@link rcuReadPtr} for a handle with a type.
 */
export function rcuRead32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('rcuRead32', heap, addr, 4);
  return primitive.load(heap.u32, addr >>> 2);
}

/**
 * `atomic_rcu_set`: publishes the handle of a structure. Ordering: release, the structure's initialisation happens
 * before it. Cost: 10 to 12 ns. Pairs with {@link rcuRead32} of the same word. See {@link rcuSetPtr} for a handle with a
 * type.
 */
export function rcuSet32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('rcuSet32', heap, addr, 4);
  primitive.store(heap.u32, addr >>> 2, value);
}

/**
 * `atomic_mb_read`: load of a u32, ordered with {@link mbSet32} only. Ordering: acquire. Cost: 7 to 12 ns. Pairs with
 * {@link mbSet32} of the same word.
 * @deprecated as in the design document: use a lock, an Event, RCU, or {@link loadAcquire32}.
 */
export function mbRead32(heap: Heap, addr: number): number {
  if (CHECKED) checkAddress('mbRead32', heap, addr, 4);
  return primitive.load(heap.u32, addr >>> 2);
}

/**
 * `atomic_mb_set`: store of a u32, ordered with {@link mbRead32} only. Ordering: release, and before later {@link
 * mbRead32}s. Cost: 10 to 12 ns. Pairs with {@link mbRead32} of the same word.
 * @deprecated as in the design document: use a lock, an Event, RCU, or {@link storeRelease32} and {@link smpMb}.
 */
export function mbSet32(heap: Heap, addr: number, value: number): void {
  if (CHECKED) checkAddress('mbSet32', heap, addr, 4);
  primitive.store(heap.u32, addr >>> 2, value);
}
