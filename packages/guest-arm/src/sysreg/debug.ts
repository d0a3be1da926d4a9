import { ENV } from '../cpu/env.ts';
import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { PLAIN1, RO1, RW1, SysFlag, type SysRow } from './types.ts';

const { PLAIN_READ, RAZ, NOP, R0, W0, R1, W1, END_TB } = SysFlag;

/** Breakpoints and watchpoints that ID_AA64DFR0_EL1 of all models reports. */
const BREAKPOINTS = 6;
const WATCHPOINTS = 4;

function pairs(): SysRow[] {
  const rows: SysRow[] = [];
  const add = (kind: string, count: number, op2: number, offset: number, maskLo: number): void => {
    for (let n = 0; n < count; n++) {
      rows.push({ name: `${kind}${n}_EL1`, enc: [2, 0, 0, n, op2], flags: PLAIN1, offset: offset + n * 8, maskLo });
    }
  };
  add('DBGBVR', BREAKPOINTS, 4, ENV.dbgbvr, -1);
  add('DBGBCR', BREAKPOINTS, 5, ENV.dbgbcr, -1);
  add('DBGWVR', WATCHPOINTS, 6, ENV.dbgwvr, ~3);
  add('DBGWCR', WATCHPOINTS, 7, ENV.dbgwcr, -1);
  return rows;
}

/**
 * Self-hosted debug. Breakpoints and watchpoints are storage only; software step works. There is no external debugger,
 * so the communication channel is empty.
 */
export const DEBUG_ROWS: readonly SysRow[] = [
  ...pairs(),
  {
    name: 'MDSCR_EL1',
    enc: [2, 0, 0, 2, 2],
    flags: RW1 | PLAIN_READ | END_TB,
    offset: ENV.mdscr,
    write: (cpu, lo, hi) => {
      cpu.setPair(ENV.mdscr, lo, hi);
      cpu.updateTbFlags();
    },
  },
  { name: 'MDCCINT_EL1', enc: [2, 0, 0, 2, 0], flags: PLAIN1, offset: ENV.mdccint },
  { name: 'MDCCSR_EL0', enc: [2, 3, 0, 1, 0], flags: R1 | R0 | RAZ, el0Read: ArmTbFlag.DCC },
  { name: 'DBGDTR_EL0', enc: [2, 3, 0, 4, 0], flags: RW1 | R0 | W0 | RAZ | NOP, el0Read: ArmTbFlag.DCC, el0Write: ArmTbFlag.DCC },
  { name: 'DBGDTRRX_EL0', enc: [2, 3, 0, 5, 0], flags: RW1 | R0 | W0 | RAZ | NOP, el0Read: ArmTbFlag.DCC, el0Write: ArmTbFlag.DCC },
  { name: 'OSDTRRX_EL1', enc: [2, 0, 0, 0, 2], flags: PLAIN1, offset: ENV.osdtrrx },
  { name: 'OSDTRTX_EL1', enc: [2, 0, 0, 3, 2], flags: PLAIN1, offset: ENV.osdtrtx },
  { name: 'OSECCR_EL1', enc: [2, 0, 0, 6, 2], flags: PLAIN1, offset: ENV.oseccr },
  { name: 'MDRAR_EL1', enc: [2, 0, 1, 0, 0], flags: RO1 | RAZ },
  {
    name: 'OSLAR_EL1',
    enc: [2, 0, 1, 0, 4],
    flags: W1 | END_TB,
    write: (cpu, lo) => {
      cpu.setWord(ENV.oslsr, (cpu.word(ENV.oslsr) & ~2) | ((lo & 1) << 1));
      cpu.updateTbFlags();
    },
  },
  { name: 'OSLSR_EL1', enc: [2, 0, 1, 1, 4], flags: RO1 | PLAIN_READ, offset: ENV.oslsr },
  {
    name: 'OSDLR_EL1',
    enc: [2, 0, 1, 3, 4],
    flags: RW1 | PLAIN_READ | END_TB,
    offset: ENV.osdlr,
    write: (cpu, lo) => {
      cpu.setWord(ENV.osdlr, lo & 1);
      cpu.updateTbFlags();
    },
  },
  { name: 'DBGPRCR_EL1', enc: [2, 0, 1, 4, 4], flags: RW1 | RAZ | NOP },
  {
    name: 'DBGCLAIMSET_EL1',
    enc: [2, 0, 7, 8, 6],
    flags: RW1,
    read: () => 0xff,
    write: (cpu, lo) => cpu.setWord(ENV.dbgclaim, cpu.word(ENV.dbgclaim) | (lo & 0xff)),
  },
  {
    name: 'DBGCLAIMCLR_EL1',
    enc: [2, 0, 7, 9, 6],
    flags: RW1 | PLAIN_READ,
    offset: ENV.dbgclaim,
    write: (cpu, lo) => cpu.setWord(ENV.dbgclaim, cpu.word(ENV.dbgclaim) & ~lo),
  },
  { name: 'DBGAUTHSTATUS_EL1', enc: [2, 0, 7, 14, 6], flags: RO1 | RAZ },
];

