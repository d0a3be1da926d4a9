import { Rmw } from '../../ir/cond.ts';
import { Type } from '../../ir/helper.ts';
import { MemOp, memOpAlignMask, memOpSize } from '../../ir/memop.ts';
import { Op } from '../../op/codes.ts';
import type { Emitter } from '../emitter.ts';
import { Slow } from '../imports.ts';
import { W, WType } from '../opcode.ts';
import { callSlow, pushHostAddress, pushTlbHit, signExtend, swapValue } from './guest.ts';

/** Distance from the i32 instruction of an atomic group, by `type` and size. */
const RMW_STEP = [
  [2, 3, 0],
  [4, 5, 6, 1],
];
const LOAD = [
  [W.i32_atomic_load8_u, W.i32_atomic_load16_u, W.i32_atomic_load],
  [W.i64_atomic_load8_u, W.i64_atomic_load16_u, W.i64_atomic_load32_u, W.i64_atomic_load],
];
/** Single instructions by kind; those without one need a compare-and-exchange loop. */
const RMW_OP: readonly number[] = [
  W.i32_atomic_rmw_xchg, W.i32_atomic_rmw_add, W.i32_atomic_rmw_and, W.i32_atomic_rmw_or, W.i32_atomic_rmw_xor,
];

/** Puts the host address for an atomic access into a local: by the TLB, else from the slow path, or leaves by the fault exit. */
function hostAddress(e: Emitter, addr: number, memop: number): number {
  const c = e.c;
  const host = e.scratch(Type.I32);
  const align = Math.max(memOpAlignMask(memop), memOpSize(memop) - 1);
  const entry = pushTlbHit(e, addr, memop, e.target.tlbEntry.write, align);
  c.hint(true);
  c.open(W.if, WType.i32);
  e.level++;
  pushHostAddress(e, addr, entry);
  c.op(W.else);
  callSlow(e, Slow.ATOMIC, addr, memop);
  c.localTee(host);
  c.op(W.i32_eqz);
  e.faults.branchIf();
  c.localGet(host);
  c.end();
  e.level--;
  c.localSet(host);
  return host;
}

/** Clears the bits above the access size of the value on the stack. */
function truncate(e: Emitter, type: number, size: number): void {
  const c = e.c;
  if (type === Type.I32) {
    if (size === 2) return;
    c.i32Const(size === 0 ? 0xff : 0xffff);
    c.op(W.i32_and);
    return;
  }
  if (size === 3) return;
  if (size === 2) {
    c.op(W.i32_wrap_i64);
    c.op(W.i64_extend_i32_u);
    return;
  }
  c.i64ConstS(size === 0 ? 0xff : 0xffff);
  c.op(W.i64_and);
}

/** Sign-extends from the access size regardless of the memop; a full-width value stays. */
function extendSigned(e: Emitter, type: number, size: number): void {
  signExtend(e, type, size | MemOp.SIGN);
}

export function emitGuestCmpxchg(e: Emitter, op: number, base: number): void {
  const { args, c } = e;
  const type = op === Op.guest_cmpxchg_i32 ? Type.I32 : Type.I64;
  const memop = args[base + 4];
  const size = memop & MemOp.SIZE_MASK;
  const swap = (memop & MemOp.BSWAP) !== 0;
  const addr = e.hold(args[base + 1]);
  const expected = e.hold(args[base + 2]);
  const value = e.hold(args[base + 3]);
  const host = hostAddress(e, addr, memop);
  c.localGet(host);
  e.pushHeld(expected);
  if (swap) swapValue(e, type, size);
  truncate(e, type, size);
  e.pushHeld(value);
  if (swap) swapValue(e, type, size);
  c.mem(W.i32_atomic_rmw_cmpxchg + RMW_STEP[type][size], 0, size);
  if (swap) swapValue(e, type, size);
  signExtend(e, type, memop);
  e.setTemp(args[base]);
}

