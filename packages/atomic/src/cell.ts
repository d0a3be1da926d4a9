/**
 * The operations of `order.ts` for the widths other than 32 bits: `cell8`, `cell16` and, with BigInt, `cell64`. Names,
 * orderings and pairings are those documented there; values are unsigned. `addr` is a byte offset, a multiple of the
 * width. For 64 bits as two halves, see {@link Pair64}.
 */
import type { Heap } from './heap.ts';
import * as primitive from './primitive.ts';

/** Operations on one width; `V` is number, or bigint for 64 bits. */
export interface Cell<V> {
  /** Width in bytes: `addr` is a multiple of it. */
  readonly width: number;
  /** `atomic_read`. */
  read(heap: Heap, addr: number): V;
  /** `atomic_set`. */
  set(heap: Heap, addr: number, value: V): void;
  /** `atomic_load_acquire`: pairs with {@link storeRelease}. */
  loadAcquire(heap: Heap, addr: number): V;
  /** `atomic_store_release`: pairs with {@link loadAcquire}. */
  storeRelease(heap: Heap, addr: number, value: V): void;
  /** `atomic_fetch_add`, as all `fetch…` below: returns the old value. */
  fetchAdd(heap: Heap, addr: number, value: V): V;
  fetchSub(heap: Heap, addr: number, value: V): V;
  fetchAnd(heap: Heap, addr: number, value: V): V;
  fetchOr(heap: Heap, addr: number, value: V): V;
  fetchXor(heap: Heap, addr: number, value: V): V;
  fetchInc(heap: Heap, addr: number): V;
  fetchDec(heap: Heap, addr: number): V;
  /** `atomic_fetch_inc_nonzero`: returns 0 when it did nothing. */
  fetchIncNonzero(heap: Heap, addr: number): V;
  /** `atomic_add_fetch`, as all `…Fetch` below: returns the new value. */
  addFetch(heap: Heap, addr: number, value: V): V;
  subFetch(heap: Heap, addr: number, value: V): V;
  andFetch(heap: Heap, addr: number, value: V): V;
  orFetch(heap: Heap, addr: number, value: V): V;
  xorFetch(heap: Heap, addr: number, value: V): V;
  incFetch(heap: Heap, addr: number): V;
  decFetch(heap: Heap, addr: number): V;
  /** `atomic_xchg`. */
  xchg(heap: Heap, addr: number, value: V): V;
  /** `atomic_cmpxchg`: returns the old value, which equals `expected` (as unsigned) on success. */
  cmpxchg(heap: Heap, addr: number, expected: V, next: V): V;
}

function narrowCell(width: 1 | 2, view: (heap: Heap) => Uint8Array | Uint16Array): Cell<number> {
  const shift = width - 1;
  const mask = 2 ** (width * 8) - 1;
  const { load, store, add, sub, and, or, xor, exchange, compareExchange } = primitive;
  const cell: Cell<number> = {
    width,
    read: (heap, addr) => load(view(heap), addr >>> shift),
    set: (heap, addr, value) => store(view(heap), addr >>> shift, value),
    loadAcquire: (heap, addr) => load(view(heap), addr >>> shift),
    storeRelease: (heap, addr, value) => store(view(heap), addr >>> shift, value),
    fetchAdd: (heap, addr, value) => add(view(heap), addr >>> shift, value),
    fetchSub: (heap, addr, value) => sub(view(heap), addr >>> shift, value),
    fetchAnd: (heap, addr, value) => and(view(heap), addr >>> shift, value),
    fetchOr: (heap, addr, value) => or(view(heap), addr >>> shift, value),
    fetchXor: (heap, addr, value) => xor(view(heap), addr >>> shift, value),
    fetchInc: (heap, addr) => add(view(heap), addr >>> shift, 1),
    fetchDec: (heap, addr) => sub(view(heap), addr >>> shift, 1),
    fetchIncNonzero(heap, addr) {
      let old = cell.read(heap, addr);
      while (old !== 0) {
        const seen = cell.cmpxchg(heap, addr, old, old + 1);
        if (seen === old) return old;
        old = seen;
      }
      return 0;
    },
    addFetch: (heap, addr, value) => (add(view(heap), addr >>> shift, value) + value) & mask,
    subFetch: (heap, addr, value) => (sub(view(heap), addr >>> shift, value) - value) & mask,
    andFetch: (heap, addr, value) => and(view(heap), addr >>> shift, value) & value & mask,
    orFetch: (heap, addr, value) => (or(view(heap), addr >>> shift, value) | value) & mask,
    xorFetch: (heap, addr, value) => (xor(view(heap), addr >>> shift, value) ^ value) & mask,
    incFetch: (heap, addr) => (add(view(heap), addr >>> shift, 1) + 1) & mask,
    decFetch: (heap, addr) => (sub(view(heap), addr >>> shift, 1) - 1) & mask,
    xchg: (heap, addr, value) => exchange(view(heap), addr >>> shift, value),
    cmpxchg: (heap, addr, expected, next) => compareExchange(view(heap), addr >>> shift, expected, next),
  };
  return Object.freeze(cell);
}

