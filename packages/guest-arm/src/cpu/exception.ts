import { Access } from '@mttcg/softmmu';
import type { ArmCpu } from './cpu.ts';
import { ENV } from './env.ts';
import { packNzcv } from './flags.ts';
import { Feature } from './features.ts';
import { psciCall } from './psci.ts';
import { PState, Sctlr } from './pstate.ts';
import { ArmExcp, Ec, synStep, synUncategorized } from './syndrome.ts';
import { flagsMmuIdx } from './tb-flags.ts';

/** Vector offsets within a group of the table (Arm ARM D1.3.2). */
export const Vector = { SYNC: 0, IRQ: 0x80, FIQ: 0x100, SERROR: 0x180 } as const;

/** Copies the sp global to the bank of the current stack pointer. */
export function saveSp(cpu: ArmCpu): void {
  const i = (cpu.env + ENV.sp) >>> 2;
  const bank = ENV.spBank + (cpu.word(ENV.pstate) & PState.SPSEL) * 8;
  cpu.setPair(bank, cpu.i32[i]!, cpu.i32[i + 1]!);
}

/** Loads the sp global from the bank that PSTATE.SP chooses. */
export function loadSp(cpu: ArmCpu): void {
  const i = (cpu.env + ENV.spBank + (cpu.word(ENV.pstate) & PState.SPSEL) * 8) >>> 2;
  cpu.setPair(ENV.sp, cpu.i32[i]!, cpu.i32[i + 1]!);
}

/** SPSR value of the current state. */
export function currentSpsr(cpu: ArmCpu): number {
  return cpu.word(ENV.pstate) | packNzcv(cpu);
}

/**
 * Enters EL1 at the vector (AArch64.TakeException): saves PSTATE and pc to SPSR and ELR, masks everything, switches
 * to SP_EL1. ESR and FAR are the caller's.
 */
export function takeException(cpu: ArmCpu, vector: number): void {
  const old = cpu.word(ENV.pstate);
  let offset = vector;
  if ((old & PState.MODE_MASK) === PState.MODE_EL0T) offset += 0x400;
  else if ((old & PState.SPSEL) !== 0) offset += 0x200;
  cpu.setPair(ENV.spsr, currentSpsr(cpu), 0);
  const pc = (cpu.env + ENV.pc) >>> 2;
  cpu.setPair(ENV.elr, cpu.i32[pc]!, cpu.i32[pc + 1]!);

  saveSp(cpu);
  const keep = old & (PState.PAN | PState.UAO | PState.DIT | PState.SSBS);
  let pstate = PState.MODE_EL1H | PState.DAIF | (keep & ~(PState.UAO | PState.SSBS));
  if ((cpu.features & Feature.PAN) !== 0 && (cpu.word(ENV.sctlr) & Sctlr.SPAN) === 0) pstate |= PState.PAN;
  // SCTLR_EL1.DSSBS gives the new SSBS.
  if ((cpu.features & Feature.SSBS) !== 0 && (cpu.word(ENV.sctlr + 4) & (1 << 12)) !== 0) pstate |= PState.SSBS;
  cpu.setWord(ENV.pstate, pstate);
  cpu.setWord(ENV.stepArmed, 0);
  loadSp(cpu);

  // VBAR is 2 KiB-aligned, so the offset never carries.
  cpu.i32[pc] = cpu.word(ENV.vbar) + offset;
  cpu.i32[pc + 1] = cpu.word(ENV.vbar + 4);
  cpu.updateTbFlags();
}

