/**
 * Barriers between *plain* accesses (typed-array accesses, generated WebAssembly). Accesses through `order.ts` are
 * ordered among themselves already and need none.
 *
 * JavaScript has no fence. The only thing that orders plain accesses by the language's own rules is a synchronises-with
 * edge: a store-release read by a load-acquire. These barriers are WebAssembly's `atomic.fence`, called from JavaScript:
 * a full fence of the CPU, and a call that the compiler moves nothing across. So each costs 10 to 15 ns, and none is
 * cheaper than {@link smpMb}. Where one is needed on a path that matters, make the access beside it atomic instead.
 */
import type { Heap } from './heap.ts';

/**
 * `smp_mb`: all loads and stores before it happen before all after it. The only one that orders a store before a later
 * load. Pairs with itself (store buffering: both sides need it) and with any other barrier.
 */
export function smpMb(heap: Heap): void {
  heap.fence();
}

/** `smp_rmb`: loads before it happen before loads after it. Pairs with {@link smpWmb} or a release. */
export function smpRmb(heap: Heap): void {
  heap.fence();
}

/** `smp_wmb`: stores before it happen before stores after it. Pairs with {@link smpRmb} or an acquire. */
export function smpWmb(heap: Heap): void {
  heap.fence();
}

/** `smp_mb_acquire`: loads before it happen before loads and stores after it. Pairs with {@link smpMbRelease}. */
export function smpMbAcquire(heap: Heap): void {
  heap.fence();
}

/** `smp_mb_release`: loads and stores before it happen before stores after it. Pairs with {@link smpMbAcquire}. */
export function smpMbRelease(heap: Heap): void {
  heap.fence();
}

/**
 * `smp_read_barrier_depends`: orders a load before loads that use its value. The JavaScript memory model has no such
 * notion; every CPU in use keeps the order, so this is nothing. Load the handle with `rcuRead32`, which needs no help.
 */
export function smpReadBarrierDepends(_heap: Heap): void {}

/**
 * `barrier`: the compiler moves no access across it, the CPU may. JavaScript offers nothing that weak: this is
 * {@link smpMb}.
 */
export function barrier(heap: Heap): void {
  heap.fence();
}
