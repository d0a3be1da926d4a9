import { Cls, FpFlag, Fmt, Fpcr } from './format.ts';
import { normRoundPack, roundPack } from './round.ts';
import { type FpState, processNaNs, setInf, setZero, unpack, type Unpacked } from './state.ts';

/** Results of fpCompare. */
export const Ord = { LESS: -1, EQUAL: 0, GREATER: 1, UNORDERED: 2 } as const;

/** Order of two unpacked operands that are no NaNs. */
function order(a: Unpacked, b: Unpacked): number {
  if (a.cls === Cls.ZERO && b.cls === Cls.ZERO) return 0;
  if (a.cls === Cls.ZERO) return b.sign !== 0 ? 1 : -1;
  if (b.cls === Cls.ZERO || a.sign !== b.sign) return a.sign !== 0 ? -1 : 1;
  const m = magnitude(a, b);
  return a.sign !== 0 ? -m : m;
}

/** Order of the magnitudes of two nonzero operands. */
function magnitude(a: Unpacked, b: Unpacked): number {
  if (a.cls !== b.cls) return a.cls === Cls.INF ? 1 : -1;
  if (a.cls === Cls.INF) return 0;
  if (a.exp !== b.exp) return a.exp > b.exp ? 1 : -1;
  if (a.hi !== b.hi) return a.hi >>> 0 > b.hi >>> 0 ? 1 : -1;
  return a.lo === b.lo ? 0 : a.lo >>> 0 > b.lo >>> 0 ? 1 : -1;
}

/** Compares; a signalling NaN, or with `signalAll` any NaN, raises IOC. */
export function fpCompare(
  s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number, signalAll: boolean,
): number {
  unpack(s, s.a, fmt, alo, ahi);
  unpack(s, s.b, fmt, blo, bhi);
  if (s.a.cls >= Cls.QNAN || s.b.cls >= Cls.QNAN) {
    if (signalAll || s.a.cls === Cls.SNAN || s.b.cls === Cls.SNAN) s.flags |= FpFlag.IOC;
    return Ord.UNORDERED;
  }
  return order(s.a, s.b);
}

/** Result := the unpacked operand (which is no NaN). */
function pick(s: FpState, fmt: number, u: Unpacked): void {
  if (u.cls === Cls.INF) setInf(s, fmt, u.sign);
  else if (u.cls === Cls.ZERO) setZero(s, fmt, u.sign);
  else roundPack(s, fmt, u.sign, u.exp, u.hi, u.lo, s.rmode);
}

function minMaxUnpacked(s: FpState, fmt: number, a: Unpacked, b: Unpacked, wantMax: boolean): void {
  if (processNaNs(s, fmt, a, b)) return;
  if (a.cls === Cls.ZERO && b.cls === Cls.ZERO) setZero(s, fmt, wantMax ? a.sign & b.sign : a.sign | b.sign);
  else pick(s, fmt, wantMax === order(a, b) > 0 ? a : b);
}

/** FMAX, FMIN. */
export function fpMinMax(
  s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number, wantMax: boolean,
): void {
  unpack(s, s.a, fmt, alo, ahi);
  unpack(s, s.b, fmt, blo, bhi);
  minMaxUnpacked(s, fmt, s.a, s.b, wantMax);
}

/** FMAXNM, FMINNM: one quiet NaN gives way to the number. */
export function fpMinMaxNum(
  s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number, wantMax: boolean,
): void {
  const a = s.a, b = s.b;
  unpack(s, a, fmt, alo, ahi);
  unpack(s, b, fmt, blo, bhi);
  if (a.cls === Cls.QNAN && b.cls < Cls.QNAN) pick(s, fmt, b);
  else if (b.cls === Cls.QNAN && a.cls < Cls.QNAN) pick(s, fmt, a);
  else minMaxUnpacked(s, fmt, a, b, wantMax);
}

