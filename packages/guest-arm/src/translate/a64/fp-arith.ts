/** Scalar floating point: one, two and three sources (Arm ARM C4.1.97). */
import { type Builder, Cond, FCond, type Temp } from '@mttcg/tcg-ir';
import { FpDesc, fpDesc, FpOp, fpRegs } from '../../helper/fp-desc.ts';
import type { A64Context } from './context.ts';
import {
  fastOrSlow, formatOf, guardInexact, guardMode, jumpOrdinary, jumpZero, ldScalar, magnitude, newScalar, stScalar,
} from './fp-core.ts';
import { fusedDouble } from './fp-fma.ts';
import { callHelper, type F2, type F3, fpBuilder, ldv } from './simd-core.ts';

type P2 = F2 & { ftype: number };
type P3 = F3 & { ftype: number };
type P4 = P3 & { Ra: number };

/** When a zero result is exact: always (sums), when a factor is zero, when the first operand is zero. */
const Zero = { ALWAYS: 0, EITHER: 1, FIRST: 2 } as const;

/** Arithmetic with the fast path for ordinary results; `emit` makes the single or double operation. */
function arithmetic(
  b: Builder, fmt: number, op: number, regs: number, d: number, operands: readonly Temp[], zero: number, emit: (t: Temp) => void,
): void {
  const slowCall = (): void => callHelper(b, 'fp_op', fpDesc(op, fmt, 1), regs);
  if (fmt === 1) return slowCall();
  fastOrSlow(b, (slow) => {
    guardInexact(b, slow);
    const t = newScalar(b, fmt), ok = b.newLabel();
    emit(t);
    const mag = magnitude(b, fmt, t);
    jumpOrdinary(b, fmt, mag, ok);
    jumpZero(b, fmt, mag, Cond.NE, slow);
    if (zero !== Zero.ALWAYS) {
      jumpZero(b, fmt, magnitude(b, fmt, operands[0]!), zero === Zero.EITHER ? Cond.EQ : Cond.NE, zero === Zero.EITHER ? ok : slow);
      if (zero === Zero.EITHER) jumpZero(b, fmt, magnitude(b, fmt, operands[1]!), Cond.NE, slow);
    }
    b.setLabel(ok);
    stScalar(b, fmt, d, t);
  }, slowCall);
}

function binary(op: number, zero: number, emit: (b: Builder, double: boolean, t: Temp, n: Temp, m: Temp) => void): (ctx: A64Context, a: P3) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const n = fmt === 1 ? 0 : ldScalar(b, fmt, a.Rn), m = fmt === 1 ? 0 : ldScalar(b, fmt, a.Rm);
    arithmetic(b, fmt, op, fpRegs(a.Rd, a.Rn, a.Rm), a.Rd, [n, m], zero, (t) => emit(b, fmt === 3, t, n, m));
  };
}

export const FADD = binary(FpOp.ADD, Zero.ALWAYS, (b, dbl, t, n, m) => (dbl ? b.faddF64(t, n, m) : b.faddF32(t, n, m)));
export const FSUB = binary(FpOp.SUB, Zero.ALWAYS, (b, dbl, t, n, m) => (dbl ? b.fsubF64(t, n, m) : b.fsubF32(t, n, m)));
export const FMUL = binary(FpOp.MUL, Zero.EITHER, (b, dbl, t, n, m) => (dbl ? b.fmulF64(t, n, m) : b.fmulF32(t, n, m)));
export const FDIV = binary(FpOp.DIV, Zero.FIRST, (b, dbl, t, n, m) => (dbl ? b.fdivF64(t, n, m) : b.fdivF32(t, n, m)));
export const FNMUL = binary(FpOp.NMUL, Zero.EITHER, (b, dbl, t, n, m) => {
  if (dbl) {
    b.fmulF64(t, n, m);
    b.fnegF64(t, t);
  } else {
    b.fmulF32(t, n, m);
    b.fnegF32(t, t);
  }
});

