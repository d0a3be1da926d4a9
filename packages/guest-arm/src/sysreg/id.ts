import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { ENV } from '../cpu/env.ts';
import { idSlot, IdSlot } from '../cpu/models.ts';
import { CONST1, RAZ_WI1, RW1, SysFlag, type SysRow } from './types.ts';

/** Names of the identification registers with CRn 0, by CRm (1..7) and op2; what has none is reserved and reads as zero. */
const NAMES: readonly (readonly string[])[] = [
  ['ID_PFR0_EL1', 'ID_PFR1_EL1', 'ID_DFR0_EL1', 'ID_AFR0_EL1', 'ID_MMFR0_EL1', 'ID_MMFR1_EL1', 'ID_MMFR2_EL1', 'ID_MMFR3_EL1'],
  ['ID_ISAR0_EL1', 'ID_ISAR1_EL1', 'ID_ISAR2_EL1', 'ID_ISAR3_EL1', 'ID_ISAR4_EL1', 'ID_ISAR5_EL1', 'ID_MMFR4_EL1', 'ID_ISAR6_EL1'],
  ['MVFR0_EL1', 'MVFR1_EL1', 'MVFR2_EL1', '', 'ID_PFR2_EL1', 'ID_DFR1_EL1', 'ID_MMFR5_EL1', ''],
  ['ID_AA64PFR0_EL1', 'ID_AA64PFR1_EL1', '', '', 'ID_AA64ZFR0_EL1', 'ID_AA64SMFR0_EL1', '', ''],
  ['ID_AA64DFR0_EL1', 'ID_AA64DFR1_EL1', '', '', 'ID_AA64AFR0_EL1', 'ID_AA64AFR1_EL1', '', ''],
  ['ID_AA64ISAR0_EL1', 'ID_AA64ISAR1_EL1', 'ID_AA64ISAR2_EL1', '', '', '', '', ''],
  ['ID_AA64MMFR0_EL1', 'ID_AA64MMFR1_EL1', 'ID_AA64MMFR2_EL1', '', '', '', '', ''],
];

function slot(n: number): number {
  return ENV.idRegs + n * 8;
}

function featureRows(): SysRow[] {
  const rows: SysRow[] = [];
  for (let crm = 1; crm <= 7; crm++) {
    for (let op2 = 0; op2 < 8; op2++) {
      const name = NAMES[crm - 1]![op2]!;
      rows.push({
        name: name === '' ? `ID_RESERVED_${crm}_${op2}` : name,
        enc: [3, 0, 0, crm, op2],
        flags: CONST1,
        offset: slot(idSlot(crm, op2)),
      });
    }
  }
  return rows;
}

/** Identification registers and the cache description. */
export const ID_ROWS: readonly SysRow[] = [
  ...featureRows(),
  { name: 'MIDR_EL1', enc: [3, 0, 0, 0, 0], flags: CONST1, offset: slot(IdSlot.MIDR) },
  { name: 'MPIDR_EL1', enc: [3, 0, 0, 0, 5], flags: CONST1, offset: slot(IdSlot.MPIDR) },
  { name: 'REVIDR_EL1', enc: [3, 0, 0, 0, 6], flags: CONST1, offset: slot(IdSlot.REVIDR) },
  {
    name: 'CCSIDR_EL1',
    enc: [3, 1, 0, 0, 0],
    flags: SysFlag.R1,
    read: (cpu) => cpu.model.ccsidr[cpu.word(ENV.csselr) & 15] ?? 0,
  },
  { name: 'CLIDR_EL1', enc: [3, 1, 0, 0, 1], flags: CONST1, offset: slot(IdSlot.CLIDR) },
  { name: 'AIDR_EL1', enc: [3, 1, 0, 0, 7], flags: CONST1, offset: slot(IdSlot.AIDR) },
  {
    name: 'CSSELR_EL1',
    enc: [3, 2, 0, 0, 0],
    flags: RW1 | SysFlag.PLAIN_READ | SysFlag.PLAIN_WRITE,
    offset: ENV.csselr,
    maskLo: 15,
    maskHi: 0,
  },
  { name: 'CTR_EL0', enc: [3, 3, 0, 0, 1], flags: CONST1 | SysFlag.R0, offset: slot(IdSlot.CTR), el0Read: ArmTbFlag.UCT },
  { name: 'DCZID_EL0', enc: [3, 3, 0, 0, 7], flags: SysFlag.R1 | SysFlag.R0, read: (cpu) => readDczid(cpu.word(ENV.tbFlags)) },
  // Implementation defined registers of the Cortex-A cores that have storage or a value.
  { name: 'L2CTLR_EL1', enc: [3, 1, 11, 0, 2], flags: SysFlag.R1 | SysFlag.W1 | SysFlag.NOP, read: (cpu) => (Math.min(cpu.host.cpuCount, 4) - 1) << 24 },
  { name: 'L2ECTLR_EL1', enc: [3, 1, 11, 0, 3], flags: RAZ_WI1 },
  { name: 'L2ACTLR_EL1', enc: [3, 1, 15, 0, 0], flags: RAZ_WI1 },
  { name: 'CPUACTLR_EL1', enc: [3, 1, 15, 2, 0], flags: RAZ_WI1 },
  { name: 'CPUECTLR_EL1', enc: [3, 1, 15, 2, 1], flags: RAZ_WI1 },
  { name: 'CPUMERRSR_EL1', enc: [3, 1, 15, 2, 2], flags: RAZ_WI1 },
  { name: 'L2MERRSR_EL1', enc: [3, 1, 15, 2, 3], flags: RAZ_WI1 },
  { name: 'CBAR_EL1', enc: [3, 1, 15, 3, 0], flags: SysFlag.R1, read: () => 0x8000000 },
];

/** BS = 4 (64 bytes); DZP where EL0 may not use DC ZVA. */
function readDczid(flags: number): number {
  const prohibited = (flags & ArmTbFlag.EL_MASK) === 0 && (flags & ArmTbFlag.DZE) === 0;
  return prohibited ? 0x14 : 4;
}
