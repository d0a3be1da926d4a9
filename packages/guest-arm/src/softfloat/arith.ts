import { Cls } from './format.ts';
import { mul64 } from './limbs.ts';
import { normRoundPack, roundPack } from './round.ts';
import {
  type FpState, invalid, processNaN, processNaNs, setInf, setZero, unpack, type Unpacked,
} from './state.ts';

/** Sum of two unpacked operands that are no NaNs (b's sign as given). */
function addUnpacked(s: FpState, fmt: number, a: Unpacked, b: Unpacked, bSign: number): void {
  const mode = s.rmode;
  if (a.cls === Cls.INF || b.cls === Cls.INF) {
    if (a.cls === Cls.INF && b.cls === Cls.INF && a.sign !== bSign) invalid(s, fmt);
    else setInf(s, fmt, a.cls === Cls.INF ? a.sign : bSign);
    return;
  }
  if (a.cls === Cls.ZERO) {
    if (b.cls === Cls.ZERO) setZero(s, fmt, a.sign === bSign ? a.sign : mode === 2 ? 1 : 0);
    else roundPack(s, fmt, bSign, b.exp, b.hi, b.lo, mode);
    return;
  }
  if (b.cls === Cls.ZERO) {
    roundPack(s, fmt, a.sign, a.exp, a.hi, a.lo, mode);
    return;
  }
  // Larger exponent first; significands one bit down for the carry.
  let exp = a.exp, d = a.exp - b.exp, sign = a.sign;
  let xh = a.hi >>> 1, xl = (a.lo >>> 1) | (a.hi << 31), yh = b.hi >>> 1, yl = (b.lo >>> 1) | (b.hi << 31);
  if (d < 0) {
    exp = b.exp;
    d = -d;
    let t = xh;
    xh = yh;
    yh = t;
    t = xl;
    xl = yl;
    yl = t;
    sign = bSign;
  }
  if (d >= 64) {
    yh = 0;
    yl = 1;
  } else if (d >= 32) {
    const lost = yl | (d === 32 ? 0 : yh << (64 - d));
    yl = (yh >>> (d - 32)) | (lost !== 0 ? 1 : 0);
    yh = 0;
  } else if (d !== 0) {
    const lost = yl << (32 - d);
    yl = (yl >>> d) | (yh << (32 - d)) | (lost !== 0 ? 1 : 0);
    yh >>>= d;
  }
  if (a.sign === bSign) {
    const t = (xl >>> 0) + (yl >>> 0);
    normRoundPack(s, fmt, sign, exp + 1, (xh + yh + (t > 0xffffffff ? 1 : 0)) | 0, t | 0, mode);
    return;
  }
  if (xh >>> 0 < yh >>> 0 || (xh === yh && xl >>> 0 < yl >>> 0)) {
    let t = xh;
    xh = yh;
    yh = t;
    t = xl;
    xl = yl;
    yl = t;
    sign ^= 1;
  }
  const borrow = xl >>> 0 < yl >>> 0 ? 1 : 0;
  const rl = (xl - yl) | 0, rh = (xh - yh - borrow) | 0;
  if ((rl | rh) === 0) setZero(s, fmt, mode === 2 ? 1 : 0);
  else normRoundPack(s, fmt, sign, exp + 1, rh, rl, mode);
}

/** a + b. */
export function fpAdd(s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number): void {
  unpack(s, s.a, fmt, alo, ahi);
  unpack(s, s.b, fmt, blo, bhi);
  if (!processNaNs(s, fmt, s.a, s.b)) addUnpacked(s, fmt, s.a, s.b, s.b.sign);
}

/** a - b. */
export function fpSub(s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number): void {
  unpack(s, s.a, fmt, alo, ahi);
  unpack(s, s.b, fmt, blo, bhi);
  if (!processNaNs(s, fmt, s.a, s.b)) addUnpacked(s, fmt, s.a, s.b, s.b.sign ^ 1);
}

/** a * b; with `extended` (FMULX) infinity times zero is 2. */
export function fpMul(
  s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number, extended = false,
): void {
  const a = s.a, b = s.b;
  unpack(s, a, fmt, alo, ahi);
  unpack(s, b, fmt, blo, bhi);
  if (processNaNs(s, fmt, a, b)) return;
  const sign = a.sign ^ b.sign;
  if (a.cls === Cls.INF || b.cls === Cls.INF) {
    if (a.cls !== Cls.ZERO && b.cls !== Cls.ZERO) setInf(s, fmt, sign);
    else if (extended) roundPack(s, fmt, sign, 1, 0x80000000 | 0, 0, s.rmode);
    else invalid(s, fmt);
    return;
  }
  if (a.cls === Cls.ZERO || b.cls === Cls.ZERO) {
    setZero(s, fmt, sign);
    return;
  }
  const w = s.w;
  mul64(w, a.hi, a.lo, b.hi, b.lo);
  // The operands have 53 bits at most, so the product's low 22 bits are zero and normalising by one loses nothing.
  let hi = w[3]!, lo = w[2]!, exp = a.exp + b.exp + 1;
  let rest = w[1]! | w[0]!;
  if (hi >= 0) {
    hi = (hi << 1) | (lo >>> 31);
    lo = (lo << 1) | (w[1]! >>> 31);
    rest = (w[1]! << 1) | w[0]!;
    exp--;
  }
  roundPack(s, fmt, sign, exp, hi, rest !== 0 ? lo | 1 : lo, s.rmode);
}