export function FSQRT(ctx: A64Context, a: P2): void {
  const fmt = formatOf(ctx, a.ftype);
  if (fmt === 0) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const n = fmt === 1 ? 0 : ldScalar(b, fmt, a.Rn);
  arithmetic(b, fmt, FpOp.SQRT, fpRegs(a.Rd, a.Rn), a.Rd, [n], Zero.FIRST, (t) => (fmt === 3 ? b.fsqrtF64(t, n) : b.fsqrtF32(t, n)));
}

/** Largest or smallest of two numbers that compare different, or are the same bits. NaNs and two zeros are slow. */
function minMax(op: number, wantMax: boolean): (ctx: A64Context, a: P3) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const slowCall = (): void => callHelper(b, 'fp_op', fpDesc(op, fmt, 1), fpRegs(a.Rd, a.Rn, a.Rm));
    if (fmt === 1) return slowCall();
    fastOrSlow(b, (slow) => {
      guardMode(b, slow);
      const n = ldScalar(b, fmt, a.Rn), m = ldScalar(b, fmt, a.Rm);
      const gt = b.newI32(), lt = b.newI32(), any = b.newI32(), t = newScalar(b, fmt);
      if (fmt === 3) {
        b.fsetcondF64(gt, n, m, FCond.GT);
        b.fsetcondF64(lt, n, m, FCond.LT);
      } else {
        b.fsetcondF32(gt, n, m, FCond.GT);
        b.fsetcondF32(lt, n, m, FCond.LT);
      }
      b.orI32(any, gt, lt);
      b.brcondI32(any, b.constI32(0), Cond.EQ, slow);
      const first = wantMax ? gt : lt, skip = b.newLabel();
      if (fmt === 3) b.movI64(t, n);
      else b.movI32(t, n);
      b.brcondI32(first, b.constI32(0), Cond.NE, skip);
      if (fmt === 3) b.movI64(t, m);
      else b.movI32(t, m);
      b.setLabel(skip);
      stScalar(b, fmt, a.Rd, t);
    }, slowCall);
  };
}
export const FMAX = minMax(FpOp.MAX, true);
export const FMIN = minMax(FpOp.MIN, false);
export const FMAXNM = minMax(FpOp.MAXNM, true);
export const FMINNM = minMax(FpOp.MINNM, false);

/** Sign operations: on the bits, whatever the value. */
function sign(emit32: (b: Builder, t: Temp, n: Temp, bit: number) => void, emit64: (b: Builder, t: Temp, n: Temp) => void): (ctx: A64Context, a: P2) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const n = ldScalar(b, fmt, a.Rn), t = newScalar(b, fmt);
    if (fmt === 3) emit64(b, t, n);
    else emit32(b, t, n, fmt === 2 ? 0x80000000 | 0 : 0x8000);
    stScalar(b, fmt, a.Rd, t);
  };
}
export const FABS = sign((b, t, n, bit) => b.andI32(t, n, b.constI32(~bit)), (b, t, n) => b.andI64(t, n, b.constI64(-1, 0x7fffffff)));
export const FNEG = sign((b, t, n, bit) => b.xorI32(t, n, b.constI32(bit)), (b, t, n) => b.xorI64(t, n, b.constI64(0, 0x80000000 | 0)));

