import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV, PMU_SLOTS } from '../cpu/env.ts';
import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { PLAIN1, RW1, SysFlag, type SysRow } from './types.ts';

const { R0, W0, R1, W1, PLAIN_READ } = SysFlag;

const TWO_32 = 4294967296;
const PMCR_E = 1;
const PMCR_P = 2;
const PMCR_C = 4;
/** PMCR_EL0 bits that keep what is written: E, D, X, DP, LC. */
const PMCR_WRITABLE = 0x79 & ~(PMCR_P | PMCR_C);
/** PMCNTENSET_EL0.C: the cycle counter. */
const CYCLE = 1 << 31;
const PMSELR_CYCLE = 31;

const IMPLEMENTED = CYCLE | ((1 << PMU_SLOTS) - 1);

function running(cpu: ArmCpu): boolean {
  return (cpu.word(ENV.pmcr) & PMCR_E) !== 0 && (cpu.word(ENV.pmcnten) & CYCLE) !== 0;
}

/** Cycles: 1 GHz of virtual time, as the value itself when stopped or its distance to now when running. */
function cycles(cpu: ArmCpu): number {
  const base = cpu.f64[(cpu.env + ENV.pmccntr) >>> 3]!;
  return Math.floor(running(cpu) ? cpu.host.nowNs() + base : base);
}

function setCycles(cpu: ArmCpu, value: number): void {
  cpu.f64[(cpu.env + ENV.pmccntr) >>> 3] = running(cpu) ? value - cpu.host.nowNs() : value;
}

/** Changes what decides whether the cycle counter runs, keeping its value. */
function control(cpu: ArmCpu, change: () => void): void {
  const value = cycles(cpu);
  change();
  setCycles(cpu, value);
}

function writePmcr(cpu: ArmCpu, lo: number): void {
  control(cpu, () => cpu.setWord(ENV.pmcr, (cpu.word(ENV.pmcr) & ~PMCR_WRITABLE) | (lo & PMCR_WRITABLE)));
  if ((lo & PMCR_C) !== 0) setCycles(cpu, 0);
  if ((lo & PMCR_P) !== 0) for (let n = 0; n < PMU_SLOTS; n++) cpu.setPair(ENV.pmevcntr + n * 8, 0, 0);
}

function setBits(offset: number): (cpu: ArmCpu, lo: number) => void {
  return (cpu, lo) => control(cpu, () => cpu.setWord(offset, cpu.word(offset) | (lo & IMPLEMENTED)));
}

function clearBits(offset: number): (cpu: ArmCpu, lo: number) => void {
  return (cpu, lo) => control(cpu, () => cpu.setWord(offset, cpu.word(offset) & ~lo));
}

/** Offset of the storage that PMSELR_EL0 chooses, -1 for a counter that does not exist. */
function selected(cpu: ArmCpu, base: number): number {
  const n = cpu.word(ENV.pmselr) & 31;
  return n < PMU_SLOTS ? base + n * 8 : -1;
}

function eventRows(): SysRow[] {
  const rows: SysRow[] = [];
  for (let n = 0; n < PMU_SLOTS; n++) {
    const row = (name: string, crm: number, base: number): SysRow => ({
      name: `${name}${n}_EL0`,
      enc: [3, 3, 14, crm, n],
      flags: PLAIN1 | R0 | W0,
      offset: base + n * 8,
      maskHi: 0,
      el0Read: ArmTbFlag.PM_EN,
      el0Write: ArmTbFlag.PM_EN,
    });
    rows.push(row('PMEVCNTR', 8, ENV.pmevcntr), row('PMEVTYPER', 12, ENV.pmevtyper));
  }
  return rows;
}

