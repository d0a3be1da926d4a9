/**
 * Conditions of setcond, movcond, brcond and vcmp. Bit 0 inverts: `cond ^ 1` is the opposite condition.
 * TST conditions compare a & b with zero.
 */
export const Cond = {
  NEVER: 0,
  ALWAYS: 1,
  EQ: 2,
  NE: 3,
  LT: 4,
  GE: 5,
  LE: 6,
  GT: 7,
  LTU: 8,
  GEU: 9,
  LEU: 10,
  GTU: 11,
  TSTEQ: 12,
  TSTNE: 13,
} as const;

export const COND_NAMES: readonly string[] = [
  'never', 'always', 'eq', 'ne', 'lt', 'ge', 'le', 'gt', 'ltu', 'geu', 'leu', 'gtu', 'tsteq', 'tstne',
];

/** The condition that holds for (b, a) when `cond` holds for (a, b). */
export function swapCond(cond: number): number {
  return cond < Cond.LT || cond > Cond.GTU ? cond : SWAPPED[cond - Cond.LT]!;
}
const SWAPPED: readonly number[] = [Cond.GT, Cond.LE, Cond.GE, Cond.LT, Cond.GTU, Cond.LEU, Cond.GEU, Cond.LTU];

/** Conditions of fsetcond and vfcmp, as WebAssembly has them: all but NE are false when an operand is a NaN. */
export const FCond = { EQ: 0, NE: 1, LT: 2, GT: 3, LE: 4, GE: 5 } as const;
export const FCOND_NAMES: readonly string[] = ['feq', 'fne', 'flt', 'fgt', 'fle', 'fge'];

/** Memory barrier masks (which earlier accesses are ordered before which later ones) and kinds. */
export const Mo = {
  LD_LD: 1,
  ST_LD: 2,
  LD_ST: 4,
  ST_ST: 8,
  ALL: 15,
  /** Kinds, for the reader of a dump; the mask alone decides what is emitted. */
  ACQUIRE: 0x10,
  RELEASE: 0x20,
  SC: 0x30,
} as const;

/** Kinds of guest_rmw. Without RETURN_NEW the old value is returned, with it the new one. */
export const Rmw = { XCHG: 0, ADD: 1, AND: 2, OR: 3, XOR: 4, SMIN: 5, SMAX: 6, UMIN: 7, UMAX: 8, RETURN_NEW: 16 } as const;
export const RMW_NAMES: readonly string[] = ['xchg', 'add', 'and', 'or', 'xor', 'smin', 'smax', 'umin', 'umax'];
