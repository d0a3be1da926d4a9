import { Cls, FpFlag, Fmt } from './format.ts';
import { overflow } from './round.ts';
import { type FpState, flushes, invalid, processNaN, setInf, setResult, setZero, unpack } from './state.ts';

/** Arm ARM RecipEstimate: 9-bit fixed point 0.5..1 (256..511) to its reciprocal 1..2 (256..511). */
function recipEstimate(a: number): number {
  const b = Math.trunc(0x80000 / (a * 2 + 1));
  return (b + 1) >> 1;
}

/** Arm ARM RecipSqrtEstimate: 128..511 (0.25..1) to 256..511. */
function recipSqrtEstimate(a: number): number {
  a = a < 256 ? a * 2 + 1 : ((a | 1) << 1);
  let b = 512;
  while (a * (b + 1) * (b + 1) < 0x10000000) b++;
  return (b + 1) >> 1;
}

/** Assembles sign, exponent field and the top 8 fraction bits, plus `extra` bits: fraction = frac10 / 2^10. */
function assemble(s: FpState, fmt: number, sign: number, exp: number, frac10: number): void {
  if (fmt === Fmt.D) setResult(s, 0, (sign << 31) | (exp << 20) | (frac10 << 10));
  else if (fmt === Fmt.S) setResult(s, (sign << 31) | (exp << 23) | (frac10 << 13), 0);
  else setResult(s, (sign << 15) | (exp << 10) | frac10, 0);
}

/** FRECPE. */
export function fpRecipEstimate(s: FpState, fmt: number, lo: number, hi: number): void {
  const a = s.a;
  unpack(s, a, fmt, lo, hi);
  if (a.cls >= Cls.QNAN) {
    processNaN(s, fmt, a);
    return;
  }
  if (a.cls === Cls.INF) {
    setZero(s, fmt, a.sign);
    return;
  }
  if (a.cls === Cls.ZERO) {
    s.flags |= FpFlag.DZC;
    setInf(s, fmt, a.sign);
    return;
  }
  // Magnitudes whose reciprocal is over the largest number.
  if (a.exp < (fmt === Fmt.D ? -1024 : fmt === Fmt.S ? -128 : -16)) {
    overflow(s, fmt, a.sign, s.rmode);
    return;
  }
  if (flushes(s, fmt) && a.exp >= (fmt === Fmt.D ? 1022 : fmt === Fmt.S ? 126 : 14)) {
    s.flags |= FpFlag.UFC;
    setZero(s, fmt, a.sign);
    return;
  }
  const bias = fmt === Fmt.D ? 1023 : fmt === Fmt.S ? 127 : 15;
  const exp = bias - 1 - a.exp;
  const frac = recipEstimate(a.hi >>> 23) & 0xff;
  if (exp > 0) assemble(s, fmt, a.sign, exp, frac << 2);
  else if (exp === 0) assemble(s, fmt, a.sign, 0, 0x200 | (frac << 1));
  else assemble(s, fmt, a.sign, 0, 0x100 | frac);
}

/** FRSQRTE. */
export function fpRSqrtEstimate(s: FpState, fmt: number, lo: number, hi: number): void {
  const a = s.a;
  unpack(s, a, fmt, lo, hi);
  if (a.cls >= Cls.QNAN) {
    processNaN(s, fmt, a);
    return;
  }
  if (a.cls === Cls.ZERO) {
    s.flags |= FpFlag.DZC;
    setInf(s, fmt, a.sign);
    return;
  }
  if (a.sign !== 0) {
    invalid(s, fmt);
    return;
  }
  if (a.cls === Cls.INF) {
    setZero(s, fmt, 0);
    return;
  }
  const bias = fmt === Fmt.D ? 1023 : fmt === Fmt.S ? 127 : 15;
  const e = a.exp + bias;
  const scaled = (e & 1) === 0 ? a.hi >>> 23 : a.hi >>> 24;
  const exp = Math.floor((3 * bias - 1 - e) / 2);
  assemble(s, fmt, 0, exp, (recipSqrtEstimate(scaled) & 0xff) << 2);
}

/** URECPE: 32-bit unsigned fixed point. */
export function unsignedRecipEstimate(v: number): number {
  return v >= 0 ? -1 : recipEstimate(v >>> 23) << 23;
}

/** URSQRTE: 32-bit unsigned fixed point. */
export function unsignedRSqrtEstimate(v: number): number {
  return v >>> 30 === 0 ? -1 : recipSqrtEstimate(v >>> 23) << 23;
}
