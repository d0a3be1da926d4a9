import { Cond } from '../../ir/cond.ts';
import { Type } from '../../ir/helper.ts';
import { Op } from '../../op/codes.ts';
import type { Emitter } from '../emitter.ts';
import { W, WType } from '../opcode.ts';
import { pushCond } from './cond.ts';

/** Integer ops that are more than one instruction. */
export function emitInteger(e: Emitter, op: number, base: number): void {
  const { args, c } = e;
  const a = args[base + 1];
  const b = args[base + 2];
  switch (op) {
    case Op.mov_i32:
    case Op.mov_i64:
      e.push(a);
      return;
    case Op.mulsh_i32:
    case Op.muluh_i32: {
      const extend = op === Op.mulsh_i32 ? W.i64_extend_i32_s : W.i64_extend_i32_u;
      e.push(a);
      c.op(extend);
      e.push(b);
      c.op(extend);
      c.op(W.i64_mul);
      c.i64ConstS(32);
      c.op(W.i64_shr_u);
      c.op(W.i32_wrap_i64);
      return;
    }
    case Op.mulsh_i64: multiplyHigh(e, a, b, true); return;
    case Op.muluh_i64: multiplyHigh(e, a, b, false); return;
    case Op.divs_i32: case Op.divs_i64: divide(e, a, b, op === Op.divs_i64, true); return;
    case Op.divu_i32: case Op.divu_i64: divide(e, a, b, op === Op.divu_i64, false); return;
    case Op.rems_i32: case Op.rems_i64: remainder(e, a, b, op === Op.rems_i64, op === Op.rems_i64 ? W.i64_rem_s : W.i32_rem_s); return;
    case Op.remu_i32: case Op.remu_i64: remainder(e, a, b, op === Op.remu_i64, op === Op.remu_i64 ? W.i64_rem_u : W.i32_rem_u); return;
    case Op.neg_i32: c.i32Const(0); e.push(a); c.op(W.i32_sub); return;
    case Op.neg_i64: c.i64ConstS(0); e.push(a); c.op(W.i64_sub); return;
    case Op.not_i32: e.push(a); invert32(e); return;
    case Op.not_i64: e.push(a); invert64(e); return;
    case Op.andc_i32: e.push(a); e.push(b); invert32(e); c.op(W.i32_and); return;
    case Op.andc_i64: e.push(a); e.push(b); invert64(e); c.op(W.i64_and); return;
    case Op.orc_i32: e.push(a); e.push(b); invert32(e); c.op(W.i32_or); return;
    case Op.orc_i64: e.push(a); e.push(b); invert64(e); c.op(W.i64_or); return;
    case Op.eqv_i32: e.push(a); e.push(b); c.op(W.i32_xor); invert32(e); return;
    case Op.eqv_i64: e.push(a); e.push(b); c.op(W.i64_xor); invert64(e); return;
    case Op.nand_i32: e.push(a); e.push(b); c.op(W.i32_and); invert32(e); return;
    case Op.nand_i64: e.push(a); e.push(b); c.op(W.i64_and); invert64(e); return;
    case Op.nor_i32: e.push(a); e.push(b); c.op(W.i32_or); invert32(e); return;
    case Op.nor_i64: e.push(a); e.push(b); c.op(W.i64_or); invert64(e); return;
    case Op.setcond_i32: pushCond(e, args[base + 3], false, a, b, false); return;
    case Op.setcond_i64: pushCond(e, args[base + 3], true, a, b, false); return;
    case Op.negsetcond_i32:
      c.i32Const(0);
      pushCond(e, args[base + 3], false, a, b, false);
      c.op(W.i32_sub);
      return;
    case Op.negsetcond_i64:
      c.i64ConstS(0);
      pushCond(e, args[base + 3], true, a, b, false);
      c.op(W.i64_extend_i32_u);
      c.op(W.i64_sub);
      return;
    case Op.movcond_i32:
    case Op.movcond_i64: {
      // cond(a, b) with operands (a, b, c, d): the first value is chosen by true.
      const cond = args[base + 5];
      if (cond === Cond.EQ && e.isZero(b)) {
        // Swapped, the test against zero needs no instruction (i32) or the same one (i64).
        e.push(args[base + 4]);
        e.push(args[base + 3]);
        pushCond(e, Cond.NE, op === Op.movcond_i64, a, b, true);
      } else {
        e.push(args[base + 3]);
        e.push(args[base + 4]);
        pushCond(e, cond, op === Op.movcond_i64, a, b, true);
      }
      c.op(W.select);
      return;
    }
    case Op.extrh_i32_i64:
      e.push(a);
      c.i64ConstS(32);
      c.op(W.i64_shr_u);
      c.op(W.i32_wrap_i64);
      return;
    case Op.concat_i64:
      e.push(a);
      c.op(W.i64_extend_i32_u);
      e.push(b);
      c.op(W.i64_extend_i32_u);
      c.i64ConstS(32);
      c.op(W.i64_shl);
      c.op(W.i64_or);
      return;
    default:
      throw new Error(`op ${e.fn.ops[base >> 3]} is not an integer value`);
  }
}

function invert32(e: Emitter): void {
  e.c.i32Const(-1);
  e.c.op(W.i32_xor);
}

function invert64(e: Emitter): void {
  e.c.i64ConstS(-1);
  e.c.op(W.i64_xor);
}

/**
 * Upper 64 bits of a product, from four 32-bit partial products; the signed one is the unsigned one less each operand
 * where the other is negative.
 */
