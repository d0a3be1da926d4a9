import { Cls, FpFlag } from './format.ts';
import { add128, mul64, neg128, normalize128, shiftRightJam128, sub128 } from './limbs.ts';
import { roundPack } from './round.ts';
import {
  type FpState, invalid, processNaNs, processNaNs3, setDefaultNaN, setInf, setZero, unpack, type Unpacked,
} from './state.ts';

/**
 * Exact (sum of addend and product) * 2^scale, rounded once. The operands are unpacked and no NaNs, and the case of
 * infinity times zero is dealt with. `pSign` is the product's sign.
 */
function mulAddUnpacked(
  s: FpState, fmt: number, add: Unpacked, addSign: number, m: Unpacked, n: Unpacked, pSign: number, scale: number,
): void {
  const mode = s.rmode;
  const pInf = m.cls === Cls.INF || n.cls === Cls.INF, pZero = m.cls === Cls.ZERO || n.cls === Cls.ZERO;
  if (add.cls === Cls.INF || pInf) {
    if (add.cls === Cls.INF && pInf && addSign !== pSign) invalid(s, fmt);
    else setInf(s, fmt, add.cls === Cls.INF ? addSign : pSign);
    return;
  }
  if (pZero) {
    if (add.cls === Cls.ZERO) setZero(s, fmt, addSign === pSign ? addSign : mode === 2 ? 1 : 0);
    else roundPack(s, fmt, addSign, add.exp + scale, add.hi, add.lo, mode);
    return;
  }
  const w = s.w, x = s.x;
  mul64(w, m.hi, m.lo, n.hi, n.lo);
  // w / 2^126 * 2^exp is the product. One bit down leaves room for the carry: both are then w / 2^125.
  let exp = m.exp + n.exp, sign = pSign;
  shiftRightJam128(w, 1);
  if (add.cls !== Cls.ZERO) {
    x[3] = add.hi;
    x[2] = add.lo;
    x[1] = 0;
    x[0] = 0;
    shiftRightJam128(x, 2);
    const d = exp - add.exp;
    if (d >= 0) {
      shiftRightJam128(x, d);
    } else {
      shiftRightJam128(w, -d);
      exp = add.exp;
    }
    if (addSign === pSign) {
      add128(w, x);
    } else if (sub128(w, x) !== 0) {
      neg128(w);
      sign ^= 1;
    }
    if ((w[0]! | w[1]! | w[2]! | w[3]!) === 0) {
      setZero(s, fmt, mode === 2 ? 1 : 0);
      return;
    }
  }
  exp += 2 - normalize128(w);
  roundPack(s, fmt, sign, exp + scale, w[3]!, (w[0]! | w[1]!) !== 0 ? w[2]! | 1 : w[2]!, mode);
}

/** addend + m * n, fused (FPMulAdd); callers negate operands beforehand, NaNs included. */
export function fpMulAdd(
  s: FpState, fmt: number, clo: number, chi: number, mlo: number, mhi: number, nlo: number, nhi: number,
): void {
  const a = s.c, m = s.a, n = s.b;
  unpack(s, a, fmt, clo, chi);
  unpack(s, m, fmt, mlo, mhi);
  unpack(s, n, fmt, nlo, nhi);
  const infZero = (m.cls === Cls.INF && n.cls === Cls.ZERO) || (m.cls === Cls.ZERO && n.cls === Cls.INF);
  if (infZero && a.cls === Cls.QNAN) {
    s.flags |= FpFlag.IOC;
    setDefaultNaN(s, fmt);
    return;
  }
  if (processNaNs3(s, fmt, a, m, n)) return;
  if (infZero) invalid(s, fmt);
  else mulAddUnpacked(s, fmt, a, a.sign, m, n, m.sign ^ n.sign, 0);
}

/** FRECPS: 2 - a*b; infinity times zero gives 2. NaNs of `a` come out negated, as the architecture's formula has it. */
export function fpRecipStep(s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number): void {
  step(s, fmt, alo, ahi, blo, bhi, 1, 0x80000000 | 0, 0);
}

/** FRSQRTS: (3 - a*b) / 2; infinity times zero gives 1.5. */
export function fpRSqrtStep(s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number): void {
  step(s, fmt, alo, ahi, blo, bhi, 1, 0xc0000000 | 0, -1);
}

function step(
  s: FpState, fmt: number, alo: number, ahi: number, blo: number, bhi: number, exp: number, sig: number, scale: number,
): void {
  const a = s.a, b = s.b, c = s.c;
  if (fmt === 3) ahi ^= 0x80000000;
  else alo ^= fmt === 2 ? 0x80000000 : 0x8000;
  unpack(s, a, fmt, alo, ahi);
  unpack(s, b, fmt, blo, bhi);
  if (processNaNs(s, fmt, a, b)) return;
  if ((a.cls === Cls.INF && b.cls === Cls.ZERO) || (a.cls === Cls.ZERO && b.cls === Cls.INF)) {
    roundPack(s, fmt, 0, exp + scale, sig, 0, s.rmode);
    return;
  }
  c.cls = Cls.NORMAL;
  c.sign = 0;
  c.exp = exp;
  c.hi = sig;
  c.lo = 0;
  mulAddUnpacked(s, fmt, c, 0, a, b, a.sign ^ b.sign, scale);
}