/** 8-bit operations. About 15 ns each. */
export const cell8: Cell<number> = /* @__PURE__ */ narrowCell(1, (heap) => heap.u8);

/** 16-bit operations. About 15 ns each. */
export const cell16: Cell<number> = /* @__PURE__ */ narrowCell(2, (heap) => heap.u16);

function wideCell(): Cell<bigint> {
  const { load64, store64, add64, sub64, and64, or64, xor64, exchange64, compareExchange64 } = primitive;
  const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
  const cell: Cell<bigint> = {
    width: 8,
    read: (heap, addr) => load64(heap.u64, index64(addr)),
    set: (heap, addr, value) => store64(heap.u64, index64(addr), value),
    loadAcquire: (heap, addr) => load64(heap.u64, index64(addr)),
    storeRelease: (heap, addr, value) => store64(heap.u64, index64(addr), value),
    fetchAdd: (heap, addr, value) => add64(heap.u64, index64(addr), value),
    fetchSub: (heap, addr, value) => sub64(heap.u64, index64(addr), value),
    fetchAnd: (heap, addr, value) => and64(heap.u64, index64(addr), value),
    fetchOr: (heap, addr, value) => or64(heap.u64, index64(addr), value),
    fetchXor: (heap, addr, value) => xor64(heap.u64, index64(addr), value),
    fetchInc: (heap, addr) => add64(heap.u64, index64(addr), 1n),
    fetchDec: (heap, addr) => sub64(heap.u64, index64(addr), 1n),
    fetchIncNonzero(heap, addr) {
      let old = cell.read(heap, addr);
      while (old !== 0n) {
        const seen = cell.cmpxchg(heap, addr, old, old + 1n);
        if (seen === old) return old;
        old = seen;
      }
      return 0n;
    },
    addFetch: (heap, addr, value) => u64(add64(heap.u64, index64(addr), value) + value),
    subFetch: (heap, addr, value) => u64(sub64(heap.u64, index64(addr), value) - value),
    andFetch: (heap, addr, value) => and64(heap.u64, index64(addr), value) & u64(value),
    orFetch: (heap, addr, value) => or64(heap.u64, index64(addr), value) | u64(value),
    xorFetch: (heap, addr, value) => xor64(heap.u64, index64(addr), value) ^ u64(value),
    incFetch: (heap, addr) => u64(add64(heap.u64, index64(addr), 1n) + 1n),
    decFetch: (heap, addr) => u64(sub64(heap.u64, index64(addr), 1n) - 1n),
    xchg: (heap, addr, value) => exchange64(heap.u64, index64(addr), value),
    cmpxchg: (heap, addr, expected, next) => compareExchange64(heap.u64, index64(addr), expected, next),
  };
  return Object.freeze(cell);
}

const index64 = (addr: number): number => addr >>> 3;

/** 64-bit operations with BigInt: 13 ns and an allocation each. */
export const cell64: Cell<bigint> = /* @__PURE__ */ wideCell();
