/**
 * What an AdvSIMD integer helper call does, packed into one word.
 *
 * bits 0-6 SimdOp; 7-8 log2 of the (source) lane width in bytes; 9-13 lanes; 14 ELEM: the second operand is lane
 * `index` of Vm throughout; 15-18 index; 19 UPPER: long operations read the upper halves, narrowing ones write the
 * upper half and keep the lower; 20 SIGNED; 21 ROUND; 22 SATURATE; 23 UNSIGNED_RESULT of a signed operand.
 *
 * Register word: rd | rn << 5 | rm << 10 | immediate << 20.
 */
export const SimdOp = {
  ADD: 0, SUB: 1, SHL: 2, SHL_IMM: 3, SHR_NARROW: 4, NARROW: 5, ABS: 6, NEG: 7, ADD_MIXED: 8,
  DMULH: 9, DMLAH: 10, DMLSH: 11, DMULL: 12, DMLAL: 13, DMLSL: 14,
  CLZ: 15, CLS: 16, RBIT: 17, PMUL: 18, PMULL: 19, RECPE: 20, RSQRTE: 21,
  DOT: 22, MMLA: 23,
} as const;

export const SimdDesc = {
  SIZE_SHIFT: 7,
  LANES_SHIFT: 9,
  ELEM: 1 << 14,
  INDEX_SHIFT: 15,
  UPPER: 1 << 19,
  SIGNED: 1 << 20,
  ROUND: 1 << 21,
  SATURATE: 1 << 22,
  UNSIGNED_RESULT: 1 << 23,
  /** DOT, MMLA: the second operand is signed (SIGNED speaks of the first). */
  SIGNED_M: 1 << 24,
} as const;

export function simdDesc(op: number, size: number, lanes: number, extra = 0): number {
  return op | (size << SimdDesc.SIZE_SHIFT) | (lanes << SimdDesc.LANES_SHIFT) | extra;
}

export function simdRegs(rd: number, rn: number, rm = 0, imm = 0): number {
  return rd | (rn << 5) | (rm << 10) | (imm << 20);
}
