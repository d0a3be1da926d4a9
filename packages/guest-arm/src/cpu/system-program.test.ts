import { describe, expect, it } from 'vitest';
import { BareMachine } from '../../test/system/bare-machine.ts';
import { readVector } from '../../test/system/files.ts';

/** Lines where the reference is wrong, and what the architecture says instead. */
const CORRECTED: Readonly<Record<string, string>> = {
  // MSR DAIFSet trapped from EL0: op1 is 3 and op2 6 (Arm ARM, ISS of EC 0x18); QEMU 7.2 has them in each other's place.
  '0000000000000008 00000000620793e4 0000000040200660 00000000000003c0 ffff000000000000':
    '0000000000000008 00000000620cd3e4 0000000040200660 00000000000003c0 ffff000000000000',
};

describe('a program that takes every exception', () => {
  it('prints what it prints on QEMU', () => {
    const machine = new BareMachine('cortex-a57', 128 << 20);
    const output = machine.run(readVector('exceptions.bin'), 0x40200000);
    const expected = readVector('exceptions.txt').toString('latin1').trim().split('\n').map((line) => CORRECTED[line] ?? line);
    expect(output.replace(/ +\n/g, '\n').trim().split('\n')).toEqual(expected);
    expect(machine.log).toContain('S3_4_C1_C1_0 (d53c1100) at 0x000000004020006c');
  });
});
