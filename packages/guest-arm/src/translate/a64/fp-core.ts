import { type Builder, Cond, type Label, type Temp } from '@mttcg/tcg-ir';
import { CF, ENV, NF, VF, ZF } from '../../cpu/env.ts';
import { Feature, hasFeature } from '../../cpu/features.ts';
import { FpFlag, Fpcr } from '../../softfloat/format.ts';
import type { A64Context } from './context.ts';
import { ldLane32, ldLane64, writeScalar32, writeScalar64 } from './simd-core.ts';

/** FPCR bits under which single and double arithmetic is not WebAssembly's. */
const NOT_DEFAULT = Fpcr.RMODE_MASK | Fpcr.FZ | Fpcr.DN;

/** Format (1 half, 2 single, 3 double) of an ftype field; 0 when unallocated on this CPU. */
export function formatOf(ctx: A64Context, ftype: number): number {
  if (ftype === 0) return 2;
  if (ftype === 1) return 3;
  return ftype === 3 && hasFeature(ctx.features, Feature.FP16) ? 1 : 0;
}

/** Jumps to `slow` unless arithmetic is the default one and IXC is set already, so that inexactness needs no notice. */
export function guardInexact(b: Builder, slow: Label): void {
  const c = b.newI32(), s = b.newI32();
  b.ldI32(c, b.env, ENV.fpcr);
  b.ldI32(s, b.env, ENV.fpsr);
  b.andI32(c, c, b.constI32(NOT_DEFAULT));
  b.andI32(s, s, b.constI32(FpFlag.IXC));
  b.orI32(c, c, s);
  b.brcondI32(c, b.constI32(FpFlag.IXC), Cond.NE, slow);
}

/** Jumps to `slow` unless arithmetic is the default one. */
export function guardMode(b: Builder, slow: Label): void {
  const c = b.newI32();
  b.ldI32(c, b.env, ENV.fpcr);
  b.brcondI32(c, b.constI32(NOT_DEFAULT), Cond.TSTNE, slow);
}

export function ldScalar(b: Builder, fmt: number, n: number): Temp {
  return fmt === 3 ? ldLane64(b, n, 0) : ldLane32(b, n, fmt, 0);
}

export function stScalar(b: Builder, fmt: number, d: number, v: Temp): void {
  if (fmt === 3) writeScalar64(b, d, v);
  else writeScalar32(b, d, v);
}

export function newScalar(b: Builder, fmt: number): Temp {
  return fmt === 3 ? b.newI64() : b.newI32();
}

/** Magnitude bits of a single or double. */
export function magnitude(b: Builder, fmt: number, v: Temp): Temp {
  const t = newScalar(b, fmt);
  if (fmt === 3) b.andI64(t, v, b.constI64(-1, 0x7fffffff));
  else b.andI32(t, v, b.constI32(0x7fffffff));
  return t;
}

/** Jumps when the magnitude bits are zero (EQ) or not (NE). */
export function jumpZero(b: Builder, fmt: number, mag: Temp, cond: number, label: Label): void {
  if (fmt === 3) b.brcondI64(mag, b.constI64(0, 0), cond, label);
  else b.brcondI32(mag, b.constI32(0), cond, label);
}

/** Jumps when the magnitude is in [2 * smallest normal, infinity): no rounding to it was tiny, nothing overflowed, no NaN. */
export function jumpOrdinary(b: Builder, fmt: number, mag: Temp, label: Label): void {
  const t = newScalar(b, fmt);
  if (fmt === 3) {
    b.subI64(t, mag, b.constI64(0, 0x00200000));
    b.brcondI64(t, b.constI64(0, 0x7fd00000), Cond.LTU, label);
  } else {
    b.subI32(t, mag, b.constI32(0x01000000));
    b.brcondI32(t, b.constI32(0x7e800000), Cond.LTU, label);
  }
}

/** Runs `fast`, which may jump to the label it gets, else `slow`; both write the result. */
export function fastOrSlow(b: Builder, fast: (slow: Label) => void, slow: () => void): void {
  const slowLabel = b.newLabel(), end = b.newLabel();
  fast(slowLabel);
  b.br(end);
  b.setLabel(slowLabel);
  slow();
  b.setLabel(end);
}

/** NZCV := constant. */
export function setFlagsConst(b: Builder, nzcv: number): void {
  b.movI64(NF, b.constI64(0, (nzcv & 8) << 28));
  b.movI64(ZF, b.constI64((nzcv & 4) !== 0 ? 0 : 1, 0));
  b.movI32(CF, b.constI32((nzcv >> 1) & 1));
  b.movI64(VF, b.constI64(0, (nzcv & 1) << 31));
}

/** NZCV := bits 3-0 of an i32. */
export function setFlags(b: Builder, nzcv: Temp): void {
  const t = b.newI64(), z = b.newI32();
  b.extuI64I32(t, nzcv);
  b.shliI64(NF, t, 60);
  b.shliI64(VF, t, 63);
  b.extractI32(CF, nzcv, 1, 1);
  b.andI32(z, nzcv, b.constI32(4));
  b.xorI32(z, z, b.constI32(4));
  b.extuI64I32(ZF, z);
}

