import { Type } from '../../ir/helper.ts';
import { Op } from '../../op/codes.ts';
import type { Emitter } from '../emitter.ts';
import { W } from '../opcode.ts';

/** Byte swaps and bit fields. */
export function emitBits(e: Emitter, op: number, base: number): void {
  const { args, c } = e;
  const a = args[base + 1];
  switch (op) {
    case Op.bswap16_i32: e.push(a); swap16(e); return;
    case Op.bswap32_i32: e.push(a); swap32(e); return;
    case Op.bswap16_i64:
    case Op.bswap32_i64:
      e.push(a);
      c.op(W.i32_wrap_i64);
      if (op === Op.bswap16_i64) swap16(e);
      else swap32(e);
      c.op(W.i64_extend_i32_u);
      return;
    case Op.bswap64_i64: e.push(a); swap64(e); return;
    case Op.extract_i32: e.push(a); extract32(e, args[base + 2], args[base + 3]); return;
    case Op.extract_i64: e.push(a); extract64(e, args[base + 2], args[base + 3]); return;
    case Op.sextract_i32: e.push(a); sextract32(e, args[base + 2], args[base + 3]); return;
    case Op.sextract_i64: e.push(a); sextract64(e, args[base + 2], args[base + 3]); return;
    case Op.deposit_i32: deposit(e, a, args[base + 2], args[base + 3], args[base + 4], 32); return;
    case Op.deposit_i64: deposit(e, a, args[base + 2], args[base + 3], args[base + 4], 64); return;
    case Op.extract2_i32: extract2(e, a, args[base + 2], args[base + 3], 32); return;
    case Op.extract2_i64: extract2(e, a, args[base + 2], args[base + 3], 64); return;
    default: throw new Error(`op ${op} is not a bit field op`);
  }
}

/** Swaps the two low bytes of the i32 on the stack and clears the rest. */
export function swap16(e: Emitter): void {
  const c = e.c;
  const t = e.scratch(Type.I32);
  c.localTee(t);
  c.i32Const(8);
  c.op(W.i32_shr_u);
  c.i32Const(0xff);
  c.op(W.i32_and);
  c.localGet(t);
  c.i32Const(0xff);
  c.op(W.i32_and);
  c.i32Const(8);
  c.op(W.i32_shl);
  c.op(W.i32_or);
}

/** Reverses the bytes of the i32 on the stack. */
export function swap32(e: Emitter): void {
  const c = e.c;
  const t = e.scratch(Type.I32);
  c.localTee(t);
  c.i32Const(8);
  c.op(W.i32_rotl);
  c.i32Const(0x00ff00ff);
  c.op(W.i32_and);
  c.localGet(t);
  c.i32Const(8);
  c.op(W.i32_rotr);
  c.i32Const(0xff00ff00 | 0);
  c.op(W.i32_and);
  c.op(W.i32_or);
}

/** Reverses the bytes of the i64 on the stack. */
export function swap64(e: Emitter): void {
  const c = e.c;
  const t = e.scratch(Type.I64);
  const step = (shift: number, lo: number, hi: number): void => {
    c.localTee(t);
    c.i64ConstS(shift);
    c.op(W.i64_shr_u);
    c.i64Const(lo, hi);
    c.op(W.i64_and);
    c.localGet(t);
    c.i64Const(lo, hi);
    c.op(W.i64_and);
    c.i64ConstS(shift);
    c.op(W.i64_shl);
    c.op(W.i64_or);
  };
  step(8, 0x00ff00ff, 0x00ff00ff);
  step(16, 0x0000ffff, 0x0000ffff);
  c.i64ConstS(32);
  c.op(W.i64_rotl);
}

function extract32(e: Emitter, pos: number, len: number): void {
  const c = e.c;
  if (pos > 0) {
    c.i32Const(pos);
    c.op(W.i32_shr_u);
  }
  if (pos + len < 32) {
    c.i32Const((1 << len) - 1);
    c.op(W.i32_and);
  }
}

function extract64(e: Emitter, pos: number, len: number): void {
  const c = e.c;
  if (pos > 0) {
    c.i64ConstS(pos);
    c.op(W.i64_shr_u);
  }
  if (pos + len < 64) pushMaskAnd64(e, len);
}

