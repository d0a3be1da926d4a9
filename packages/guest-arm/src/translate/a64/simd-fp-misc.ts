/** AdvSIMD floating point: two registers, conversions, across lanes, complex, widening (Arm ARM C4.1.96). */
import { type Builder, Cond, type Temp } from '@mttcg/tcg-ir';
import { Feature, hasFeature } from '../../cpu/features.ts';
import { FpDesc, fpDesc, FpOp, fpRegs } from '../../helper/fp-desc.ts';
import type { A64Context } from './context.ts';
import { fastOrSlow, guardInexact, guardMode } from './fp-core.ts';
import { callHelper, compare, type F2, type F3, fpBuilder, ldv, splat, stv, v2, type V3, zeroV } from './simd-core.ts';
import { allLanes, magnitudeV } from './simd-fp-core.ts';
import type { ShiftS, ShiftV } from './simd-shift.ts';

type FV2 = F2 & { Q: number; sz: number };
type FS2 = F2 & { sz: number };
type FVH2 = F2 & { Q: number };

const lanesOf = (q: number, size: number): number => (q !== 0 ? 16 : 8) >> size;

function unaryV(op: number, extra = FpDesc.MODE_FPCR as number): (ctx: A64Context, a: FV2) => void {
  return (ctx, a) => {
    const size = a.sz + 2;
    if (size === 3 && a.Q === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, size, lanesOf(a.Q, size), extra), fpRegs(a.Rd, a.Rn));
  };
}
function unaryVH(op: number, extra = FpDesc.MODE_FPCR as number): (ctx: A64Context, a: FVH2) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, 1, lanesOf(a.Q, 1), extra), fpRegs(a.Rd, a.Rn));
  };
}
function unaryS(op: number, extra = FpDesc.MODE_FPCR as number): (ctx: A64Context, a: FS2) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, a.sz + 2, 1, extra), fpRegs(a.Rd, a.Rn));
  };
}
function unarySH(op: number, extra = FpDesc.MODE_FPCR as number): (ctx: A64Context, a: F2) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, 1, 1, extra), fpRegs(a.Rd, a.Rn));
  };
}

/** Sign bit operations, any format. */
function signV(size: number, clear: boolean): (b: Builder, n: Temp) => Temp {
  return (b, n) => {
    const mask = size === 3 ? splat(b, 3, 0, 0x80000000 | 0) : splat(b, size, size === 2 ? 0x80000000 | 0 : 0x8000);
    return v2(b, (d) => (clear ? b.vandc(d, n, mask) : b.vxor(d, n, mask)));
  };
}
function sign(clear: boolean): (ctx: A64Context, a: FV2) => void {
  return (ctx, a) => {
    if (a.sz !== 0 && a.Q === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b !== null) stv(b, a.Rd, signV(a.sz + 2, clear)(b, ldv(b, a.Rn)), a.Q);
  };
}
function signH(clear: boolean): (ctx: A64Context, a: FVH2) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) stv(b, a.Rd, signV(1, clear)(b, ldv(b, a.Rn)), a.Q);
  };
}
export const FABS_V = sign(true);
export const FABS_VH = signH(true);
export const FNEG_V = sign(false);
export const FNEG_VH = signH(false);

export function FSQRT_V(ctx: A64Context, a: FV2): void {
  const size = a.sz + 2;
  if (size === 3 && a.Q === 0) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  fastOrSlow(b, (slow) => {
    guardInexact(b, slow);
    // Roots of ordinary positive numbers are never tiny; anything else is left to the helper, zero excepted.
    const n = ldv(b, a.Rn);
    const positive = compare(b, n, size === 3 ? splat(b, 3, 0, 0x7ff00000) : splat(b, 2, 0x7f800000), size, Cond.LT);
    const notNegative = compare(b, n, zeroV(b), size, Cond.GE);
    allLanes(b, v2(b, (d) => b.vand(d, positive, notNegative)), size, a.Q, slow);
    stv(b, a.Rd, v2(b, (d) => b.vfsqrt(d, n, size)), a.Q);
  }, () => callHelper(b, 'fp_op', fpDesc(FpOp.SQRT, size, lanesOf(a.Q, size)), fpRegs(a.Rd, a.Rn)));
}
export const FSQRT_VH = unaryVH(FpOp.SQRT);

