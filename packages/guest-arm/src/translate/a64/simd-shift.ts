/** AdvSIMD shift by immediate, integer (Arm ARM C4.1.96). */
import type { Builder, Temp } from '@mttcg/tcg-ir';
import { SimdDesc, simdDesc, SimdOp, simdRegs } from '../../helper/simd-desc.ts';
import type { A64Context } from './context.ts';
import { callHelper, type F2, fpBuilder, ldv, narrow, sar, shl, shr, splat, stv, v2, widen } from './simd-core.ts';

export interface ShiftS extends F2 { immh: number; immb: number }
export interface ShiftV extends ShiftS { Q: number }

/** Lane size from the highest set bit of immh. */
const sizeOf = (immh: number): number => 31 - Math.clz32(immh);
const rightCount = (a: ShiftS, size: number): number => (16 << size) - ((a.immh << 3) | a.immb);
const leftCount = (a: ShiftS, size: number): number => ((a.immh << 3) | a.immb) - (8 << size);

type EmitShift = (b: Builder, n: Temp, size: number, count: number, d: () => Temp) => Temp;

function vector(left: boolean, emit: EmitShift): (ctx: A64Context, a: ShiftV) => void {
  return (ctx, a) => {
    const size = sizeOf(a.immh);
    if (a.immh === 0 || (size === 3 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const count = left ? leftCount(a, size) : rightCount(a, size);
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), size, count, () => ldv(b, a.Rd)), a.Q);
  };
}

function scalar(left: boolean, emit: EmitShift): (ctx: A64Context, a: ShiftS) => void {
  return (ctx, a) => {
    if ((a.immh & 8) === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const count = left ? leftCount(a, 3) : rightCount(a, 3);
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), 3, count, () => ldv(b, a.Rd)), 0);
  };
}

const right = (signed: boolean): EmitShift => (b, n, size, k) => (signed ? sar : shr)(b, n, size, k);
/** Adds the last bit shifted out. */
const rounded = (signed: boolean): EmitShift => (b, n, size, k) => {
  const x = (signed ? sar : shr)(b, n, size, k);
  const last = v2(b, (d) => b.vand(d, shr(b, n, size, k - 1), splat(b, size, 1)));
  return v2(b, (d) => b.vadd(d, x, last, size));
};
const accumulate = (emit: EmitShift): EmitShift => (b, n, size, k, old) =>
  v2(b, (d) => b.vadd(d, old(), emit(b, n, size, k, old), size));

export const SSHR_V = vector(false, right(true));
export const SSHR_S = scalar(false, right(true));
export const USHR_V = vector(false, right(false));
export const USHR_S = scalar(false, right(false));
export const SSRA_V = vector(false, accumulate(right(true)));
export const SSRA_S = scalar(false, accumulate(right(true)));
export const USRA_V = vector(false, accumulate(right(false)));
export const USRA_S = scalar(false, accumulate(right(false)));
export const SRSHR_V = vector(false, rounded(true));
export const SRSHR_S = scalar(false, rounded(true));
export const URSHR_V = vector(false, rounded(false));
export const URSHR_S = scalar(false, rounded(false));
export const SRSRA_V = vector(false, accumulate(rounded(true)));
export const SRSRA_S = scalar(false, accumulate(rounded(true)));
export const URSRA_V = vector(false, accumulate(rounded(false)));
export const URSRA_S = scalar(false, accumulate(rounded(false)));

const shlEmit: EmitShift = (b, n, size, k) => shl(b, n, size, k);
export const SHL_V = vector(true, shlEmit);
export const SHL_S = scalar(true, shlEmit);

/** Lanes with their low `bits` set. */
function lowMask(b: Builder, size: number, bits: number): Temp {
  const lo = bits >= 32 ? -1 : (1 << bits) - 1;
  return splat(b, size, lo, bits >= 64 ? -1 : bits > 32 ? (1 << (bits - 32)) - 1 : 0);
}
const sli: EmitShift = (b, n, size, k, d) =>
  v2(b, (t) => b.vbitsel(t, d(), shl(b, n, size, k), lowMask(b, size, k)));
const sri: EmitShift = (b, n, size, k, d) =>
  v2(b, (t) => b.vbitsel(t, shr(b, n, size, k), d(), lowMask(b, size, (8 << size) - k)));
