/** AdvSIMD two-register miscellaneous and across lanes, integer (Arm ARM C4.1.96). */
import { type Builder, Cond, type Temp } from '@mttcg/tcg-ir';
import { SimdDesc, simdDesc, SimdOp, simdRegs } from '../../helper/simd-desc.ts';
import type { A64Context } from './context.ts';
import {
  addPairsLong, callHelper, compare, type F2, fpBuilder, ldv, lowBytes, narrow, type S2, shl, shuffle, stv, type V2, v2,
  widen, zeroV,
} from './simd-core.ts';

type Emit2 = (b: Builder, n: Temp, size: number, d: () => Temp) => Temp;

function two(sizes: number, emit: Emit2): (ctx: A64Context, a: V2) => void {
  return (ctx, a) => {
    if (((sizes >> a.size) & 1) === 0 || (a.size === 3 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), a.size, () => ldv(b, a.Rd)), a.Q);
  };
}

function scalar64(emit: Emit2): (ctx: A64Context, a: S2) => void {
  return (ctx, a) => {
    if (a.size !== 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    stv(b, a.Rd, emit(b, ldv(b, a.Rn), 3, () => ldv(b, a.Rd)), 0);
  };
}

/** Reverses lanes within groups of `bytes`. */
const reverse = (bytes: number): Emit2 => (b, n, size) =>
  shuffle(b, n, n, (i) => (i & ~(bytes - 1)) | ((bytes - 1 - (i & (bytes - 1))) ^ ((1 << size) - 1)));
export const REV64_V = two(7, reverse(8));
export const REV32_V = two(3, reverse(4));
export const REV16_V = two(1, reverse(2));

const addlp = (signed: boolean): Emit2 => (b, n, size) => addPairsLong(b, n, size, signed);
const adalp = (signed: boolean): Emit2 => (b, n, size, d) =>
  v2(b, (t) => b.vadd(t, d(), addPairsLong(b, n, size, signed), size + 1));
export const SADDLP_V = two(7, addlp(true));
export const UADDLP_V = two(7, addlp(false));
export const SADALP_V = two(7, adalp(true));
export const UADALP_V = two(7, adalp(false));

export const CNT_V = two(1, (b, n) => v2(b, (d) => b.vpopcnt(d, n)));

export function NOT_V(ctx: A64Context, a: F2 & { Q: number }): void {
  const b = fpBuilder(ctx);
  if (b !== null) stv(b, a.Rd, v2(b, (d) => b.vnot(d, ldv(b, a.Rn))), a.Q);
}

const zero = (cond: number): Emit2 => (b, n, size) => compare(b, n, zeroV(b), size, cond);
export const CMGT_zero_V = two(15, zero(Cond.GT));
export const CMGT_zero_S = scalar64(zero(Cond.GT));
export const CMGE_zero_V = two(15, zero(Cond.GE));
export const CMGE_zero_S = scalar64(zero(Cond.GE));
export const CMEQ_zero_V = two(15, zero(Cond.EQ));
export const CMEQ_zero_S = scalar64(zero(Cond.EQ));
export const CMLE_zero_V = two(15, zero(Cond.LE));
export const CMLE_zero_S = scalar64(zero(Cond.LE));
export const CMLT_zero_V = two(15, zero(Cond.LT));
export const CMLT_zero_S = scalar64(zero(Cond.LT));

const abs: Emit2 = (b, n, size) => v2(b, (d) => b.vabs(d, n, size));
const neg: Emit2 = (b, n, size) => v2(b, (d) => b.vneg(d, n, size));
export const ABS_V = two(15, abs);
export const ABS_S = scalar64(abs);
export const NEG_V = two(15, neg);
export const NEG_S = scalar64(neg);

export function XTN_V(ctx: A64Context, a: V2): void {
  if (a.size === 3) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  stv(b, a.Rd, narrow(b, ldv(b, a.Rn), a.size, a.Q !== 0, a.Q !== 0 ? ldv(b, a.Rd) : 0), 1);
}

export function SHLL_V(ctx: A64Context, a: V2): void {
  if (a.size === 3) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  stv(b, a.Rd, shl(b, widen(b, ldv(b, a.Rn), a.size, false, a.Q !== 0), a.size + 1, 8 << a.size), 1);
}

/** Vector and scalar forms by helper; `wide`: the descriptor's size is the narrow one and lanes count results. */
function helper2(sizes: number, op: number, extra: number): (ctx: A64Context, a: V2) => void {
  return (ctx, a) => {
    if (((sizes >> a.size) & 1) === 0 || (a.size === 3 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    callHelper(b, 'simd_op', simdDesc(op, a.size, (a.Q !== 0 ? 16 : 8) >> a.size, extra), simdRegs(a.Rd, a.Rn));
  };
}
function helperScalar(sizes: number, op: number, extra: number): (ctx: A64Context, a: S2) => void {
  return (ctx, a) => {
    if (((sizes >> a.size) & 1) === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    callHelper(b, 'simd_op', simdDesc(op, a.size, 1, extra), simdRegs(a.Rd, a.Rn));
  };
}
function narrowing(extra: number): (ctx: A64Context, a: V2) => void {
  return (ctx, a) => {
    if (a.size === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const desc = simdDesc(SimdOp.NARROW, a.size, 8 >> a.size, extra | (a.Q !== 0 ? SimdDesc.UPPER : 0));
    callHelper(b, 'simd_op', desc, simdRegs(a.Rd, a.Rn));
  };
}

const { SIGNED, UNSIGNED_RESULT } = SimdDesc;
export const SUQADD_V = helper2(15, SimdOp.ADD_MIXED, SIGNED);
export const SUQADD_S = helperScalar(15, SimdOp.ADD_MIXED, SIGNED);
export const USQADD_V = helper2(15, SimdOp.ADD_MIXED, 0);
export const USQADD_S = helperScalar(15, SimdOp.ADD_MIXED, 0);
export const SQABS_V = helper2(15, SimdOp.ABS, SIGNED);
export const SQABS_S = helperScalar(15, SimdOp.ABS, SIGNED);
export const SQNEG_V = helper2(15, SimdOp.NEG, SIGNED);
export const SQNEG_S = helperScalar(15, SimdOp.NEG, SIGNED);
export const CLS_V = helper2(7, SimdOp.CLS, 0);
export const CLZ_V = helper2(7, SimdOp.CLZ, 0);
export const SQXTUN_V = narrowing(SIGNED | UNSIGNED_RESULT);
export const SQXTUN_S = helperScalar(7, SimdOp.NARROW, SIGNED | UNSIGNED_RESULT);
export const SQXTN_V = narrowing(SIGNED);
export const SQXTN_S = helperScalar(7, SimdOp.NARROW, SIGNED);
export const UQXTN_V = narrowing(0);
export const UQXTN_S = helperScalar(7, SimdOp.NARROW, 0);

function fixed(op: number, size: number): (ctx: A64Context, a: F2 & { Q: number }) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b === null) return;
    callHelper(b, 'simd_op', simdDesc(op, size, (a.Q !== 0 ? 16 : 8) >> size), simdRegs(a.Rd, a.Rn));
  };
}
export const RBIT_V = fixed(SimdOp.RBIT, 0);
export const URECPE_V = fixed(SimdOp.RECPE, 2);
export const URSQRTE_V = fixed(SimdOp.RSQRTE, 2);

// Across lanes

/** Folds the register onto its lane 0 by halves; `bytes` of it count. */
function fold(b: Builder, v: Temp, size: number, bytes: number, emit: (b: Builder, d: Temp, x: Temp, y: Temp) => void): Temp {
  for (let half = bytes >> 1; half >= 1 << size; half >>= 1) {
    const x = v, y = shuffle(b, x, x, (i) => (i + half) & 15);
    v = v2(b, (d) => emit(b, d, x, y));
  }
  return v;
}

function across(emit: (b: Builder, d: Temp, x: Temp, y: Temp, size: number) => void): (ctx: A64Context, a: V2) => void {
  return (ctx, a) => {
    if (a.size === 3 || (a.size === 2 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const v = fold(b, ldv(b, a.Rn), a.size, a.Q !== 0 ? 16 : 8, (bb, d, x, y) => emit(bb, d, x, y, a.size));
    stv(b, a.Rd, lowBytes(b, v, 1 << a.size), 1);
  };
}
export const ADDV = across((b, d, x, y, size) => b.vadd(d, x, y, size));
export const SMAXV = across((b, d, x, y, size) => b.vmaxs(d, x, y, size));
export const UMAXV = across((b, d, x, y, size) => b.vmaxu(d, x, y, size));
export const SMINV = across((b, d, x, y, size) => b.vmins(d, x, y, size));
export const UMINV = across((b, d, x, y, size) => b.vminu(d, x, y, size));

function addLong(signed: boolean): (ctx: A64Context, a: V2) => void {
  return (ctx, a) => {
    if (a.size === 3 || (a.size === 2 && a.Q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    // The pair sums cannot overflow their lanes when added up: 16 bytes make at most 12 bits.
    const pairs = addPairsLong(b, ldv(b, a.Rn), a.size, signed);
    const v = fold(b, pairs, a.size + 1, a.Q !== 0 ? 16 : 8, (bb, d, x, y) => bb.vadd(d, x, y, a.size + 1));
    stv(b, a.Rd, lowBytes(b, v, 2 << a.size), 1);
  };
}
export const SADDLV = addLong(true);
export const UADDLV = addLong(false);