/** a / b. */
export function fpDiv(s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number): void {
  const a = s.a, b = s.b;
  unpack(s, a, fmt, alo, ahi);
  unpack(s, b, fmt, blo, bhi);
  if (processNaNs(s, fmt, a, b)) return;
  const sign = a.sign ^ b.sign;
  if (a.cls === Cls.INF) {
    if (b.cls === Cls.INF) invalid(s, fmt);
    else setInf(s, fmt, sign);
    return;
  }
  if (b.cls === Cls.ZERO) {
    if (a.cls === Cls.ZERO) {
      invalid(s, fmt);
    } else {
      s.flags |= 2;
      setInf(s, fmt, sign);
    }
    return;
  }
  if (a.cls === Cls.ZERO || b.cls === Cls.INF) {
    setZero(s, fmt, sign);
    return;
  }
  let exp = a.exp - b.exp;
  // Both one bit down, so that the doubled remainder fits 64 bits; their low bits are zero.
  let rh = a.hi >>> 1, rl = (a.lo >>> 1) | (a.hi << 31);
  const dh = b.hi >>> 1, dl = (b.lo >>> 1) | (b.hi << 31);
  if (rh >>> 0 < dh >>> 0 || (rh === dh && rl >>> 0 < dl >>> 0)) {
    rh = (rh << 1) | (rl >>> 31);
    rl <<= 1;
    exp--;
  }
  let qh = 0, ql = 0;
  for (let i = 0; i < 64; i++) {
    qh = (qh << 1) | (ql >>> 31);
    ql <<= 1;
    if (rh >>> 0 > dh >>> 0 || (rh === dh && rl >>> 0 >= dl >>> 0)) {
      ql |= 1;
      rh = (rh - dh - (rl >>> 0 < dl >>> 0 ? 1 : 0)) | 0;
      rl = (rl - dl) | 0;
    }
    rh = (rh << 1) | (rl >>> 31);
    rl <<= 1;
  }
  roundPack(s, fmt, sign, exp, qh, (rh | rl) !== 0 ? ql | 1 : ql, s.rmode);
}

/** Square root. */
export function fpSqrt(s: FpState, fmt: number, alo: number, ahi: number): void {
  const a = s.a;
  unpack(s, a, fmt, alo, ahi);
  if (a.cls >= Cls.QNAN) {
    processNaN(s, fmt, a);
    return;
  }
  if (a.cls === Cls.ZERO) {
    setZero(s, fmt, a.sign);
    return;
  }
  if (a.sign !== 0) {
    invalid(s, fmt);
    return;
  }
  if (a.cls === Cls.INF) {
    setInf(s, fmt, 0);
    return;
  }
  // Digit by digit; the radicand's first bit pair is its integer part (1 to 3).
  let nh = a.hi, nl = a.lo;
  if ((a.exp & 1) === 0) {
    nl = (nl >>> 1) | (nh << 31);
    nh >>>= 1;
  }
  let remH = 0, remL = 0, rootH = 0, rootL = 0;
  for (let i = 0; i < 57; i++) {
    remH = (remH << 2) | (remL >>> 30);
    remL = (remL << 2) | (nh >>> 30);
    nh = (nh << 2) | (nl >>> 30);
    nl <<= 2;
    const th = (rootH << 2) | (rootL >>> 30), tl = (rootL << 2) | 1;
    rootH = (rootH << 1) | (rootL >>> 31);
    rootL <<= 1;
    if (remH >>> 0 > th >>> 0 || (remH === th && remL >>> 0 >= tl >>> 0)) {
      rootL |= 1;
      remH = (remH - th - (remL >>> 0 < tl >>> 0 ? 1 : 0)) | 0;
      remL = (remL - tl) | 0;
    }
  }
  const hi = (rootH << 7) | (rootL >>> 25), lo = rootL << 7;
  roundPack(s, fmt, 0, a.exp >> 1, hi, (remH | remL) !== 0 ? lo | 1 : lo, s.rmode);
}
