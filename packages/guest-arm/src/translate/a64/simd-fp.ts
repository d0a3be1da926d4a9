/** AdvSIMD floating point: three same, by element, pairwise (Arm ARM C4.1.96). */
import { type Builder, Cond, FCond, type Temp } from '@mttcg/tcg-ir';
import { FpDesc, fpDesc, FpOp, fpRegs } from '../../helper/fp-desc.ts';
import type { A64Context } from './context.ts';
import { fastOrSlow, guardInexact, guardMode } from './fp-core.ts';
import { fusedDouble } from './fp-fma.ts';
import { allLanes, magnitudeV, requireOrdinary } from './simd-fp-core.ts';
import {
  callHelper, type F2, type F3, fpBuilder, ldv, pairLanes, splatLane, stv, v2, zeroV,
} from './simd-core.ts';

export type FV3 = F3 & { Q: number; sz: number };
export type FS3 = F3 & { sz: number };
export type FVH3 = F3 & { Q: number };

function zeroLanes(b: Builder, v: Temp, size: number): Temp {
  return v2(b, (d) => b.vcmp(d, magnitudeV(b, v, size), zeroV(b), size, Cond.EQ));
}

type Emit = (b: Builder, d: Temp, n: Temp, m: Temp, size: number) => void;
interface Arith { op: number; zero: 'always' | 'either' | 'first'; emit: Emit }

const ADD: Arith = { op: FpOp.ADD, zero: 'always', emit: (b, d, n, m, size) => b.vfadd(d, n, m, size) };
const SUB: Arith = { op: FpOp.SUB, zero: 'always', emit: (b, d, n, m, size) => b.vfsub(d, n, m, size) };
const MUL: Arith = { op: FpOp.MUL, zero: 'either', emit: (b, d, n, m, size) => b.vfmul(d, n, m, size) };
const DIV: Arith = { op: FpOp.DIV, zero: 'first', emit: (b, d, n, m, size) => b.vfdiv(d, n, m, size) };
const ABD: Arith = {
  op: FpOp.ABD, zero: 'always',
  emit: (b, d, n, m, size) => {
    b.vfsub(d, n, m, size);
    b.vfabs(d, d, size);
  },
};

/** The fast path of an arithmetic operation on vectors already loaded. */
function arithmetic(b: Builder, k: Arith, size: number, q: number, rd: number, n: Temp, m: Temp, slowCall: () => void): void {
  fastOrSlow(b, (slow) => {
    guardInexact(b, slow);
    const v = v2(b, (d) => k.emit(b, d, n, m, size));
    let zeroOk = 0;
    if (k.zero !== 'always') {
      zeroOk = zeroLanes(b, n, size);
      if (k.zero === 'either') {
        const first = zeroOk, second = zeroLanes(b, m, size);
        zeroOk = v2(b, (d) => b.vor(d, first, second));
      }
    }
    requireOrdinary(b, v, size, q, zeroOk, slow);
    stv(b, rd, v, q);
  }, slowCall);
}

const lanesOf = (q: number, size: number): number => (q !== 0 ? 16 : 8) >> size;

function arith3(k: Arith): (ctx: A64Context, a: FV3) => void {
  return (ctx, a) => {
    const size = a.sz + 2;
    if (size === 3 && a.Q === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    arithmetic(b, k, size, a.Q, a.Rd, ldv(b, a.Rn), ldv(b, a.Rm), () =>
      callHelper(b, 'fp_op', fpDesc(k.op, size, lanesOf(a.Q, size)), fpRegs(a.Rd, a.Rn, a.Rm)));
  };
}

/** By helper: vector of singles or doubles, vector of halves, scalars. `extra` as in FpDesc. */
function helperV(op: number, extra = FpDesc.MODE_FPCR as number): (ctx: A64Context, a: FV3) => void {
  return (ctx, a) => {
    const size = a.sz + 2;
    if (size === 3 && a.Q === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, size, lanesOf(a.Q, size), extra), fpRegs(a.Rd, a.Rn, a.Rm, a.Rd));
  };
}
/** Doubles in WebAssembly arithmetic, singles by helper. */
function mulAddV(op: number): (ctx: A64Context, a: FV3) => void {
  const slow = helperV(op);
  return (ctx, a) => {
    if (a.sz === 0 || a.Q === 0) return slow(ctx, a);
    const b = fpBuilder(ctx);
    if (b === null) return;
    fusedDouble(b, op, 1, a.Rd, ldv(b, a.Rd), ldv(b, a.Rn), ldv(b, a.Rm), () =>
      callHelper(b, 'fp_op', fpDesc(op, 3, 2), fpRegs(a.Rd, a.Rn, a.Rm, a.Rd)));
  };
}
function helperVH(op: number, extra = FpDesc.MODE_FPCR as number): (ctx: A64Context, a: FVH3) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, 1, lanesOf(a.Q, 1), extra), fpRegs(a.Rd, a.Rn, a.Rm, a.Rd));
  };
}
function helperS(op: number, extra = FpDesc.MODE_FPCR as number): (ctx: A64Context, a: FS3) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, a.sz + 2, 1, extra), fpRegs(a.Rd, a.Rn, a.Rm));
  };
}
function helperSH(op: number, extra = FpDesc.MODE_FPCR as number): (ctx: A64Context, a: F3) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, 1, 1, extra), fpRegs(a.Rd, a.Rn, a.Rm));
  };
}

