/**
 * Barriers between *plain* accesses (typed-array accesses, generated WebAssembly). Accesses through `order.ts` are
 * ordered among themselves already and need none.
 *
 * JavaScript has no fence. The only thing that orders plain accesses by the language's own rules is a synchronises-with
 * edge: a store-release read by a load-acquire. These barriers are WebAssembly's `atomic.fence`, called from JavaScript:
 * a full fence of the CPU, and a call that the compiler moves nothing across. So each costs 10 to 25 ns, and none is
 * cheaper than {@link smpMb}. Where one is needed on a path that matters, make the access beside it atomic instead.
 */
import type { Heap } from './heap.ts';

/**
 * `smp_mb`: full barrier. Ordering: all loads and stores before it happen before all after it; the only one that orders a
 * store before a later load. Cost: 10 to 25 ns. Pairs with itself (store buffering: both sides need it) and with any other
 * barrier, acquire or release.
 */
export function smpMb(heap: Heap): void {
  heap.fence();
}

/**
 * `smp_rmb`: read barrier. Ordering: loads before it happen before loads after it. Cost: 10 to 25 ns, as {@link smpMb}. Pairs
 * with {@link smpWmb}, {@link smpMbRelease}, {@link smpMb} or a store-release.
 */
export function smpRmb(heap: Heap): void {
  heap.fence();
}

/**
 * `smp_wmb`: write barrier. Ordering: stores before it happen before stores after it. Cost: 10 to 25 ns, as {@link smpMb}. Pairs
 * with {@link smpRmb}, {@link smpMbAcquire}, {@link smpMb} or a load-acquire.
 */
export function smpWmb(heap: Heap): void {
  heap.fence();
}

/**
 * `smp_mb_acquire`: acquire barrier. Ordering: loads before it happen before loads and stores after it. Cost: 10 to 25 ns, as
 * {@link smpMb}. Pairs with {@link smpMbRelease}, {@link smpWmb} or a store-release.
 */
export function smpMbAcquire(heap: Heap): void {
  heap.fence();
}

/**
 * `smp_mb_release`: release barrier. Ordering: loads and stores before it happen before stores after it. Cost: 10 to 25 ns, as
 * {@link smpMb}. Pairs with {@link smpMbAcquire}, {@link smpRmb} or a load-acquire.
 */
export function smpMbRelease(heap: Heap): void {
  heap.fence();
}

/**
 * `smp_read_barrier_depends`: data dependency barrier. Ordering: a load before loads that use its value. Cost: nothing, as it
 * is empty: the JavaScript memory model has no such notion, and every CPU in use keeps that order. Pairs with
 * {@link smpWmb} or a store-release. Load the handle with `rcuRead32` or `rcuReadPtr`, which need no help.
 */
export function smpReadBarrierDepends(_heap: Heap): void {}

/**
 * `barrier`: compiler barrier. Ordering: the compiler moves no access across it, the CPU may. Cost: 10 to 25 ns, since
 * JavaScript offers nothing that weak: it is {@link smpMb}. Pairs with nothing: it is for one thread and what interrupts it.
 */
export function barrier(heap: Heap): void {
  heap.fence();
}
