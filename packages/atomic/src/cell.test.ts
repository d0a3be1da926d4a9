import { describe, expect, it } from 'vitest';
import { cell16, cell64, cell8, type Cell } from './cell.ts';
import { Heap } from './heap.ts';
import { Pair64 } from './pair64.ts';

const makeHeap = () => new Heap(new SharedArrayBuffer(64));

/** Every operation against plain BigInt arithmetic, over values around the width's edges. */
function checkCell<V extends number | bigint>(cell: Cell<V>, to: (value: bigint) => V): void {
  const bits = cell.width * 8;
  const cut = (value: bigint) => BigInt.asUintN(bits, value);
  const heap = makeHeap();
  const addr = 16 + cell.width;
  const values = [0n, 1n, 2n, cut(-1n), cut(-2n), 1n << BigInt(bits - 1), cut(0x5aa5_c33c_1234_9876n)];
  const binary: [fetch: keyof Cell<V>, fetched: keyof Cell<V>, model: (a: bigint, b: bigint) => bigint][] = [
    ['fetchAdd', 'addFetch', (a, b) => a + b],
    ['fetchSub', 'subFetch', (a, b) => a - b],
    ['fetchAnd', 'andFetch', (a, b) => a & b],
    ['fetchOr', 'orFetch', (a, b) => a | b],
    ['fetchXor', 'xorFetch', (a, b) => a ^ b],
  ];
  type Binary = (heap: Heap, addr: number, value: V) => V;
  const value = () => cell.read(heap, addr);
  for (const a of values) {
    for (const b of values) {
      for (const [fetch, fetched, model] of binary) {
        const result = to(cut(model(a, b)));
        cell.set(heap, addr, to(a));
        expect([(cell[fetch] as Binary)(heap, addr, to(b)), value()], `${fetch} ${a} ${b}`).toEqual([to(a), result]);
        cell.storeRelease(heap, addr, to(a));
        expect([(cell[fetched] as Binary)(heap, addr, to(b)), cell.loadAcquire(heap, addr)], `${fetched} ${a} ${b}`).toEqual([result, result]);
      }
      cell.set(heap, addr, to(a));
      expect([cell.cmpxchg(heap, addr, to(b), to(1n)), value()]).toEqual([to(a), to(a === b ? 1n : a)]);
      cell.set(heap, addr, to(a));
      expect([cell.xchg(heap, addr, to(b)), value()]).toEqual([to(a), to(b)]);
    }
    cell.set(heap, addr, to(a));
    expect([cell.fetchInc(heap, addr), cell.fetchDec(heap, addr), value()]).toEqual([to(a), to(cut(a + 1n)), to(a)]);
    expect([cell.decFetch(heap, addr), cell.incFetch(heap, addr)]).toEqual([to(cut(a - 1n)), to(a)]);
    expect([cell.fetchIncNonzero(heap, addr), value()]).toEqual([to(a), to(a === 0n ? 0n : cut(a + 1n))]);
  }
  cell.set(heap, addr, to(0n));
  expect(heap.u8.every((byte) => byte === 0)).toBe(true);
}

describe('cells', () => {
  it('of 8 bits', () => checkCell(cell8, Number));
  it('of 16 bits', () => checkCell(cell16, Number));
  it('of 64 bits', () => checkCell(cell64, (value) => value));
});

it('Pair64 works on halves', () => {
  const heap = makeHeap();
  const pair = new Pair64(heap);
  const result = () => [pair.lo >>> 0, pair.hi >>> 0];
  pair.store(8, 0xffffffff, 1);
  expect(heap.u64[1]).toBe(0x1_ffff_ffffn);
  pair.fetchAdd(8, 1, 0);
  expect(result()).toEqual([0xffffffff, 1]);
  pair.fetchSub(8, 1, 1);
  expect(result()).toEqual([0, 2]);
  pair.fetchAnd(8, 0xf0f0f0f0, -1);
  expect(result()).toEqual([0xffffffff, 0]);
  pair.fetchOr(8, 0x0f, 0x80000000);
  pair.fetchXor(8, 0xff, 0);
  expect(result()).toEqual([0xf0f0f0ff, 0x80000000]);
  expect(pair.cmpxchg(8, 0xf0f0f000, 0x80000001, 5, 6)).toBe(false);
  expect(pair.cmpxchg(8, 0xf0f0f000, 0x80000000, 5, 6)).toBe(true);
  pair.xchg(8, 7, 8);
  expect(result()).toEqual([5, 6]);
  pair.load(8);
  expect([pair.lo, pair.hi, heap.u64[0], heap.u64[2]]).toEqual([7, 8, 0n, 0n]);
});
