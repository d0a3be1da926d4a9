import { BIAS, Cls, FpFlag, Fmt, FRAC_BITS } from './format.ts';
import { normRoundPack, roundUp } from './round.ts';
import { type FpState, processNaN, setInf, setResult, setZero, unpack, type Unpacked } from './state.ts';

/**
 * Rounds the magnitude of a NORMAL operand times 2^fbits to an integer below 2^64 in s.hi:s.lo. Returns bit 0: inexact;
 * bit 1: 2^64 or more (s.hi:s.lo then hold the low 64 bits of the integer).
 */
function toInteger(s: FpState, u: Unpacked, fbits: number, mode: number): number {
  // sig / 2^63 * 2^e: the binary point is `drop` bits above bit 0.
  const drop = 63 - (u.exp + fbits);
  let ih = 0, il = 0, half = 0, rest: number;
  if (drop <= 0) {
    const n = -drop;
    if (n === 0) {
      ih = u.hi;
      il = u.lo;
    } else if (n < 32) {
      ih = (u.hi << n) | (u.lo >>> (32 - n));
      il = u.lo << n;
    } else if (n < 64) {
      ih = u.lo << (n - 32);
    }
    setResult(s, il, ih);
    return n > 0 ? 2 : 0;
  }
  if (drop > 64) {
    rest = 1;
  } else if (drop === 64) {
    half = 1;
    rest = (u.hi & 0x7fffffff) | u.lo;
  } else if (drop > 32) {
    const k = drop - 33;
    half = (u.hi >>> k) & 1;
    rest = (u.hi & ((1 << k) - 1)) | u.lo;
    il = k === 31 ? 0 : u.hi >>> (k + 1);
  } else {
    half = (u.lo >>> (drop - 1)) & 1;
    rest = u.lo & ((1 << (drop - 1)) - 1);
    il = drop === 32 ? u.hi : (u.lo >>> drop) | (u.hi << (32 - drop));
    ih = drop === 32 ? 0 : u.hi >>> drop;
  }
  let over = 0;
  if (roundUp(mode, u.sign, il & 1, half, rest) !== 0) {
    il = (il + 1) | 0;
    if (il === 0) {
      ih = (ih + 1) | 0;
      if (ih === 0) over = 2;
    }
  }
  setResult(s, il, ih);
  return (half | rest) !== 0 ? over | 1 : over;
}

/**
 * Float to fixed point of `width` bits (16, 32 or 64) with `fbits` fraction bits, saturating (FPToFixed). The result
 * is zero-extended to 64 bits.
 */
export function fpToFixed(
  s: FpState, fmt: number, lo: number, hi: number, width: number, signed: boolean, fbits: number, mode: number,
): void {
  const a = s.a;
  unpack(s, a, fmt, lo, hi);
  if (a.cls >= Cls.QNAN) {
    s.flags |= FpFlag.IOC;
    setResult(s, 0, 0);
    return;
  }
  if (a.cls === Cls.ZERO) {
    setResult(s, 0, 0);
    return;
  }
  let over: boolean, inexact = 0;
  if (a.cls === Cls.INF) {
    over = true;
  } else {
    const r = toInteger(s, a, fbits, mode);
    inexact = r & 1;
    over = (r & 2) !== 0;
    const ih = s.hi, il = s.lo;
    if (!over) {
      if (!signed) {
        if (a.sign !== 0) over = (ih | il) !== 0;
        else if (width === 32) over = ih !== 0;
        else if (width === 16) over = ih !== 0 || il >>> 16 !== 0;
      } else {
        // Only a negative number may reach the magnitude 2^(width-1). `top` has its bit at the sign position.
        const top = width === 64 ? ih : ih !== 0 ? -1 : width === 32 ? il : il >>> 16 !== 0 ? -1 : il << 16;
        if (top < 0) over = a.sign === 0 || top !== -0x80000000 || (width === 64 && il !== 0);
        if (!over && a.sign !== 0) {
          const nl = -il | 0;
          setResult(s, nl, (~ih + (nl === 0 ? 1 : 0)) | 0);
        }
      }
    }
  }
  if (over) {
    s.flags |= FpFlag.IOC;
    if (!signed) {
      if (a.sign !== 0) setResult(s, 0, 0);
      else setResult(s, -1, -1);
    } else if (a.sign !== 0) {
      if (width === 64) setResult(s, 0, 0x80000000 | 0);
      else setResult(s, width === 32 ? 0x80000000 | 0 : 0x8000, 0);
    } else if (width === 64) {
      setResult(s, -1, 0x7fffffff);
    } else {
      setResult(s, width === 32 ? 0x7fffffff : 0x7fff, 0);
    }
  } else if (inexact !== 0) {
    s.flags |= FpFlag.IXC;
  }
  if (width < 64) s.hi = 0;
  if (width === 16) s.lo &= 0xffff;
}

