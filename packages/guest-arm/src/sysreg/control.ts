import { load } from '@mttcg/atomic';
import { CpuCommon, InterruptBit } from '@mttcg/softmmu';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { Feature } from '../cpu/features.ts';
import { PState, Sctlr } from '../cpu/pstate.ts';
import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { PStateField } from '../helper/system-defs.ts';
import { asidChanged } from '../mmu/asid.ts';
import { PLAIN1, RAZ_WI1, RO1, RW1, SysFlag, type SysReg, type SysRow } from './types.ts';

const C = CpuCommon.offset;
const { R0, W0, PLAIN_READ, READ32, END_TB, PSTATE } = SysFlag;
const PLAIN01 = PLAIN1 | R0 | W0;

/** SCTLR_EL1 bits that decide translations held in the TLB. */
const SCTLR_TLB = Sctlr.M | Sctlr.WXN | Sctlr.EE;

function changes(cpu: ArmCpu, lo: number, hi: number, reg: SysReg): boolean {
  return cpu.word(reg.offset) !== lo || cpu.word(reg.offset + 4) !== hi;
}

function writeSctlr(cpu: ArmCpu, lo: number, hi: number, reg: SysReg): void {
  const changed = cpu.word(reg.offset) ^ lo;
  cpu.setPair(reg.offset, lo, hi);
  if ((changed & SCTLR_TLB) !== 0) cpu.host.tlb.flushAll();
  cpu.updateTbFlags();
}

function writeTcr(cpu: ArmCpu, lo: number, hi: number, reg: SysReg): void {
  if (!changes(cpu, lo, hi, reg)) return;
  cpu.setPair(reg.offset, lo, hi);
  cpu.host.tlb.flushAll();
  // A1 and AS say where the ASID is.
  asidChanged(cpu);
}

/** A new table under the same ASID leaves the TLB alone: the guest invalidates what it must (Arm ARM D8.13). */
function writeTtbr(cpu: ArmCpu, lo: number, hi: number, reg: SysReg): void {
  const asid = (cpu.word(reg.offset + 4) ^ hi) >>> 16;
  cpu.setPair(reg.offset, lo, hi);
  if (asid !== 0) asidChanged(cpu);
}

function writeAndUpdate(cpu: ArmCpu, lo: number, hi: number, reg: SysReg): void {
  cpu.setPair(reg.offset, lo & reg.maskLo, hi & reg.maskHi);
  cpu.updateTbFlags();
}

/** ISR_EL1: pending interrupts, masked or not. */
function readIsr(cpu: ArmCpu): number {
  const bits = load(cpu.i32, (cpu.env + C.interruptRequest) >>> 2);
  return ((bits & InterruptBit.HARD) !== 0 ? PState.I : 0) | ((bits & InterruptBit.FIQ) !== 0 ? PState.F : 0);
}

function fpcrMask(cpu: ArmCpu): number {
  // AHP, DN, FZ, RMode; FZ16 with half precision
  return 0x07c00000 | ((cpu.features & Feature.FP16) !== 0 ? 1 << 19 : 0);
}