function multiplyHigh(e: Emitter, a: number, b: number, signed: boolean): void {
  const c = e.c;
  const x = e.hold(a);
  const y = e.hold(b);
  const t = e.scratch(Type.I64);
  const u = e.scratch(Type.I64);
  const low = (h: number): void => {
    e.pushHeld(h);
    c.op(W.i32_wrap_i64);
    c.op(W.i64_extend_i32_u);
  };
  const high = (h: number): void => {
    e.pushHeld(h);
    c.i64ConstS(32);
    c.op(W.i64_shr_u);
  };
  // t = xh * yl + (xl * yl >> 32)
  high(x); low(y); c.op(W.i64_mul);
  low(x); low(y); c.op(W.i64_mul);
  c.i64ConstS(32); c.op(W.i64_shr_u);
  c.op(W.i64_add);
  c.localSet(t);
  // u = xl * yh + low(t)
  low(x); high(y); c.op(W.i64_mul);
  low(t);
  c.op(W.i64_add);
  c.localSet(u);
  high(x); high(y); c.op(W.i64_mul);
  high(t); c.op(W.i64_add);
  high(u); c.op(W.i64_add);
  if (!signed) return;
  e.pushHeld(x); c.i64ConstS(63); c.op(W.i64_shr_s); e.pushHeld(y); c.op(W.i64_and); c.op(W.i64_sub);
  e.pushHeld(y); c.i64ConstS(63); c.op(W.i64_shr_s); e.pushHeld(x); c.op(W.i64_and); c.op(W.i64_sub);
}

/** The constant divisor makes the wasm instruction safe: not 0, and not -1 if signed. */
function safeDivisor(e: Emitter, b: number, signed: boolean): boolean {
  if (!e.isConst(b) || e.isZero(b)) return false;
  const fn = e.fn;
  const minusOne = fn.constLo[b] === -1 && (fn.tempType[b] === Type.I32 || fn.constHi[b] === -1);
  return !(signed && minusOne);
}

function divide(e: Emitter, a: number, b: number, wide: boolean, signed: boolean): void {
  const c = e.c;
  const code = wide ? (signed ? W.i64_div_s : W.i64_div_u) : signed ? W.i32_div_s : W.i32_div_u;
  if (safeDivisor(e, b, signed)) {
    e.push(a);
    e.push(b);
    c.op(code);
    return;
  }
  const x = e.hold(a);
  const y = e.hold(b);
  e.pushHeld(y);
  if (signed) {
    // Divisors -1 and 0 go the other way, where the product gives -x and 0.
    if (wide) {
      c.i64ConstS(1); c.op(W.i64_add); c.i64ConstS(1); c.op(W.i64_gt_u);
    } else {
      c.i32Const(1); c.op(W.i32_add); c.i32Const(1); c.op(W.i32_gt_u);
    }
  } else if (wide) {
    c.op(W.i64_eqz);
    c.op(W.i32_eqz);
  }
  c.open(W.if, wide ? WType.i64 : WType.i32);
  e.pushHeld(x);
  e.pushHeld(y);
  c.op(code);
  c.op(W.else);
  if (signed) {
    e.pushHeld(x);
    e.pushHeld(y);
    c.op(wide ? W.i64_mul : W.i32_mul);
  } else if (wide) {
    c.i64ConstS(0);
  } else {
    c.i32Const(0);
  }
  c.end();
}

/** x % 0 = x; wasm itself gives MIN % -1 = 0. */
function remainder(e: Emitter, a: number, b: number, wide: boolean, code: number): void {
  const c = e.c;
  if (safeDivisor(e, b, false)) {
    e.push(a);
    e.push(b);
    c.op(code);
    return;
  }
  const x = e.hold(a);
  const y = e.hold(b);
  e.pushHeld(y);
  c.op(wide ? W.i64_eqz : W.i32_eqz);
  c.open(W.if, wide ? WType.i64 : WType.i32);
  e.pushHeld(x);
  c.op(W.else);
  e.pushHeld(x);
  e.pushHeld(y);
  c.op(code);
  c.end();
}

/**
 * addc and subb: two results, so never part of a tree. The sum goes to a local first, since a result may be one of the
 * inputs.
 */
export function emitCarry(e: Emitter, op: number, base: number): void {
  const { args, c } = e;
  const wide = op === Op.addc_i64 || op === Op.subb_i64;
  const add = op === Op.addc_i32 || op === Op.addc_i64;
  const carryIn = args[base + 4];
  const noCarryIn = e.isZero(carryIn);
  const x = e.hold(args[base + 2]);
  const y = e.hold(args[base + 3]);
  const k = noCarryIn ? 0 : e.hold(carryIn);
  const type = wide ? Type.I64 : Type.I32;
  const first = e.scratch(type);
  const pushCarry = (): void => {
    e.pushHeld(k);
    if (wide) c.op(W.i64_extend_i32_u);
  };
  const arith = wide ? (add ? W.i64_add : W.i64_sub) : add ? W.i32_add : W.i32_sub;
  const less = wide ? W.i64_lt_u : W.i32_lt_u;
  e.pushHeld(x);
  e.pushHeld(y);
  c.op(arith);
  let result = first;
  if (noCarryIn) {
    c.localSet(first);
  } else {
    result = e.scratch(type);
    c.localTee(first);
    pushCarry();
    c.op(arith);
    c.localSet(result);
  }
  if (e.unused(args[base + 1])) {
    c.localGet(result);
    e.setTemp(args[base]);
    return;
  }
  // A sum carried if it is below a summand; a difference borrowed if the minuend was below the subtrahend.
  e.pushHeld(add ? first : x);
  e.pushHeld(add ? x : y);
  c.op(less);
  if (!noCarryIn) {
    if (add) {
      c.localGet(result);
      c.localGet(first);
    } else {
      c.localGet(first);
      pushCarry();
    }
    c.op(less);
    c.op(W.i32_or);
  }
  e.setTemp(args[base + 1]);
  c.localGet(result);
  e.setTemp(args[base]);
}