/** Keeps the low `len` (1 to 63) bits of the i64 on the stack. */
function pushMaskAnd64(e: Emitter, len: number): void {
  const c = e.c;
  if (len === 32) {
    c.op(W.i32_wrap_i64);
    c.op(W.i64_extend_i32_u);
    return;
  }
  c.i64Const(maskLo(len), maskHi(len));
  c.op(W.i64_and);
}

function maskLo(len: number): number {
  return len >= 32 ? -1 : (1 << len) - 1;
}

function maskHi(len: number): number {
  return len <= 32 ? 0 : len >= 64 ? -1 : (1 << (len - 32)) - 1;
}

function sextract32(e: Emitter, pos: number, len: number): void {
  const c = e.c;
  if (pos === 0 && (len === 8 || len === 16)) {
    c.op(len === 8 ? W.i32_extend8_s : W.i32_extend16_s);
    return;
  }
  const left = 32 - pos - len;
  if (left > 0) {
    c.i32Const(left);
    c.op(W.i32_shl);
  }
  if (len < 32) {
    c.i32Const(32 - len);
    c.op(W.i32_shr_s);
  }
}

function sextract64(e: Emitter, pos: number, len: number): void {
  const c = e.c;
  if (pos === 0 && (len === 8 || len === 16 || len === 32)) {
    c.op(len === 8 ? W.i64_extend8_s : len === 16 ? W.i64_extend16_s : W.i64_extend32_s);
    return;
  }
  const left = 64 - pos - len;
  if (left > 0) {
    c.i64ConstS(left);
    c.op(W.i64_shl);
  }
  if (len < 64) {
    c.i64ConstS(64 - len);
    c.op(W.i64_shr_s);
  }
}

function pushMask(e: Emitter, wide: boolean, pos: number, len: number, inverted: boolean): void {
  if (!wide) {
    const m = (len >= 32 ? -1 : (1 << len) - 1) << pos;
    e.c.i32Const(inverted ? ~m : m);
    return;
  }
  let lo = maskLo(len);
  let hi = maskHi(len);
  if (pos >= 32) {
    hi = lo << (pos - 32);
    lo = 0;
  } else if (pos > 0) {
    hi = (hi << pos) | (lo >>> (32 - pos));
    lo <<= pos;
  }
  if (inverted) e.c.i64Const(~lo, ~hi);
  else e.c.i64Const(lo, hi);
}

/** a with the low `len` bits of b at `pos`. */
function deposit(e: Emitter, a: number, b: number, pos: number, len: number, width: number): void {
  const c = e.c;
  const wide = width === 64;
  if (len === width) {
    e.skip(a);
    e.push(b);
    return;
  }
  const and = wide ? W.i64_and : W.i32_and;
  const zero = e.isZero(a);
  if (!zero) {
    e.push(a);
    pushMask(e, wide, pos, len, true);
    c.op(and);
  }
  if (e.isZero(b)) {
    if (zero) e.pushConst(a);
    return;
  }
  e.push(b);
  // Bits above the field are shifted out if it ends at the top.
  if (pos + len < width) {
    if (wide) {
      pushMaskAnd64(e, len);
    } else {
      pushMask(e, false, 0, len, false);
      c.op(and);
    }
  }
  if (pos > 0) {
    if (wide) c.i64ConstS(pos);
    else c.i32Const(pos);
    c.op(wide ? W.i64_shl : W.i32_shl);
  }
  if (!zero) c.op(wide ? W.i64_or : W.i32_or);
}

/** `width` bits from bit `pos` of hi:lo. */
function extract2(e: Emitter, lo: number, hi: number, pos: number, width: number): void {
  const c = e.c;
  if (pos === 0 || pos === width) {
    e.skip(pos === 0 ? hi : lo);
    e.push(pos === 0 ? lo : hi);
    return;
  }
  const wide = width === 64;
  const count = (n: number): void => {
    if (wide) c.i64ConstS(n);
    else c.i32Const(n);
  };
  e.push(lo);
  if (lo === hi) {
    e.skip(hi);
    count(pos);
    c.op(wide ? W.i64_rotr : W.i32_rotr);
    return;
  }
  count(pos);
  c.op(wide ? W.i64_shr_u : W.i32_shr_u);
  e.push(hi);
  count(width - pos);
  c.op(wide ? W.i64_shl : W.i32_shl);
  c.op(wide ? W.i64_or : W.i32_or);
}