/** Delivers exception `excp` (ArmExcp) that generated code, the MMU or a helper raised; pc is its return address. */
export function deliver(cpu: ArmCpu, excp: number): void {
  let syndrome = cpu.word(ENV.excSyndrome);
  switch (excp) {
    case ArmExcp.SVC:
      instructionDone(cpu);
      break;
    case ArmExcp.STEP:
      syndrome = stepSyndrome(cpu);
      break;
    case ArmExcp.HVC:
    case ArmExcp.SMC: {
      const conduit = excp === ArmExcp.HVC ? 'hvc' : 'smc';
      if (cpu.psciConduit === conduit) {
        instructionDone(cpu);
        psciCall(cpu);
        return;
      }
      // Without EL2 and EL3 the instruction is UNDEFINED, so the return address is its own.
      stepBackPc(cpu);
      syndrome = synUncategorized();
      break;
    }
    case ArmExcp.INSN_ABORT:
    case ArmExcp.DATA_ABORT:
    case ArmExcp.PC_ALIGN:
    case ArmExcp.WATCHPOINT: {
      const i = (cpu.env + ENV.excVaddr) >>> 2;
      cpu.setPair(ENV.far, cpu.i32[i]!, cpu.i32[i + 1]!);
      break;
    }
    default:
      break;
  }
  logException(cpu, excp, syndrome);
  cpu.setPair(ENV.esr, syndrome, 0);
  takeException(cpu, Vector.SYNC);
}

/** SVC and HVC are complete when their exception is taken: a software step is over. */
function instructionDone(cpu: ArmCpu): void {
  const pstate = cpu.word(ENV.pstate);
  if ((pstate & PState.SS) === 0) return;
  cpu.setWord(ENV.pstate, pstate & ~PState.SS);
  cpu.updateTbFlags();
}

/** ISV: an instruction was stepped since the ERET; EX: it was a load-exclusive (Arm ARM D2.12.4). */
function stepSyndrome(cpu: ArmCpu): number {
  const sameEl = (cpu.word(ENV.pstate) & (3 << PState.EL_SHIFT)) !== 0;
  if (cpu.word(ENV.stepArmed) === 0) return synStep(sameEl, false, false);
  const mmuIdx = flagsMmuIdx(cpu.word(ENV.tbFlags));
  const host = cpu.host.tlb.probe(cpu.word(ENV.stepPc), cpu.word(ENV.stepPc + 4), 4, Access.FETCH, mmuIdx, true);
  return synStep(sameEl, true, host !== 0 && host !== -1 && (cpu.i32[host >>> 2]! & 0x3fc00000) === 0x08400000);
}

function stepBackPc(cpu: ArmCpu): void {
  const i = (cpu.env + ENV.pc) >>> 2;
  const lo = cpu.u32[i]!;
  if (lo < 4) cpu.i32[i + 1] = cpu.i32[i + 1]! - 1;
  cpu.i32[i] = lo - 4;
}

function logException(cpu: ArmCpu, excp: number, syndrome: number): void {
  if (!cpu.logsInt || excp === ArmExcp.SVC) return;
  const hex = (offset: number): string =>
    (cpu.u32[(cpu.env + offset + 4) >>> 2]! * 0x1_0000_0000 + cpu.u32[(cpu.env + offset) >>> 2]!).toString(16);
  const name = EC_NAMES.get(syndrome >>> 26) ?? 'exception';
  cpu.host.log(
    'int',
    `${name} from EL${(cpu.word(ENV.pstate) >> PState.EL_SHIFT) & 3} pc 0x${hex(ENV.pc)} ` +
      `ESR 0x${(syndrome >>> 0).toString(16)} FAR 0x${hex(ENV.far)}`,
  );
}

const EC_NAMES: ReadonlyMap<number, string> = new Map([
  [Ec.UNCATEGORIZED, 'undefined instruction'],
  [Ec.FP_ACCESS, 'FP access trap'],
  [Ec.SYSREG, 'system register trap'],
  [Ec.INSN_ABORT_LOWER, 'instruction abort'],
  [Ec.INSN_ABORT, 'instruction abort'],
  [Ec.DATA_ABORT_LOWER, 'data abort'],
  [Ec.DATA_ABORT, 'data abort'],
  [Ec.BRK64, 'breakpoint instruction'],
]);
