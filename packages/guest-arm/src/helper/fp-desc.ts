/**
 * What a floating-point helper call does, packed into one word: translation makes it, the helper takes it apart.
 *
 * bits 0-6 FpOp; 7-8 format (log2 of bytes: 1 half, 2 single, 3 double); 9-12 lanes; 13 PAIR: operands are adjacent
 * lanes of Vn:Vm; 14 ELEM: the second operand is lane `index` of Vm throughout; 15-17 index; 18-20 rounding mode
 * (7: FPCR's); 21 SIGNED or EXACT; 22 ZERO: compare with zero; 24 UPPER.
 *
 * Register word: rd | rn << 5 | rm << 10 | ra << 15 | fbits << 20.
 */
export const FpOp = {
  ADD: 0, SUB: 1, MUL: 2, DIV: 3, MAX: 4, MIN: 5, MAXNM: 6, MINNM: 7, NMUL: 8, MULX: 9, RECPS: 10, RSQRTS: 11, ABD: 12,
  CMEQ: 13, CMGE: 14, CMGT: 15, ACGE: 16, ACGT: 17, CMLE: 18, CMLT: 19,
  /** Vd (or Va) plus, minus Vn * Vm; the N forms negate the addend too. */
  MLA: 32, MLS: 33, NMLA: 34, NMLS: 35,
  SQRT: 48, RINT: 49, RECPE: 50, RSQRTE: 51, RECPX: 52, TO_INT: 53, FROM_INT: 54, RINT32: 55, RINT64: 56,
  /** Format changes: the format field is the source, the mode the rounding. */
  TO_HALF: 64, TO_SINGLE: 65, TO_DOUBLE: 66,
} as const;

export const FpDesc = {
  FMT_SHIFT: 7,
  LANES_SHIFT: 9,
  PAIR: 1 << 13,
  ELEM: 1 << 14,
  INDEX_SHIFT: 15,
  MODE_SHIFT: 18,
  MODE_FPCR: 7 << 18,
  SIGNED: 1 << 21,
  EXACT: 1 << 21,
  ZERO: 1 << 22,
  /** Narrowing into the upper half of Vd, widening from the upper half of Vn. */
  UPPER: 1 << 24,
} as const;

export function fpDesc(op: number, fmt: number, lanes: number, extra = FpDesc.MODE_FPCR as number): number {
  return op | (fmt << FpDesc.FMT_SHIFT) | (lanes << FpDesc.LANES_SHIFT) | extra;
}

export function fpRegs(rd: number, rn: number, rm = 0, ra = 0, fbits = 0): number {
  return rd | (rn << 5) | (rm << 10) | (ra << 15) | (fbits << 20);
}