/** FJCVTZS: double to int32 modulo 2^32, toward zero. Returns 1 when the conversion was exact (PSTATE.Z). */
export function fpToJsInt(s: FpState, lo: number, hi: number): number {
  const a = s.a;
  unpack(s, a, Fmt.D, lo, hi);
  if (a.cls === Cls.ZERO) {
    setResult(s, 0, 0);
    // A flushed denormal is not exact; neither is -0.
    return lo === 0 && hi === 0 ? 1 : 0;
  }
  if (a.cls !== Cls.NORMAL) {
    s.flags |= FpFlag.IOC;
    setResult(s, 0, 0);
    return 0;
  }
  const r = toInteger(s, a, 0, 3);
  const big = (r & 2) !== 0 || s.hi !== 0 || (a.sign !== 0 ? s.lo >>> 0 > 0x80000000 : s.lo < 0);
  if (big) s.flags |= FpFlag.IOC;
  else if ((r & 1) !== 0) s.flags |= FpFlag.IXC;
  setResult(s, a.sign !== 0 ? -s.lo | 0 : s.lo, 0);
  return big || (r & 1) !== 0 ? 0 : 1;
}

/** Rounds to an integral value in the format; `exact` raises IXC when that changes the value (FRINTX). */
export function fpRoundInt(s: FpState, fmt: number, lo: number, hi: number, mode: number, exact: boolean): void {
  const a = s.a;
  unpack(s, a, fmt, lo, hi);
  if (a.cls >= Cls.QNAN) {
    processNaN(s, fmt, a);
  } else if (a.cls === Cls.INF) {
    setInf(s, fmt, a.sign);
  } else if (a.cls === Cls.ZERO) {
    setZero(s, fmt, a.sign);
  } else if (a.exp >= FRAC_BITS[fmt]!) {
    setResult(s, lo, hi);
  } else {
    const r = toInteger(s, a, 0, mode);
    if ((s.hi | s.lo) === 0) setZero(s, fmt, a.sign);
    else normRoundPack(s, fmt, a.sign, 63, s.hi, s.lo, mode);
    if (exact && (r & 1) !== 0) s.flags |= FpFlag.IXC;
  }
}

/** FRINT32x, FRINT64x: rounds to an integral value that fits a signed integer of `width` bits; else -2^(width-1), IOC. */
export function fpRoundIntN(s: FpState, fmt: number, lo: number, hi: number, mode: number, width: number): void {
  const a = s.a;
  unpack(s, a, fmt, lo, hi);
  if (a.cls === Cls.ZERO) {
    setZero(s, fmt, a.sign);
    return;
  }
  let r = 2;
  if (a.cls === Cls.NORMAL) {
    r = toInteger(s, a, 0, mode);
    const top = width === 64 ? s.hi : s.hi !== 0 ? -1 : s.lo;
    const isMin = top === -0x80000000 && (width === 64 ? s.lo : s.hi) === 0;
    if (top < 0 && !(a.sign !== 0 && isMin)) r = 2;
  }
  if ((r & 2) !== 0) {
    s.flags |= FpFlag.IOC;
    const e = BIAS[fmt]! + width - 1;
    if (fmt === Fmt.D) setResult(s, 0, 0x80000000 | (e << 20));
    else setResult(s, 0x80000000 | (e << 23), 0);
    return;
  }
  if ((r & 1) !== 0) s.flags |= FpFlag.IXC;
  if ((s.hi | s.lo) === 0) setZero(s, fmt, a.sign);
  else normRoundPack(s, fmt, a.sign, 63, s.hi, s.lo, mode);
}
