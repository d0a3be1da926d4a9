import { type HelperDef, HelperFlag } from '@mttcg/tcg-ir';

/**
 * Helpers for system instructions. All are JavaScript. Those that may change translation flags or unmask interrupts
 * need the TB to end with exit_tb(MAIN_LOOP) after them, with pc already on the next instruction; the sysreg table
 * says so for registers (SysFlag.END_TB).
 */
export const SYSTEM_HELPERS: readonly HelperDef[] = [
  /** Reads system register `index` (SysReg.index). */
  { name: 'sysreg_read', kind: 'js', params: 'i', ret: 'l', flags: HelperFlag.NO_GLOBALS },
  /** Writes system register `index`, or does the operation of a SYS instruction with that operand. */
  { name: 'sysreg_write', kind: 'js', params: 'il', ret: '', flags: HelperFlag.NO_GLOBALS },
  /** DC ZVA at the address. */
  { name: 'dc_zva', kind: 'js', params: 'l', ret: '', flags: HelperFlag.NO_GLOBALS | HelperFlag.CAN_FAULT },
  /** MSR (immediate) and register writes of PSTATE fields: field (PStateField) and value. Ends the TB (MAIN_LOOP). */
  { name: 'msr_pstate', kind: 'js', params: 'ii', ret: '', flags: 0 },
  /** ERET: sets pc, sp, flags and PSTATE. Ends the TB (MAIN_LOOP). */
  { name: 'exception_return', kind: 'js', params: '', ret: '', flags: 0 },
  /**
   * WFI, pc already on the next instruction. 1: the vCPU halts (exceptionIndex is set), leave with EXCEPTION;
   * 0: there is work to do, leave with MAIN_LOOP.
   */
  { name: 'wfi', kind: 'js', params: '', ret: 'i', flags: HelperFlag.NO_GLOBALS },
];

/** First argument of msr_pstate. */
export const PStateField = { SPSEL: 0, DAIF_SET: 1, DAIF_CLR: 2, DAIF: 3, PAN: 4, UAO: 5, DIT: 6, SSBS: 7 } as const;
