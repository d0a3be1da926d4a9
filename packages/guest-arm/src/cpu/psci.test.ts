import { CpuCommon, InterruptBit } from '@mttcg/softmmu';
import { describe, expect, it } from 'vitest';
import { FakeMachine, get64, set64 } from '../../test/system/fake-host.ts';
import type { ArmCpu } from './cpu.ts';
import { ENV, PowerState, xOffset } from './env.ts';
import { PState } from './pstate.ts';
import { ArmExcp } from './syndrome.ts';

const C = CpuCommon.offset;

function hvc(cpu: ArmCpu, ...args: (number | bigint)[]): bigint {
  args.forEach((a, n) => set64(cpu, xOffset(n), BigInt(a)));
  set64(cpu, ENV.pc, 0x40080004n);
  cpu.setWord(C.exceptionIndex, ArmExcp.HVC);
  cpu.deliverException();
  expect(get64(cpu, ENV.pc)).toBe(0x40080004n);
  return BigInt.asIntN(64, get64(cpu, xOffset(0)));
}

function machine(cpus = 4): FakeMachine {
  return new FakeMachine('cortex-a57', cpus, 0, 4096);
}

describe('PSCI', () => {
  it('version, features, migration', () => {
    const cpu = machine().cpus[0]!;
    expect(hvc(cpu, 0x84000000)).toBe(0x10001n);
    expect(hvc(cpu, 0x84000006)).toBe(2n);
    for (const fn of [0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0xc4000003, 0xc4000004, 0x84000008, 0x84000009]) {
      expect(hvc(cpu, 0x8400000a, fn), fn.toString(16)).toBe(0n);
    }
    // SMCCC_VERSION, CPU_OFF as a 64-bit function, an unknown one
    for (const fn of [0x80000000, 0xc4000002, 0x84000014]) expect(hvc(cpu, 0x8400000a, fn), fn.toString(16)).toBe(-1n);
    expect(hvc(cpu, 0xdeadbeef)).toBe(-1n);
  });

  it('CPU_ON starts another vCPU at the entry with its context, once', () => {
    const m = machine();
    const [boot, second] = m.cpus as [ArmCpu, ArmCpu];
    expect(second.word(C.halted)).toBe(1);
    expect(second.hasWork()).toBe(false);
    // even an interrupt does not wake what is off
    second.setWord(C.interruptRequest, InterruptBit.HARD);
    expect(second.hasWork()).toBe(false);
    expect(second.interrupt()).toBe(false);
    second.setWord(C.interruptRequest, 0);

    expect(hvc(boot, 0xc4000004, 1, 0)).toBe(BigInt(PowerState.OFF));
    expect(hvc(boot, 0xc4000003, 1, 0x1_4008_0000n, 0xffff_0000_1111_2222n)).toBe(0n);
    expect(m.kicks).toEqual([`1:${InterruptBit.EXIT_TB}`]);
    expect(hvc(boot, 0xc4000003, 1, 0, 0)).toBe(-5n);
    expect(hvc(boot, 0xc4000004, 1, 0)).toBe(BigInt(PowerState.ON_PENDING));

    expect(second.hasWork()).toBe(true);
    expect(second.interrupt()).toBe(true);
    expect(get64(second, ENV.pc)).toBe(0x1_4008_0000n);
    expect(get64(second, xOffset(0))).toBe(0xffff_0000_1111_2222n);
    expect(second.word(ENV.pstate)).toBe(PState.MODE_EL1H | PState.DAIF);
    expect(second.word(C.halted)).toBe(0);
    expect(second.word(C.interruptRequest)).toBe(0);
    expect(m.tlbs[1]!.take()).toContain('all');
    expect(hvc(boot, 0xc4000004, 1, 0)).toBe(BigInt(PowerState.ON));
    expect(hvc(boot, 0xc4000003, 1, 0, 0)).toBe(-4n);
    expect(hvc(boot, 0xc4000003, 9, 0, 0)).toBe(-2n);
    expect(m.lockDepth).toBe(0);
  });

  it('the 32-bit call takes the low halves only', () => {
    const m = machine();
    expect(hvc(m.cpus[0]!, 0x84000003, 0xffff_ffff_0000_0002n, 0x9_4008_0000n, 0x7_0000_0001n)).toBe(0n);
    expect(m.cpus[2]!.interrupt()).toBe(true);
    expect(get64(m.cpus[2]!, ENV.pc)).toBe(0x4008_0000n);
    expect(get64(m.cpus[2]!, xOffset(0))).toBe(1n);
  });

  it('CPU_OFF and on again', () => {
    const m = machine();
    const [boot, second] = m.cpus as [ArmCpu, ArmCpu];
    hvc(boot, 0xc4000003, 1, 0x1000, 0);
    second.interrupt();
    hvc(second, 0x84000002);
    expect(second.word(C.halted)).toBe(1);
    expect(second.hasWork()).toBe(false);
    expect(hvc(boot, 0xc4000004, 1, 0)).toBe(BigInt(PowerState.OFF));
    expect(hvc(boot, 0xc4000003, 1, 0x2000, 0)).toBe(0n);
    expect(second.interrupt()).toBe(true);
    expect(get64(second, ENV.pc)).toBe(0x2000n);
  });

  it('SYSTEM_OFF and SYSTEM_RESET end the machine', () => {
    const m = machine(1);
    hvc(m.cpus[0]!, 0x84000008);
    hvc(m.cpus[0]!, 0x84000009);
    expect(m.shutdowns).toEqual(['poweroff', 'reset']);
    expect(m.cpus[0]!.word(C.halted)).toBe(1);
  });

  it('CPU_SUSPEND waits for an interrupt like WFI', () => {
    const m = machine(1);
    const cpu = m.cpus[0]!;
    expect(hvc(cpu, 0xc4000001, 0x10000, 0, 0)).toBe(0n);
    expect(cpu.word(C.halted)).toBe(1);
    expect(hvc(cpu, 0xc4000001, 0x2000000, 0, 0)).toBe(-2n);
  });

  it('MPIDR is the vCPU number', () => {
    const m = machine(3);
    expect(m.cpus.map((c) => get64(c, ENV.idRegs + 57 * 8))).toEqual([0x80000000n, 0x80000001n, 0x80000002n]);
  });
});
