import { Cond } from '../ir/cond.ts';

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