/** System control, memory management, exception handling, thread identity, PSTATE and floating-point control. */
export const CONTROL_ROWS: readonly SysRow[] = [
  { name: 'SCTLR_EL1', enc: [3, 0, 1, 0, 0], flags: RW1 | PLAIN_READ | END_TB, offset: ENV.sctlr, write: writeSctlr },
  { name: 'ACTLR_EL1', enc: [3, 0, 1, 0, 1], flags: RAZ_WI1 },
  { name: 'CPACR_EL1', enc: [3, 0, 1, 0, 2], flags: RW1 | PLAIN_READ | END_TB, offset: ENV.cpacr, write: writeAndUpdate },
  { name: 'TTBR0_EL1', enc: [3, 0, 2, 0, 0], flags: RW1 | PLAIN_READ | END_TB, offset: ENV.ttbr0, write: writeTtbr },
  { name: 'TTBR1_EL1', enc: [3, 0, 2, 0, 1], flags: RW1 | PLAIN_READ | END_TB, offset: ENV.ttbr1, write: writeTtbr },
  { name: 'TCR_EL1', enc: [3, 0, 2, 0, 2], flags: RW1 | PLAIN_READ | END_TB, offset: ENV.tcr, write: writeTcr },
  { name: 'SPSR_EL1', enc: [3, 0, 4, 0, 0], flags: PLAIN1, offset: ENV.spsr, maskHi: 0 },
  { name: 'ELR_EL1', enc: [3, 0, 4, 0, 1], flags: PLAIN1, offset: ENV.elr },
  { name: 'SP_EL0', enc: [3, 0, 4, 1, 0], flags: PLAIN1 | SysFlag.NEEDS_SPSEL, offset: ENV.spBank },
  { name: 'AFSR0_EL1', enc: [3, 0, 5, 1, 0], flags: RAZ_WI1 },
  { name: 'AFSR1_EL1', enc: [3, 0, 5, 1, 1], flags: RAZ_WI1 },
  { name: 'ESR_EL1', enc: [3, 0, 5, 2, 0], flags: PLAIN1, offset: ENV.esr },
  { name: 'FAR_EL1', enc: [3, 0, 6, 0, 0], flags: PLAIN1, offset: ENV.far },
  { name: 'PAR_EL1', enc: [3, 0, 7, 4, 0], flags: PLAIN1, offset: ENV.par },
  { name: 'MAIR_EL1', enc: [3, 0, 10, 2, 0], flags: PLAIN1, offset: ENV.mair },
  { name: 'AMAIR_EL1', enc: [3, 0, 10, 3, 0], flags: RAZ_WI1 },
  // 2 KiB-aligned; exception entry relies on it
  { name: 'VBAR_EL1', enc: [3, 0, 12, 0, 0], flags: PLAIN1, offset: ENV.vbar, maskLo: ~0x7ff },
  { name: 'RVBAR_EL1', enc: [3, 0, 12, 0, 1], flags: RO1 | SysFlag.RAZ },
  { name: 'ISR_EL1', enc: [3, 0, 12, 1, 0], flags: RO1, read: readIsr },
  { name: 'CONTEXTIDR_EL1', enc: [3, 0, 13, 0, 1], flags: PLAIN1, offset: ENV.contextidr },
  { name: 'TPIDR_EL1', enc: [3, 0, 13, 0, 4], flags: PLAIN1, offset: ENV.tpidrEl1 },
  { name: 'TPIDR_EL0', enc: [3, 3, 13, 0, 2], flags: PLAIN01, offset: ENV.tpidrEl0 },
  { name: 'TPIDRRO_EL0', enc: [3, 3, 13, 0, 3], flags: PLAIN1 | R0, offset: ENV.tpidrroEl0 },

  { name: 'NZCV', enc: [3, 3, 4, 2, 0], flags: RW1 | R0 | W0 | SysFlag.NZCV },
  {
    name: 'DAIF',
    enc: [3, 3, 4, 2, 1],
    flags: RW1 | R0 | W0 | READ32 | PSTATE | END_TB,
    offset: ENV.pstate,
    maskLo: PState.DAIF,
    el0Read: ArmTbFlag.UMA,
    el0Write: ArmTbFlag.UMA,
    pstateField: PStateField.DAIF,
  },
  { name: 'SPSel', enc: [3, 0, 4, 2, 0], flags: RW1 | READ32 | PSTATE | END_TB, offset: ENV.pstate, maskLo: 1, pstateField: PStateField.SPSEL },
  { name: 'CurrentEL', enc: [3, 0, 4, 2, 2], flags: RO1 | READ32, offset: ENV.pstate, maskLo: 0xc },
  { name: 'PAN', enc: [3, 0, 4, 2, 3], flags: RW1 | READ32 | PSTATE | END_TB, offset: ENV.pstate, maskLo: PState.PAN, pstateField: PStateField.PAN, pstateShift: 22, feature: Feature.PAN },
  { name: 'UAO', enc: [3, 0, 4, 2, 4], flags: RW1 | READ32 | PSTATE | END_TB, offset: ENV.pstate, maskLo: PState.UAO, pstateField: PStateField.UAO, pstateShift: 23, feature: Feature.UAO },
  { name: 'DIT', enc: [3, 3, 4, 2, 5], flags: RW1 | R0 | W0 | READ32 | PSTATE | END_TB, offset: ENV.pstate, maskLo: PState.DIT, pstateField: PStateField.DIT, pstateShift: 24, feature: Feature.DIT },
  { name: 'SSBS', enc: [3, 3, 4, 2, 6], flags: RW1 | R0 | W0 | READ32 | PSTATE | END_TB, offset: ENV.pstate, maskLo: PState.SSBS, pstateField: PStateField.SSBS, pstateShift: 12, feature: Feature.SSBS },

  {
    name: 'FPCR',
    enc: [3, 3, 4, 4, 0],
    flags: RW1 | R0 | W0 | READ32 | SysFlag.FP,
    offset: ENV.fpcr,
    write: (cpu, lo) => cpu.setWord(ENV.fpcr, lo & fpcrMask(cpu)),
  },
  {
    name: 'FPSR',
    enc: [3, 3, 4, 4, 1],
    flags: RW1 | R0 | W0 | READ32 | SysFlag.FP,
    offset: ENV.fpsr,
    write: (cpu, lo) => cpu.setWord(ENV.fpsr, lo & 0xf800009f),
  },
];

