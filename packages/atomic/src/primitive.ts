/**
 * Every access to shared memory that more than one thread may race on goes through this file: the only one that names
 * `Atomics.*`, which a model checker stands in for in tests.
 *
 * All of these are sequentially consistent: one total order over all of them on all threads that each thread's program
 * order agrees with (ECMAScript memory model, section "Memory Model"). Costs seen on 2-core x86-64 hosts, Node 26:
 * load 7 to 12 ns, store 10 to 12 ns, read-modify-write 10 to 20 ns (they are calls of engine builtins, not inlined);
 * 64-bit ones with BigInt about 13 ns.
 *
 * `index` counts elements of the view, not bytes. All throw RangeError beyond the view's end.
 */
import { AtomicError } from './error.ts';

/** Views of up to 32 bits. */
export type IntView =
  | Int8Array<ArrayBufferLike>
  | Uint8Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | Uint32Array<ArrayBufferLike>;

/** Views of 64 bits. */
export type BigView = BigInt64Array<ArrayBufferLike> | BigUint64Array<ArrayBufferLike>;

/** Result of {@link wait}. */
export type WaitResult = 'ok' | 'not-equal' | 'timed-out';

/** Atomic load. Synchronises with the {@link store} or read-modify-write whose value it sees. */
export function load(view: IntView, index: number): number {
  return Atomics.load(view, index);
}

/** Atomic store; the value is cut to the view's width. */
export function store(view: IntView, index: number, value: number): void {
  Atomics.store(view, index, value);
}

/** Fetch-and-add: returns the old value. Wraps at the view's width, as do the ones below. */
export function add(view: IntView, index: number, value: number): number {
  return Atomics.add(view, index, value);
}

/** Fetch-and-subtract: returns the old value. */
export function sub(view: IntView, index: number, value: number): number {
  return Atomics.sub(view, index, value);
}

/** Fetch-and-and: returns the old value. */
export function and(view: IntView, index: number, value: number): number {
  return Atomics.and(view, index, value);
}

/** Fetch-and-or: returns the old value. */
export function or(view: IntView, index: number, value: number): number {
  return Atomics.or(view, index, value);
}

/** Fetch-and-xor: returns the old value. */
export function xor(view: IntView, index: number, value: number): number {
  return Atomics.xor(view, index, value);
}

/** Stores `value`, returns the old value. */
export function exchange(view: IntView, index: number, value: number): number {
  return Atomics.exchange(view, index, value);
}

/** Stores `next` if the element equals `expected`; returns the old value, so success is `result === expected`. */
export function compareExchange(view: IntView, index: number, expected: number, next: number): number {
  return Atomics.compareExchange(view, index, expected, next);
}

/** {@link load} of 64 bits; allocates a BigInt, so not for hot paths. */
export function load64(view: BigView, index: number): bigint {
  return Atomics.load(view, index);
}

/** {@link store} of 64 bits. */
export function store64(view: BigView, index: number, value: bigint): void {
  Atomics.store(view, index, value);
}

/** {@link add} of 64 bits. */
export function add64(view: BigView, index: number, value: bigint): bigint {
  return Atomics.add(view, index, value);
}

/** {@link sub} of 64 bits. */
export function sub64(view: BigView, index: number, value: bigint): bigint {
  return Atomics.sub(view, index, value);
}

/** {@link and} of 64 bits. */
export function and64(view: BigView, index: number, value: bigint): bigint {
  return Atomics.and(view, index, value);
}

/** {@link or} of 64 bits. */
export function or64(view: BigView, index: number, value: bigint): bigint {
  return Atomics.or(view, index, value);
}

/** {@link xor} of 64 bits. */
export function xor64(view: BigView, index: number, value: bigint): bigint {
  return Atomics.xor(view, index, value);
}

/** {@link exchange} of 64 bits. */
export function exchange64(view: BigView, index: number, value: bigint): bigint {
  return Atomics.exchange(view, index, value);
}

/** {@link compareExchange} of 64 bits. */
export function compareExchange64(view: BigView, index: number, expected: bigint, next: bigint): bigint {
  return Atomics.compareExchange(view, index, expected, next);
}

/**
 * Sleeps while the element equals `value`, until {@link notify} or the timeout. Ordering: sequentially consistent. Cost: 20 ns
 * when the element differs, else a sleep. Pairs with {@link notify}.
 * @param timeoutMs milliseconds, Infinity (the default) for ever
 * @throws AtomicError ERR_MUST_NOT_BLOCK on a thread that may not block (a browser's main thread), ERR_NOT_SHARED
 */
export function wait(view: Int32Array, index: number, value: number, timeoutMs = Infinity): WaitResult {
  try {
    return Atomics.wait(view, index, value, timeoutMs);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if (!(view.buffer instanceof SharedArrayBuffer)) throw new AtomicError('ERR_NOT_SHARED', 'wait: view is not over shared memory');
    throw new AtomicError('ERR_MUST_NOT_BLOCK', 'wait: this thread must not block; use the async form');
  }
}

/**
 * {@link wait} as a promise, for threads that must not block. Resolves at once when the value already differs.
 * A pending wait does not keep Node's event loop alive: a thread with nothing else to do ends with the promise unsettled
 * (exit status 13 at a top-level await). Keep a timer or a port open meanwhile.
 */
export function waitAsync(view: Int32Array, index: number, value: number, timeoutMs = Infinity): Promise<WaitResult> {
  const result = Atomics.waitAsync(view, index, value, timeoutMs);
  return result.async ? result.value : Promise.resolve(result.value);
}

/** Wakes up to `count` sleepers (default: all) on the element, in the order they came. Returns how many. */
export function notify(view: Int32Array, index: number, count = Infinity): number {
  return Atomics.notify(view, index, count);
}

/** Tells the CPU that this is a spin loop, where the engine offers it. Orders nothing. */
export const pause: () => void = typeof Atomics.pause === 'function' ? () => Atomics.pause() : () => {};

/**
 * A nap of at most 50 µs while the element equals `value`: what a spin loop does once spinning has not helped, so that a
 * lock holder without a core gets one. Where the thread must not block it is a {@link pause}.
 */
export function nap(view: Int32Array, index: number, value: number): void {
  try {
    Atomics.wait(view, index, value, 0.05);
  } catch {
    pause();
  }
}

// (module (func (export "f") atomic.fence))
const FENCE_MODULE = [
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x07, 0x05,
  0x01, 0x01, 0x66, 0x00, 0x00, 0x0a, 0x07, 0x01, 0x05, 0x00, 0xfe, 0x03, 0x00, 0x0b,
];

/**
 * Makes a full fence for plain accesses. JavaScript has none, so it is WebAssembly's `atomic.fence`; where compiling is
 * forbidden (a content security policy), a read-modify-write of a private word, which is a full fence on x86-64 and
 * acquire plus release on Arm.
 */
export function makeFence(): () => void {
  try {
    const module = new WebAssembly.Module(new Uint8Array(FENCE_MODULE));
    return new WebAssembly.Instance(module).exports['f'] as () => void;
  } catch {
    const word = new Int32Array(new SharedArrayBuffer(4));
    return () => {
      Atomics.or(word, 0, 0);
    };
  }
}
