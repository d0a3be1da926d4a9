import { STRIDE } from '../../ir/function.ts';
import { Type } from '../../ir/helper.ts';
import { MemOp, memOpAlignMask, memOpMmuIdx, memOpSize } from '../../ir/memop.ts';
import { Op } from '../../op/codes.ts';
import type { Emitter } from '../emitter.ts';
import { Slow } from '../imports.ts';
import { W, WType } from '../opcode.ts';
import { swap16, swap32, swap64 } from './bits.ts';

/** Loads and stores by type and size. */
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
 * stay in the compared value, and where no alignment is asked for, the last byte's page is compared. `bytes` is the
 * extent of the access if it is not the memop's size.
 */
export function pushTlbHit(
  e: Emitter, addr: number, memop: number, tag: number, alignMask: number, bytes: number = memOpSize(memop),
): number {
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
  const last = bytes - 1;
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

/** Loads from the host address on the stack, plus `offset`, as the memop says. */
function emitLoad(e: Emitter, type: number, memop: number, offset: number): void {
  const c = e.c;
  const size = memop & MemOp.SIZE_MASK;
  if (type === Type.V128) {
    c.mem(W.v128_load, offset);
    if ((memop & MemOp.BSWAP) !== 0) swapValue(e, type, size);
    return;
  }
  const plain = (memop & (MemOp.BSWAP | MemOp.ORDERED)) === 0;
  if (plain) {
    c.mem(((memop & MemOp.SIGN) !== 0 ? LOADS_SIGNED : LOADS)[type][size], offset);
    return;
  }
  if ((memop & MemOp.ORDERED) !== 0) c.mem(ATOMIC_LOADS[type][size], offset, size);
  else c.mem(LOADS[type][size], offset);
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
  emitLoad(e, type, memop, 0);
  c.op(W.else);
  pushSlowLoad(e, type, addr, memop);
  c.end();
  e.level--;
  e.setTemp(args[base]);
}

function pushSlowLoad(e: Emitter, type: number, addr: number, memop: number): void {
  callSlow(e, Slow.LOAD, addr, memop);
  e.faults.branchIf();
  e.c.localGet(0);
  e.c.mem(SCRATCH_LOAD[type], e.target.env.scratch);
}

export function emitGuestStore(e: Emitter, op: number, base: number): void {
  const { args, c, target } = e;
  const type = op === Op.guest_st_i32 ? Type.I32 : op === Op.guest_st_i64 ? Type.I64 : Type.V128;
  const memop = args[base + 2];
  const value = e.hold(args[base]);
  const addr = e.hold(args[base + 1]);
  const entry = pushTlbHit(e, addr, memop, target.tlbEntry.write, fastAlign(memop));
  c.hint(true);
  c.open(W.if);
  e.level++;
  pushHostAddress(e, addr, entry);
  emitStore(e, type, memop, value, 0);
  c.op(W.else);
  slowStore(e, type, addr, memop, value);
  c.end();
  e.level--;
}

/** Stores the held value to the host address on the stack, plus `offset`. */
function emitStore(e: Emitter, type: number, memop: number, value: number, offset: number): void {
  const c = e.c;
  const size = memop & MemOp.SIZE_MASK;
  e.pushHeld(value);
  if ((memop & MemOp.BSWAP) !== 0) swapValue(e, type, size);
  if (type === Type.V128) c.mem(W.v128_store, offset);
  else if ((memop & MemOp.ORDERED) !== 0) c.mem(ATOMIC_STORES[type][size], offset, size);
  else c.mem(STORES[type][size], offset);
}

function slowStore(e: Emitter, type: number, addr: number, memop: number, value: number): void {
  const c = e.c;
  c.localGet(0);
  e.pushHeld(value);
  c.mem(SCRATCH_STORE[type], e.target.env.scratch);
  callSlow(e, Slow.STORE, addr, memop);
  e.faults.branchIf();
}

/**
 * If guest access `i` and the next one make up a pair (the same op and memop, the second address is the first plus the
 * access size, nothing between), the index of the second; else -1.
 */
export function pairedAccess(e: Emitter, i: number): number {
  const { ops, args, fn } = e;
  const op = ops[i];
  const a = i * STRIDE;
  if ((args[a + 2] & MemOp.ORDERED) !== 0) return -1;
  const n = fn.nOps;
  let j = i + 1;
  while (j < n && ops[j] === Op.nop) j++;
  if (j >= n || ops[j] !== Op.add_i64) return -1;
  let k = j + 1;
  while (k < n && ops[k] === Op.nop) k++;
  if (k >= n || ops[k] !== op) return -1;
  const add = j * STRIDE;
  const b = k * STRIDE;
  const step = args[add + 2];
  if (
    args[add + 1] !== args[a + 1] || args[b + 1] !== args[add] || args[b + 2] !== args[a + 2] || !e.isConst(step) ||
    fn.constLo[step] !== memOpSize(args[a + 2]) || fn.constHi[step] !== 0 || !e.usedOnce(args[add])
  ) {
    return -1;
  }
  // The first result of two loads must not show when the second faults.
  if (op <= Op.guest_ld_v128 && !e.isTransient(args[a])) return -1;
  return k;
}

/** Two accesses of a pair with one TLB lookup; a pair over a page boundary takes the slow path twice. */
export function emitGuestPair(e: Emitter, first: number, second: number): void {
  const { args, c, target } = e;
  const op = e.ops[first];
  const a = first * STRIDE;
  const b = second * STRIDE;
  const load = op <= Op.guest_ld_v128;
  const type = load ? op - Op.guest_ld_i32 : op - Op.guest_st_i32;
  const memop = args[a + 2];
  const size = memOpSize(memop);
  const x = load ? e.scratch(type) : e.hold(args[a]);
  const y = load ? e.scratch(type) : e.hold(args[b]);
  const addr = e.hold(args[a + 1]);
  // The addition's use: the second address is not computed.
  e.skip(args[a + 1]);
  const tag = load ? target.tlbEntry.read : target.tlbEntry.write;
  const entry = pushTlbHit(e, addr, memop, tag, fastAlign(memop), 2 * size);
  const host = e.scratch(Type.I32);
  const next = e.scratch(Type.I64);
  c.hint(true);
  c.open(W.if);
  e.level++;
  pushHostAddress(e, addr, entry);
  c.localTee(host);
  if (load) {
    emitLoad(e, type, memop, 0);
    c.localSet(x);
  } else {
    emitStore(e, type, memop, x, 0);
  }
  c.localGet(host);
  if (load) {
    emitLoad(e, type, memop, size);
    c.localSet(y);
  } else {
    emitStore(e, type, memop, y, size);
  }
  c.op(W.else);
  e.pushHeld(addr);
  c.i64ConstS(size);
  c.op(W.i64_add);
  c.localSet(next);
  if (load) {
    pushSlowLoad(e, type, addr, memop);
    c.localSet(x);
    pushSlowLoad(e, type, next, memop);
    c.localSet(y);
  } else {
    slowStore(e, type, addr, memop, x);
    slowStore(e, type, next, memop, y);
  }
  c.end();
  e.level--;
  if (!load) return;
  c.localGet(x);
  e.setTemp(args[a]);
  c.localGet(y);
  e.setTemp(args[b]);
}
