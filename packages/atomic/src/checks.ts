/**
 * The checks that would cost a hot path. They are in the development build (export condition `development`) and in the
 * sources, and gone from the default build, where `CHECKED` is false. What is checked always is not here.
 */
import { AtomicError, checkRange } from './error.ts';

/** What an address is checked against: a Heap. */
interface Memory {
  readonly size: number;
}

/** @throws AtomicError ERR_OUT_OF_RANGE, ERR_MISALIGNED; names the function and `addr` */
export function checkAddress(what: string, heap: Memory, addr: number, width: number): void {
  // one comparison each on the way that is right: integers below 2^53 have an exact remainder
  if (addr % width !== 0 || !(addr >= 0 && addr <= heap.size - width)) failAddress(what, heap, addr, width);
}

function failAddress(what: string, heap: Memory, addr: number, width: number): never {
  if (typeof heap?.size !== 'number') throw new AtomicError('ERR_BAD_ARGUMENT', `${what}: heap is not a Heap`);
  checkRange(`${what}: addr`, addr, width, width, heap.size);
  throw new AtomicError('ERR_BAD_ARGUMENT', `${what}: addr: ${String(addr)}`);
}

/** @throws AtomicError ERR_BAD_ARGUMENT, ERR_NOT_SHARED, ERR_OUT_OF_RANGE; for functions that take a view and an index */
export function checkIndex(what: string, view: Int32Array | Uint32Array, index: number): void {
  if (!(view instanceof Int32Array || view instanceof Uint32Array)) throw new AtomicError('ERR_BAD_ARGUMENT', `${what}: view is not a 32-bit typed array`);
  if (!(view.buffer instanceof SharedArrayBuffer)) throw new AtomicError('ERR_NOT_SHARED', `${what}: view is not over shared memory`);
  if (!(Number.isInteger(index) && index >= 0 && index < view.length)) {
    throw new AtomicError('ERR_OUT_OF_RANGE', `${what}: index ${index} is not within ${view.length} elements`);
  }
}

/** @throws AtomicError ERR_NULL_HANDLE, and as {@link checkAddress}; for handles of structures */
export function checkHandle(what: string, heap: Memory, handle: number, align: number): void {
  if (handle === 0) throw new AtomicError('ERR_NULL_HANDLE', `${what}: handle is null`);
  checkRange(`${what}: handle`, handle, align, align, heap.size);
}
