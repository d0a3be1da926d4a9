import { expect, it } from 'vitest';
import * as atomic from './index.ts';
import { Heap } from './heap.ts';

it('views the whole of a shared memory', () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  const heap = new Heap(memory);
  expect(heap.memory).toBe(memory);
  expect(heap.size).toBe(131072);
  heap.u32[1] = 0x80000001;
  expect([heap.i32[1], heap.u8[4], heap.u16[3], heap.u64[0]]).toEqual([-0x7fffffff, 1, 0x8000, 0x80000001_00000000n]);
});

it('refuses memory that is not shared', () => {
  expect(() => new Heap(new WebAssembly.Memory({ initial: 1, maximum: 1 }))).toThrow(/not shared/);
  expect(() => new Heap(new ArrayBuffer(64) as unknown as SharedArrayBuffer)).toThrow(/not shared/);
  expect(() => new Heap(new SharedArrayBuffer(12))).toThrow(/multiple of 8/);
  expect(() => new Heap(new SharedArrayBuffer(16)).memory).toThrow(/no WebAssembly.Memory/);
});

it('the C11 names return old or new values as u32', () => {
  const heap = new Heap(new SharedArrayBuffer(64));
  const a = 8;
  const value = () => atomic.atomicRead32(heap, a);
  atomic.atomicSet32(heap, a, 0xffffffff);
  expect(atomic.fetchAdd32(heap, a, 2)).toBe(0xffffffff);
  expect(value()).toBe(1);
  expect(atomic.subFetch32(heap, a, 2)).toBe(0xffffffff);
  expect(atomic.andFetch32(heap, a, 0xf0f0f0f0)).toBe(0xf0f0f0f0);
  expect(atomic.fetchOr32(heap, a, 0x0f)).toBe(0xf0f0f0f0);
  expect(atomic.orFetch32(heap, a, 0)).toBe(0xf0f0f0ff);
  expect(atomic.xorFetch32(heap, a, 0xf0f0f0ff)).toBe(0);
  expect(atomic.fetchIncNonzero32(heap, a)).toBe(0);
  expect(value()).toBe(0);
  expect(atomic.incFetch32(heap, a)).toBe(1);
  expect(atomic.fetchIncNonzero32(heap, a)).toBe(1);
  expect(atomic.decFetch32(heap, a)).toBe(1);
  expect(atomic.xchg32(heap, a, 0x80000000)).toBe(1);
  expect(atomic.cmpxchg32(heap, a, 5, 6)).toBe(0x80000000);
  expect(atomic.cmpxchg32(heap, a, 0x80000000, 6)).toBe(0x80000000);
  expect(atomic.loadAcquire32(heap, a)).toBe(6);
  atomic.smpMb(heap);
  expect([heap.u32[1], heap.u32[3]]).toEqual([0, 0]);
});
