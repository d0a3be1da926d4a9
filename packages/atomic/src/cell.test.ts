import { describe, expect, it } from 'vitest';
import { cell16, cell32, cell64, cell8 } from './cell.ts';
import type { Cell } from './cell-type.ts';
import { Heap } from './heap.ts';
import { Pair64 } from './pair64.ts';

const makeHeap = () => new Heap(new SharedArrayBuffer(64));

/** Every operation against plain BigInt arithmetic, over values around the width's edges. */
function checkCell<V extends number | bigint>(cell: Cell<V>, to: (value: bigint) => V, heap = makeHeap()): void {
  const bits = cell.width * 8;
  const cut = (value: bigint) => BigInt.asUintN(bits, value);
  const addr = 16 + cell.width;
  const values = [0n, 1n, 2n, cut(-1n), cut(-2n), 1n << BigInt(bits - 1), cut(0x5aa5_c33c_1234_9876n)];
  const binary: [fetch: keyof Cell<V>, fetched: keyof Cell<V>, model: (a: bigint, b: bigint) => bigint][] = [
    ['fetchAdd', 'addFetch', (a, b) => a + b],
    ['fetchSub', 'subFetch', (a, b) => a - b],
    ['fetchAnd', 'andFetch', (a, b) => a & b],
    ['fetchOr', 'orFetch', (a, b) => a | b],
    ['fetchXor', 'xorFetch', (a, b) => a ^ b],
  ];
  const voids = binary.map(([fetch, , model]) => [fetch.slice('fetch'.length).toLowerCase() as keyof Cell<V>, model] as const);
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
      for (const [name, model] of voids) {
        cell.rcuSet(heap, addr, to(a));
        (cell[name] as Binary)(heap, addr, to(b));
        expect(cell.rcuRead(heap, addr), `${String(name)} ${a} ${b}`).toEqual(to(cut(model(a, b))));
      }
      cell.set(heap, addr, to(a));
      expect([cell.cmpxchg(heap, addr, to(b), to(1n)), value()]).toEqual([to(a), to(a === b ? 1n : a)]);
      cell.set(heap, addr, to(a));
      expect([cell.xchg(heap, addr, to(b)), value()]).toEqual([to(a), to(b)]);
    }
    cell.set(heap, addr, to(a));
    expect([cell.fetchInc(heap, addr), cell.fetchDec(heap, addr), value()]).toEqual([to(a), to(cut(a + 1n)), to(a)]);
    expect([cell.decFetch(heap, addr), cell.incFetch(heap, addr)]).toEqual([to(cut(a - 1n)), to(a)]);
    cell.inc(heap, addr);
    expect(cell.mbRead(heap, addr)).toEqual(to(cut(a + 1n)));
    cell.dec(heap, addr);
    cell.mbSet(heap, addr, value());
    expect([cell.fetchIncNonzero(heap, addr), value()]).toEqual([to(a), to(a === 0n ? 0n : cut(a + 1n))]);
  }
  cell.set(heap, addr, to(0n));
  expect(heap.u8.every((byte) => byte === 0)).toBe(true);
}

describe('cells', () => {
  it('of 8 bits', () => checkCell(cell8, Number));
  it('of 16 bits', () => checkCell(cell16, Number));
  it('of 32 bits', () => checkCell(cell32, Number));
  it('of 64 bits', () => checkCell(cell64, (value) => value));
});

/** As bigint cells, so that the same checks run on halves. */
function pairCell(heap: Heap): Cell<bigint> {
  const pair = new Pair64(heap);
  const result = () => (BigInt.asUintN(32, BigInt(pair.hi)) << 32n) | BigInt.asUintN(32, BigInt(pair.lo));
  const lo = (value: bigint) => Number(BigInt.asIntN(32, value));
  const hi = (value: bigint) => Number(BigInt.asUintN(32, value >> 32n));
  const own = {
    width: 8,
    cmpxchg(_: Heap, addr: number, expected: bigint, next: bigint) {
      const stored = pair.cmpxchg(addr, lo(expected), hi(expected), lo(next), hi(next));
      expect(stored).toBe(result() === expected);
      return result();
    },
    fetchIncNonzero(_: Heap, addr: number) {
      expect(pair.fetchIncNonzero(addr)).toBe(result() !== 0n);
      return result();
    },
  };
  return new Proxy(own, {
    get(target, name: keyof typeof own & keyof Pair64) {
      if (name in target) return target[name];
      return (_: Heap, addr: number, value?: bigint) => {
        const call = pair[name] as (addr: number, ...halves: number[]) => void;
        call.apply(pair, value === undefined ? [addr] : [addr, lo(value), hi(value)]);
        return result();
      };
    },
  }) as unknown as Cell<bigint>;
}

it('Pair64 does the same on halves', () => {
  const heap = makeHeap();
  checkCell(pairCell(heap), (value) => value, heap);
});

it('void operations of Pair64 leave the last result alone', () => {
  const pair = new Pair64(makeHeap());
  pair.set(8, 0xffffffff, 1);
  pair.read(8);
  pair.inc(8);
  pair.add(8, 0, 5);
  expect([pair.lo, pair.hi]).toEqual([-1, 1]);
  pair.loadAcquire(8);
  expect([pair.lo, pair.hi]).toEqual([0, 7]);
});
