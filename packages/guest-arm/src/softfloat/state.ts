import { BIAS, Cls, EXP_MAX, FpFlag, Fmt, Fpcr } from './format.ts';

/**
 * A floating-point operand taken apart. NORMAL: value = sig / 2^63 * 2^exp with the significand's top bit (bit 31 of
 * `hi`) set. NaN: `hi`, `lo` keep the operand's own bits.
 */
export class Unpacked {
  cls = 0;
  sign = 0;
  exp = 0;
  hi = 0;
  lo = 0;
}

/**
 * Working state of one thread's floating-point arithmetic: control bits in, exception bits and result out. Nothing is
 * allocated by the operations.
 */
export class FpState {
  /** FPCR as the guest wrote it. */
  fpcr = 0;
  /** Exception bits raised since the caller cleared them (FpFlag). */
  flags = 0;
  /** Result of the last operation, low and high word; half and single results have a zero high word. */
  lo = 0;
  hi = 0;
  readonly a: Unpacked = new Unpacked();
  readonly b: Unpacked = new Unpacked();
  readonly c: Unpacked = new Unpacked();
  /** 128-bit work registers, least significant limb first. */
  readonly w: Int32Array = new Int32Array(4);
  readonly x: Int32Array = new Int32Array(4);

  /** Rounding mode of FPCR. */
  get rmode(): number {
    return (this.fpcr >>> Fpcr.RMODE_SHIFT) & 3;
  }
}

/** True when denormals of the format are flushed to zero. */
export function flushes(s: FpState, fmt: number): boolean {
  return (s.fpcr & (fmt === Fmt.H ? Fpcr.FZ16 : Fpcr.FZ)) !== 0;
}

/**
 * Takes an operand apart (Arm ARM FPUnpack). Flushes denormals as FPCR says, raising IDC for single and double.
 * `noFz16`: half denormals are kept whatever FPCR.FZ16 says (FPUnpackCV, used by conversions between formats).
 */
export function unpack(s: FpState, u: Unpacked, fmt: number, lo: number, hi: number, noFz16 = false): void {
  let sign: number, e: number, fh: number, fl: number;
  // fh:fl = the fraction with its top bit at bit 31 of fh
  if (fmt === Fmt.D) {
    sign = hi >>> 31;
    e = (hi >>> 20) & 0x7ff;
    fh = (hi << 12) | (lo >>> 20);
    fl = lo << 12;
  } else if (fmt === Fmt.S) {
    sign = lo >>> 31;
    e = (lo >>> 23) & 0xff;
    fh = lo << 9;
    fl = 0;
  } else {
    sign = (lo >>> 15) & 1;
    e = (lo >>> 10) & 0x1f;
    fh = lo << 22;
    fl = 0;
  }
  u.sign = sign;
  if (e === 0) {
    if ((fh | fl) === 0) {
      u.cls = Cls.ZERO;
      return;
    }
    if (fmt === Fmt.H ? !noFz16 && (s.fpcr & Fpcr.FZ16) !== 0 : (s.fpcr & Fpcr.FZ) !== 0) {
      if (fmt !== Fmt.H) s.flags |= FpFlag.IDC;
      u.cls = Cls.ZERO;
      return;
    }
    u.cls = Cls.NORMAL;
    const n = fh !== 0 ? Math.clz32(fh) : 32 + Math.clz32(fl);
    if (n === 0) {
      u.hi = fh;
      u.lo = fl;
    } else if (n < 32) {
      u.hi = (fh << n) | (fl >>> (32 - n));
      u.lo = fl << n;
    } else {
      u.hi = fl << (n - 32);
      u.lo = 0;
    }
    u.exp = -BIAS[fmt]! - n;
    return;
  }
  if (e === EXP_MAX[fmt] && !(noFz16 && fmt === Fmt.H && (s.fpcr & Fpcr.AHP) !== 0)) {
    if ((fh | fl) === 0) {
      u.cls = Cls.INF;
    } else {
      u.cls = fh < 0 ? Cls.QNAN : Cls.SNAN;
      u.hi = hi;
      u.lo = lo;
    }
    return;
  }
  u.cls = Cls.NORMAL;
  u.exp = e - BIAS[fmt]!;
  u.hi = 0x80000000 | (fh >>> 1);
  u.lo = (fh << 31) | (fl >>> 1);
}

export function setResult(s: FpState, lo: number, hi: number): void {
  s.lo = lo;
  s.hi = hi;
}

export function setZero(s: FpState, fmt: number, sign: number): void {
  if (fmt === Fmt.D) setResult(s, 0, sign << 31);
  else setResult(s, fmt === Fmt.S ? sign << 31 : sign << 15, 0);
}

export function setInf(s: FpState, fmt: number, sign: number): void {
  if (fmt === Fmt.D) setResult(s, 0, (sign << 31) | 0x7ff00000);
  else setResult(s, fmt === Fmt.S ? (sign << 31) | 0x7f800000 : (sign << 15) | 0x7c00, 0);
}

export function setMaxNormal(s: FpState, fmt: number, sign: number): void {
  if (fmt === Fmt.D) setResult(s, -1, (sign << 31) | 0x7fefffff);
  else setResult(s, fmt === Fmt.S ? (sign << 31) | 0x7f7fffff : (sign << 15) | 0x7bff, 0);
}

export function setDefaultNaN(s: FpState, fmt: number): void {
  if (fmt === Fmt.D) setResult(s, 0, 0x7ff80000);
  else setResult(s, fmt === Fmt.S ? 0x7fc00000 : 0x7e00, 0);
}

/** Result of an operation on one NaN operand (FPProcessNaN). */
export function processNaN(s: FpState, fmt: number, u: Unpacked): void {
  if (u.cls === Cls.SNAN) s.flags |= FpFlag.IOC;
  if ((s.fpcr & Fpcr.DN) !== 0) setDefaultNaN(s, fmt);
  else if (fmt === Fmt.D) setResult(s, u.lo, u.hi | 0x80000);
  else setResult(s, u.lo | (fmt === Fmt.S ? 0x400000 : 0x200), 0);
}

/** When an operand is a NaN, sets the result and returns true: signalling ones first, then in operand order. */
export function processNaNs(s: FpState, fmt: number, a: Unpacked, b: Unpacked): boolean {
  if (a.cls < Cls.QNAN && b.cls < Cls.QNAN) return false;
  if (a.cls === Cls.SNAN) processNaN(s, fmt, a);
  else if (b.cls === Cls.SNAN) processNaN(s, fmt, b);
  else if (a.cls === Cls.QNAN) processNaN(s, fmt, a);
  else processNaN(s, fmt, b);
  return true;
}

/** The same for three operands. */
export function processNaNs3(s: FpState, fmt: number, a: Unpacked, b: Unpacked, c: Unpacked): boolean {
  if (a.cls < Cls.QNAN && b.cls < Cls.QNAN && c.cls < Cls.QNAN) return false;
  if (a.cls === Cls.SNAN) processNaN(s, fmt, a);
  else if (b.cls === Cls.SNAN) processNaN(s, fmt, b);
  else if (c.cls === Cls.SNAN) processNaN(s, fmt, c);
  else if (a.cls === Cls.QNAN) processNaN(s, fmt, a);
  else if (b.cls === Cls.QNAN) processNaN(s, fmt, b);
  else processNaN(s, fmt, c);
  return true;
}

/** Invalid operation: default NaN and IOC. */
export function invalid(s: FpState, fmt: number): void {
  s.flags |= FpFlag.IOC;
  setDefaultNaN(s, fmt);
}
