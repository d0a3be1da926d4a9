/**
 * The operations of `order.ts` and `rmw.ts` for every width: {@link cell8}, {@link cell16}, {@link cell32} and, with BigInt,
 * {@link cell64}. For 64 bits as two halves, see `pair64.ts`.
 */
import type { Cell } from './cell-type.ts';
import { CHECKED } from './checked.ts';
import { checkAddress } from './checks.ts';
import type { Heap } from './heap.ts';
import * as order from './order.ts';
import * as primitive from './primitive.ts';
import * as rmw from './rmw.ts';

function narrowCell(width: 1 | 2, view: (heap: Heap) => Uint8Array | Uint16Array): Cell<number> {
  const mask = 2 ** (width * 8) - 1;
  const { load, store, add, sub, and, or, xor, exchange, compareExchange } = primitive;
  const at = (heap: Heap, addr: number): number => {
    if (CHECKED) checkAddress(`cell${width * 8}`, heap, addr, width);
    return addr >>> (width - 1);
  };
  const cell: Cell<number> = {
    width,
    read: (heap, addr) => load(view(heap), at(heap, addr)),
    loadAcquire: (heap, addr) => load(view(heap), at(heap, addr)),
    rcuRead: (heap, addr) => load(view(heap), at(heap, addr)),
    mbRead: (heap, addr) => load(view(heap), at(heap, addr)),
    set: (heap, addr, value) => store(view(heap), at(heap, addr), value),
    storeRelease: (heap, addr, value) => store(view(heap), at(heap, addr), value),
    rcuSet: (heap, addr, value) => store(view(heap), at(heap, addr), value),
    mbSet: (heap, addr, value) => store(view(heap), at(heap, addr), value),
    fetchAdd: (heap, addr, value) => add(view(heap), at(heap, addr), value),
    fetchSub: (heap, addr, value) => sub(view(heap), at(heap, addr), value),
    fetchAnd: (heap, addr, value) => and(view(heap), at(heap, addr), value),
    fetchOr: (heap, addr, value) => or(view(heap), at(heap, addr), value),
    fetchXor: (heap, addr, value) => xor(view(heap), at(heap, addr), value),
    fetchInc: (heap, addr) => add(view(heap), at(heap, addr), 1),
    fetchDec: (heap, addr) => sub(view(heap), at(heap, addr), 1),
    fetchIncNonzero(heap, addr) {
      let old = cell.read(heap, addr);
      while (old !== 0) {
        const seen = cell.cmpxchg(heap, addr, old, old + 1);
        if (seen === old) return old;
        old = seen;
      }
      return 0;
    },
    addFetch: (heap, addr, value) => (add(view(heap), at(heap, addr), value) + value) & mask,
    subFetch: (heap, addr, value) => (sub(view(heap), at(heap, addr), value) - value) & mask,
    andFetch: (heap, addr, value) => (and(view(heap), at(heap, addr), value) & value) & mask,
    orFetch: (heap, addr, value) => (or(view(heap), at(heap, addr), value) | value) & mask,
    xorFetch: (heap, addr, value) => (xor(view(heap), at(heap, addr), value) ^ value) & mask,
    incFetch: (heap, addr) => (add(view(heap), at(heap, addr), 1) + 1) & mask,
    decFetch: (heap, addr) => (sub(view(heap), at(heap, addr), 1) - 1) & mask,
    add: (heap, addr, value) => void add(view(heap), at(heap, addr), value),
    sub: (heap, addr, value) => void sub(view(heap), at(heap, addr), value),
    and: (heap, addr, value) => void and(view(heap), at(heap, addr), value),
    or: (heap, addr, value) => void or(view(heap), at(heap, addr), value),
    xor: (heap, addr, value) => void xor(view(heap), at(heap, addr), value),
    inc: (heap, addr) => void add(view(heap), at(heap, addr), 1),
    dec: (heap, addr) => void sub(view(heap), at(heap, addr), 1),
    xchg: (heap, addr, value) => exchange(view(heap), at(heap, addr), value),
    cmpxchg: (heap, addr, expected, next) => compareExchange(view(heap), at(heap, addr), expected, next),
  };
  return Object.freeze(cell);
}

/** 8-bit operations, of unsigned values. 15 to 20 ns each. */
export const cell8: Cell<number> = /* @__PURE__ */ narrowCell(1, (heap) => heap.u8);

/** 16-bit operations, of unsigned values; `addr` is even. 15 to 20 ns each. */
export const cell16: Cell<number> = /* @__PURE__ */ narrowCell(2, (heap) => heap.u16);

