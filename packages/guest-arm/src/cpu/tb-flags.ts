import { ENV } from './env.ts';
import { Mdscr, PState, Sctlr } from './pstate.ts';

/** Translation regimes: indexes of the TLB. */
export const MmuIdx = {
  /** EL0. */
  E0: 0,
  /** EL1. */
  E1: 1,
  /** EL1 with PSTATE.PAN. */
  E1_PAN: 2,
  /**
   * EL0 permissions for LDTR and STTR at EL1. Apart from E0, so that the entries of EL0 outlive a change of the ASID
   * while EL1 runs.
   */
  E0_UNPRIV: 3,
  /** The three of EL1 again, for another ASID: see mmu/asid.ts. */
  E1_ALT: 4,
  E1_PAN_ALT: 5,
  E0_UNPRIV_ALT: 6,
} as const;
export const MMU_INDEXES = 7;
/** Distance of the second set of EL1's indexes from the first; the value of ENV.asidBank while it is in use. */
export const ALT_BANK = 3;
/** All indexes of the EL1&0 regime. */
export const EL10_MMU_MASK = 0x7f;

/**
 * TbKey.flags: what decides a translation beside pc. The bits from UMA on matter at EL0 only and are 0 at EL1, so that
 * EL1 code is not translated again when they change; each grants EL0 what its name says, as the register's bit does.
 */
export const ArmTbFlag = {
  EL_MASK: 3,
  MMU_SHIFT: 2,
  MMU_MASK: 7 << 2,
  /** FP and SIMD do not trap. */
  FP_ENABLED: 1 << 5,
  /** SCTLR.A: every access must be aligned. */
  ALIGN: 1 << 6,
  /** Data accesses are big-endian. */
  BIG_ENDIAN: 1 << 7,
  /** Software step is active: one instruction per TB, then (PSTATE.SS clear) the step exception. */
  SS_ACTIVE: 1 << 8,
  PSTATE_SS: 1 << 9,
  /** LDTR and STTR have EL0's permissions (EL1 without UAO). */
  UNPRIV: 1 << 10,
  /** PSTATE.IL: every instruction raises the Illegal Execution State exception. */
  ILLEGAL: 1 << 11,
  /** PSTATE.SP (always 0 at EL0). */
  SPSEL: 1 << 12,
  UMA: 1 << 13,
  UCT: 1 << 14,
  UCI: 1 << 15,
  DZE: 1 << 16,
  NTWI: 1 << 17,
  NTWE: 1 << 18,
  EL0PCTEN: 1 << 19,
  EL0VCTEN: 1 << 20,
  EL0VTEN: 1 << 21,
  EL0PTEN: 1 << 22,
  /** PMUSERENR_EL0 bits EN, SW, CR, ER. */
  PM_EN: 1 << 23,
  PM_SW: 1 << 24,
  PM_CR: 1 << 25,
  PM_ER: 1 << 26,
  /** MDSCR_EL1.TDCC is clear: the debug communication channel does not trap. */
  DCC: 1 << 27,
} as const;

export function flagsEl(flags: number): number {
  return flags & ArmTbFlag.EL_MASK;
}

/** Mmu index of ordinary accesses. */
export function flagsMmuIdx(flags: number): number {
  return (flags & ArmTbFlag.MMU_MASK) >> ArmTbFlag.MMU_SHIFT;
}

/** Mmu index of LDTR, STTR and their kin. */
export function flagsUnprivMmuIdx(flags: number): number {
  const idx = flagsMmuIdx(flags);
  if ((flags & ArmTbFlag.UNPRIV) === 0) return idx;
  return idx < MmuIdx.E1_ALT ? MmuIdx.E0_UNPRIV : MmuIdx.E0_UNPRIV_ALT;
}