type Rounder = (b: Builder, d: Temp, n: Temp, size: number) => void;
function roundV(mode: number, exact: boolean, emit: Rounder | null): (ctx: A64Context, a: FV2) => void {
  const extra = (mode << FpDesc.MODE_SHIFT) | (exact ? FpDesc.EXACT : 0);
  const slowV = unaryV(FpOp.RINT, extra);
  return (ctx, a) => {
    const size = a.sz + 2;
    if (emit === null || (size === 3 && a.Q === 0)) return slowV(ctx, a);
    const b = fpBuilder(ctx);
    if (b === null) return;
    fastOrSlow(b, (slow) => {
      if (exact) guardInexact(b, slow);
      else guardMode(b, slow);
      const n = ldv(b, a.Rn), limit = size === 3 ? splat(b, 3, 0, 0x7ff00000) : splat(b, 2, 0x7f800000);
      allLanes(b, compare(b, magnitudeV(b, n, size), limit, size, Cond.LE), size, a.Q, slow);
      stv(b, a.Rd, v2(b, (d) => emit(b, d, n, size)), a.Q);
    }, () => callHelper(b, 'fp_op', fpDesc(FpOp.RINT, size, lanesOf(a.Q, size), extra), fpRegs(a.Rd, a.Rn)));
  };
}
const nearest: Rounder = (b, d, n, size) => b.vfnearest(d, n, size);
const mode = (m: number): number => m << FpDesc.MODE_SHIFT;
export const FRINTN_V = roundV(0, false, nearest);
export const FRINTN_VH = unaryVH(FpOp.RINT, mode(0));
export const FRINTP_V = roundV(1, false, (b, d, n, size) => b.vfceil(d, n, size));
export const FRINTP_VH = unaryVH(FpOp.RINT, mode(1));
export const FRINTM_V = roundV(2, false, (b, d, n, size) => b.vffloor(d, n, size));
export const FRINTM_VH = unaryVH(FpOp.RINT, mode(2));
export const FRINTZ_V = roundV(3, false, (b, d, n, size) => b.vftrunc(d, n, size));
export const FRINTZ_VH = unaryVH(FpOp.RINT, mode(3));
export const FRINTA_V = roundV(4, false, null);
export const FRINTA_VH = unaryVH(FpOp.RINT, mode(4));
export const FRINTX_V = roundV(7, true, nearest);
export const FRINTX_VH = unaryVH(FpOp.RINT, mode(7) | FpDesc.EXACT);
export const FRINTI_V = roundV(7, false, nearest);
export const FRINTI_VH = unaryVH(FpOp.RINT, mode(7));
export const FRINT32Z_V = unaryV(FpOp.RINT32, mode(3));
export const FRINT32X_V = unaryV(FpOp.RINT32, mode(7));
export const FRINT64Z_V = unaryV(FpOp.RINT64, mode(3));
export const FRINT64X_V = unaryV(FpOp.RINT64, mode(7));
export const FRECPE_V = unaryV(FpOp.RECPE);
export const FRECPE_VH = unaryVH(FpOp.RECPE);
export const FRECPE_S = unaryS(FpOp.RECPE);
export const FRECPE_SH = unarySH(FpOp.RECPE);
export const FRSQRTE_V = unaryV(FpOp.RSQRTE);
export const FRSQRTE_VH = unaryVH(FpOp.RSQRTE);
export const FRSQRTE_S = unaryS(FpOp.RSQRTE);
export const FRSQRTE_SH = unarySH(FpOp.RSQRTE);
export const FRECPX_S = unaryS(FpOp.RECPX);
export const FRECPX_SH = unarySH(FpOp.RECPX);