export function emitGuestRmw(e: Emitter, op: number, base: number): void {
  const { args, c } = e;
  const type = op === Op.guest_rmw_i32 ? Type.I32 : Type.I64;
  const memop = args[base + 3];
  const size = memop & MemOp.SIZE_MASK;
  const swap = (memop & MemOp.BSWAP) !== 0;
  const kind = args[base + 4] & 15;
  const returnNew = (args[base + 4] & Rmw.RETURN_NEW) !== 0;
  const addr = e.hold(args[base + 1]);
  const value = e.hold(args[base + 2]);
  const host = hostAddress(e, addr, memop);
  if (kind <= Rmw.XOR && !(swap && kind === Rmw.ADD)) {
    c.localGet(host);
    e.pushHeld(value);
    if (swap) swapValue(e, type, size);
    c.mem(RMW_OP[kind] + RMW_STEP[type][size], 0, size);
    if (swap) swapValue(e, type, size);
    if (returnNew) {
      const old = e.scratch(type);
      c.localSet(old);
      pushNew(e, type, size, kind, old, value);
      truncate(e, type, size);
    }
  } else {
    loop(e, type, memop, kind, returnNew, host, value);
  }
  signExtend(e, type, memop);
  e.setTemp(args[base]);
}

/** Pushes what the operation makes of the old value; bits above the access size are arbitrary. */
function pushNew(e: Emitter, type: number, size: number, kind: number, old: number, value: number): void {
  const c = e.c;
  const wide = type === Type.I64;
  switch (kind) {
    case Rmw.XCHG:
      e.pushHeld(value);
      return;
    case Rmw.SMIN: case Rmw.SMAX: case Rmw.UMIN: case Rmw.UMAX: {
      const signed = kind === Rmw.SMIN || kind === Rmw.SMAX;
      const least = kind === Rmw.SMIN || kind === Rmw.UMIN;
      c.localGet(old);
      e.pushHeld(value);
      c.localGet(old);
      if (signed) extendSigned(e, type, size);
      e.pushHeld(value);
      if (signed) extendSigned(e, type, size);
      else truncate(e, type, size);
      if (signed) c.op(wide ? (least ? W.i64_lt_s : W.i64_gt_s) : least ? W.i32_lt_s : W.i32_gt_s);
      else c.op(wide ? (least ? W.i64_lt_u : W.i64_gt_u) : least ? W.i32_lt_u : W.i32_gt_u);
      c.op(W.select);
      return;
    }
  }
  c.localGet(old);
  e.pushHeld(value);
  switch (kind) {
    case Rmw.ADD: c.op(wide ? W.i64_add : W.i32_add); return;
    case Rmw.AND: c.op(wide ? W.i64_and : W.i32_and); return;
    case Rmw.OR: c.op(wide ? W.i64_or : W.i32_or); return;
    case Rmw.XOR: c.op(wide ? W.i64_xor : W.i32_xor); return;
    default: throw new Error(`guest_rmw kind ${kind} is not known`);
  }
}

/** Minimum, maximum, and addition in the other byte order: retried compare-and-exchange. Pushes the result, zero-extended. */
function loop(e: Emitter, type: number, memop: number, kind: number, returnNew: boolean, host: number, value: number): void {
  const c = e.c;
  const size = memop & MemOp.SIZE_MASK;
  const swap = (memop & MemOp.BSWAP) !== 0;
  const wide = type === Type.I64;
  const raw = e.scratch(type);
  const seen = e.scratch(type);
  const old = e.scratch(type);
  const next = e.scratch(type);
  c.localGet(host);
  c.mem(LOAD[type][size], 0, size);
  c.localSet(raw);
  c.open(W.loop);
  c.localGet(raw);
  if (swap) swapValue(e, type, size);
  c.localSet(old);
  pushNew(e, type, size, kind, old, value);
  truncate(e, type, size);
  c.localSet(next);
  c.localGet(host);
  c.localGet(raw);
  c.localGet(next);
  if (swap) swapValue(e, type, size);
  c.mem(W.i32_atomic_rmw_cmpxchg + RMW_STEP[type][size], 0, size);
  c.localTee(seen);
  c.localGet(raw);
  c.localGet(seen);
  c.localSet(raw);
  c.op(wide ? W.i64_ne : W.i32_ne);
  c.brIf(0);
  c.end();
  c.localGet(returnNew ? next : old);
}
