/** AdvSIMD three different, and integer operations by element (Arm ARM C4.1.96). */
import type { Builder, Temp } from '@mttcg/tcg-ir';
import { SimdDesc, simdDesc, SimdOp, simdRegs } from '../../helper/simd-desc.ts';
import { hasFeature, Feature } from '../../cpu/features.ts';
import type { A64Context } from './context.ts';
import { callHelper, type F3, fpBuilder, ldv, narrow, type S3, shr, splat, splatLane, stv, v2, type V3, widen } from './simd-core.ts';
import { absDiff, mulLanes } from './simd-three.ts';

type EmitLong = (b: Builder, n: Temp, m: Temp, size: number, upper: boolean, d: () => Temp) => Temp;

/** Result lanes twice as wide as `size`. */
function long(emit: EmitLong): (ctx: A64Context, a: V3) => void {
  return (ctx, a) => {
    if (a.size === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), ldv(b, a.Rm), a.size, a.Q !== 0, () => ldv(b, a.Rd)), 1);
  };
}

const addl = (signed: boolean, wide: boolean, sub: boolean): EmitLong => (b, n, m, size, upper) => {
  const x = wide ? n : widen(b, n, size, signed, upper), y = widen(b, m, size, signed, upper);
  return v2(b, (d) => (sub ? b.vsub(d, x, y, size + 1) : b.vadd(d, x, y, size + 1)));
};
export const SADDL_V = long(addl(true, false, false));
export const UADDL_V = long(addl(false, false, false));
export const SADDW_V = long(addl(true, true, false));
export const UADDW_V = long(addl(false, true, false));
export const SSUBL_V = long(addl(true, false, true));
export const USUBL_V = long(addl(false, false, true));
export const SSUBW_V = long(addl(true, true, true));
export const USUBW_V = long(addl(false, true, true));

const abdl = (signed: boolean): EmitLong => (b, n, m, size, upper) =>
  widen(b, absDiff(b, n, m, size, signed), size, false, upper);
const abal = (signed: boolean): EmitLong => (b, n, m, size, upper, d) =>
  v2(b, (t) => b.vadd(t, d(), abdl(signed)(b, n, m, size, upper, d), size + 1));
export const SABDL_V = long(abdl(true));
export const UABDL_V = long(abdl(false));
export const SABAL_V = long(abal(true));
export const UABAL_V = long(abal(false));

function mulLong(b: Builder, n: Temp, m: Temp, size: number, upper: boolean, signed: boolean): Temp {
  return v2(b, (d) => {
    if (upper) return signed ? b.vmulhs(d, n, m, size) : b.vmulhu(d, n, m, size);
    return signed ? b.vmulls(d, n, m, size) : b.vmullu(d, n, m, size);
  });
}
const mull = (signed: boolean): EmitLong => (b, n, m, size, upper) => mulLong(b, n, m, size, upper, signed);
const mlal = (signed: boolean, sub: boolean): EmitLong => (b, n, m, size, upper, d) => {
  const p = mulLong(b, n, m, size, upper, signed);
  return v2(b, (t) => (sub ? b.vsub(t, d(), p, size + 1) : b.vadd(t, d(), p, size + 1)));
};
export const SMULL_V = long(mull(true));
export const UMULL_V = long(mull(false));
export const SMLAL_V = long(mlal(true, false));
export const UMLAL_V = long(mlal(false, false));
export const SMLSL_V = long(mlal(true, true));
export const UMLSL_V = long(mlal(false, true));

