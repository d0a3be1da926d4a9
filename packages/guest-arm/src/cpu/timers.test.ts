import { describe, expect, it } from 'vitest';
import { FakeMachine, get64, set64 } from '../../test/system/fake-host.ts';
import { makeSystemHelpers } from '../helper/system.ts';
import { sysregLookup } from '../sysreg/table.ts';
import { CpuCommon } from '@mttcg/softmmu';
import type { ArmCpu } from './cpu.ts';
import { ENV } from './env.ts';

const scratch = CpuCommon.offset.scratch;

/** CRm 2 is the physical timer (PPI 30, host timer 0), CRm 3 the virtual one (27, 1). */
const KINDS = [['CNTP', 2, 30, 0], ['CNTV', 3, 27, 1]] as const;

function setup(): { m: FakeMachine; cpu: ArmCpu; read: (crm: number, op2: number) => bigint; write: (crm: number, op2: number, v: bigint) => void } {
  const m = new FakeMachine('cortex-a57', 1, 0, 4096);
  const cpu = m.cpus[0]!;
  const h = makeSystemHelpers({ cpu, host: cpu.host });
  return {
    m,
    cpu,
    read: (crm, op2) => {
      h.sysreg_read!(sysregLookup(3, 3, 14, crm, op2)!.index);
      return get64(cpu, scratch);
    },
    write: (crm, op2, v) => {
      h.sysreg_write!(sysregLookup(3, 3, 14, crm, op2)!.index, Number(v & 0xffffffffn) | 0, Number((v >> 32n) & 0xffffffffn) | 0);
    },
  };
}

describe('counter', () => {
  it('ticks every 16 ns, 64 bits wide', () => {
    const { m, read } = setup();
    m.now = 15.9;
    expect(read(0, 2)).toBe(0n);
    m.now = 16;
    expect(read(0, 2)).toBe(1n);
    expect(read(0, 1)).toBe(1n);
    // three days
    m.now = 259_200e9;
    expect(read(0, 2)).toBe(16_200_000_000_000n);
    expect(get64(setup().cpu, ENV.idRegs + 63 * 8)).toBe(62_500_000n);
  });
});

for (const [name, crm, ppi, timer] of KINDS) {
  describe(name, () => {
    it('fires at its compare value and holds the line until it is moved', () => {
      const { m, cpu, read, write } = setup();
      m.now = 1600;
      write(crm, 0, 50n); // TVAL: compare value 150
      expect(read(crm, 2)).toBe(150n);
      write(crm, 1, 1n);
      expect(m.deadlines.get(`0:${timer}`)).toBe(2400);
      expect(m.outputs.get(`0:${ppi}`)).toBe(0);
      expect(read(crm, 1)).toBe(1n);
      m.now = 2399;
      cpu.timerExpired(timer); // a tick early on another thread's clock: armed again
      expect(m.outputs.get(`0:${ppi}`)).toBe(0);
      expect(m.deadlines.get(`0:${timer}`)).toBe(2400);
      m.now = 2400;
      expect(read(crm, 1)).toBe(5n);
      cpu.timerExpired(timer);
      expect(m.outputs.get(`0:${ppi}`)).toBe(1);
      expect(m.deadlines.get(`0:${timer}`)).toBe(Infinity);
      expect(read(crm, 0)).toBe(0n);
      m.now = 3200;
      expect(read(crm, 0)).toBe(0xffffffcen); // 50 ticks late
      write(crm, 2, 1000n);
      expect(m.outputs.get(`0:${ppi}`)).toBe(0);
      expect(m.deadlines.get(`0:${timer}`)).toBe(16000);
      expect(m.lockDepth).toBe(0);
    });

    it('masked and disabled timers keep the line low', () => {
      const { m, read, write } = setup();
      m.now = 1e6;
      write(crm, 2, 1n);
      write(crm, 1, 3n);
      expect(read(crm, 1)).toBe(7n);
      expect(m.outputs.get(`0:${ppi}`)).toBe(0);
      write(crm, 1, 1n);
      expect(m.outputs.get(`0:${ppi}`)).toBe(1);
      write(crm, 1, 0n);
      expect(m.outputs.get(`0:${ppi}`)).toBe(0);
      expect(read(crm, 1)).toBe(0n);
      expect(m.deadlines.get(`0:${timer}`)).toBe(Infinity);
    });

    it('a compare value that never comes arms nothing', () => {
      const { m, write } = setup();
      write(crm, 2, 0xffff_ffff_ffff_ffffn);
      write(crm, 1, 1n);
      expect(m.deadlines.get(`0:${timer}`)).toBe(Infinity);
      expect(m.outputs.get(`0:${ppi}`)).toBe(0);
    });

    it('a negative TVAL is in the past', () => {
      const { m, read, write } = setup();
      m.now = 16_000;
      write(crm, 0, 0xffff_fff6n);
      expect(read(crm, 2)).toBe(990n);
      write(crm, 1, 1n);
      expect(m.outputs.get(`0:${ppi}`)).toBe(1);
    });
  });
}

describe('cycle counter', () => {
  it('runs at 1 GHz while enabled and keeps its value when stopped', () => {
    const { m, cpu } = setup();
    const h = makeSystemHelpers({ cpu, host: cpu.host });
    const msr = (crm: number, op2: number, v: number): void => void h.sysreg_write!(sysregLookup(3, 3, 9, crm, op2)!.index, v, 0);
    const cycles = (): bigint => {
      h.sysreg_read!(sysregLookup(3, 3, 9, 13, 0)!.index);
      return get64(cpu, scratch);
    };
    m.now = 1000;
    expect(cycles()).toBe(0n);
    msr(12, 1, 0x80000000 | 0);
    msr(12, 0, 1);
    m.now = 6_000_000_000;
    expect(cycles()).toBe(5_999_999_000n);
    msr(12, 2, 0x80000000 | 0);
    m.now += 500;
    expect(cycles()).toBe(5_999_999_000n);
    msr(12, 0, 4);
    expect(cycles()).toBe(0n);
    set64(cpu, ENV.pmccntr, 0n);
  });
});
