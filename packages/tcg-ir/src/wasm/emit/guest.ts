import { Type } from '../../ir/helper.ts';
import { MemOp, memOpAlignMask, memOpMmuIdx, memOpSize } from '../../ir/memop.ts';
import { Op } from '../../op/codes.ts';
import type { Emitter } from '../emitter.ts';
import { Slow } from '../imports.ts';
import { W, WType } from '../opcode.ts';
import { swap16, swap32, swap64 } from './bits.ts';

/** Plain loads by `type * 8 + size`, unsigned; 8 further on signed is `LOADS_SIGNED`. */
const LOADS = [
  [W.i32_load8_u, W.i32_load16_u, W.i32_load],
  [W.i64_load8_u, W.i64_load16_u, W.i64_load32_u, W.i64_load],
];
const LOADS_SIGNED = [
  [W.i32_load8_s, W.i32_load16_s, W.i32_load],
  [W.i64_load8_s, W.i64_load16_s, W.i64_load32_s, W.i64_load],
];
const ATOMIC_LOADS = [
  [W.i32_atomic_load8_u, W.i32_atomic_load16_u, W.i32_atomic_load],
  [W.i64_atomic_load8_u, W.i64_atomic_load16_u, W.i64_atomic_load32_u, W.i64_atomic_load],
];
const STORES = [
  [W.i32_store8, W.i32_store16, W.i32_store],
  [W.i64_store8, W.i64_store16, W.i64_store32, W.i64_store],
];
const ATOMIC_STORES = [
  [W.i32_atomic_store8, W.i32_atomic_store16, W.i32_atomic_store],
  [W.i64_atomic_store8, W.i64_atomic_store16, W.i64_atomic_store32, W.i64_atomic_store],
];
const SIGN_EXTEND = [
  [W.i32_extend8_s, W.i32_extend16_s],
  [W.i64_extend8_s, W.i64_extend16_s, W.i64_extend32_s],
];

/**
 * TLB lookup: pushes 1 if the entry's tag says that the access may be done directly, and leaves the entry's address in
 * the returned local. The tag comparison covers alignment and page crossing: the low address bits that must be zero
 * stay in the compared value, and where no alignment is asked for, the last byte's page is compared.
 */
export function pushTlbHit(e: Emitter, addr: number, memop: number, tag: number, alignMask: number): number {
  const { c, target } = e;
  const { tlbDesc, tlbEntry } = target;
  const desc = target.env.tlb + memOpMmuIdx(memop) * tlbDesc.stride;
  const entry = e.scratch(Type.I32);
  e.pushHeld(addr);
  c.i64ConstS(target.pageBits - tlbEntry.bits);
  c.op(W.i64_shr_u);
  c.op(W.i32_wrap_i64);
  c.localGet(0);
  c.mem(W.i32_load, desc + tlbDesc.mask);
  c.op(W.i32_and);
  c.localGet(0);
  c.mem(W.i32_load, desc + tlbDesc.table);
  c.op(W.i32_add);
  c.localTee(entry);
  c.mem(W.i64_load, tag);
  e.pushHeld(addr);
  const last = memOpSize(memop) - 1;
  if (last > alignMask) {
    c.i64ConstS(last - alignMask);
    c.op(W.i64_add);
  }
  c.i64ConstS((-1 << target.pageBits) | alignMask);
  c.op(W.i64_and);
  c.op(W.i64_eq);
  return entry;
}

/** Pushes the host address of a guest address whose TLB entry matched. */
export function pushHostAddress(e: Emitter, addr: number, entry: number): void {
  const c = e.c;
  c.localGet(entry);
  c.mem(W.i32_load, e.target.tlbEntry.addend);
  pushLow(e, addr);
  c.op(W.i32_add);
}

function pushLow(e: Emitter, addr: number): void {
  if (addr < 0) {
    e.c.i32Const(e.fn.constLo[~addr]);
    return;
  }
  e.c.localGet(addr);
  e.c.op(W.i32_wrap_i64);
}

/** Pushes the arguments of a slow path and calls it. */
export function callSlow(e: Emitter, slow: number, addr: number, memop: number): void {
  const c = e.c;
  e.faults.mark();
  pushLow(e, addr);
  if (addr < 0) {
    c.i32Const(e.fn.constHi[~addr]);
  } else {
    c.localGet(addr);
    c.i64ConstS(32);
    c.op(W.i64_shr_u);
    c.op(W.i32_wrap_i64);
  }
  c.i32Const(memop);
  c.call(e.imports.slow(slow));
}

