import type { ArmCpu } from './cpu.ts';
import { ENV } from './env.ts';
import { loadSp, saveSp } from './exception.ts';
import { Feature } from './features.ts';
import { unpackNzcv } from './flags.ts';
import { Mdscr, PState } from './pstate.ts';
import { enterEl0 } from '../mmu/asid.ts';

/** PSTATE bits that SPSR restores on this CPU, beside the mode and NZCV. */
function restorable(features: number): number {
  let mask = PState.DAIF | PState.IL;
  if ((features & Feature.PAN) !== 0) mask |= PState.PAN;
  if ((features & Feature.UAO) !== 0) mask |= PState.UAO;
  if ((features & Feature.DIT) !== 0) mask |= PState.DIT;
  if ((features & Feature.SSBS) !== 0) mask |= PState.SSBS;
  return mask;
}

/** A mode that ERET at EL1 may return to: EL0t, EL1t, EL1h (Arm ARM IllegalExceptionReturn; no AArch32 here). */
function isLegal(spsr: number): boolean {
  const mode = spsr & (PState.AARCH32 | PState.MODE_MASK);
  return mode === PState.MODE_EL0T || mode === PState.MODE_EL1T || mode === PState.MODE_EL1H;
}

/** PSTATE.SS after the return (DebugExceptionReturnSS): only when step is enabled there but not here. */
function stepBit(cpu: ArmCpu, spsr: number): number {
  const mdscr = cpu.word(ENV.mdscr);
  if ((mdscr & Mdscr.SS) === 0 || (cpu.word(ENV.oslsr) & 2) !== 0) return 0;
  const enabledAt = (pstate: number): boolean =>
    (pstate & PState.MODE_MASK) === PState.MODE_EL0T || ((mdscr & Mdscr.KDE) !== 0 && (pstate & PState.D) === 0);
  return !enabledAt(cpu.word(ENV.pstate)) && enabledAt(spsr) ? spsr & PState.SS : 0;
}

/**
 * ERET at EL1 (AArch64.ExceptionReturn). An illegal return keeps the exception level and sets PSTATE.IL, so that the
 * next instruction raises the Illegal Execution State exception.
 */
export function returnFromException(cpu: ArmCpu): void {
  const spsr = cpu.word(ENV.spsr);
  const elr = (cpu.env + ENV.elr) >>> 2;
  // The local exclusive monitor is cleared.
  cpu.setPair(ENV.exclusiveAddr, -1, -1);
  cpu.setPair(ENV.pc, cpu.i32[elr]!, cpu.i32[elr + 1]!);
  unpackNzcv(cpu, spsr);
  const old = cpu.word(ENV.pstate);
  if (!isLegal(spsr)) {
    if ((spsr & PState.AARCH32) !== 0) cpu.host.log('unimp', 'ERET to AArch32 state: not implemented, illegal return');
    const changed = PState.DAIF;
    cpu.setWord(ENV.pstate, (old & ~(changed | PState.SS)) | (spsr & changed) | PState.IL);
    cpu.updateTbFlags();
    return;
  }
  saveSp(cpu);
  const step = stepBit(cpu, spsr);
  if (step !== 0) {
    cpu.setWord(ENV.stepArmed, 1);
    cpu.setPair(ENV.stepPc, cpu.i32[elr]!, cpu.i32[elr + 1]!);
  }
  cpu.setWord(ENV.pstate, (spsr & (PState.MODE_MASK | restorable(cpu.features))) | step);
  loadSp(cpu);
  if ((spsr & PState.MODE_MASK) === PState.MODE_EL0T) enterEl0(cpu);
  cpu.updateTbFlags();
}