// Conversions to and from integers of the same width

const toS = (m: number): number => mode(m) | FpDesc.SIGNED;
export const FCVTNS_int_V = unaryV(FpOp.TO_INT, toS(0));
export const FCVTNS_int_VH = unaryVH(FpOp.TO_INT, toS(0));
export const FCVTNS_int_S = unaryS(FpOp.TO_INT, toS(0));
export const FCVTNS_int_SH = unarySH(FpOp.TO_INT, toS(0));
export const FCVTNU_int_V = unaryV(FpOp.TO_INT, mode(0));
export const FCVTNU_int_VH = unaryVH(FpOp.TO_INT, mode(0));
export const FCVTNU_int_S = unaryS(FpOp.TO_INT, mode(0));
export const FCVTNU_int_SH = unarySH(FpOp.TO_INT, mode(0));
export const FCVTPS_int_V = unaryV(FpOp.TO_INT, toS(1));
export const FCVTPS_int_VH = unaryVH(FpOp.TO_INT, toS(1));
export const FCVTPS_int_S = unaryS(FpOp.TO_INT, toS(1));
export const FCVTPS_int_SH = unarySH(FpOp.TO_INT, toS(1));
export const FCVTPU_int_V = unaryV(FpOp.TO_INT, mode(1));
export const FCVTPU_int_VH = unaryVH(FpOp.TO_INT, mode(1));
export const FCVTPU_int_S = unaryS(FpOp.TO_INT, mode(1));
export const FCVTPU_int_SH = unarySH(FpOp.TO_INT, mode(1));
export const FCVTMS_int_V = unaryV(FpOp.TO_INT, toS(2));
export const FCVTMS_int_VH = unaryVH(FpOp.TO_INT, toS(2));
export const FCVTMS_int_S = unaryS(FpOp.TO_INT, toS(2));
export const FCVTMS_int_SH = unarySH(FpOp.TO_INT, toS(2));
export const FCVTMU_int_V = unaryV(FpOp.TO_INT, mode(2));
export const FCVTMU_int_VH = unaryVH(FpOp.TO_INT, mode(2));
export const FCVTMU_int_S = unaryS(FpOp.TO_INT, mode(2));
export const FCVTMU_int_SH = unarySH(FpOp.TO_INT, mode(2));
export const FCVTZS_int_V = unaryV(FpOp.TO_INT, toS(3));
export const FCVTZS_int_VH = unaryVH(FpOp.TO_INT, toS(3));
export const FCVTZS_int_S = unaryS(FpOp.TO_INT, toS(3));
export const FCVTZS_int_SH = unarySH(FpOp.TO_INT, toS(3));
export const FCVTZU_int_V = unaryV(FpOp.TO_INT, mode(3));
export const FCVTZU_int_VH = unaryVH(FpOp.TO_INT, mode(3));
export const FCVTZU_int_S = unaryS(FpOp.TO_INT, mode(3));
export const FCVTZU_int_SH = unarySH(FpOp.TO_INT, mode(3));
export const FCVTAS_int_V = unaryV(FpOp.TO_INT, toS(4));
export const FCVTAS_int_VH = unaryVH(FpOp.TO_INT, toS(4));
export const FCVTAS_int_S = unaryS(FpOp.TO_INT, toS(4));
export const FCVTAS_int_SH = unarySH(FpOp.TO_INT, toS(4));
export const FCVTAU_int_V = unaryV(FpOp.TO_INT, mode(4));
export const FCVTAU_int_VH = unaryVH(FpOp.TO_INT, mode(4));
export const FCVTAU_int_S = unaryS(FpOp.TO_INT, mode(4));
export const FCVTAU_int_SH = unarySH(FpOp.TO_INT, mode(4));
export const SCVTF_int_V = unaryV(FpOp.FROM_INT, toS(7));
export const SCVTF_int_VH = unaryVH(FpOp.FROM_INT, toS(7));
export const SCVTF_int_S = unaryS(FpOp.FROM_INT, toS(7));
export const SCVTF_int_SH = unarySH(FpOp.FROM_INT, toS(7));
export const UCVTF_int_V = unaryV(FpOp.FROM_INT, mode(7));
export const UCVTF_int_VH = unaryVH(FpOp.FROM_INT, mode(7));
export const UCVTF_int_S = unaryS(FpOp.FROM_INT, mode(7));
export const UCVTF_int_SH = unarySH(FpOp.FROM_INT, mode(7));

