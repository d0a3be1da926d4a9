/** AdvSIMD three same, integer (Arm ARM C4.1.96). */
import { type Builder, Cond, type Temp } from '@mttcg/tcg-ir';
import { SimdDesc, simdDesc, SimdOp, simdRegs } from '../../helper/simd-desc.ts';
import type { A64Context } from './context.ts';
import {
  byteMask, callHelper, compare, type F3, fpBuilder, ldv, pairLanes, type S3, sar, setQc, shr, shuffle, stv, v2, type V3, zeroV,
} from './simd-core.ts';

type Emit3 = (b: Builder, n: Temp, m: Temp, size: number, d: () => Temp) => Temp;

/** Vector form for the lane widths in the mask (bit per size), with 64-bit lanes only for Q = 1. */
function three(sizes: number, emit: Emit3): (ctx: A64Context, a: V3) => void {
  return (ctx, a) => {
    if (((sizes >> a.size) & 1) === 0 || (a.size === 3 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), ldv(b, a.Rm), a.size, () => ldv(b, a.Rd)), a.Q);
  };
}

/** Scalar form on 64 bits. */
function scalar64(emit: Emit3): (ctx: A64Context, a: S3) => void {
  return (ctx, a) => {
    if (a.size !== 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), ldv(b, a.Rm), 3, () => ldv(b, a.Rd)), 0);
  };
}

const ALL = 15, TO_32 = 7, H_S = 6;

const add: Emit3 = (b, n, m, size) => v2(b, (d) => b.vadd(d, n, m, size));
const sub: Emit3 = (b, n, m, size) => v2(b, (d) => b.vsub(d, n, m, size));
const cmp = (cond: number): Emit3 => (b, n, m, size) => compare(b, n, m, size, cond);
const cmtst: Emit3 = (b, n, m, size) => compare(b, v2(b, (d) => b.vand(d, n, m)), zeroV(b), size, Cond.NE);

export const ADD_V = three(ALL, add);
export const ADD_S = scalar64(add);
export const SUB_V = three(ALL, sub);
export const SUB_S = scalar64(sub);
export const CMGT_V = three(ALL, cmp(Cond.GT));
export const CMGT_S = scalar64(cmp(Cond.GT));
export const CMGE_V = three(ALL, cmp(Cond.GE));
export const CMGE_S = scalar64(cmp(Cond.GE));
export const CMHI_V = three(ALL, cmp(Cond.GTU));
export const CMHI_S = scalar64(cmp(Cond.GTU));
export const CMHS_V = three(ALL, cmp(Cond.GEU));
export const CMHS_S = scalar64(cmp(Cond.GEU));
export const CMEQ_V = three(ALL, cmp(Cond.EQ));
export const CMEQ_S = scalar64(cmp(Cond.EQ));
export const CMTST_V = three(ALL, cmtst);
export const CMTST_S = scalar64(cmtst);

/** Product modulo the lane width; WebAssembly has none for bytes. */
export function mulLanes(b: Builder, n: Temp, m: Temp, size: number): Temp {
  if (size !== 0) return v2(b, (d) => b.vmul(d, n, m, size));
  const lo = v2(b, (d) => b.vmullu(d, n, m, 0)), hi = v2(b, (d) => b.vmulhu(d, n, m, 0));
  return shuffle(b, lo, hi, (i) => 2 * i);
}

export const MUL_V = three(TO_32, (b, n, m, size) => mulLanes(b, n, m, size));
export const MLA_V = three(TO_32, (b, n, m, size, d) => v2(b, (t) => b.vadd(t, d(), mulLanes(b, n, m, size), size)));
export const MLS_V = three(TO_32, (b, n, m, size, d) => v2(b, (t) => b.vsub(t, d(), mulLanes(b, n, m, size), size)));

// Halving: a + b = 2 (a & b) + (a ^ b) bit by bit, whatever the sign of the top bit's weight.
const halve = (b: Builder, n: Temp, m: Temp, size: number, signed: boolean): Temp => {
  const x = v2(b, (d) => b.vxor(d, n, m));
  return signed ? sar(b, x, size, 1) : shr(b, x, size, 1);
};
const hadd = (signed: boolean): Emit3 => (b, n, m, size) =>
  v2(b, (d) => b.vadd(d, v2(b, (t) => b.vand(t, n, m)), halve(b, n, m, size, signed), size));
const rhadd = (signed: boolean): Emit3 => (b, n, m, size) =>
  v2(b, (d) => b.vsub(d, v2(b, (t) => b.vor(t, n, m)), halve(b, n, m, size, signed), size));
const hsub = (signed: boolean): Emit3 => (b, n, m, size) =>
  v2(b, (d) => b.vsub(d, halve(b, n, m, size, signed), v2(b, (t) => b.vandc(t, m, n)), size));

export const SHADD_V = three(TO_32, hadd(true));
export const UHADD_V = three(TO_32, hadd(false));
export const SRHADD_V = three(TO_32, rhadd(true));
export const URHADD_V = three(TO_32, rhadd(false));
export const SHSUB_V = three(TO_32, hsub(true));
export const UHSUB_V = three(TO_32, hsub(false));

