import { describe, expect, it } from 'vitest';
import { Builder } from '../../builder/builder.ts';
import { IrFunction, type Temp } from '../../ir/function.ts';
import { Op, type OpName } from '../../op/codes.ts';
import { OPS } from '../../op/table.ts';
import { TbExit } from '../target.ts';
import { ENV, TEST_GLOBALS, TestMachine } from './machine.ts';

const machine = new TestMachine();
const fn = new IrFunction(TEST_GLOBALS, []);
const b = new Builder(fn);
const bits = new DataView(new ArrayBuffer(8));

const toF64 = (v: number): bigint => (bits.setFloat64(0, v), bits.getBigUint64(0));
const toF32 = (v: number): bigint => (bits.setFloat32(0, v), BigInt(bits.getUint32(0)));
const fromF64 = (v: bigint): number => (bits.setBigUint64(0, v), bits.getFloat64(0));
const fromF32 = (v: bigint): number => (bits.setUint32(0, Number(v)), bits.getFloat32(0));

const VALUES = [0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 0.1, 3e9, -3e9, 5e18, -5e18, 1e19, 2 ** 64, 1e300, 1e-45, 5e-324, Infinity, -Infinity, NaN];

function build(name: OpName, imm?: number): (env: number) => number {
  b.begin();
  const def = OPS[name];
  const ins = [...def.ins].map((type, k): Temp => {
    if (type === 'l') return 1 + k;
    const t = b.newI32();
    b.extrlI32I64(t, 1 + k);
    return t;
  });
  const d = def.outs === 'i' ? b.newI32() : 6;
  const i = fn.append(Op[name]) * 8;
  [d, ...ins, ...(imm === undefined ? [] : [imm])].forEach((v, k) => { fn.args[i + k] = v; });
  if (def.outs === 'i') b.extuI64I32(6, d);
  b.exitTb(TbExit.MAIN_LOOP);
  return machine.load(fn);
}

/** Round to nearest even, as the ops do. */
function nearest(v: number): number {
  if (!Number.isFinite(v) || Math.abs(v) >= 2 ** 52) return v;
  const floor = Math.floor(v);
  const diff = v - floor;
  const r = diff < 0.5 ? floor : diff > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
  return r === 0 && (v < 0 || Object.is(v, -0)) ? -0 : r;
}

const ARITHMETIC: Record<string, (a: number, c: number) => number> = {
  add: (a, c) => a + c,
  sub: (a, c) => a - c,
  mul: (a, c) => a * c,
  div: (a, c) => a / c,
  sqrt: (a) => Math.sqrt(a),
  abs: (a) => Math.abs(a),
  neg: (a) => -a,
  floor: (a) => Math.floor(a),
  ceil: (a) => Math.ceil(a),
  trunc: (a) => Math.trunc(a),
  nearest,
};

