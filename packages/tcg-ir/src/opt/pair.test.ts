import { describe, expect, it } from 'vitest';
import { Op } from '../op/codes.ts';
import { OP_NAMES } from '../op/table.ts';
import { bswap32, clzPair, ctzPair, mulHighU32, Pair, popcount32 } from './pair.ts';
import { ofWidth } from './width.ts';

const WORDS = [0, 1, 2, 0x7fff_ffff, 0x8000_0000 | 0, -1, -2, 0x1234_5678, 0x9abc_def0 | 0, 0x0001_0000, 0xffff];
const PAIRS = WORDS.flatMap((lo) => WORDS.map((hi) => [lo, hi] as const));
const big = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
const p = new Pair();
const value = (): bigint => big(p.lo, p.hi);
const u64 = (x: bigint): bigint => BigInt.asUintN(64, x);

describe('Pair', () => {
  it('adds, subtracts and multiplies', () => {
    for (const [aLo, aHi] of PAIRS) {
      for (const [bLo, bHi] of PAIRS) {
        const [a, b] = [big(aLo, aHi), big(bLo, bHi)];
        p.add(aLo, aHi, bLo, bHi);
        expect(value()).toBe(u64(a + b));
        p.sub(aLo, aHi, bLo, bHi);
        expect(value()).toBe(u64(a - b));
        p.mul(aLo, aHi, bLo, bHi);
        expect(value()).toBe(u64(a * b));
      }
    }
  });

  it('shifts and rotates by every count', () => {
    for (const [lo, hi] of PAIRS) {
      const a = big(lo, hi);
      for (let n = 0; n < 64; n++) {
        const s = BigInt(n);
        p.shl(lo, hi, n);
        expect(value()).toBe(u64(a << s));
        p.shr(lo, hi, n);
        expect(value()).toBe(a >> s);
        p.sar(lo, hi, n);
        expect(value()).toBe(u64(BigInt.asIntN(64, a) >> s));
        p.rotl(lo, hi, n);
        expect(value()).toBe(u64((a << s) | (a >> (64n - s))));
      }
    }
  });

  it('makes masks', () => {
    for (let n = 0; n <= 64; n++) {
      p.mask(n);
      expect(value()).toBe((1n << BigInt(n)) - 1n);
    }
  });
});

it('counts and swaps bits', () => {
  for (const [lo, hi] of PAIRS) {
    const digits = big(lo, hi).toString(2);
    expect(clzPair(true, lo, hi)).toBe(big(lo, hi) === 0n ? 64 : 64 - digits.length);
    expect(ctzPair(true, lo, hi)).toBe(big(lo, hi) === 0n ? 64 : digits.length - 1 - digits.lastIndexOf('1'));
    expect(popcount32(lo) + popcount32(hi)).toBe(digits.replaceAll('0', '').length);
    expect(mulHighU32(lo, hi)).toBe(Number((BigInt(lo >>> 0) * BigInt(hi >>> 0)) >> 32n) | 0);
  }
  expect(bswap32(0x12345678)).toBe(0x78563412);
});

it('finds the i64 twin of every op that the rules pair', () => {
  for (const [name, op] of Object.entries(Op)) {
    if (!name.endsWith('_i32') || op >= Op.ld8u_i32) continue;
    const twin = name.replace(/_i32$/, '_i64');
    if (twin in Op) expect(OP_NAMES[ofWidth(op, true)]).toBe(twin);
  }
});
