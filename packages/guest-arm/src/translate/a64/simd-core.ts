import { type Builder, Cond, MemOp, NO_TEMP, type Temp } from '@mttcg/tcg-ir';
import { ENV, SP, vOffset, X } from '../../cpu/env.ts';
import { ArmTbFlag, flagsMmuIdx } from '../../cpu/tb-flags.ts';
import { H } from '../../helper/index.ts';
import type { A64Context } from './context.ts';

/** Fields that most AdvSIMD rows share. */
export interface F2 { Rn: number; Rd: number }
export interface F3 extends F2 { Rm: number }
export interface V2 extends F2 { Q: number; size: number }
export interface V3 extends F3 { Q: number; size: number }
export interface S2 extends F2 { size: number }
export interface S3 extends F3 { size: number }

/**
 * Start of every function here: the FP/AdvSIMD access check, after the encoding was found valid. Null when the access
 * traps (the exception is emitted); else the builder.
 */
export function fpBuilder(ctx: A64Context): Builder | null {
  return ctx.fpAccess() ? ctx.b : null;
}

/** The 128 bits of Vn. */
export function ldv(b: Builder, n: number): Temp {
  const t = b.newV128();
  b.ldV128(t, b.env, vOffset(n));
  return t;
}

/** Vd := v; with q = 0 the upper half becomes zero. */
export function stv(b: Builder, d: number, v: Temp, q: number): void {
  b.stV128(q !== 0 ? v : lowBytes(b, v, 8), b.env, vOffset(d));
}

/** v with all but its low bytes zero. */
export function lowBytes(b: Builder, v: Temp, bytes: number): Temp {
  const t = b.newV128();
  b.vand(t, v, byteMask(b, bytes));
  return t;
}

/** Constant with the low bytes all ones. */
export function byteMask(b: Builder, bytes: number): Temp {
  const w = (i: number): number => (bytes >= 4 * i + 4 ? -1 : bytes <= 4 * i ? 0 : (1 << (8 * (bytes - 4 * i))) - 1);
  return b.constV128(w(0), w(1), w(2), w(3));
}

export function zeroV(b: Builder): Temp {
  return b.constV128(0, 0, 0, 0);
}

/** Constant of equal lanes; `hi` matters for 64-bit lanes only. */
export function splat(b: Builder, size: number, lo: number, hi = lo < 0 ? -1 : 0): Temp {
  if (size === 3) return b.constV128(lo, hi, lo, hi);
  const w = size === 0 ? Math.imul(lo & 0xff, 0x01010101) : size === 1 ? (lo & 0xffff) | (lo << 16) : lo;
  return b.constV128(w, w, w, w);
}

/** Bytes of a:c (0..15 of a, 16..31 of c) chosen by `byte(i)`. */
export function shuffle(b: Builder, a: Temp, c: Temp, byte: (i: number) => number): Temp {
  const w = (i: number): number => byte(i) | (byte(i + 1) << 8) | (byte(i + 2) << 16) | (byte(i + 3) << 24);
  const t = b.newV128();
  b.vshuffle(t, a, c, b.constV128(w(0), w(4), w(8), w(12)));
  return t;
}

/** Result of a two-operand vector op in a new temp. */
export function v2(b: Builder, emit: (d: Temp) => void): Temp {
  const t = b.newV128();
  emit(t);
  return t;
}

/** Vector shift by a constant; logical shifts by the width or more give zero, arithmetic ones the sign. */
export function shl(b: Builder, a: Temp, size: number, n: number): Temp {
  if (n >= 8 << size) return zeroV(b);
  return v2(b, (d) => b.vshl(d, a, b.constI32(n), size));
}
export function shr(b: Builder, a: Temp, size: number, n: number): Temp {
  if (n >= 8 << size) return zeroV(b);
  return v2(b, (d) => b.vshr(d, a, b.constI32(n), size));
}
export function sar(b: Builder, a: Temp, size: number, n: number): Temp {
  return v2(b, (d) => b.vsar(d, a, b.constI32(Math.min(n, (8 << size) - 1)), size));
}

/** Widens the low (or upper) half of the source lanes. */
export function widen(b: Builder, a: Temp, size: number, signed: boolean, upper: boolean): Temp {
  return v2(b, (d) => {
    if (upper) return signed ? b.vexths(d, a, size) : b.vexthu(d, a, size);
    return signed ? b.vextls(d, a, size) : b.vextlu(d, a, size);
  });
}

/** Sums of adjacent lanes in lanes twice as wide. */
export function addPairsLong(b: Builder, a: Temp, size: number, signed: boolean): Temp {
  if (size < 2) return v2(b, (d) => (signed ? b.vaddps(d, a, size) : b.vaddpu(d, a, size)));
  const hi = signed ? sar(b, a, 3, 32) : shr(b, a, 3, 32);
  const up = shl(b, a, 3, 32);
  const lo = signed ? sar(b, up, 3, 32) : shr(b, up, 3, 32);
  return v2(b, (d) => b.vadd(d, hi, lo, 3));
}