describe('float ops', () => {
  for (const [suffix, to, from] of [['f32', toF32, fromF32], ['f64', toF64, fromF64]] as const) {
    const values = suffix === 'f32' ? VALUES.map(Math.fround) : VALUES;
    for (const [name, reference] of Object.entries(ARITHMETIC)) {
      it(`f${name}_${suffix}`, () => {
        const run = build(`f${name}_${suffix}` as OpName);
        for (const x of values) for (const y of values) {
          machine.set('x0', to(x));
          machine.set('x1', to(y));
          run(ENV);
          const got = from(machine.get('x5'));
          // A double result of float operands rounds to the float result: 53 >= 2 * 24 + 2 bits.
          const expected = suffix === 'f32' ? Math.fround(reference(x, y)) : reference(x, y);
          if (!Object.is(got, expected)) expect.fail(`${name}(${x}, ${y}) = ${got}, expected ${expected}`);
        }
      });
    }

    it(`fsetcond_${suffix}`, () => {
      const conds: ((a: number, c: number) => boolean)[] = [
        (a, c) => a === c, (a, c) => a !== c, (a, c) => a < c, (a, c) => a > c, (a, c) => a <= c, (a, c) => a >= c,
      ];
      conds.forEach((reference, cond) => {
        const run = build(`fsetcond_${suffix}`, cond);
        for (const x of values) for (const y of values) {
          machine.set('x0', to(x));
          machine.set('x1', to(y));
          run(ENV);
          expect(machine.get('x5')).toBe(reference(x, y) ? 1n : 0n);
        }
      });
    });

    for (const w of [32, 64]) for (const sign of ['s', 'u'] as const) {
      it(`converts between ${suffix} and i${w}${sign}`, () => {
        const toInt = build(`fcvt_i${w}${sign}_${suffix}` as OpName);
        const [min, max] = sign === 's' ? [-(1n << BigInt(w - 1)), (1n << BigInt(w - 1)) - 1n] : [0n, (1n << BigInt(w)) - 1n];
        for (const x of values) {
          machine.set('x0', to(x));
          toInt(ENV);
          let expected: bigint;
          if (Number.isNaN(x)) expected = 0n;
          else if (x === Infinity) expected = max;
          else if (x === -Infinity) expected = min;
          else expected = BigInt(Math.trunc(x));
          expected = expected < min ? min : expected > max ? max : expected;
          if (machine.get('x5') !== BigInt.asUintN(w, expected)) expect.fail(`${x}: got ${machine.get('x5')}, expected ${expected}`);
        }
        const toFloat = build(`fcvt_${suffix}_i${w}${sign}` as OpName);
        for (const v of [0n, 1n, 0xffffffffn, 0x7fffffffn, 0x80000000n, 0x7fffffffffffffffn, 0xffffffffffffffffn, 16777217n, 0x20000000000001n]) {
          machine.set('x0', v);
          toFloat(ENV);
          const int = sign === 's' ? BigInt.asIntN(w, v) : BigInt.asUintN(w, v);
          // Through text: one rounding to double; then the values here are exact in double or beyond half a float ulp.
          const expected = suffix === 'f32' ? Math.fround(Number(int)) : Number(int);
          expect(from(machine.get('x5'))).toBe(expected);
        }
      });
    }
  }

  it('converts between f32 and f64', () => {
    const widen = build('fcvt_f64_f32');
    for (const v of VALUES.map(Math.fround)) {
      machine.set('x0', toF32(v));
      widen(ENV);
      expect(fromF64(machine.get('x5'))).toBe(v);
    }
    const narrow = build('fcvt_f32_f64');
    for (const v of VALUES) {
      machine.set('x0', toF64(v));
      narrow(ENV);
      expect(fromF32(machine.get('x5'))).toBe(Math.fround(v));
    }
  });

  it('chains float ops without going through integers', () => {
    b.begin();
    const [p, q, r] = [b.newI64(), b.newI64(), b.newI64()];
    b.fmulF64(p, 1, 2);
    b.faddF64(q, p, 3);
    b.fsqrtF64(r, q);
    b.fcvtI64sF64(6, r);
    b.exitTb(TbExit.MAIN_LOOP);
    const run = machine.load(fn);
    machine.set('x0', toF64(8));
    machine.set('x1', toF64(4));
    machine.set('x2', toF64(4));
    run(ENV);
    expect(machine.get('x5')).toBe(6n);
  });

  it('does not mistake an integer result for a float one that ends at the same byte', () => {
    b.begin();
    const [p, q, r, t] = [b.newI32(), b.newI32(), b.newI32(), b.newI32()];
    b.extrlI32I64(p, 1);
    b.faddF32(q, p, p);
    b.fsetcondF32(r, q, q, 0);
    b.faddF32(t, r, r);
    b.extuI64I32(6, t);
    b.exitTb(TbExit.MAIN_LOOP);
    machine.set('x0', toF32(1));
    machine.run(fn);
    expect(machine.get('x5')).toBe(2n);
  });
});
