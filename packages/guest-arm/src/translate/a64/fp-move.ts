/** Scalar floating point: moves, selects, compares (Arm ARM C4.1.97). */
import { type Builder, Cond, FCond } from '@mttcg/tcg-ir';
import { CF, ENV, NF, VF, vOffset, ZF } from '../../cpu/env.ts';
import { H } from '../../helper/index.ts';
import { Fpcr } from '../../softfloat/format.ts';
import type { A64Context } from './context.ts';
import { fastOrSlow, formatOf, ldScalar, newScalar, setFlags, setFlagsConst, stScalar } from './fp-core.ts';
import { type F2, fpBuilder, ldLane32, ldLane64, readW, readX, writeScalar32, writeScalar64, writeW, writeX } from './simd-core.ts';
import { expandImm } from './simd-perm.ts';

export function FMOV_reg(ctx: A64Context, a: F2 & { ftype: number }): void {
  const fmt = formatOf(ctx, a.ftype);
  if (fmt === 0) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b !== null) stScalar(b, fmt, a.Rd, ldScalar(b, fmt, a.Rn));
}

export function FMOV_imm(ctx: A64Context, a: { ftype: number; imm8: number; Rd: number }): void {
  const fmt = formatOf(ctx, a.ftype);
  if (fmt === 0) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const v = expandImm(a.imm8, fmt);
  b.stV128(fmt === 3 ? b.constV128(0, v, 0, 0) : b.constV128(v, 0, 0, 0), b.env, vOffset(a.Rd));
}

export function FMOV_W_S(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b !== null) writeW(b, a.Rd, ldLane32(b, a.Rn, 2, 0));
}
export function FMOV_S_W(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b !== null) writeScalar32(b, a.Rd, readW(b, a.Rn));
}
export function FMOV_X_D(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b !== null) writeX(b, a.Rd, ldLane64(b, a.Rn, 0));
}
export function FMOV_D_X(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b !== null) writeScalar64(b, a.Rd, readX(b, a.Rn));
}
export function FMOV_X_D1(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b !== null) writeX(b, a.Rd, ldLane64(b, a.Rn, 1));
}
export function FMOV_D1_X(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b !== null) b.stI64(readX(b, a.Rn), b.env, vOffset(a.Rd) + 8);
}
export function FMOV_R_H(ctx: A64Context, a: F2 & { sf: number }): void {
  const b = fpBuilder(ctx);
  if (b !== null) writeW(b, a.Rd, ldLane32(b, a.Rn, 1, 0));
}
export function FMOV_H_R(ctx: A64Context, a: F2 & { sf: number }): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const t = b.newI32();
  b.andI32(t, readW(b, a.Rn), b.constI32(0xffff));
  writeScalar32(b, a.Rd, t);
}

export function FCSEL(ctx: A64Context, a: F2 & { ftype: number; Rm: number; cond: number }): void {
  const fmt = formatOf(ctx, a.ftype);
  if (fmt === 0) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const t = newScalar(b, fmt), n = ldScalar(b, fmt, a.Rn), m = ldScalar(b, fmt, a.Rm);
  if (fmt === 3) ctx.select(t, a.cond, n, m);
  else ctx.select32(t, a.cond, n, m);
  stScalar(b, fmt, a.Rd, t);
}

/** Compare and set NZCV. Fast for two numbers unless denormals are flushed. */
function compare(b: Builder, fmt: number, rn: number, rm: number, signalAll: boolean, zero: boolean): void {
  const slowCall = (): void => {
    const r = b.newI32();
    b.call(H['fp_cmp']!, r, b.constI32(fmt | (signalAll ? 4 : 0) | (zero ? 8 : 0)), b.constI32((rn << 5) | ((zero ? 0 : rm) << 10)));
    setFlags(b, r);
  };
  if (fmt === 1) return slowCall();
  fastOrSlow(b, (slow) => {
    const c = b.newI32();
    b.ldI32(c, b.env, ENV.fpcr);
    b.brcondI32(c, b.constI32(Fpcr.FZ), Cond.TSTNE, slow);
    const n = ldScalar(b, fmt, rn);
    const m = zero ? (fmt === 3 ? b.constI64(0, 0) : b.constI32(0)) : ldScalar(b, fmt, rm);
    const lt = b.newI32(), eq = b.newI32(), ge = b.newI32(), any = b.newI32(), w = b.newI64();
    const set = (t: number, cond: number): void => (fmt === 3 ? b.fsetcondF64(t, n, m, cond) : b.fsetcondF32(t, n, m, cond));
    set(lt, FCond.LT);
    set(ge, FCond.GE);
    set(eq, FCond.EQ);
    b.orI32(any, lt, ge);
    b.brcondI32(any, b.constI32(0), Cond.EQ, slow);
    b.extuI64I32(w, lt);
    b.shliI64(NF, w, 63);
    b.xorI32(eq, eq, b.constI32(1));
    b.extuI64I32(ZF, eq);
    b.movI32(CF, ge);
    b.movI64(VF, b.constI64(0, 0));
  }, slowCall);
}

interface Cmp { ftype: number; Rn: number }
/** `zero` rows have no Rm: what the field holds then is not used. */
function cmp(signalAll: boolean, zero: boolean): (ctx: A64Context, a: Cmp & { Rm: number }) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b !== null) compare(b, fmt, a.Rn, a.Rm, signalAll, zero);
  };
}
export const FCMP: (ctx: A64Context, a: Cmp & { Rm: number }) => void = cmp(false, false);
export const FCMPE: (ctx: A64Context, a: Cmp & { Rm: number }) => void = cmp(true, false);
export const FCMP_zero: (ctx: A64Context, a: Cmp & { Rm: number }) => void = cmp(false, true);
export const FCMPE_zero: (ctx: A64Context, a: Cmp & { Rm: number }) => void = cmp(true, true);

function ccmp(signalAll: boolean): (ctx: A64Context, a: Cmp & { Rm: number; cond: number; nzcv: number }) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const doCompare = b.newLabel(), end = b.newLabel();
    ctx.flagState.branch(a.cond, doCompare);
    if (a.cond < 14) {
      setFlagsConst(b, a.nzcv);
      b.br(end);
    }
    b.setLabel(doCompare);
    compare(b, fmt, a.Rn, a.Rm, signalAll, false);
    b.setLabel(end);
  };
}
export const FCCMP = ccmp(false);
export const FCCMPE = ccmp(true);