/** Even (odd = 0) or odd lanes of Vn:Vm, for pairwise operations; with q = 0 of the low halves. */
export function pairLanes(b: Builder, n: Temp, m: Temp, size: number, q: number, odd: number): Temp {
  const w = 1 << size, half = q !== 0 ? 16 : 8;
  return shuffle(b, n, m, (i) => {
    const k = ((i >> size) * 2 + odd) * w + (i & (w - 1));
    return k < half ? k : (16 + k - half) & 31;
  });
}

/**
 * The lower sub-lane of each lane twice `size`: into the low half with the rest zero, or (upper) over the upper half of
 * `old`.
 */
export function narrow(b: Builder, a: Temp, size: number, upper: boolean, old: Temp): Temp {
  const w = 1 << size;
  const from = (i: number): number => (i >> size) * 2 * w + (i & (w - 1));
  if (upper) return shuffle(b, old, a, (i) => (i < 8 ? i : 16 + from(i - 8)));
  return shuffle(b, a, zeroV(b), (i) => (i < 8 ? from(i) : 16));
}

/** All lanes equal to lane `index`. */
export function splatLane(b: Builder, v: Temp, size: number, index: number): Temp {
  const w = 1 << size;
  return shuffle(b, v, v, (i) => index * w + (i & (w - 1)));
}

/** FPSR.QC |= flag (an i32 of 0 or 1). */
export function setQc(b: Builder, flag: Temp): void {
  const t = b.newI32(), u = b.newI32();
  b.shliI32(t, flag, 27);
  b.ldI32(u, b.env, ENV.fpsr);
  b.orI32(u, u, t);
  b.stI32(u, b.env, ENV.fpsr);
}

export function callHelper(b: Builder, name: string, desc: number, regs: number): void {
  b.call(H[name]!, NO_TEMP, b.constI32(desc), b.constI32(regs));
}

// General registers

/** Xn, or zero for 31. */
export function readX(b: Builder, n: number): Temp {
  return n === 31 ? b.constI64(0, 0) : X(n);
}

/** Low word of Xn as i32. */
export function readW(b: Builder, n: number): Temp {
  if (n === 31) return b.constI32(0);
  const t = b.newI32();
  b.extrlI32I64(t, X(n));
  return t;
}

export function writeX(b: Builder, n: number, v: Temp): void {
  if (n !== 31) b.movI64(X(n), v);
}

/** Wd := an i32, zero-extended. */
export function writeW(b: Builder, n: number, v: Temp): void {
  if (n !== 31) b.extuI64I32(X(n), v);
}

/** Xn or SP. */
export function baseReg(n: number): Temp {
  return n === 31 ? SP : X(n);
}

/** MemOp of an ordinary access of 2^size bytes whose elements have 2^align bytes. */
export function memOp(ctx: A64Context, size: number, align = size): number {
  let op = size | (flagsMmuIdx(ctx.flags) << MemOp.MMU_SHIFT);
  if ((ctx.flags & ArmTbFlag.ALIGN) !== 0) op |= align << MemOp.ALIGN_SHIFT;
  if ((ctx.flags & ArmTbFlag.BIG_ENDIAN) !== 0) op |= MemOp.BSWAP;
  return op;
}

// Lanes in env memory

export function laneOffset(n: number, size: number, index: number): number {
  return vOffset(n) + (index << size);
}

/** Lane of 8 to 32 bits, zero-extended. */
export function ldLane32(b: Builder, n: number, size: number, index: number): Temp {
  const t = b.newI32(), at = laneOffset(n, size, index);
  if (size === 0) b.ld8uI32(t, b.env, at);
  else if (size === 1) b.ld16uI32(t, b.env, at);
  else b.ldI32(t, b.env, at);
  return t;
}

export function ldLane64(b: Builder, n: number, index: number): Temp {
  const t = b.newI64();
  b.ldI64(t, b.env, laneOffset(n, 3, index));
  return t;
}

/** Stores the low bits of an i32 into a lane; the other lanes stay. */
export function stLane32(b: Builder, v: Temp, n: number, size: number, index: number): void {
  const at = laneOffset(n, size, index);
  if (size === 0) b.st8I32(v, b.env, at);
  else if (size === 1) b.st16I32(v, b.env, at);
  else b.stI32(v, b.env, at);
}

/** Vd := an i32 of a format up to 32 bits (upper bits of the value zero), rest zero. */
export function writeScalar32(b: Builder, d: number, v: Temp): void {
  const t = b.newI64();
  b.extuI64I32(t, v);
  writeScalar64(b, d, t);
}

/** Vd := 64 bits, rest zero. */
export function writeScalar64(b: Builder, d: number, v: Temp): void {
  b.stI64(v, b.env, vOffset(d));
  b.stI64(b.constI64(0, 0), b.env, vOffset(d) + 8);
}

/** All ones in lanes where cond holds, unsigned 64-bit orders included. */
export function compare(b: Builder, n: Temp, m: Temp, size: number, cond: number): Temp {
  if (size === 3 && cond >= Cond.LTU && cond <= Cond.GTU) {
    const sign = b.constV128(0, 0x80000000 | 0, 0, 0x80000000 | 0);
    const x = v2(b, (d) => b.vxor(d, n, sign)), y = v2(b, (d) => b.vxor(d, m, sign));
    return v2(b, (d) => b.vcmp(d, x, y, 3, cond - Cond.LTU + Cond.LT));
  }
  return v2(b, (d) => b.vcmp(d, n, m, size, cond));
}