/** High halves of sums or differences, narrowed. */
function highNarrow(sub: boolean, round: boolean): (ctx: A64Context, a: V3) => void {
  return (ctx, a) => {
    if (a.size === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const n = ldv(b, a.Rn), m = ldv(b, a.Rm), w = a.size + 1, bits = 8 << a.size;
    let x = v2(b, (d) => (sub ? b.vsub(d, n, m, w) : b.vadd(d, n, m, w)));
    if (round) {
      const sum = x;
      x = v2(b, (d) => b.vadd(d, sum, splat(b, w, bits === 32 ? 0x80000000 | 0 : 1 << (bits - 1), 0), w));
    }
    stv(b, a.Rd, narrow(b, shr(b, x, w, bits), a.size, a.Q !== 0, a.Q !== 0 ? ldv(b, a.Rd) : 0), 1);
  };
}
export const ADDHN_V = highNarrow(false, false);
export const RADDHN_V = highNarrow(false, true);
export const SUBHN_V = highNarrow(true, false);
export const RSUBHN_V = highNarrow(true, true);

function doubleLongV(op: number): (ctx: A64Context, a: V3) => void {
  return (ctx, a) => {
    if (a.size === 0 || a.size === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const desc = simdDesc(op, a.size, 8 >> a.size, a.Q !== 0 ? SimdDesc.UPPER : 0);
    callHelper(b, 'simd_op', desc, simdRegs(a.Rd, a.Rn, a.Rm));
  };
}
function doubleLongS(op: number): (ctx: A64Context, a: S3) => void {
  return (ctx, a) => {
    if (a.size === 0 || a.size === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'simd_op', simdDesc(op, a.size, 1), simdRegs(a.Rd, a.Rn, a.Rm));
  };
}
export const SQDMULL_V = doubleLongV(SimdOp.DMULL);
export const SQDMULL_S = doubleLongS(SimdOp.DMULL);
export const SQDMLAL_V = doubleLongV(SimdOp.DMLAL);
export const SQDMLAL_S = doubleLongS(SimdOp.DMLAL);
export const SQDMLSL_V = doubleLongV(SimdOp.DMLSL);
export const SQDMLSL_S = doubleLongS(SimdOp.DMLSL);

export function PMULL_V(ctx: A64Context, a: V3): void {
  if (a.size !== 0 && !(a.size === 3 && hasFeature(ctx.features, Feature.PMULL))) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const desc = simdDesc(SimdOp.PMULL, a.size, a.size === 0 ? 8 : 1, a.Q !== 0 ? SimdDesc.UPPER : 0);
  callHelper(b, 'simd_op', desc, simdRegs(a.Rd, a.Rn, a.Rm));
}

// By element

export interface ElemS extends F3 { size: number; L: number; M: number; H: number }
export interface ElemV extends ElemS { Q: number }

/** Register and index of the element operand: 16-bit lanes leave four bits for the register, 32-bit ones five. */
export function elementOf(a: { L: number; M: number; H: number; Rm: number }, size: number): { reg: number; index: number } {
  if (size === 1) return { reg: a.Rm, index: (a.H << 2) | (a.L << 1) | a.M };
  return { reg: a.Rm | (a.M << 4), index: size === 2 ? (a.H << 1) | a.L : a.H };
}

function byElement(emit: (b: Builder, n: Temp, m: Temp, size: number, d: () => Temp) => Temp): (ctx: A64Context, a: ElemV) => void {
  return (ctx, a) => {
    if (a.size === 0 || a.size === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const e = elementOf(a, a.size);
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), splatLane(b, ldv(b, e.reg), a.size, e.index), a.size, () => ldv(b, a.Rd)), a.Q);
  };
}
function longByElement(emit: EmitLong): (ctx: A64Context, a: ElemV) => void {
  return (ctx, a) => {
    if (a.size === 0 || a.size === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const e = elementOf(a, a.size), m = splatLane(b, ldv(b, e.reg), a.size, e.index);
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), m, a.size, a.Q !== 0, () => ldv(b, a.Rd)), 1);
  };
}
export const MUL_E = byElement((b, n, m, size) => mulLanes(b, n, m, size));
export const MLA_E = byElement((b, n, m, size, d) => v2(b, (t) => b.vadd(t, d(), mulLanes(b, n, m, size), size)));
export const MLS_E = byElement((b, n, m, size, d) => v2(b, (t) => b.vsub(t, d(), mulLanes(b, n, m, size), size)));
export const SMULL_E = longByElement(mull(true));
export const UMULL_E = longByElement(mull(false));
export const SMLAL_E = longByElement(mlal(true, false));
export const UMLAL_E = longByElement(mlal(false, false));
export const SMLSL_E = longByElement(mlal(true, true));
export const UMLSL_E = longByElement(mlal(false, true));

/** By helper; `wide`: double-long operations, which read the upper half for Q = 1. */
function elementHelper(op: number, extra: number, wide: boolean, scalar: boolean): (ctx: A64Context, a: ElemV) => void {
  return (ctx, a) => {
    if (a.size === 0 || a.size === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const e = elementOf(a, a.size), q = !scalar && a.Q !== 0;
    const lanes = scalar ? 1 : wide || !q ? 8 >> a.size : 16 >> a.size;
    const desc = simdDesc(op, a.size, lanes, extra | SimdDesc.ELEM | (e.index << SimdDesc.INDEX_SHIFT) | (wide && q ? SimdDesc.UPPER : 0));
    callHelper(b, 'simd_op', desc, simdRegs(a.Rd, a.Rn, e.reg));
  };
}
const { ROUND, SIGNED, SIGNED_M } = SimdDesc;
export const SQDMULL_E = elementHelper(SimdOp.DMULL, 0, true, false);
export const SQDMULL_ES = elementHelper(SimdOp.DMULL, 0, true, true);
export const SQDMLAL_E = elementHelper(SimdOp.DMLAL, 0, true, false);
export const SQDMLAL_ES = elementHelper(SimdOp.DMLAL, 0, true, true);
export const SQDMLSL_E = elementHelper(SimdOp.DMLSL, 0, true, false);
export const SQDMLSL_ES = elementHelper(SimdOp.DMLSL, 0, true, true);
export const SQDMULH_E = elementHelper(SimdOp.DMULH, 0, false, false);
export const SQDMULH_ES = elementHelper(SimdOp.DMULH, 0, false, true);
export const SQRDMULH_E = elementHelper(SimdOp.DMULH, ROUND, false, false);
export const SQRDMULH_ES = elementHelper(SimdOp.DMULH, ROUND, false, true);
export const SQRDMLAH_E = elementHelper(SimdOp.DMLAH, ROUND, false, false);
export const SQRDMLAH_ES = elementHelper(SimdOp.DMLAH, ROUND, false, true);
export const SQRDMLSH_E = elementHelper(SimdOp.DMLSH, ROUND, false, false);
export const SQRDMLSH_ES = elementHelper(SimdOp.DMLSH, ROUND, false, true);

/** `sized`: the row has a size field, which must say 32 bits. */
function dotElement(extra: number, sized: boolean): (ctx: A64Context, a: ElemV) => void {
  return (ctx, a) => {
    if (sized && a.size !== 2) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const e = elementOf(a, 2);
    const desc = simdDesc(SimdOp.DOT, 2, a.Q !== 0 ? 4 : 2, extra | SimdDesc.ELEM | (e.index << SimdDesc.INDEX_SHIFT));
    callHelper(b, 'simd_op', desc, simdRegs(a.Rd, a.Rn, e.reg));
  };
}
export const SDOT_E = dotElement(SIGNED | SIGNED_M, true);
export const UDOT_E = dotElement(0, true);
export const USDOT_E = dotElement(SIGNED_M, false);
export const SUDOT_E = dotElement(SIGNED, false);
