import type { ArmCpu } from '../cpu/cpu.ts';

/** Properties of a system register or SYS operation. */
export const SysFlag = {
  /** May be read at EL1 / EL0 (MRS). */
  R1: 1,
  R0: 2,
  /** May be written at EL1 / EL0 (MSR, SYS). */
  W1: 4,
  W0: 8,
  /** MRS is a 64-bit load of `offset`. */
  PLAIN_READ: 16,
  /** MSR is a 64-bit store to `offset`, after `and` with the write mask. */
  PLAIN_WRITE: 32,
  /** A write ends the TB with exit_tb(MAIN_LOOP): flags, translation or pending interrupts may have changed. */
  END_TB: 64,
  /** Nothing to do (cache maintenance). */
  NOP: 128,
  /** DC ZVA: helper dc_zva. */
  DC_ZVA: 256,
  /** NZCV: MRS and MSR work on the flag globals; the translator knows how. */
  NZCV: 512,
  /** The row is an AArch64 SYS or SYSL operation (op0 1), not a register. */
  SYS: 1024,
  /** Needs FP access (FPCR, FPSR): traps like an FP instruction. */
  FP: 2048,
  /** Exists only where PSTATE.SP is 1 (SP_EL0 seen from EL1). */
  NEEDS_SPSEL: 4096,
} as const;

/**
 * A system register, or an operation of the SYS space. `flags` decide how the translator treats it; without
 * PLAIN_READ, PLAIN_WRITE, NOP, … it calls sysreg_read(index) and sysreg_write(index, value).
 */
export interface SysReg {
  readonly name: string;
  readonly op0: number;
  readonly op1: number;
  readonly crn: number;
  readonly crm: number;
  readonly op2: number;
  readonly index: number;
  readonly flags: number;
  /** Storage, offset from env of 64 bits; -1 for none. */
  readonly offset: number;
  /** Bits that a plain write keeps; all ones unless named. */
  readonly maskLo: number;
  readonly maskHi: number;
  /** Feature bits that the CPU must have; else the encoding is UNDEFINED. */
  readonly feature: number;
  /** At EL0, reads and writes need one of these bits of the TB flags (ArmTbFlag), else they trap to EL1; 0: none. */
  readonly el0Read: number;
  readonly el0Write: number;
  /** Value; the high word is left in cpu.valHi. */
  readonly read: ((cpu: ArmCpu, reg: SysReg) => number) | undefined;
  readonly write: ((cpu: ArmCpu, lo: number, hi: number, reg: SysReg) => void) | undefined;
}

/** Verdict of sysregAccess(). */
export const SysAccess = { OK: 0, UNDEF: 1, TRAP: 2, FP_TRAP: 3 } as const;