const smax: Emit3 = (b, n, m, size) => v2(b, (d) => b.vmaxs(d, n, m, size));
const umax: Emit3 = (b, n, m, size) => v2(b, (d) => b.vmaxu(d, n, m, size));
const smin: Emit3 = (b, n, m, size) => v2(b, (d) => b.vmins(d, n, m, size));
const umin: Emit3 = (b, n, m, size) => v2(b, (d) => b.vminu(d, n, m, size));
/** Absolute difference, exact as an unsigned lane. */
export function absDiff(b: Builder, n: Temp, m: Temp, size: number, signed: boolean): Temp {
  const hi = (signed ? smax : umax)(b, n, m, size, () => n), lo = (signed ? smin : umin)(b, n, m, size, () => n);
  return v2(b, (d) => b.vsub(d, hi, lo, size));
}
const abd = (signed: boolean): Emit3 => (b, n, m, size) => absDiff(b, n, m, size, signed);
const aba = (signed: boolean): Emit3 => (b, n, m, size, old) =>
  v2(b, (d) => b.vadd(d, old(), absDiff(b, n, m, size, signed), size));

export const SMAX_V = three(TO_32, smax);
export const UMAX_V = three(TO_32, umax);
export const SMIN_V = three(TO_32, smin);
export const UMIN_V = three(TO_32, umin);
export const SABD_V = three(TO_32, abd(true));
export const UABD_V = three(TO_32, abd(false));
export const SABA_V = three(TO_32, aba(true));
export const UABA_V = three(TO_32, aba(false));

/** Pairwise form of a lane operation. */
function pairwise(sizes: number, emit: Emit3): (ctx: A64Context, a: V3) => void {
  return (ctx, a) => {
    if (((sizes >> a.size) & 1) === 0 || (a.size === 3 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const n = ldv(b, a.Rn), m = ldv(b, a.Rm);
    const even = pairLanes(b, n, m, a.size, a.Q, 0), odd = pairLanes(b, n, m, a.size, a.Q, 1);
    stv(b, a.Rd, emit(b, even, odd, a.size, () => n), a.Q);
  };
}

export const ADDP_V = pairwise(ALL, add);
export const SMAXP_V = pairwise(TO_32, smax);
export const UMAXP_V = pairwise(TO_32, umax);
export const SMINP_V = pairwise(TO_32, smin);
export const UMINP_V = pairwise(TO_32, umin);

export function ADDP_pair(ctx: A64Context, a: { Rn: number; Rd: number }): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const n = ldv(b, a.Rn);
  const odd = pairLanes(b, n, n, 3, 1, 1);
  stv(b, a.Rd, v2(b, (d) => b.vadd(d, n, odd, 3)), 0);
}

type Bitwise = (b: Builder, t: Temp, n: Temp, m: Temp, d: () => Temp) => void;
function bitwise(emit: Bitwise): (ctx: A64Context, a: F3 & { Q: number }) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b === null) return;
    const n = ldv(b, a.Rn), m = a.Rm === a.Rn ? n : ldv(b, a.Rm);
    stv(b, a.Rd, v2(b, (t) => emit(b, t, n, m, () => ldv(b, a.Rd))), a.Q);
  };
}

export const AND_V = bitwise((b, t, n, m) => b.vand(t, n, m));
export const BIC_V = bitwise((b, t, n, m) => b.vandc(t, n, m));
export const ORR_V = bitwise((b, t, n, m) => b.vor(t, n, m));
export const ORN_V = bitwise((b, t, n, m) => b.vor(t, n, v2(b, (x) => b.vnot(x, m))));
export const EOR_V = bitwise((b, t, n, m) => b.vxor(t, n, m));
export const BSL_V = bitwise((b, t, n, m, d) => b.vbitsel(t, n, m, d()));
export const BIT_V = bitwise((b, t, n, m, d) => b.vbitsel(t, n, d(), m));
export const BIF_V = bitwise((b, t, n, m, d) => b.vbitsel(t, d(), n, m));