/** Byte-swaps the loaded or stored value on the stack; the bits above the access size end as zero (loads) or do not matter. */
export function swapValue(e: Emitter, type: number, size: number): void {
  const c = e.c;
  if (size === 0) return;
  if (type === Type.V128) {
    const v = e.scratch(Type.V128);
    c.localTee(v);
    c.localGet(v);
    c.op(W.i8x16_shuffle);
    for (let i = 15; i >= 0; i--) c.byte(i);
    return;
  }
  if (size === 3) {
    swap64(e);
    return;
  }
  if (type === Type.I64) c.op(W.i32_wrap_i64);
  if (size === 1) swap16(e);
  else swap32(e);
  if (type === Type.I64) c.op(W.i64_extend_i32_u);
}

/** Sign-extends the value on the stack from the access size if the memop asks for it and the type is wider. */
export function signExtend(e: Emitter, type: number, memop: number): void {
  if ((memop & MemOp.SIGN) === 0 || type === Type.V128) return;
  const code = SIGN_EXTEND[type][memop & MemOp.SIZE_MASK];
  if (code !== undefined) e.c.op(code);
}

/** Loads from the host address on the stack as the memop says. */
function emitLoad(e: Emitter, type: number, memop: number): void {
  const c = e.c;
  const size = memop & MemOp.SIZE_MASK;
  if (type === Type.V128) {
    c.mem(W.v128_load, 0);
    if ((memop & MemOp.BSWAP) !== 0) swapValue(e, type, size);
    return;
  }
  const plain = (memop & (MemOp.BSWAP | MemOp.ORDERED)) === 0;
  if (plain) {
    c.mem(((memop & MemOp.SIGN) !== 0 ? LOADS_SIGNED : LOADS)[type][size], 0);
    return;
  }
  if ((memop & MemOp.ORDERED) !== 0) c.mem(ATOMIC_LOADS[type][size], 0, size);
  else c.mem(LOADS[type][size], 0);
  if ((memop & MemOp.BSWAP) !== 0) swapValue(e, type, size);
  signExtend(e, type, memop);
}

const RESULT = [WType.i32, WType.i64, WType.v128];
const SCRATCH_LOAD = [W.i32_load, W.i64_load, W.v128_load];
const SCRATCH_STORE = [W.i32_store, W.i64_store, W.v128_store];

/** Alignment mask that the fast path insists on: the memop's, and the size for accesses that are atomic. */
function fastAlign(memop: number): number {
  const mask = memOpAlignMask(memop);
  return (memop & MemOp.ORDERED) === 0 ? mask : Math.max(mask, memOpSize(memop) - 1);
}

export function emitGuestLoad(e: Emitter, op: number, base: number): void {
  const { args, c, target } = e;
  const type = op === Op.guest_ld_i32 ? Type.I32 : op === Op.guest_ld_i64 ? Type.I64 : Type.V128;
  const memop = args[base + 2];
  const addr = e.hold(args[base + 1]);
  const entry = pushTlbHit(e, addr, memop, target.tlbEntry.read, fastAlign(memop));
  c.hint(true);
  c.open(W.if, RESULT[type]);
  e.level++;
  pushHostAddress(e, addr, entry);
  emitLoad(e, type, memop);
  c.op(W.else);
  callSlow(e, Slow.LOAD, addr, memop);
  e.faults.branchIf();
  c.localGet(0);
  c.mem(SCRATCH_LOAD[type], target.env.scratch);
  c.end();
  e.level--;
  e.setTemp(args[base]);
}

export function emitGuestStore(e: Emitter, op: number, base: number): void {
  const { args, c, target } = e;
  const type = op === Op.guest_st_i32 ? Type.I32 : op === Op.guest_st_i64 ? Type.I64 : Type.V128;
  const memop = args[base + 2];
  const size = memop & MemOp.SIZE_MASK;
  const value = e.hold(args[base]);
  const addr = e.hold(args[base + 1]);
  const entry = pushTlbHit(e, addr, memop, target.tlbEntry.write, fastAlign(memop));
  c.hint(true);
  c.open(W.if);
  e.level++;
  pushHostAddress(e, addr, entry);
  e.pushHeld(value);
  if ((memop & MemOp.BSWAP) !== 0) swapValue(e, type, size);
  if (type === Type.V128) c.mem(W.v128_store, 0);
  else if ((memop & MemOp.ORDERED) !== 0) c.mem(ATOMIC_STORES[type][size], 0, size);
  else c.mem(STORES[type][size], 0);
  c.op(W.else);
  c.localGet(0);
  e.pushHeld(value);
  c.mem(SCRATCH_STORE[type], target.env.scratch);
  callSlow(e, Slow.STORE, addr, memop);
  e.faults.branchIf();
  c.end();
  e.level--;
}
