import { describe, expect, it } from 'vitest';
import { ENV_ADDR, InsnMachine } from '../../../test/oracle/machine.ts';
import { Rng } from '../../../test/oracle/inputs.ts';
import { ENV } from '../../cpu/env.ts';
import { fpMulAdd, FpState } from '../../softfloat/index.ts';

/** Fused multiply-adds in WebAssembly against softfloat, where the fast paths apply: IXC set, default FPCR. */
describe('fused multiply-add fast paths', () => {
  const machine = new InsnMachine(), s = new FpState(), r = new Rng(7);
  const { f64, f32, i32 } = machine.heap;
  const v = (ENV_ADDR + ENV.vregs) >>> 2;
  const hex = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');

  function drawDouble(spread: number): number {
    f64[0] = 1;
    const short = r.below(3) === 0;
    i32[0] = short ? 0 : r.next();
    i32[1] = (r.next() & 0x80000000) | ((1023 + r.below(2 * spread + 1) - spread) << 20) | (r.next() & (short ? 0xf0000 : 0xfffff));
    return f64[0]!;
  }

  function check(name: 'FMADD' | 'FNMSUB', ftype: number, count: number): void {
    expect(machine.translate(name, { ftype, Rd: 0, Rn: 1, Rm: 2, Ra: 3 })).toBe(true);
    const run = machine.compile(machine.fn), double = ftype === 1;
    let wrong = 0, first = '';
    i32[(ENV_ADDR + ENV.fpsr) >>> 2] = 16;
    for (let k = 0; k < count; k++) {
      const spread = r.below(4) === 0 ? 400 : 30;
      const n = drawDouble(double ? spread : 30), m = drawDouble(double ? spread : 30);
      // Sums that nearly cancel, and addends around half a unit of the product.
      const p = n * m;
      let a: number;
      switch (r.below(5)) {
        case 0: a = -p; break;
        case 1: a = p * 2 ** (r.below(9) + 49) * (r.next() & 1 ? 1 : -1); break;
        case 2: a = p * 2 ** -(r.below(9) + 49); break;
        case 3: a = -p * (1 + (r.below(5) - 2) * 2 ** -52); break;
        default: a = drawDouble(double ? spread : 30);
      }
      const values = [0, n, m, a];
      for (let q = 1; q < 4; q++) {
        if (double) f64[(v >>> 1) + 2 * q] = values[q]!;
        else f32[v + 4 * q] = values[q]!;
      }
      const w = (q: number, hi: number): number => (double || hi === 0 ? i32[v + 4 * q + hi]! : 0);
      const neg = name === 'FNMSUB' ? 0x80000000 : 0;
      s.fpcr = 0;
      s.flags = 0;
      fpMulAdd(s, double ? 3 : 2, w(3, 0) ^ (double ? 0 : neg), w(3, 1) ^ (double ? neg : 0), w(1, 0), w(1, 1), w(2, 0), w(2, 1));
      const operands = [1, 2, 3].map((q) => `${hex(w(q, 1))}_${hex(w(q, 0))}`).join(' ');
      run(ENV_ADDR);
      if (i32[v] !== s.lo || i32[v + 1] !== s.hi) {
        wrong++;
        first ||= `${operands}: got ${hex(i32[v + 1]!)}_${hex(i32[v]!)} want ${hex(s.hi)}_${hex(s.lo)}`;
      }
    }
    expect([wrong, first]).toEqual([0, '']);
  }

  it('rounds doubles once', () => check('FMADD', 1, 30000));
  it('rounds doubles once with the addend negated', () => check('FNMSUB', 1, 10000));
  it('rounds singles once', () => check('FMADD', 0, 30000));
});