export const FADD_V = arith3(ADD);
export const FADD_VH = helperVH(FpOp.ADD);
export const FSUB_V = arith3(SUB);
export const FSUB_VH = helperVH(FpOp.SUB);
export const FMUL_V = arith3(MUL);
export const FMUL_VH = helperVH(FpOp.MUL);
export const FDIV_V = arith3(DIV);
export const FDIV_VH = helperVH(FpOp.DIV);
export const FABD_V = arith3(ABD);
export const FABD_VH = helperVH(FpOp.ABD);
export const FABD_S = helperS(FpOp.ABD);
export const FABD_SH = helperSH(FpOp.ABD);
export const FMULX_V = helperV(FpOp.MULX);
export const FMULX_VH = helperVH(FpOp.MULX);
export const FMULX_S = helperS(FpOp.MULX);
export const FMULX_SH = helperSH(FpOp.MULX);
export const FMLA_V = mulAddV(FpOp.MLA);
export const FMLA_VH = helperVH(FpOp.MLA);
export const FMLS_V = mulAddV(FpOp.MLS);
export const FMLS_VH = helperVH(FpOp.MLS);
export const FMAX_V = helperV(FpOp.MAX);
export const FMAX_VH = helperVH(FpOp.MAX);
export const FMIN_V = helperV(FpOp.MIN);
export const FMIN_VH = helperVH(FpOp.MIN);
export const FMAXNM_V = helperV(FpOp.MAXNM);
export const FMAXNM_VH = helperVH(FpOp.MAXNM);
export const FMINNM_V = helperV(FpOp.MINNM);
export const FMINNM_VH = helperVH(FpOp.MINNM);
export const FRECPS_V = helperV(FpOp.RECPS);
export const FRECPS_VH = helperVH(FpOp.RECPS);
export const FRECPS_S = helperS(FpOp.RECPS);
export const FRECPS_SH = helperSH(FpOp.RECPS);
export const FRSQRTS_V = helperV(FpOp.RSQRTS);
export const FRSQRTS_VH = helperVH(FpOp.RSQRTS);
export const FRSQRTS_S = helperS(FpOp.RSQRTS);
export const FRSQRTS_SH = helperSH(FpOp.RSQRTS);

// Compares