export const SLI_V = vector(true, sli);
export const SLI_S = scalar(true, sli);
export const SRI_V = vector(false, sri);
export const SRI_S = scalar(false, sri);

function shiftLong(signed: boolean): (ctx: A64Context, a: ShiftV) => void {
  return (ctx, a) => {
    if (a.immh === 0 || (a.immh & 8) !== 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const size = sizeOf(a.immh), count = leftCount(a, size);
    const wide = widen(b, ldv(b, a.Rn), size, signed, a.Q !== 0);
    stv(b, a.Rd, count === 0 ? wide : shl(b, wide, size + 1, count), 1);
  };
}
export const SSHLL_V = shiftLong(true);
export const USHLL_V = shiftLong(false);

function shiftNarrow(emit: EmitShift): (ctx: A64Context, a: ShiftV) => void {
  return (ctx, a) => {
    if (a.immh === 0 || (a.immh & 8) !== 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const size = sizeOf(a.immh), n = ldv(b, a.Rn);
    const x = emit(b, n, size + 1, rightCount(a, size), () => n);
    stv(b, a.Rd, narrow(b, x, size, a.Q !== 0, a.Q !== 0 ? ldv(b, a.Rd) : 0), 1);
  };
}
export const SHRN_V = shiftNarrow(right(false));
export const RSHRN_V = shiftNarrow(rounded(false));

// Saturating shifts, by helper

function leftHelperV(extra: number): (ctx: A64Context, a: ShiftV) => void {
  return (ctx, a) => {
    const size = sizeOf(a.immh);
    if (a.immh === 0 || (size === 3 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const desc = simdDesc(SimdOp.SHL_IMM, size, (a.Q !== 0 ? 16 : 8) >> size, extra | SimdDesc.SATURATE);
    callHelper(b, 'simd_op', desc, simdRegs(a.Rd, a.Rn, 0, leftCount(a, size)));
  };
}
function leftHelperS(extra: number): (ctx: A64Context, a: ShiftS) => void {
  return (ctx, a) => {
    if (a.immh === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const size = sizeOf(a.immh);
    callHelper(b, 'simd_op', simdDesc(SimdOp.SHL_IMM, size, 1, extra | SimdDesc.SATURATE), simdRegs(a.Rd, a.Rn, 0, leftCount(a, size)));
  };
}
function narrowHelper(extra: number, vectorForm: boolean): (ctx: A64Context, a: ShiftV) => void {
  return (ctx, a) => {
    if (a.immh === 0 || (a.immh & 8) !== 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const size = sizeOf(a.immh);
    const upper = vectorForm && a.Q !== 0 ? SimdDesc.UPPER : 0;
    const desc = simdDesc(SimdOp.SHR_NARROW, size, vectorForm ? 8 >> size : 1, extra | upper);
    callHelper(b, 'simd_op', desc, simdRegs(a.Rd, a.Rn, 0, rightCount(a, size)));
  };
}

const { SIGNED, ROUND, UNSIGNED_RESULT } = SimdDesc;
export const SQSHL_imm_V = leftHelperV(SIGNED);
export const SQSHL_imm_S = leftHelperS(SIGNED);
export const UQSHL_imm_V = leftHelperV(0);
export const UQSHL_imm_S = leftHelperS(0);
export const SQSHLU_V = leftHelperV(SIGNED | UNSIGNED_RESULT);
export const SQSHLU_S = leftHelperS(SIGNED | UNSIGNED_RESULT);
export const SQSHRN_V = narrowHelper(SIGNED, true);
export const SQSHRN_S = narrowHelper(SIGNED, false);
export const UQSHRN_V = narrowHelper(0, true);
export const UQSHRN_S = narrowHelper(0, false);
export const SQRSHRN_V = narrowHelper(SIGNED | ROUND, true);
export const SQRSHRN_S = narrowHelper(SIGNED | ROUND, false);
export const UQRSHRN_V = narrowHelper(ROUND, true);
export const UQRSHRN_S = narrowHelper(ROUND, false);
export const SQSHRUN_V = narrowHelper(SIGNED | UNSIGNED_RESULT, true);
export const SQSHRUN_S = narrowHelper(SIGNED | UNSIGNED_RESULT, false);
export const SQRSHRUN_V = narrowHelper(SIGNED | ROUND | UNSIGNED_RESULT, true);
export const SQRSHRUN_S = narrowHelper(SIGNED | ROUND | UNSIGNED_RESULT, false);