/** The translation flags that follow from the state in env (i32 view of the shared memory). */
export function computeTbFlags(i32: Int32Array, env: number): number {
  const word = (offset: number): number => i32[(env + offset) >>> 2]!;
  const pstate = word(ENV.pstate);
  const sctlr = word(ENV.sctlr);
  const el = (pstate >> PState.EL_SHIFT) & 3;
  const mdscr = word(ENV.mdscr);
  const fpen = (word(ENV.cpacr) >> 20) & 3;
  let flags = el;
  if ((sctlr & Sctlr.A) !== 0) flags |= ArmTbFlag.ALIGN;
  if ((pstate & PState.IL) !== 0) flags |= ArmTbFlag.ILLEGAL;
  if (fpen === 3 || (fpen === 1 && el !== 0)) flags |= ArmTbFlag.FP_ENABLED;
  if ((mdscr & Mdscr.SS) !== 0 && stepsAt(el, pstate, mdscr, word(ENV.oslsr), word(ENV.osdlr))) {
    flags |= ArmTbFlag.SS_ACTIVE;
    if ((pstate & PState.SS) !== 0) flags |= ArmTbFlag.PSTATE_SS;
  }
  if (el !== 0) {
    const idx = (pstate & PState.PAN) !== 0 ? MmuIdx.E1_PAN : MmuIdx.E1;
    flags |= (idx + word(ENV.asidBank)) << ArmTbFlag.MMU_SHIFT;
    if ((pstate & PState.UAO) === 0) flags |= ArmTbFlag.UNPRIV;
    if ((pstate & PState.SPSEL) !== 0) flags |= ArmTbFlag.SPSEL;
    if ((sctlr & Sctlr.EE) !== 0) flags |= ArmTbFlag.BIG_ENDIAN;
    return flags;
  }
  if ((sctlr & Sctlr.E0E) !== 0) flags |= ArmTbFlag.BIG_ENDIAN;
  if ((sctlr & Sctlr.UMA) !== 0) flags |= ArmTbFlag.UMA;
  if ((sctlr & Sctlr.UCT) !== 0) flags |= ArmTbFlag.UCT;
  if ((sctlr & Sctlr.UCI) !== 0) flags |= ArmTbFlag.UCI;
  if ((sctlr & Sctlr.DZE) !== 0) flags |= ArmTbFlag.DZE;
  if ((sctlr & Sctlr.NTWI) !== 0) flags |= ArmTbFlag.NTWI;
  if ((sctlr & Sctlr.NTWE) !== 0) flags |= ArmTbFlag.NTWE;
  const cntkctl = word(ENV.cntkctl);
  if ((cntkctl & 1) !== 0) flags |= ArmTbFlag.EL0PCTEN;
  if ((cntkctl & 2) !== 0) flags |= ArmTbFlag.EL0VCTEN;
  if ((cntkctl & 0x100) !== 0) flags |= ArmTbFlag.EL0VTEN;
  if ((cntkctl & 0x200) !== 0) flags |= ArmTbFlag.EL0PTEN;
  const pmuserenr = word(ENV.pmuserenr);
  if ((pmuserenr & 1) !== 0) flags |= ArmTbFlag.PM_EN;
  if ((pmuserenr & 2) !== 0) flags |= ArmTbFlag.PM_SW;
  if ((pmuserenr & 4) !== 0) flags |= ArmTbFlag.PM_CR;
  if ((pmuserenr & 8) !== 0) flags |= ArmTbFlag.PM_ER;
  if ((mdscr & Mdscr.TDCC) === 0) flags |= ArmTbFlag.DCC;
  return flags;
}

/** Whether debug exceptions are enabled at the exception level (Arm ARM D2.3, AArch64.GenerateDebugExceptions). */
function stepsAt(el: number, pstate: number, mdscr: number, oslsr: number, osdlr: number): boolean {
  if ((oslsr & 2) !== 0 || (osdlr & 1) !== 0) return false;
  return el === 0 || ((mdscr & Mdscr.KDE) !== 0 && (pstate & PState.D) === 0);
}

/** Recomputes the cached flags after a change of anything computeTbFlags() reads. */
export function updateTbFlags(i32: Int32Array, env: number): void {
  i32[(env + ENV.tbFlags) >>> 2] = computeTbFlags(i32, env);
}
