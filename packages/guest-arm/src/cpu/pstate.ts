/** Bits of PSTATE in the positions of SPSR_EL1 (Arm ARM C5.2.18), AArch64. */
export const PState = {
  /** M[3:0]: EL << 2 | SPSel. */
  MODE_MASK: 0xf,
  MODE_EL0T: 0,
  MODE_EL1T: 4,
  MODE_EL1H: 5,
  SPSEL: 1,
  EL_SHIFT: 2,
  /** M[4]: AArch32 state. */
  AARCH32: 1 << 4,
  F: 1 << 6,
  I: 1 << 7,
  A: 1 << 8,
  D: 1 << 9,
  DAIF: 15 << 6,
  SSBS: 1 << 12,
  IL: 1 << 20,
  SS: 1 << 21,
  PAN: 1 << 22,
  UAO: 1 << 23,
  DIT: 1 << 24,
  V: 1 << 28,
  C: 1 << 29,
  Z: 1 << 30,
  N: 1 << 31,
} as const;

/** Bits of SCTLR_EL1. */
export const Sctlr = {
  M: 1 << 0,
  A: 1 << 1,
  C: 1 << 2,
  SA: 1 << 3,
  SA0: 1 << 4,
  UMA: 1 << 9,
  I: 1 << 12,
  DZE: 1 << 14,
  UCT: 1 << 15,
  NTWI: 1 << 16,
  NTWE: 1 << 18,
  WXN: 1 << 19,
  SPAN: 1 << 23,
  E0E: 1 << 24,
  EE: 1 << 25,
  UCI: 1 << 26,
} as const;

/** MDSCR_EL1. */
export const Mdscr = { SS: 1 << 0, TDCC: 1 << 12, KDE: 1 << 13, MDE: 1 << 15 } as const;
