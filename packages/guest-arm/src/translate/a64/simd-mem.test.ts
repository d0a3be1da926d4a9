import { describe, expect, it } from 'vitest';
import { ENV_ADDR, InsnMachine, X4 } from '../../../test/oracle/machine.ts';
import { vOffset } from '../../cpu/env.ts';

describe('PC-relative loads of SIMD&FP registers', () => {
  const machine = new InsnMachine();
  const { i32 } = machine.heap;
  for (let i = 0; i < 256; i++) machine.guest[i] = i;
  it.each([[0, 4], [1, 8], [2, 16]])('opc %i loads %i bytes, below and above pc', (opc, bytes) => {
    for (const words of [-8, 12]) {
      const at = (ENV_ADDR + vOffset(5)) >>> 2;
      i32.fill(-1, at, at + 4);
      expect(machine.translate('LDR_lit_V', { opc, imm19: words & 0x7ffff, Rt: 5 }, X4)).toBe(true);
      machine.interpret(machine.fn, ENV_ADDR);
      const got = [...machine.heap.u8.slice(at * 4, at * 4 + 16)];
      expect(got).toEqual(Array.from({ length: 16 }, (_, i) => (i < bytes ? 128 + words * 4 + i : 0)));
    }
  });
});
