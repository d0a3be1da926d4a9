/** Scalar floating point: conversions (Arm ARM C4.1.97). */
import { type Builder, Cond, FCond, NO_TEMP, type Temp } from '@mttcg/tcg-ir';
import { CF, ENV, NF, VF, ZF } from '../../cpu/env.ts';
import { FP_TO_INT_64 } from '../../helper/fp.ts';
import { FpDesc, fpDesc, FpOp, fpRegs } from '../../helper/fp-desc.ts';
import { H } from '../../helper/index.ts';
import { Fpcr, FpFlag } from '../../softfloat/format.ts';
import type { A64Context } from './context.ts';
import { fastOrSlow, formatOf, guardInexact, guardMode, jumpOrdinary, jumpZero, ldScalar, magnitude, newScalar, stScalar } from './fp-core.ts';
import { callHelper, type F2, fpBuilder, readW, readX, writeX } from './simd-core.ts';

type P = F2 & { ftype: number };
type PI = P & { sf: number };

export function FCVT(ctx: A64Context, a: P & { opc: number }): void {
  const from = a.ftype === 3 ? 1 : a.ftype + 2, to = a.opc === 3 ? 1 : a.opc + 2;
  if (a.ftype === 2 || a.opc === 2 || a.ftype === a.opc) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const slowCall = (): void => callHelper(b, 'fp_op', fpDesc(FpOp.TO_HALF + to - 1, from, 1), fpRegs(a.Rd, a.Rn));
  if (from === 1 || to === 1) return slowCall();
  fastOrSlow(b, (slow) => {
    const n = ldScalar(b, from, a.Rn), t = newScalar(b, to), mag = magnitude(b, from, n);
    if (to === 3) {
      guardMode(b, slow);
      b.brcondI32(mag, b.constI32(0x7f800000), Cond.GTU, slow);
      b.fcvtF64F32(t, n);
    } else {
      guardInexact(b, slow);
      const ok = b.newLabel();
      b.fcvtF32F64(t, n);
      jumpOrdinary(b, 2, magnitude(b, 2, t), ok);
      jumpZero(b, 3, mag, Cond.NE, slow);
      b.setLabel(ok);
    }
    stScalar(b, to, a.Rd, t);
  }, slowCall);
}

/** Slow path of a conversion to an integer: the helper's result is zero-extended. */
function toIntHelper(b: Builder, fmt: number, a: F2 & { sf: number }, signed: boolean, mode: number, fbits: number): void {
  const t = b.newI64();
  const desc = fpDesc(FpOp.TO_INT, fmt, 1, (mode << FpDesc.MODE_SHIFT) | (signed ? FpDesc.SIGNED : 0)) | (a.sf !== 0 ? FP_TO_INT_64 : 0);
  b.call(H['fp_to_int']!, t, b.constI32(desc), b.constI32(fpRegs(0, a.Rn, 0, 0, fbits)));
  writeX(b, a.Rd, t);
}

/** Rounds as asked, then truncates; wasm's truncation saturates and cannot be told from a value in range, so both are checked. */
function toInt(signed: boolean, mode: number): (ctx: A64Context, a: PI) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const slowCall = (): void => toIntHelper(b, fmt, a, signed, mode, 0);
    if (fmt === 1 || mode === 4) return slowCall();
    fastOrSlow(b, (slow) => {
      const n = ldScalar(b, fmt, a.Rn), dbl = fmt === 3;
      const rounded = mode === 3 ? n : newScalar(b, fmt);
      if (mode !== 3) roundTo(b, dbl, mode, rounded, n);
      // In range: magnitude below 2^31, 2^32, 2^63, 2^64; for unsigned the sign bit must be clear too.
      const bits = (a.sf !== 0 ? 64 : 32) - (signed ? 1 : 0);
      const test = signed ? magnitude(b, fmt, rounded) : rounded;
      if (dbl) b.brcondI64(test, b.constI64(0, (1023 + bits) << 20), Cond.GEU, slow);
      else b.brcondI32(test, b.constI32((127 + bits) << 23), Cond.GEU, slow);
      const r = a.sf !== 0 ? b.newI64() : b.newI32(), back = newScalar(b, fmt);
      truncate(b, dbl, a.sf !== 0, signed, r, rounded);
      // Exact, or inexactness and flushed denormals need no notice.
      const exact = b.newLabel(), eq = b.newI32();
      fromInteger(b, dbl, a.sf !== 0, signed, back, r);
      if (dbl) b.fsetcondF64(eq, back, n, FCond.EQ);
      else b.fsetcondF32(eq, back, n, FCond.EQ);
      b.brcondI32(eq, b.constI32(0), Cond.NE, exact);
      const fpcr = b.newI32(), fpsr = b.newI32();
      b.ldI32(fpcr, b.env, ENV.fpcr);
      b.ldI32(fpsr, b.env, ENV.fpsr);
      b.andI32(fpcr, fpcr, b.constI32(Fpcr.FZ));
      b.andI32(fpsr, fpsr, b.constI32(FpFlag.IXC));
      b.orI32(fpcr, fpcr, fpsr);
      b.brcondI32(fpcr, b.constI32(FpFlag.IXC), Cond.NE, slow);
      b.setLabel(exact);
      if (a.sf !== 0) {
        writeX(b, a.Rd, r);
      } else {
        const w = b.newI64();
        b.extuI64I32(w, r);
        writeX(b, a.Rd, w);
      }
    }, slowCall);
  };
}