/** Performance monitors: the cycle counter counts, event counters hold what is written to them; no overflow interrupt. */
export const PMU_ROWS: readonly SysRow[] = [
  { name: 'PMCR_EL0', enc: [3, 3, 9, 12, 0], flags: RW1 | R0 | W0 | PLAIN_READ, offset: ENV.pmcr, el0Read: ArmTbFlag.PM_EN, el0Write: ArmTbFlag.PM_EN, write: writePmcr },
  { name: 'PMCNTENSET_EL0', enc: [3, 3, 9, 12, 1], flags: RW1 | R0 | W0 | PLAIN_READ, offset: ENV.pmcnten, el0Read: ArmTbFlag.PM_EN, el0Write: ArmTbFlag.PM_EN, write: setBits(ENV.pmcnten) },
  { name: 'PMCNTENCLR_EL0', enc: [3, 3, 9, 12, 2], flags: RW1 | R0 | W0 | PLAIN_READ, offset: ENV.pmcnten, el0Read: ArmTbFlag.PM_EN, el0Write: ArmTbFlag.PM_EN, write: clearBits(ENV.pmcnten) },
  { name: 'PMOVSCLR_EL0', enc: [3, 3, 9, 12, 3], flags: RW1 | R0 | W0 | PLAIN_READ, offset: ENV.pmovs, el0Read: ArmTbFlag.PM_EN, el0Write: ArmTbFlag.PM_EN, write: clearBits(ENV.pmovs) },
  { name: 'PMSWINC_EL0', enc: [3, 3, 9, 12, 4], flags: W1 | W0 | SysFlag.NOP, el0Write: ArmTbFlag.PM_EN | ArmTbFlag.PM_SW },
  { name: 'PMSELR_EL0', enc: [3, 3, 9, 12, 5], flags: PLAIN1 | R0 | W0, offset: ENV.pmselr, maskLo: 31, maskHi: 0, el0Read: ArmTbFlag.PM_EN | ArmTbFlag.PM_ER, el0Write: ArmTbFlag.PM_EN | ArmTbFlag.PM_ER },
  // SW_INCR and CPU_CYCLES
  { name: 'PMCEID0_EL0', enc: [3, 3, 9, 12, 6], flags: R1 | R0, el0Read: ArmTbFlag.PM_EN, read: () => 0x20001 },
  { name: 'PMCEID1_EL0', enc: [3, 3, 9, 12, 7], flags: R1 | R0 | SysFlag.RAZ, el0Read: ArmTbFlag.PM_EN },
  {
    name: 'PMCCNTR_EL0',
    enc: [3, 3, 9, 13, 0],
    flags: RW1 | R0 | W0,
    el0Read: ArmTbFlag.PM_EN | ArmTbFlag.PM_CR,
    el0Write: ArmTbFlag.PM_EN,
    read: (cpu) => {
      const value = cycles(cpu);
      cpu.valHi = Math.floor(value / TWO_32) | 0;
      return value % TWO_32 | 0;
    },
    write: (cpu, lo, hi) => setCycles(cpu, (hi >>> 0) * TWO_32 + (lo >>> 0)),
  },
  {
    name: 'PMXEVTYPER_EL0',
    enc: [3, 3, 9, 13, 1],
    flags: RW1 | R0 | W0,
    el0Read: ArmTbFlag.PM_EN,
    el0Write: ArmTbFlag.PM_EN,
    read: (cpu) => {
      if ((cpu.word(ENV.pmselr) & 31) === PMSELR_CYCLE) return cpu.word(ENV.pmccfiltr);
      const at = selected(cpu, ENV.pmevtyper);
      return at < 0 ? 0 : cpu.word(at);
    },
    write: (cpu, lo) => {
      const at = (cpu.word(ENV.pmselr) & 31) === PMSELR_CYCLE ? ENV.pmccfiltr : selected(cpu, ENV.pmevtyper);
      if (at >= 0) cpu.setWord(at, lo);
    },
  },
  {
    name: 'PMXEVCNTR_EL0',
    enc: [3, 3, 9, 13, 2],
    flags: RW1 | R0 | W0,
    el0Read: ArmTbFlag.PM_EN | ArmTbFlag.PM_ER,
    el0Write: ArmTbFlag.PM_EN,
    read: (cpu) => {
      const at = selected(cpu, ENV.pmevcntr);
      return at < 0 ? 0 : cpu.word(at);
    },
    write: (cpu, lo) => {
      const at = selected(cpu, ENV.pmevcntr);
      if (at >= 0) cpu.setWord(at, lo);
    },
  },
  // Read at EL0 always; the translation flags of EL0 are computed when it is entered.
  { name: 'PMUSERENR_EL0', enc: [3, 3, 9, 14, 0], flags: PLAIN1 | R0, offset: ENV.pmuserenr, maskLo: 15, maskHi: 0 },
  { name: 'PMINTENSET_EL1', enc: [3, 0, 9, 14, 1], flags: RW1 | PLAIN_READ, offset: ENV.pminten, write: setBits(ENV.pminten) },
  { name: 'PMINTENCLR_EL1', enc: [3, 0, 9, 14, 2], flags: RW1 | PLAIN_READ, offset: ENV.pminten, write: clearBits(ENV.pminten) },
  { name: 'PMOVSSET_EL0', enc: [3, 3, 9, 14, 3], flags: RW1 | R0 | W0 | PLAIN_READ, offset: ENV.pmovs, el0Read: ArmTbFlag.PM_EN, el0Write: ArmTbFlag.PM_EN, write: setBits(ENV.pmovs) },
  { name: 'PMCCFILTR_EL0', enc: [3, 3, 14, 15, 7], flags: PLAIN1 | R0 | W0, offset: ENV.pmccfiltr, maskLo: 0xfc000000 | 0, maskHi: 0, el0Read: ArmTbFlag.PM_EN, el0Write: ArmTbFlag.PM_EN },
  ...eventRows(),
];
