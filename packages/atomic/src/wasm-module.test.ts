import { expect, it } from 'vitest';
import { Heap, wasm } from './index.ts';

const heap = new Heap(new WebAssembly.Memory({ initial: 1, maximum: 3, shared: true }));
const instantiate = (bytes: Uint8Array<ArrayBuffer>, imports: object = {}) =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { heap: { memory: heap.memory, ...imports } }).exports as Record<string, (...args: number[]) => number>;

it.each([0, 1, 63, 64, 127, 128, 8191, 8192, 0x7fffffff, -1, -64, -65, -128, -8193, -0x80000000, 0xffffffff])('writes the constant %i', (value) => {
  const { f } = instantiate(wasm.wasmModule([{ name: 'f', params: 0, locals: 0, result: true, code: wasm.i32Const(value) }]));
  expect(f()).toBe(value | 0);
});

it.each(['plain', 'atomic'] as const)('%s accesses, with offsets of any length', (kind) => {
  for (const offset of [0, 124, 128, 16384, 65532]) {
    const code = [...wasm.localGet(0), ...wasm.localGet(1), ...wasm.access(wasm.I32_STORE[kind], 2, offset), ...wasm.localGet(0), ...wasm.access(wasm.I32_LOAD[kind], 2, offset)];
    const { f } = instantiate(wasm.wasmModule([{ name: 'f', params: 2, locals: 0, result: true, code }]));
    expect(f(0, offset + 1)).toBe(offset + 1);
    expect(heap.u32[offset >>> 2]).toBe(offset + 1);
    expect(() => f(65536, 1)).toThrow(WebAssembly.RuntimeError);
  }
});

it('several functions, locals and imports', () => {
  const seen: number[] = [];
  const twice = { name: 'twice', params: 1, locals: 1, result: true, code: [...wasm.localGet(0), ...wasm.localTee(1), ...wasm.localGet(1), wasm.I32_ADD] };
  const tell = { name: 'tell', params: 2, locals: 0, result: false, code: [...wasm.localGet(1), wasm.CALL, 0] };
  const exports = instantiate(wasm.wasmModule([twice, tell], [{ name: 'note', params: 1 }]), { note: (x: number) => seen.push(x) });
  expect(exports['twice'](21)).toBe(42);
  exports['tell'](1, 7);
  expect(seen).toEqual([7]);
});