/** Mask by vfcmp when no lane is a NaN and denormals count. `zero`: with 0 instead of Vm. */
function compareV(op: number, cond: number, abs: boolean, zero: boolean): (ctx: A64Context, a: FV3) => void {
  return (ctx, a) => {
    const size = a.sz + 2;
    if (size === 3 && a.Q === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    fastOrSlow(b, (slow) => {
      guardMode(b, slow);
      let n = ldv(b, a.Rn), m = zero ? zeroV(b) : ldv(b, a.Rm);
      const ordered = v2(b, (d) => b.vfcmp(d, n, n, size, FCond.EQ));
      if (zero) {
        allLanes(b, ordered, size, a.Q, slow);
      } else {
        const other = v2(b, (d) => b.vfcmp(d, m, m, size, FCond.EQ));
        allLanes(b, v2(b, (d) => b.vand(d, ordered, other)), size, a.Q, slow);
      }
      if (abs) {
        n = magnitudeV(b, n, size);
        m = magnitudeV(b, m, size);
      }
      stv(b, a.Rd, v2(b, (d) => b.vfcmp(d, n, m, size, cond)), a.Q);
    }, () => callHelper(b, 'fp_op', fpDesc(op, size, lanesOf(a.Q, size), zero ? FpDesc.ZERO : 0), fpRegs(a.Rd, a.Rn, zero ? 0 : a.Rm)));
  };
}

export const FCMEQ_V = compareV(FpOp.CMEQ, FCond.EQ, false, false);
export const FCMEQ_VH = helperVH(FpOp.CMEQ);
export const FCMEQ_S = helperS(FpOp.CMEQ);
export const FCMEQ_SH = helperSH(FpOp.CMEQ);
export const FCMGE_V = compareV(FpOp.CMGE, FCond.GE, false, false);
export const FCMGE_VH = helperVH(FpOp.CMGE);
export const FCMGE_S = helperS(FpOp.CMGE);
export const FCMGE_SH = helperSH(FpOp.CMGE);
export const FCMGT_V = compareV(FpOp.CMGT, FCond.GT, false, false);
export const FCMGT_VH = helperVH(FpOp.CMGT);
export const FCMGT_S = helperS(FpOp.CMGT);
export const FCMGT_SH = helperSH(FpOp.CMGT);
export const FACGE_V = compareV(FpOp.ACGE, FCond.GE, true, false);
export const FACGE_VH = helperVH(FpOp.ACGE);
export const FACGE_S = helperS(FpOp.ACGE);
export const FACGE_SH = helperSH(FpOp.ACGE);
export const FACGT_V = compareV(FpOp.ACGT, FCond.GT, true, false);
export const FACGT_VH = helperVH(FpOp.ACGT);
export const FACGT_S = helperS(FpOp.ACGT);
export const FACGT_SH = helperSH(FpOp.ACGT);
export const FCMEQ_zero_V = compareV(FpOp.CMEQ, FCond.EQ, false, true);
export const FCMEQ_zero_VH = helperVH(FpOp.CMEQ, FpDesc.ZERO);
export const FCMEQ_zero_S = helperS(FpOp.CMEQ, FpDesc.ZERO);
export const FCMEQ_zero_SH = helperSH(FpOp.CMEQ, FpDesc.ZERO);
export const FCMGE_zero_V = compareV(FpOp.CMGE, FCond.GE, false, true);
export const FCMGE_zero_VH = helperVH(FpOp.CMGE, FpDesc.ZERO);
export const FCMGE_zero_S = helperS(FpOp.CMGE, FpDesc.ZERO);
export const FCMGE_zero_SH = helperSH(FpOp.CMGE, FpDesc.ZERO);
export const FCMGT_zero_V = compareV(FpOp.CMGT, FCond.GT, false, true);
export const FCMGT_zero_VH = helperVH(FpOp.CMGT, FpDesc.ZERO);
export const FCMGT_zero_S = helperS(FpOp.CMGT, FpDesc.ZERO);
export const FCMGT_zero_SH = helperSH(FpOp.CMGT, FpDesc.ZERO);
export const FCMLE_zero_V = compareV(FpOp.CMLE, FCond.LE, false, true);
export const FCMLE_zero_VH = helperVH(FpOp.CMLE, FpDesc.ZERO);
export const FCMLE_zero_S = helperS(FpOp.CMLE, FpDesc.ZERO);
export const FCMLE_zero_SH = helperSH(FpOp.CMLE, FpDesc.ZERO);
export const FCMLT_zero_V = compareV(FpOp.CMLT, FCond.LT, false, true);
export const FCMLT_zero_VH = helperVH(FpOp.CMLT, FpDesc.ZERO);
export const FCMLT_zero_S = helperS(FpOp.CMLT, FpDesc.ZERO);
export const FCMLT_zero_SH = helperSH(FpOp.CMLT, FpDesc.ZERO);

// Pairwise

export function FADDP_V(ctx: A64Context, a: FV3): void {
  const size = a.sz + 2;
  if (size === 3 && a.Q === 0) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const n = ldv(b, a.Rn), m = ldv(b, a.Rm);
  arithmetic(b, ADD, size, a.Q, a.Rd, pairLanes(b, n, m, size, a.Q, 0), pairLanes(b, n, m, size, a.Q, 1), () =>
    callHelper(b, 'fp_op', fpDesc(FpOp.ADD, size, lanesOf(a.Q, size), FpDesc.PAIR), fpRegs(a.Rd, a.Rn, a.Rm)));
}
export const FADDP_VH = helperVH(FpOp.ADD, FpDesc.PAIR);
export const FMAXP_V = helperV(FpOp.MAX, FpDesc.PAIR);
export const FMAXP_VH = helperVH(FpOp.MAX, FpDesc.PAIR);
export const FMINP_V = helperV(FpOp.MIN, FpDesc.PAIR);
export const FMINP_VH = helperVH(FpOp.MIN, FpDesc.PAIR);
export const FMAXNMP_V = helperV(FpOp.MAXNM, FpDesc.PAIR);
export const FMAXNMP_VH = helperVH(FpOp.MAXNM, FpDesc.PAIR);
export const FMINNMP_V = helperV(FpOp.MINNM, FpDesc.PAIR);
export const FMINNMP_VH = helperVH(FpOp.MINNM, FpDesc.PAIR);

/** Scalar pairwise: both operands in Vn. */
function pairS(op: number): (ctx: A64Context, a: F2 & { sz: number }) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, a.sz + 2, 1, FpDesc.PAIR), fpRegs(a.Rd, a.Rn, a.Rn));
  };
}
function pairSH(op: number): (ctx: A64Context, a: F2) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, 1, 1, FpDesc.PAIR), fpRegs(a.Rd, a.Rn, a.Rn));
  };
}
export const FADDP_pair = pairS(FpOp.ADD);
export const FADDP_pairH = pairSH(FpOp.ADD);
export const FMAXP_pair = pairS(FpOp.MAX);
export const FMAXP_pairH = pairSH(FpOp.MAX);
export const FMINP_pair = pairS(FpOp.MIN);
export const FMINP_pairH = pairSH(FpOp.MIN);
export const FMAXNMP_pair = pairS(FpOp.MAXNM);
export const FMAXNMP_pairH = pairSH(FpOp.MAXNM);
export const FMINNMP_pair = pairS(FpOp.MINNM);
export const FMINNMP_pairH = pairSH(FpOp.MINNM);

