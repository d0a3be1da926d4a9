import { Cond } from '../ir/cond.ts';
import type { Facts } from './facts.ts';

/** cond(a, b) of 32-bit values. */
export function evalCond32(cond: number, a: number, b: number): boolean {
  switch (cond) {
    case Cond.NEVER: return false;
    case Cond.ALWAYS: return true;
    case Cond.EQ: return a === b;
    case Cond.NE: return a !== b;
    case Cond.LT: return a < b;
    case Cond.GE: return a >= b;
    case Cond.LE: return a <= b;
    case Cond.GT: return a > b;
    case Cond.LTU: return a >>> 0 < b >>> 0;
    case Cond.GEU: return a >>> 0 >= b >>> 0;
    case Cond.LEU: return a >>> 0 <= b >>> 0;
    case Cond.GTU: return a >>> 0 > b >>> 0;
    case Cond.TSTEQ: return (a & b) === 0;
    default: return (a & b) !== 0;
  }
}

/** cond(a, b) of 64-bit values in halves. */
export function evalCond64(cond: number, aLo: number, aHi: number, bLo: number, bHi: number): boolean {
  switch (cond) {
    case Cond.EQ: return aLo === bLo && aHi === bHi;
    case Cond.NE: return aLo !== bLo || aHi !== bHi;
    case Cond.TSTEQ: return (aLo & bLo) === 0 && (aHi & bHi) === 0;
    case Cond.TSTNE: return (aLo & bLo) !== 0 || (aHi & bHi) !== 0;
    case Cond.NEVER: return false;
    case Cond.ALWAYS: return true;
    default: break;
  }
  if (aHi !== bHi) return evalCond32(cond, aHi, bHi);
  // equal high halves: the low ones decide, unsigned
  switch (cond) {
    case Cond.LT: return aLo >>> 0 < bLo >>> 0;
    case Cond.GE: return aLo >>> 0 >= bLo >>> 0;
    case Cond.LE: return aLo >>> 0 <= bLo >>> 0;
    case Cond.GT: return aLo >>> 0 > bLo >>> 0;
    default: return evalCond32(cond, aLo, bLo);
  }
}

/** Whether cond(x, x) holds: 1, 0, or -1 if it depends on x. */
export function condOfEqual(cond: number): number {
  switch (cond) {
    case Cond.EQ: case Cond.GE: case Cond.LE: case Cond.GEU: case Cond.LEU: case Cond.ALWAYS: return 1;
    case Cond.NE: case Cond.LT: case Cond.GT: case Cond.LTU: case Cond.GTU: case Cond.NEVER: return 0;
    default: return -1;
  }
}

const MIN = 0x8000_0000 | 0;

/** Largest or smallest value of a top word as an unsigned number that is ordered as the values are. */
function bound(z: number, o: number, max: boolean, signed: boolean): number {
  const v = max ? ~z : o;
  if (!signed) return v;
  const negative = max ? (o & MIN) !== 0 : (z & MIN) === 0;
  return (v & ~MIN) | (negative ? 0 : MIN);
}

/**
 * Whether cond(a, b) holds, from what is known of the bits of both temps (which are `touch`ed): 1, 0, or -1 for
 * unknown. The known bits bound each value from below and above.
 */
export function decideCond(f: Facts, cond: number, wide: boolean, a: number, b: number): number {
  if (cond <= Cond.ALWAYS) return cond;
  if (a === b) {
    const r = condOfEqual(cond);
    if (r >= 0) return r;
  }
  const aoL = f.oLo[a]!, azL = f.zLo[a]!, boL = f.oLo[b]!, bzL = f.zLo[b]!;
  const aoH = wide ? f.oHi[a]! : 0, azH = wide ? f.zHi[a]! : -1, boH = wide ? f.oHi[b]! : 0, bzH = wide ? f.zHi[b]! : -1;
  if (cond >= Cond.TSTEQ) {
    if (((aoL & boL) | (aoH & boH)) !== 0) return cond === Cond.TSTNE ? 1 : 0;
    if ((~azL & ~bzL) === 0 && (~azH & ~bzH) === 0) return cond === Cond.TSTEQ ? 1 : 0;
    return -1;
  }
  if (((aoL & bzL) | (azL & boL) | (aoH & bzH) | (azH & boH)) !== 0) {
    if (cond === Cond.EQ) return 0;
    if (cond === Cond.NE) return 1;
  }
  if (cond <= Cond.NE) {
    const known = (aoL | azL) === -1 && (aoH | azH) === -1 && (boL | bzL) === -1 && (boH | bzH) === -1;
    return known ? (cond === Cond.EQ ? 1 : 0) : -1;
  }
  // Order: compare the bounds. With the top bit flipped, signed values are ordered as unsigned ones.
  const signed = cond <= Cond.GT;
  let less: boolean;
  let notLess: boolean;
  // less: max(a) < min(b); notLess: min(a) >= max(b). For LE and GT the operands change places.
  const swap = cond === Cond.LE || cond === Cond.GT || cond === Cond.LEU || cond === Cond.GTU;
  const xzL = swap ? bzL : azL, xoL = swap ? boL : aoL, xzH = swap ? bzH : azH, xoH = swap ? boH : aoH;
  const yzL = swap ? azL : bzL, yoL = swap ? aoL : boL, yzH = swap ? azH : bzH, yoH = swap ? aoH : boH;
  if (wide) {
    less = evalCond64(Cond.LTU, ~xzL, bound(xzH, xoH, true, signed), yoL, bound(yzH, yoH, false, signed));
    notLess = evalCond64(Cond.GEU, xoL, bound(xzH, xoH, false, signed), ~yzL, bound(yzH, yoH, true, signed));
  } else {
    less = bound(xzL, xoL, true, signed) >>> 0 < bound(yzL, yoL, false, signed) >>> 0;
    notLess = bound(xzL, xoL, false, signed) >>> 0 >= bound(yzL, yoL, true, signed) >>> 0;
  }
  if (!less && !notLess) return -1;
  // x < y is: a < b for LT, b < a for GT; its opposite for GE and LE.
  const strict = cond === Cond.LT || cond === Cond.LTU || cond === Cond.GT || cond === Cond.GTU;
  return less === strict ? 1 : 0;
}
