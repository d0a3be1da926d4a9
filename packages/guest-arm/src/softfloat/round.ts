import { BIAS, EXP_MAX, FpFlag, Fmt, Round } from './format.ts';
import { type FpState, flushes, setInf, setMaxNormal, setResult, setZero } from './state.ts';

/** True when the rounding mode takes an overflow to infinity rather than to the largest number. */
export function overflowsToInf(mode: number, sign: number): boolean {
  return mode === Round.TIE_EVEN || mode === Round.TIE_AWAY || mode === (sign !== 0 ? Round.MINUS_INF : Round.PLUS_INF);
}

/** 1 when a magnitude must be rounded up: `lsb` kept bit, `half` first dropped bit, `rest` nonzero for any further one. */
export function roundUp(mode: number, sign: number, lsb: number, half: number, rest: number): number {
  switch (mode) {
    case Round.TIE_EVEN:
      return half & (rest !== 0 ? 1 : lsb);
    case Round.PLUS_INF:
      return sign === 0 && (half | rest) !== 0 ? 1 : 0;
    case Round.MINUS_INF:
      return sign !== 0 && (half | rest) !== 0 ? 1 : 0;
    case Round.TIE_AWAY:
      return half;
    case Round.ODD:
      return lsb === 0 && (half | rest) !== 0 ? 1 : 0;
    default:
      return 0;
  }
}

/**
 * Rounds sig / 2^63 * 2^exp into the format and raises what that raises (Arm ARM FPRound). The significand is 64 bits
 * with bit 63 set and, as bit 0, the OR of all lower bits. Tininess is detected before rounding.
 * `keepDenormal`: FZ16 does not apply (FPRoundCV). `ahp`: alternative half precision, which has no infinity or NaN.
 */
export function roundPack(
  s: FpState, fmt: number, sign: number, exp: number, hi: number, lo: number, mode: number, keepDenormal = false, ahp = false,
): void {
  let biased = exp + BIAS[fmt]!;
  const tiny = biased <= 0;
  if (tiny) {
    if (!keepDenormal && flushes(s, fmt)) {
      s.flags |= FpFlag.UFC;
      setZero(s, fmt, sign);
      return;
    }
    const n = 1 - biased;
    if (n < 32) {
      lo = (lo >>> n) | (hi << (32 - n)) | (lo << (32 - n) !== 0 ? 1 : 0);
      hi >>>= n;
    } else if (n < 64) {
      lo = (n === 32 ? hi : hi >>> (n - 32)) | ((n === 32 ? 0 : hi << (64 - n)) !== 0 || lo !== 0 ? 1 : 0);
      hi = 0;
    } else {
      lo = 1;
      hi = 0;
    }
    biased = 1;
  }
  let rh: number, rl: number, half: number, rest: number;
  if (fmt === Fmt.D) {
    rh = hi >>> 11;
    rl = (hi << 21) | (lo >>> 11);
    half = (lo >>> 10) & 1;
    rest = lo & 0x3ff;
  } else if (fmt === Fmt.S) {
    rh = 0;
    rl = hi >>> 8;
    half = (hi >>> 7) & 1;
    rest = (hi & 0x7f) | lo;
  } else {
    rh = 0;
    rl = hi >>> 21;
    half = (hi >>> 20) & 1;
    rest = (hi & 0xfffff) | lo;
  }
  const inexact = (half | rest) !== 0;
  if (tiny && inexact) s.flags |= FpFlag.UFC;
  const up = roundUp(mode, sign, rl & 1, half, rest);
  // The implicit bit is added into the exponent field, so that a carry out of the fraction moves it by itself.
  if (fmt === Fmt.D) {
    rl = (rl + up) | 0;
    if (up !== 0 && rl === 0) rh++;
    rh = rh + ((biased - 1) << 20);
    if (biased - 1 >= 2046 || rh >>> 20 >= 2047) {
      overflow(s, fmt, sign, mode);
      return;
    }
    setResult(s, rl, (sign << 31) | rh);
  } else {
    const shift = fmt === Fmt.S ? 23 : 10;
    const limit = EXP_MAX[fmt]! + (ahp ? 1 : 0);
    rl += up;
    if (biased - 1 + (rl >>> shift) >= limit) {
      if (ahp) {
        s.flags |= FpFlag.IOC;
        setResult(s, (sign << 15) | 0x7fff, 0);
      } else {
        overflow(s, fmt, sign, mode);
      }
      return;
    }
    rl += (biased - 1) << shift;
    setResult(s, fmt === Fmt.S ? (sign << 31) | rl : (sign << 15) | rl, 0);
  }
  if (inexact) s.flags |= FpFlag.IXC;
}

export function overflow(s: FpState, fmt: number, sign: number, mode: number): void {
  s.flags |= FpFlag.OFC | FpFlag.IXC;
  if (overflowsToInf(mode, sign)) setInf(s, fmt, sign);
  else setMaxNormal(s, fmt, sign);
}

/** The same for a significand that is not normalised (top bits may be zero; not all of it zero). */
export function normRoundPack(
  s: FpState, fmt: number, sign: number, exp: number, hi: number, lo: number, mode: number,
): void {
  const n = hi !== 0 ? Math.clz32(hi) : 32 + Math.clz32(lo);
  if (n !== 0) {
    if (n < 32) {
      hi = (hi << n) | (lo >>> (32 - n));
      lo <<= n;
    } else {
      hi = lo << (n - 32);
      lo = 0;
    }
  }
  roundPack(s, fmt, sign, exp - n, hi, lo, mode);
}