type Rounder = ((b: Builder, double: boolean, t: Temp, n: Temp) => void) | null;
/** Rounding to integral: fast unless the value is a NaN. `exact` needs IXC set already. */
function roundInt(mode: number, exact: boolean, emit: Rounder): (ctx: A64Context, a: P2) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const extra = (mode << FpDesc.MODE_SHIFT) | (exact ? FpDesc.EXACT : 0);
    const slowCall = (): void => callHelper(b, 'fp_op', fpDesc(FpOp.RINT, fmt, 1, extra), fpRegs(a.Rd, a.Rn));
    if (fmt === 1 || emit === null) return slowCall();
    fastOrSlow(b, (slow) => {
      if (exact) guardInexact(b, slow);
      else guardMode(b, slow);
      const n = ldScalar(b, fmt, a.Rn), t = newScalar(b, fmt), mag = magnitude(b, fmt, n);
      if (fmt === 3) b.brcondI64(mag, b.constI64(0, 0x7ff00000), Cond.GTU, slow);
      else b.brcondI32(mag, b.constI32(0x7f800000), Cond.GTU, slow);
      emit(b, fmt === 3, t, n);
      stScalar(b, fmt, a.Rd, t);
    }, slowCall);
  };
}
const nearest: Rounder = (b, dbl, t, n) => (dbl ? b.fnearestF64(t, n) : b.fnearestF32(t, n));
export const FRINTN = roundInt(0, false, nearest);
export const FRINTP = roundInt(1, false, (b, dbl, t, n) => (dbl ? b.fceilF64(t, n) : b.fceilF32(t, n)));
export const FRINTM = roundInt(2, false, (b, dbl, t, n) => (dbl ? b.ffloorF64(t, n) : b.ffloorF32(t, n)));
export const FRINTZ = roundInt(3, false, (b, dbl, t, n) => (dbl ? b.ftruncF64(t, n) : b.ftruncF32(t, n)));
export const FRINTA = roundInt(4, false, null);
export const FRINTX = roundInt(7, true, nearest);
export const FRINTI = roundInt(7, false, nearest);

function roundIntN(op: number, mode: number): (ctx: A64Context, a: P2) => void {
  return (ctx, a) => {
    if (a.ftype > 1) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b !== null) callHelper(b, 'fp_op', fpDesc(op, a.ftype + 2, 1, mode << FpDesc.MODE_SHIFT), fpRegs(a.Rd, a.Rn));
  };
}
export const FRINT32Z = roundIntN(FpOp.RINT32, 3);
export const FRINT32X = roundIntN(FpOp.RINT32, 7);
export const FRINT64Z = roundIntN(FpOp.RINT64, 3);
export const FRINT64X = roundIntN(FpOp.RINT64, 7);

/**
 * Fused multiply-add. Single: the product is exact in double, and rounding the double sum again is right unless it fell
 * on the middle between two singles. Double: see fp-fma.ts.
 */
function mulAdd(op: number): (ctx: A64Context, a: P4) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const slowCall = (): void => callHelper(b, 'fp_op', fpDesc(op, fmt, 1), fpRegs(a.Rd, a.Rn, a.Rm, a.Ra));
    if (fmt === 1) return slowCall();
    if (fmt === 3) return fusedDouble(b, op, 0, a.Rd, ldv(b, a.Ra), ldv(b, a.Rn), ldv(b, a.Rm), slowCall);
    fastOrSlow(b, (slow) => {
      guardInexact(b, slow);
      const wide = (r: number): Temp => {
        const t = b.newI64();
        b.fcvtF64F32(t, ldScalar(b, 2, r));
        return t;
      };
      const n = wide(a.Rn), m = wide(a.Rm), c = wide(a.Ra);
      const s = b.newI64(), low = b.newI64(), t = b.newI32(), ok = b.newLabel();
      b.fmulF64(s, n, m);
      if (op === FpOp.MLS || op === FpOp.NMLA) b.fnegF64(s, s);
      if (op === FpOp.NMLA || op === FpOp.NMLS) b.fsubF64(s, s, c);
      else b.faddF64(s, s, c);
      b.andI64(low, s, b.constI64(0x1fffffff, 0));
      b.brcondI64(low, b.constI64(0x10000000, 0), Cond.EQ, slow);
      b.fcvtF32F64(t, s);
      jumpOrdinary(b, 2, magnitude(b, 2, t), ok);
      jumpZero(b, 3, magnitude(b, 3, s), Cond.NE, slow);
      b.setLabel(ok);
      stScalar(b, 2, a.Rd, t);
    }, slowCall);
  };
}
export const FMADD = mulAdd(FpOp.MLA);
export const FMSUB = mulAdd(FpOp.MLS);
export const FNMADD = mulAdd(FpOp.NMLA);
export const FNMSUB = mulAdd(FpOp.NMLS);