/** t = n rounded to an integral value: to nearest, up, down. */
function roundTo(b: Builder, dbl: boolean, mode: number, t: Temp, n: Temp): void {
  if (mode === 0) return dbl ? b.fnearestF64(t, n) : b.fnearestF32(t, n);
  if (mode === 1) return dbl ? b.fceilF64(t, n) : b.fceilF32(t, n);
  return dbl ? b.ffloorF64(t, n) : b.ffloorF32(t, n);
}

function truncate(b: Builder, dbl: boolean, wide: boolean, signed: boolean, r: Temp, v: Temp): void {
  if (wide && dbl) return signed ? b.fcvtI64sF64(r, v) : b.fcvtI64uF64(r, v);
  if (wide) return signed ? b.fcvtI64sF32(r, v) : b.fcvtI64uF32(r, v);
  if (dbl) return signed ? b.fcvtI32sF64(r, v) : b.fcvtI32uF64(r, v);
  return signed ? b.fcvtI32sF32(r, v) : b.fcvtI32uF32(r, v);
}

function fromInteger(b: Builder, dbl: boolean, wide: boolean, signed: boolean, t: Temp, r: Temp): void {
  if (wide && dbl) return signed ? b.fcvtF64I64s(t, r) : b.fcvtF64I64u(t, r);
  if (wide) return signed ? b.fcvtF32I64s(t, r) : b.fcvtF32I64u(t, r);
  if (dbl) return signed ? b.fcvtF64I32s(t, r) : b.fcvtF64I32u(t, r);
  return signed ? b.fcvtF32I32s(t, r) : b.fcvtF32I32u(t, r);
}

export const FCVTNS = toInt(true, 0);
export const FCVTNU = toInt(false, 0);
export const FCVTPS = toInt(true, 1);
export const FCVTPU = toInt(false, 1);
export const FCVTMS = toInt(true, 2);
export const FCVTMU = toInt(false, 2);
export const FCVTZS = toInt(true, 3);
export const FCVTZU = toInt(false, 3);
export const FCVTAS = toInt(true, 4);
export const FCVTAU = toInt(false, 4);

/** Integer operand as a 64-bit temp. */
function extended(b: Builder, a: F2 & { sf: number }, signed: boolean): Temp {
  if (a.sf !== 0) return readX(b, a.Rn);
  const t = b.newI64();
  if (signed) b.sextractI64(t, readX(b, a.Rn), 0, 32);
  else b.extractI64(t, readX(b, a.Rn), 0, 32);
  return t;
}

function fromIntHelper(b: Builder, fmt: number, a: F2 & { sf: number }, signed: boolean, fbits: number): void {
  const desc = fpDesc(FpOp.FROM_INT, fmt, 1, signed ? FpDesc.SIGNED : 0);
  b.call(H['fp_from_int']!, NO_TEMP, b.constI32(desc), b.constI32(fpRegs(a.Rd, 0, 0, 0, fbits)), extended(b, a, signed));
}

/** 32 bits fit a double exactly; the rest may round, which needs the default mode and IXC set. */
function fromInt(signed: boolean): (ctx: A64Context, a: PI) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    if (fmt === 1) return fromIntHelper(b, fmt, a, signed, 0);
    const convert = (): void => {
      const t = newScalar(b, fmt);
      fromInteger(b, fmt === 3, a.sf !== 0, signed, t, a.sf !== 0 ? readX(b, a.Rn) : readW(b, a.Rn));
      stScalar(b, fmt, a.Rd, t);
    };
    if (fmt === 3 && a.sf === 0) return convert();
    fastOrSlow(b, (slow) => {
      // A magnitude below 2^53 (2^24) converts exactly whatever the mode.
      const exact = b.newLabel(), x = extended(b, a, signed), t = b.newI64(), bits = fmt === 3 ? 53 : 24;
      if (signed) {
        b.addI64(t, x, fmt === 3 ? b.constI64(0, 1 << 21) : b.constI64(1 << bits, 0));
        b.brcondI64(t, fmt === 3 ? b.constI64(0, 1 << 22) : b.constI64(2 << bits, 0), Cond.LTU, exact);
      } else {
        b.brcondI64(x, fmt === 3 ? b.constI64(0, 1 << 21) : b.constI64(1 << bits, 0), Cond.LTU, exact);
      }
      guardInexact(b, slow);
      b.setLabel(exact);
      convert();
    }, () => fromIntHelper(b, fmt, a, signed, 0));
  };
}
export const SCVTF = fromInt(true);
export const UCVTF = fromInt(false);

function fixed(to: boolean, signed: boolean): (ctx: A64Context, a: PI & { scale: number }) => void {
  return (ctx, a) => {
    const fmt = formatOf(ctx, a.ftype);
    if (fmt === 0 || (a.sf === 0 && a.scale < 32)) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    if (to) toIntHelper(b, fmt, a, signed, 3, 64 - a.scale);
    else fromIntHelper(b, fmt, a, signed, 64 - a.scale);
  };
}
export const SCVTF_fix = fixed(false, true);
export const UCVTF_fix = fixed(false, false);
export const FCVTZS_fix = fixed(true, true);
export const FCVTZU_fix = fixed(true, false);

export function FJCVTZS(ctx: A64Context, a: F2): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const r = b.newI32(), w = b.newI64(), z = b.newI32();
  b.call(H['fp_jcvt']!, r, b.constI32(a.Rn));
  b.extuI64I32(w, r);
  writeX(b, a.Rd, w);
  b.ldI32(z, b.env, ENV.fpScratch);
  b.xorI32(z, z, b.constI32(1));
  b.extuI64I32(ZF, z);
  b.movI64(NF, b.constI64(0, 0));
  b.movI32(CF, b.constI32(0));
  b.movI64(VF, b.constI64(0, 0));
}

