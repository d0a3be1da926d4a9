import type { ArmCpu } from '../cpu/cpu.ts';

/** Properties of a system register or SYS operation. */
export const SysFlag = {
  /** May be read at EL1 / EL0 (MRS). */
  R1: 1 << 0,
  R0: 1 << 1,
  /** May be written at EL1 / EL0 (MSR, SYS). */
  W1: 1 << 2,
  W0: 1 << 3,
  /** MRS is a 64-bit load of `offset`. */
  PLAIN_READ: 1 << 4,
  /** MSR is a 64-bit store to `offset` of the value ANDed with maskHi:maskLo. */
  PLAIN_WRITE: 1 << 5,
  /** MRS is the 32-bit word at `offset` ANDed with maskLo, zero-extended. */
  READ32: 1 << 6,
  /** A write ends the TB with exit_tb(MAIN_LOOP): flags, translation or pending interrupts may have changed. */
  END_TB: 1 << 7,
  /** Writes do nothing: cache maintenance, registers without effect. */
  NOP: 1 << 8,
  /** DC ZVA: helper dc_zva. */
  DC_ZVA: 1 << 9,
  /** NZCV: MRS and MSR work on the flag globals; the translator knows how. */
  NZCV: 1 << 10,
  /** An AArch64 SYS operation (op0 1), not a register. */
  SYS: 1 << 11,
  /** Needs FP access (FPCR, FPSR): traps like an FP instruction. */
  FP: 1 << 12,
  /** At EL1 UNDEFINED while PSTATE.SP is 0 (SP_EL0). */
  NEEDS_SPSEL: 1 << 13,
  /** MSR is helper msr_pstate(pstateField, low word >> pstateShift); ends the TB. */
  PSTATE: 1 << 14,
  /** Reads as zero. */
  RAZ: 1 << 15,
} as const;

export type SysRead = (cpu: ArmCpu, reg: SysReg) => number;
export type SysWrite = (cpu: ArmCpu, lo: number, hi: number, reg: SysReg) => void;

/** A row of the table; see SysReg. */
export interface SysRow {
  readonly name: string;
  /** op0, op1, CRn, CRm, op2. */
  readonly enc: readonly [number, number, number, number, number];
  readonly flags: number;
  /** Storage, offset from env of 64 bits (32 for READ32); -1 for none. */
  readonly offset?: number;
  /** Bits that a plain write or a READ32 keeps; all ones unless named. */
  readonly maskLo?: number;
  readonly maskHi?: number;
  /** Feature bits that the CPU must have; else the encoding is UNDEFINED. */
  readonly feature?: number;
  /** At EL0, reads and writes need one of these bits of the TB flags (ArmTbFlag), else they trap to EL1; 0: none. */
  readonly el0Read?: number;
  readonly el0Write?: number;
  readonly pstateField?: number;
  readonly pstateShift?: number;
  /** Returns the low word, leaves the high one in cpu.valHi (which is 0 before). */
  readonly read?: SysRead;
  readonly write?: SysWrite;
}

/**
 * A system register, or an operation of the SYS space. `flags` decide how the translator treats it, in this order:
 * reads NZCV, RAZ (constant 0), PLAIN_READ, READ32, else helper sysreg_read(index);
 * writes NZCV, DC_ZVA, NOP, PSTATE, PLAIN_WRITE, else helper sysreg_write(index, value); then END_TB.
 */
export interface SysReg {
  readonly name: string;
  readonly index: number;
  readonly op0: number;
  readonly op1: number;
  readonly crn: number;
  readonly crm: number;
  readonly op2: number;
  readonly flags: number;
  readonly offset: number;
  readonly maskLo: number;
  readonly maskHi: number;
  readonly feature: number;
  readonly el0Read: number;
  readonly el0Write: number;
  readonly pstateField: number;
  readonly pstateShift: number;
  readonly read: SysRead | undefined;
  readonly write: SysWrite | undefined;
}

/** Verdict of sysregAccess(). */
export const SysAccess = { OK: 0, UNDEF: 1, TRAP: 2, FP_TRAP: 3 } as const;

/** Common kinds of rows at EL1. */
export const RO1 = SysFlag.R1;
export const RW1 = SysFlag.R1 | SysFlag.W1;
export const PLAIN1 = RW1 | SysFlag.PLAIN_READ | SysFlag.PLAIN_WRITE;
export const CONST1 = SysFlag.R1 | SysFlag.PLAIN_READ;
/** Reads as zero, writes ignored. */
export const RAZ_WI1 = RW1 | SysFlag.RAZ | SysFlag.NOP;
