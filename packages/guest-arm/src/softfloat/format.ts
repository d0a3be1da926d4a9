/**
 * Constants of IEEE 754 arithmetic as the Arm architecture has it (Arm ARM, shared/functions/float).
 * A format is named by the log2 of its width in bytes, as in the encodings: 1 = half, 2 = single, 3 = double.
 */
export const Fmt = { H: 1, S: 2, D: 3 } as const;

/** Rounding modes: FPCR.RMode, then those only instructions can ask for. */
export const Round = { TIE_EVEN: 0, PLUS_INF: 1, MINUS_INF: 2, ZERO: 3, TIE_AWAY: 4, ODD: 5 } as const;

/** Cumulative exception bits of FPSR. */
export const FpFlag = {
  /** Invalid operation. */
  IOC: 1,
  /** Division by zero. */
  DZC: 2,
  /** Overflow. */
  OFC: 4,
  /** Underflow. */
  UFC: 8,
  /** Inexact. */
  IXC: 16,
  /** Input denormal. */
  IDC: 128,
  /** Saturation of an AdvSIMD integer instruction. */
  QC: 1 << 27,
} as const;

/** Control bits of FPCR. */
export const Fpcr = {
  FZ16: 1 << 19,
  RMODE_SHIFT: 22,
  RMODE_MASK: 3 << 22,
  FZ: 1 << 24,
  DN: 1 << 25,
  AHP: 1 << 26,
  /** All bits that this implementation stores. */
  ALL: (1 << 19) | (3 << 22) | (1 << 24) | (1 << 25) | (1 << 26),
} as const;

/** Classes of an unpacked value, ordered so that `cls >= QNAN` means NaN. */
export const Cls = { ZERO: 0, NORMAL: 1, INF: 2, QNAN: 3, SNAN: 4 } as const;

/** Stored fraction bits by format. */
export const FRAC_BITS: readonly number[] = [0, 10, 23, 52];
/** Exponent bias by format. */
export const BIAS: readonly number[] = [0, 15, 127, 1023];
/** Largest value of the exponent field by format. */
export const EXP_MAX: readonly number[] = [0, 31, 255, 2047];