/** Vector form by helper. */
function helper3(sizes: number, op: number, extra: number): (ctx: A64Context, a: V3) => void {
  return (ctx, a) => {
    if (((sizes >> a.size) & 1) === 0 || (a.size === 3 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    callHelper(b, 'simd_op', simdDesc(op, a.size, (a.Q !== 0 ? 16 : 8) >> a.size, extra), simdRegs(a.Rd, a.Rn, a.Rm));
  };
}

function helperScalar(sizes: number, op: number, extra: number): (ctx: A64Context, a: S3) => void {
  return (ctx, a) => {
    if (((sizes >> a.size) & 1) === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    callHelper(b, 'simd_op', simdDesc(op, a.size, 1, extra), simdRegs(a.Rd, a.Rn, a.Rm));
  };
}

/** Saturating add and subtract: WebAssembly's for 8 and 16 bits; a difference to the wrapping one sets QC. */
function saturating(op: number, signed: boolean): (ctx: A64Context, a: V3) => void {
  const slow = helper3(ALL, op, signed ? SimdDesc.SIGNED : 0);
  return (ctx, a) => {
    if (a.size > 1) return slow(ctx, a);
    const b = fpBuilder(ctx);
    if (b === null) return;
    const n = ldv(b, a.Rn), m = ldv(b, a.Rm), isAdd = op === SimdOp.ADD;
    const wrap = (isAdd ? add : sub)(b, n, m, a.size, () => n);
    const sat = v2(b, (d) => {
      if (isAdd) return signed ? b.vaddss(d, n, m, a.size) : b.vaddus(d, n, m, a.size);
      return signed ? b.vsubss(d, n, m, a.size) : b.vsubus(d, n, m, a.size);
    });
    let diff = v2(b, (d) => b.vxor(d, wrap, sat));
    if (a.Q === 0) diff = v2(b, (d) => b.vand(d, diff, byteMask(b, 8)));
    const any = b.newI32();
    b.vanytrue(any, diff);
    setQc(b, any);
    stv(b, a.Rd, sat, a.Q);
  };
}

const { SIGNED, ROUND, SATURATE } = SimdDesc;
export const SQADD_V = saturating(SimdOp.ADD, true);
export const SQADD_S = helperScalar(ALL, SimdOp.ADD, SIGNED);
export const UQADD_V = saturating(SimdOp.ADD, false);
export const UQADD_S = helperScalar(ALL, SimdOp.ADD, 0);
export const SQSUB_V = saturating(SimdOp.SUB, true);
export const SQSUB_S = helperScalar(ALL, SimdOp.SUB, SIGNED);
export const UQSUB_V = saturating(SimdOp.SUB, false);
export const UQSUB_S = helperScalar(ALL, SimdOp.SUB, 0);
export const SSHL_V = helper3(ALL, SimdOp.SHL, SIGNED);
export const SSHL_S = helperScalar(8, SimdOp.SHL, SIGNED);
export const USHL_V = helper3(ALL, SimdOp.SHL, 0);
export const USHL_S = helperScalar(8, SimdOp.SHL, 0);
export const SRSHL_V = helper3(ALL, SimdOp.SHL, SIGNED | ROUND);
export const SRSHL_S = helperScalar(8, SimdOp.SHL, SIGNED | ROUND);
export const URSHL_V = helper3(ALL, SimdOp.SHL, ROUND);
export const URSHL_S = helperScalar(8, SimdOp.SHL, ROUND);
export const SQSHL_V = helper3(ALL, SimdOp.SHL, SIGNED | SATURATE);
export const SQSHL_S = helperScalar(ALL, SimdOp.SHL, SIGNED | SATURATE);
export const UQSHL_V = helper3(ALL, SimdOp.SHL, SATURATE);
export const UQSHL_S = helperScalar(ALL, SimdOp.SHL, SATURATE);
export const SQRSHL_V = helper3(ALL, SimdOp.SHL, SIGNED | SATURATE | ROUND);
export const SQRSHL_S = helperScalar(ALL, SimdOp.SHL, SIGNED | SATURATE | ROUND);
export const UQRSHL_V = helper3(ALL, SimdOp.SHL, SATURATE | ROUND);
export const UQRSHL_S = helperScalar(ALL, SimdOp.SHL, SATURATE | ROUND);
export const SQDMULH_V = helper3(H_S, SimdOp.DMULH, 0);
export const SQDMULH_S = helperScalar(H_S, SimdOp.DMULH, 0);
export const SQRDMULH_V = helper3(H_S, SimdOp.DMULH, ROUND);
export const SQRDMULH_S = helperScalar(H_S, SimdOp.DMULH, ROUND);
export const SQRDMLAH_V = helper3(H_S, SimdOp.DMLAH, ROUND);
export const SQRDMLAH_S = helperScalar(H_S, SimdOp.DMLAH, ROUND);
export const SQRDMLSH_V = helper3(H_S, SimdOp.DMLSH, ROUND);
export const SQRDMLSH_S = helperScalar(H_S, SimdOp.DMLSH, ROUND);
export const PMUL_V = helper3(1, SimdOp.PMUL, 0);

/** `sized`: the row has a size field, which must say 32 bits. */
function dot(extra: number, sized: boolean): (ctx: A64Context, a: V3) => void {
  return (ctx, a) => {
    if (sized && a.size !== 2) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    callHelper(b, 'simd_op', simdDesc(SimdOp.DOT, 2, a.Q !== 0 ? 4 : 2, extra), simdRegs(a.Rd, a.Rn, a.Rm));
  };
}
export const SDOT_V = dot(SIGNED | SimdDesc.SIGNED_M, true);
export const UDOT_V = dot(0, true);
export const USDOT_V = dot(SimdDesc.SIGNED_M, false);

function mmla(extra: number): (ctx: A64Context, a: F3) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b === null) return;
    callHelper(b, 'simd_op', simdDesc(SimdOp.MMLA, 2, 4, extra), simdRegs(a.Rd, a.Rn, a.Rm));
  };
}
export const SMMLA = mmla(SIGNED | SimdDesc.SIGNED_M);
export const UMMLA = mmla(0);
export const USMMLA = mmla(SimdDesc.SIGNED_M);