/** The 32-bit functions of `order.ts` and `rmw.ts` as a {@link Cell}: for code that works on several widths. */
export const cell32: Cell<number> = /* @__PURE__ */ Object.freeze<Cell<number>>({
  width: 4,
  read: order.atomicRead32,
  set: order.atomicSet32,
  loadAcquire: order.loadAcquire32,
  storeRelease: order.storeRelease32,
  rcuRead: order.rcuRead32,
  rcuSet: order.rcuSet32,
  mbRead: order.loadAcquire32,
  mbSet: order.storeRelease32,
  fetchAdd: rmw.fetchAdd32,
  fetchSub: rmw.fetchSub32,
  fetchAnd: rmw.fetchAnd32,
  fetchOr: rmw.fetchOr32,
  fetchXor: rmw.fetchXor32,
  fetchInc: rmw.fetchInc32,
  fetchDec: rmw.fetchDec32,
  fetchIncNonzero: rmw.fetchIncNonzero32,
  addFetch: rmw.addFetch32,
  subFetch: rmw.subFetch32,
  andFetch: rmw.andFetch32,
  orFetch: rmw.orFetch32,
  xorFetch: rmw.xorFetch32,
  incFetch: rmw.incFetch32,
  decFetch: rmw.decFetch32,
  add: rmw.atomicAdd32,
  sub: rmw.atomicSub32,
  and: rmw.atomicAnd32,
  or: rmw.atomicOr32,
  xor: rmw.atomicXor32,
  inc: rmw.atomicInc32,
  dec: rmw.atomicDec32,
  xchg: rmw.xchg32,
  cmpxchg: rmw.cmpxchg32,
});

function wideCell(): Cell<bigint> {
  const { load64, store64, add64, sub64, and64, or64, xor64, exchange64, compareExchange64 } = primitive;
  const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
  const at = (heap: Heap, addr: number): number => {
    if (CHECKED) checkAddress('cell64', heap, addr, 8);
    return addr >>> 3;
  };
  const cell: Cell<bigint> = {
    width: 8,
    read: (heap, addr) => load64(heap.u64, at(heap, addr)),
    loadAcquire: (heap, addr) => load64(heap.u64, at(heap, addr)),
    rcuRead: (heap, addr) => load64(heap.u64, at(heap, addr)),
    mbRead: (heap, addr) => load64(heap.u64, at(heap, addr)),
    set: (heap, addr, value) => store64(heap.u64, at(heap, addr), value),
    storeRelease: (heap, addr, value) => store64(heap.u64, at(heap, addr), value),
    rcuSet: (heap, addr, value) => store64(heap.u64, at(heap, addr), value),
    mbSet: (heap, addr, value) => store64(heap.u64, at(heap, addr), value),
    fetchAdd: (heap, addr, value) => add64(heap.u64, at(heap, addr), value),
    fetchSub: (heap, addr, value) => sub64(heap.u64, at(heap, addr), value),
    fetchAnd: (heap, addr, value) => and64(heap.u64, at(heap, addr), value),
    fetchOr: (heap, addr, value) => or64(heap.u64, at(heap, addr), value),
    fetchXor: (heap, addr, value) => xor64(heap.u64, at(heap, addr), value),
    fetchInc: (heap, addr) => add64(heap.u64, at(heap, addr), 1n),
    fetchDec: (heap, addr) => sub64(heap.u64, at(heap, addr), 1n),
    fetchIncNonzero(heap, addr) {
      let old = cell.read(heap, addr);
      while (old !== 0n) {
        const seen = cell.cmpxchg(heap, addr, old, old + 1n);
        if (seen === old) return old;
        old = seen;
      }
      return 0n;
    },
    addFetch: (heap, addr, value) => u64(add64(heap.u64, at(heap, addr), value) + value),
    subFetch: (heap, addr, value) => u64(sub64(heap.u64, at(heap, addr), value) - value),
    andFetch: (heap, addr, value) => u64(and64(heap.u64, at(heap, addr), value) & value),
    orFetch: (heap, addr, value) => u64(or64(heap.u64, at(heap, addr), value) | value),
    xorFetch: (heap, addr, value) => u64(xor64(heap.u64, at(heap, addr), value) ^ value),
    incFetch: (heap, addr) => u64(add64(heap.u64, at(heap, addr), 1n) + 1n),
    decFetch: (heap, addr) => u64(sub64(heap.u64, at(heap, addr), 1n) - 1n),
    add: (heap, addr, value) => void add64(heap.u64, at(heap, addr), value),
    sub: (heap, addr, value) => void sub64(heap.u64, at(heap, addr), value),
    and: (heap, addr, value) => void and64(heap.u64, at(heap, addr), value),
    or: (heap, addr, value) => void or64(heap.u64, at(heap, addr), value),
    xor: (heap, addr, value) => void xor64(heap.u64, at(heap, addr), value),
    inc: (heap, addr) => void add64(heap.u64, at(heap, addr), 1n),
    dec: (heap, addr) => void sub64(heap.u64, at(heap, addr), 1n),
    xchg: (heap, addr, value) => exchange64(heap.u64, at(heap, addr), value),
    cmpxchg: (heap, addr, expected, next) => compareExchange64(heap.u64, at(heap, addr), expected, next),
  };
  return Object.freeze(cell);
}

/** 64-bit operations with BigInt, of unsigned values; `addr` is a multiple of 8. 13 to 25 ns and an allocation each. */
export const cell64: Cell<bigint> = /* @__PURE__ */ wideCell();