// By element

export type FE = F3 & { sz: number; L: number; M: number; H: number };
type FEH = F3 & { L: number; M: number; H: number };

function element(op: number, scalar: boolean): (ctx: A64Context, a: FE & { Q: number }) => void {
  return (ctx, a) => {
    const size = a.sz + 2, q = scalar ? 0 : a.Q;
    if ((size === 3 && a.L !== 0) || (!scalar && size === 3 && q === 0)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const rm = a.Rm | (a.M << 4), index = size === 3 ? a.H : (a.H << 1) | a.L;
    const lanes = scalar ? 1 : lanesOf(q, size);
    const slowCall = (): void => callHelper(b, 'fp_op', fpDesc(op, size, lanes, FpDesc.ELEM | (index << FpDesc.INDEX_SHIFT)), fpRegs(a.Rd, a.Rn, rm, a.Rd));
    if (size === 3 && (op === FpOp.MLA || op === FpOp.MLS)) {
      return fusedDouble(b, op, q, a.Rd, ldv(b, a.Rd), ldv(b, a.Rn), splatLane(b, ldv(b, rm), 3, index), slowCall);
    }
    if (op !== FpOp.MUL || scalar) return slowCall();
    arithmetic(b, MUL, size, q, a.Rd, ldv(b, a.Rn), splatLane(b, ldv(b, rm), size, index), slowCall);
  };
}
function elementH(op: number, scalar: boolean): (ctx: A64Context, a: FEH & { Q: number }) => void {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b === null) return;
    const index = (a.H << 2) | (a.L << 1) | a.M, lanes = scalar ? 1 : lanesOf(a.Q, 1);
    callHelper(b, 'fp_op', fpDesc(op, 1, lanes, FpDesc.ELEM | (index << FpDesc.INDEX_SHIFT)), fpRegs(a.Rd, a.Rn, a.Rm, a.Rd));
  };
}
export const FMLA_E = element(FpOp.MLA, false);
export const FMLA_EH = elementH(FpOp.MLA, false);
export const FMLA_ES = element(FpOp.MLA, true);
export const FMLA_ESH = elementH(FpOp.MLA, true);
export const FMLS_E = element(FpOp.MLS, false);
export const FMLS_EH = elementH(FpOp.MLS, false);
export const FMLS_ES = element(FpOp.MLS, true);
export const FMLS_ESH = elementH(FpOp.MLS, true);
export const FMUL_E = element(FpOp.MUL, false);
export const FMUL_EH = elementH(FpOp.MUL, false);
export const FMUL_ES = element(FpOp.MUL, true);
export const FMUL_ESH = elementH(FpOp.MUL, true);
export const FMULX_E = element(FpOp.MULX, false);
export const FMULX_EH = elementH(FpOp.MULX, false);
export const FMULX_ES = element(FpOp.MULX, true);
export const FMULX_ESH = elementH(FpOp.MULX, true);