/** Fixed point: immh gives the lane width (16 bits needs FP16), the rest the fraction bits. */
function fixed(op: number, extra: number, scalar: boolean): (ctx: A64Context, a: ShiftV) => void {
  return (ctx, a) => {
    const size = 31 - Math.clz32(a.immh);
    if (a.immh < 2 || (size === 1 && !hasFeature(ctx.features, Feature.FP16)) || (!scalar && size === 3 && a.Q === 0)) {
      return ctx.undefined();
    }
    const b = fpBuilder(ctx);
    if (b === null) return;
    const fbits = (16 << size) - ((a.immh << 3) | a.immb);
    callHelper(b, 'fp_op', fpDesc(op, size, scalar ? 1 : lanesOf(a.Q, size), extra), fpRegs(a.Rd, a.Rn, 0, 0, fbits));
  };
}
type FixV = (ctx: A64Context, a: ShiftV) => void;
type FixS = (ctx: A64Context, a: ShiftS & { Q: number }) => void;
export const SCVTF_fix_V: FixV = fixed(FpOp.FROM_INT, toS(7), false);
export const SCVTF_fix_S: FixS = fixed(FpOp.FROM_INT, toS(7), true);
export const UCVTF_fix_V: FixV = fixed(FpOp.FROM_INT, mode(7), false);
export const UCVTF_fix_S: FixS = fixed(FpOp.FROM_INT, mode(7), true);
export const FCVTZS_fix_V: FixV = fixed(FpOp.TO_INT, toS(3), false);
export const FCVTZS_fix_S: FixS = fixed(FpOp.TO_INT, toS(3), true);
export const FCVTZU_fix_V: FixV = fixed(FpOp.TO_INT, mode(3), false);
export const FCVTZU_fix_S: FixS = fixed(FpOp.TO_INT, mode(3), true);

// Widths

export function FCVTN_V(ctx: A64Context, a: FV2): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const upper = a.Q !== 0 ? FpDesc.UPPER : 0;
  const desc = a.sz !== 0 ? fpDesc(FpOp.TO_SINGLE, 3, 2, mode(7) | upper) : fpDesc(FpOp.TO_HALF, 2, 4, mode(7) | upper);
  callHelper(b, 'fp_op', desc, fpRegs(a.Rd, a.Rn));
}
export function FCVTXN_V(ctx: A64Context, a: FVH2): void {
  const b = fpBuilder(ctx);
  if (b !== null) callHelper(b, 'fp_op', fpDesc(FpOp.TO_SINGLE, 3, 2, mode(5) | (a.Q !== 0 ? FpDesc.UPPER : 0)), fpRegs(a.Rd, a.Rn));
}
export function FCVTXN_S(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b !== null) callHelper(b, 'fp_op', fpDesc(FpOp.TO_SINGLE, 3, 1, mode(5)), fpRegs(a.Rd, a.Rn));
}
export function FCVTL_V(ctx: A64Context, a: FV2): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const upper = a.Q !== 0 ? FpDesc.UPPER : 0;
  const desc = a.sz !== 0 ? fpDesc(FpOp.TO_DOUBLE, 2, 2, mode(7) | upper) : fpDesc(FpOp.TO_SINGLE, 1, 4, mode(7) | upper);
  callHelper(b, 'fp_op', desc, fpRegs(a.Rd, a.Rn));
}

// Across lanes

