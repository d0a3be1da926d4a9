import { describe as group, expect, it } from 'vitest';
import { SOFT_OPS } from '../../test/softfloat-ops.ts';
import { readWords } from '../../test/oracle/read.ts';
import { Rng } from '../../test/oracle/inputs.ts';
import { CASES_PER_OP, caseSeed, describe, evaluate, hash3 } from '../../test/oracle/softfloat-cases.ts';
import { fpAdd, fpConvert, fpDiv, fpMul, fpMulAdd, FpState, fpSqrt, fpSub, fpToFixed } from './index.ts';

group('softfloat against recorded qemu-aarch64 results', () => {
  const hashes = readWords('softfloat.vec');
  it('has a vector for every op', () => expect(hashes.length).toBe(SOFT_OPS.length * CASES_PER_OP));
  it.each(SOFT_OPS.map((op, o) => [op.name, o] as const))('%s', (_, o) => {
    const op = SOFT_OPS[o]!;
    const bad: string[] = [];
    for (let i = 0; i < CASES_PER_OP; i++) {
      const got = evaluate(op, caseSeed(op, i));
      if (hash3(got) !== hashes[o * CASES_PER_OP + i]) bad.push(`${describe(op, caseSeed(op, i))} got ${got.map((x) => (x >>> 0).toString(16))}`);
    }
    expect(bad).toEqual([]);
  });
});

group('softfloat against the host', () => {
  const f64 = new Float64Array(1), w = new Int32Array(f64.buffer), s = new FpState();
  const bits = (x: number): [number, number] => {
    f64[0] = x;
    return [w[0]!, w[1]!];
  };
  const value = (): number => {
    w[0] = s.lo;
    w[1] = s.hi;
    return f64[0]!;
  };
  const r = new Rng(42);
  const draw = (): number => {
    w[0] = r.next();
    w[1] = (r.next() & 0x800fffff) | ((r.below(4) === 0 ? r.below(2047) : 1023 + r.below(80) - 40) << 20);
    return f64[0]!;
  };
  it('adds, subtracts, multiplies, divides, takes roots like doubles', () => {
    for (let i = 0; i < 20000; i++) {
      const a = draw(), b = draw();
      fpAdd(s, 3, ...bits(a), ...bits(b));
      expect(value()).toBe(a + b);
      fpSub(s, 3, ...bits(a), ...bits(b));
      expect(value()).toBe(a - b);
      fpMul(s, 3, ...bits(a), ...bits(b));
      expect(value()).toBe(a * b);
      fpDiv(s, 3, ...bits(a), ...bits(b));
      expect(value()).toBe(a / b);
      fpSqrt(s, 3, ...bits(Math.abs(a)));
      expect(value()).toBe(Math.sqrt(Math.abs(a)));
      fpConvert(s, 3, 2, ...bits(a), 0);
      fpConvert(s, 2, 3, s.lo, 0, 0);
      expect(value()).toBe(Math.fround(a));
    }
  });
  it('fuses: the error of a product is exact', () => {
    for (let i = 0; i < 2000; i++) {
      const a = 1 + r.next() / 0x1_0000_0000, b = 1 + r.next() / 0x1_0000_0000;
      // Products of 33-bit factors: low part by splitting, which is exact.
      const p = a * b;
      fpMulAdd(s, 3, ...bits(-p), ...bits(a), ...bits(b));
      const ah = Math.fround(a), al = a - ah, bh = Math.fround(b), bl = b - bh;
      expect(value()).toBe(((ah * bh - p) + ah * bl + al * bh) + al * bl);
    }
  });
  it('saturates conversions to integers', () => {
    fpToFixed(s, 3, ...bits(2 ** 31), 32, true, 0, 3);
    expect(s.lo).toBe(0x7fffffff);
    fpToFixed(s, 3, ...bits(-1), 64, false, 0, 3);
    expect([s.lo, s.hi]).toEqual([0, 0]);
  });
});