/** FRECPX: exponent of the reciprocal. */
export function fpRecpX(s: FpState, fmt: number, lo: number, hi: number): void {
  const a = s.a;
  unpack(s, a, fmt, lo, hi);
  if (processNaNs(s, fmt, a, a)) return;
  const bits = fmt === Fmt.D ? hi : lo;
  const shift = fmt === Fmt.D ? 20 : fmt === Fmt.S ? 23 : 10;
  const mask = fmt === Fmt.D ? 0x7ff : fmt === Fmt.S ? 0xff : 0x1f;
  const e = (bits >>> shift) & mask;
  const out = ((e === 0 ? mask - 1 : ~e & mask) << shift) | (a.sign << (fmt === Fmt.H ? 15 : 31));
  if (fmt === Fmt.D) {
    s.lo = 0;
    s.hi = out;
  } else {
    s.lo = out;
    s.hi = 0;
  }
}

/** Absolute difference (FABD): the sign of a NaN result is cleared too, so callers use fpSub and this. */
export function clearSign(s: FpState, fmt: number): void {
  if (fmt === Fmt.D) s.hi &= 0x7fffffff;
  else s.lo &= fmt === Fmt.S ? 0x7fffffff : 0x7fff;
}

/** Format conversion (FCVT between half, single, double; FCVTXN with mode ODD). */
export function fpConvert(s: FpState, from: number, to: number, lo: number, hi: number, mode: number): void {
  const a = s.a;
  unpack(s, a, from, lo, hi, true);
  const ahp = to === Fmt.H && (s.fpcr & Fpcr.AHP) !== 0;
  if (a.cls >= Cls.QNAN) {
    if (a.cls === Cls.SNAN || ahp) s.flags |= FpFlag.IOC;
    if (ahp) setZero(s, to, a.sign);
    else convertNaN(s, from, to, a);
  } else if (a.cls === Cls.INF) {
    if (ahp) {
      s.flags |= FpFlag.IOC;
      s.lo = (a.sign << 15) | 0x7fff;
      s.hi = 0;
    } else {
      setInf(s, to, a.sign);
    }
  } else if (a.cls === Cls.ZERO) {
    setZero(s, to, a.sign);
  } else {
    roundPack(s, to, a.sign, a.exp, a.hi, a.lo, mode, to === Fmt.H, ahp);
  }
}

/** The NaN's top fraction bits move over, quieted; or the default NaN. */
function convertNaN(s: FpState, from: number, to: number, a: Unpacked): void {
  const dn = (s.fpcr & Fpcr.DN) !== 0;
  const sign = dn ? 0 : a.sign;
  // Top 51 fraction bits below the quiet bit, at bits 30.. of fh.
  let fh = 0, fl = 0;
  if (!dn) {
    if (from === Fmt.D) {
      fh = (a.hi << 12) | (a.lo >>> 20);
      fl = a.lo << 12;
    } else {
      fh = from === Fmt.S ? a.lo << 9 : a.lo << 22;
    }
  }
  fh |= 0x80000000;
  if (to === Fmt.D) {
    s.hi = (sign << 31) | 0x7ff00000 | (fh >>> 12);
    s.lo = (fh << 20) | (fl >>> 12);
  } else {
    s.hi = 0;
    s.lo = to === Fmt.S ? (sign << 31) | 0x7f800000 | (fh >>> 9) : (sign << 15) | 0x7c00 | (fh >>> 22);
  }
}

/**
 * Fixed point to float: the 64-bit integer hi:lo (signed if `signed`), divided by 2^fbits. Callers extend 32-bit and
 * 16-bit integers.
 */
export function fixedToFp(
  s: FpState, fmt: number, lo: number, hi: number, signed: boolean, fbits: number, mode: number,
): void {
  let sign = 0;
  if ((lo | hi) === 0) {
    setZero(s, fmt, 0);
    return;
  }
  if (signed && hi < 0) {
    sign = 1;
    lo = -lo | 0;
    hi = (~hi + (lo === 0 ? 1 : 0)) | 0;
  }
  normRoundPack(s, fmt, sign, 63 - fbits, hi, lo, mode);
}