function reduce(op: number): (ctx: A64Context, a: F2) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_reduce', fpDesc(op, 2, 4, 0), fpRegs(a.Rd, a.Rn));
  };
}
function reduceH(op: number): (ctx: A64Context, a: FVH2) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_reduce', fpDesc(op, 1, lanesOf(a.Q, 1), 0), fpRegs(a.Rd, a.Rn));
  };
}
export const FMAXNMV = reduce(FpOp.MAXNM);
export const FMAXNMV_H = reduceH(FpOp.MAXNM);
export const FMINNMV = reduce(FpOp.MINNM);
export const FMINNMV_H = reduceH(FpOp.MINNM);
export const FMAXV = reduce(FpOp.MAX);
export const FMAXV_H = reduceH(FpOp.MAX);
export const FMINV = reduce(FpOp.MIN);
export const FMINV_H = reduceH(FpOp.MIN);

// Complex numbers (FEAT_FCMA)

/** Lane sizes from the size field: 0 is unallocated, 1 needs FP16, 3 needs Q = 1. */
function complexSizeOk(ctx: A64Context, a: { size: number; Q: number }): boolean {
  return a.size !== 0 && !(a.size === 1 && !hasFeature(ctx.features, Feature.FP16)) && !(a.size === 3 && a.Q === 0);
}
export function FCMLA_V(ctx: A64Context, a: V3 & { rot: number }): void {
  if (!complexSizeOk(ctx, a)) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b !== null) callHelper(b, 'fp_cmla', a.size | (lanesOf(a.Q, a.size) << 2) | (a.rot << 6), fpRegs(a.Rd, a.Rn, a.Rm));
}
export function FCADD(ctx: A64Context, a: V3 & { rot: number }): void {
  if (!complexSizeOk(ctx, a)) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b !== null) callHelper(b, 'fp_cadd', a.size | (lanesOf(a.Q, a.size) << 2) | ((a.rot !== 0 ? 3 : 1) << 6), fpRegs(a.Rd, a.Rn, a.Rm));
}
export function FCMLA_E(ctx: A64Context, a: V3 & { rot: number; L: number; M: number; H: number }): void {
  if ((a.size !== 1 && a.size !== 2) || !complexSizeOk(ctx, a)) return ctx.undefined();
  // Indexes count pairs: of halves H:L, of singles H.
  if (a.size === 2 ? a.L !== 0 || a.Q === 0 : a.H !== 0 && a.Q === 0) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const index = a.size === 1 ? (a.H << 1) | a.L : a.H;
  callHelper(b, 'fp_cmla', a.size | (lanesOf(a.Q, a.size) << 2) | (a.rot << 6) | 0x100 | (index << 9), fpRegs(a.Rd, a.Rn, a.Rm | (a.M << 4)));
}

// Half to single multiply-add (FEAT_FHM)

function fmlal(sub: boolean, upper: boolean): (ctx: A64Context, a: F3 & { Q: number }) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b === null) return;
    callHelper(b, 'fp_fmlal', ((a.Q !== 0 ? 4 : 2) << 2) | (sub ? 0x40 : 0) | (upper ? 0x80 : 0), fpRegs(a.Rd, a.Rn, a.Rm));
  };
}
function fmlalE(sub: boolean, upper: boolean): (ctx: A64Context, a: F3 & { Q: number; L: number; M: number; H: number }) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b === null) return;
    const index = (a.H << 2) | (a.L << 1) | a.M;
    callHelper(b, 'fp_fmlal', ((a.Q !== 0 ? 4 : 2) << 2) | (sub ? 0x40 : 0) | (upper ? 0x80 : 0) | 0x100 | (index << 9), fpRegs(a.Rd, a.Rn, a.Rm));
  };
}
export const FMLAL_V = fmlal(false, false);
export const FMLSL_V = fmlal(true, false);
export const FMLAL2_V = fmlal(false, true);
export const FMLSL2_V = fmlal(true, true);
export const FMLAL_E = fmlalE(false, false);
export const FMLSL_E = fmlalE(true, false);
export const FMLAL2_E = fmlalE(false, true);
export const FMLSL2_E = fmlalE(true, true);
