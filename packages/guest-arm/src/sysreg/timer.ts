import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { IdSlot } from '../cpu/models.ts';
import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { counter, readCtl, readTval, tickHigh, Timer, writeCtl, writeCval, writeTval } from '../cpu/timers.ts';
import { CONST1, PLAIN1, RW1, SysFlag, type SysRead, type SysRow, type SysWrite } from './types.ts';

const { R0, W0, R1, PLAIN_READ } = SysFlag;

const readCounter: SysRead = (cpu) => {
  const ticks = counter(cpu);
  cpu.valHi = tickHigh(ticks);
  return ticks % 4294967296 | 0;
};

/** The timers' lines are the interrupt controller's inputs: under the big lock. */
function locked(write: (cpu: ArmCpu, timer: number, lo: number, hi: number) => void, timer: number): SysWrite {
  return (cpu, lo, hi) => {
    cpu.host.lock();
    write(cpu, timer, lo, hi);
    cpu.host.unlock();
  };
}

function timerRows(prefix: string, timer: number, crm: number, cval: number, enable: number): SysRow[] {
  const rw = { flags: RW1 | R0 | W0, el0Read: enable, el0Write: enable };
  return [
    {
      ...rw,
      name: `${prefix}_TVAL_EL0`,
      enc: [3, 3, 14, crm, 0],
      // 32 bits, zero-extended
      read: (cpu) => readTval(cpu, timer),
      write: locked(writeTval, timer),
    },
    { ...rw, name: `${prefix}_CTL_EL0`, enc: [3, 3, 14, crm, 1], read: (cpu) => readCtl(cpu, timer), write: locked(writeCtl, timer) },
    { ...rw, name: `${prefix}_CVAL_EL0`, enc: [3, 3, 14, crm, 2], flags: rw.flags | PLAIN_READ, offset: cval, write: locked(writeCval, timer) },
  ];
}

/** Generic timer. */
export const TIMER_ROWS: readonly SysRow[] = [
  {
    name: 'CNTFRQ_EL0',
    enc: [3, 3, 14, 0, 0],
    flags: CONST1 | R0,
    offset: ENV.idRegs + IdSlot.CNTFRQ * 8,
    el0Read: ArmTbFlag.EL0PCTEN | ArmTbFlag.EL0VCTEN,
  },
  { name: 'CNTPCT_EL0', enc: [3, 3, 14, 0, 1], flags: R1 | R0, read: readCounter, el0Read: ArmTbFlag.EL0PCTEN },
  { name: 'CNTVCT_EL0', enc: [3, 3, 14, 0, 2], flags: R1 | R0, read: readCounter, el0Read: ArmTbFlag.EL0VCTEN },
  { name: 'CNTKCTL_EL1', enc: [3, 0, 14, 1, 0], flags: PLAIN1, offset: ENV.cntkctl },
  ...timerRows('CNTP', Timer.PHYS, 2, ENV.cntpCval, ArmTbFlag.EL0PTEN),
  ...timerRows('CNTV', Timer.VIRT, 3, ENV.cntvCval, ArmTbFlag.EL0VTEN),
];
