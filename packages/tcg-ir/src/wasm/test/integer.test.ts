import { describe, expect, it } from 'vitest';
import { Builder } from '../../builder/builder.ts';
import { Cond } from '../../ir/cond.ts';
import { IrFunction, type Temp } from '../../ir/function.ts';
import { Op, type OpName } from '../../op/codes.ts';
import { OPS } from '../../op/table.ts';
import { TbExit } from '../target.ts';
import { TEST_GLOBALS, TestMachine } from './machine.ts';

const machine = new TestMachine();
const fn = new IrFunction(TEST_GLOBALS, []);
const b = new Builder(fn);

const V32 = [0n, 1n, 2n, 31n, 32n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0xfffffffen, 0x12345678n, 0xdeadbeefn];
const V64 = [
  0n, 1n, 3n, 63n, 64n, 0x7fffffffffffffffn, 0x8000000000000000n, 0xffffffffffffffffn, 0x123456789abcdef0n,
  0xffffffff00000000n, 0xffffffffn, 0x80000000n,
];

const u = (w: number, v: bigint): bigint => BigInt.asUintN(w, v);
const s = (w: number, v: bigint): bigint => BigInt.asIntN(w, v);
const count = (w: number, c: bigint): bigint => c & BigInt(w - 1);
const mask = (len: number): bigint => (1n << BigInt(len)) - 1n;

/** Expected result of each op by width, from unsigned operands; immediates follow. */
type Reference = (w: number, a: bigint, b: bigint, ...more: bigint[]) => bigint;

function leading(w: number, v: bigint): bigint {
  let n = 0n;
  for (let i = w - 1; i >= 0 && ((v >> BigInt(i)) & 1n) === 0n; i--) n++;
  return n;
}

function trailing(w: number, v: bigint): bigint {
  let n = 0n;
  for (let i = 0; i < w && ((v >> BigInt(i)) & 1n) === 0n; i++) n++;
  return n;
}

function swap(bytes: number, v: bigint): bigint {
  let r = 0n;
  for (let i = 0; i < bytes; i++) r = (r << 8n) | ((v >> BigInt(8 * i)) & 0xffn);
  return r;
}

const REFERENCES: Record<string, Reference> = {
  mov: (_w, a) => a,
  add: (_w, a, c) => a + c,
  sub: (_w, a, c) => a - c,
  mul: (_w, a, c) => a * c,
  mulsh: (w, a, c) => (s(w, a) * s(w, c)) >> BigInt(w),
  muluh: (w, a, c) => (a * c) >> BigInt(w),
  divs: (w, a, c) => (c === 0n ? 0n : s(w, a) / s(w, c)),
  divu: (_w, a, c) => (c === 0n ? 0n : a / c),
  rems: (w, a, c) => (c === 0n ? a : s(w, a) % s(w, c)),
  remu: (_w, a, c) => (c === 0n ? a : a % c),
  neg: (_w, a) => -a,
  not: (_w, a) => ~a,
  and: (_w, a, c) => a & c,
  or: (_w, a, c) => a | c,
  xor: (_w, a, c) => a ^ c,
  andc: (_w, a, c) => a & ~c,
  orc: (_w, a, c) => a | ~c,
  eqv: (_w, a, c) => ~(a ^ c),
  nand: (_w, a, c) => ~(a & c),
  nor: (_w, a, c) => ~(a | c),
  shl: (w, a, c) => a << count(w, c),
  shr: (w, a, c) => a >> count(w, c),
  sar: (w, a, c) => s(w, a) >> count(w, c),
  rotl: (w, a, c) => (a << count(w, c)) | (a >> (BigInt(w) - count(w, c))),
  rotr: (w, a, c) => (a >> count(w, c)) | (a << (BigInt(w) - count(w, c))),
  clz: leading,
  ctz: trailing,
  ctpop: (_w, a) => BigInt(a.toString(2).replaceAll('0', '').length),
  bswap16: (_w, a) => swap(2, a),
  bswap32: (_w, a) => swap(4, a),
  bswap64: (_w, a) => swap(8, a),
  deposit: (_w, a, c, pos, len) => (a & ~(mask(Number(len)) << pos)) | ((c & mask(Number(len))) << pos),
  extract: (_w, a, pos, len) => (a >> pos) & mask(Number(len)),
  sextract: (_w, a, pos, len) => s(Number(len), a >> pos),
  extract2: (w, lo, hi, pos) => ((hi << BigInt(w)) | lo) >> pos,
  movcond: (w, a, c, x, y, cond) => (holds(w, Number(cond), a, c) ? x : y),
  setcond: (w, a, c, cond) => (holds(w, Number(cond), a, c) ? 1n : 0n),
  negsetcond: (w, a, c, cond) => (holds(w, Number(cond), a, c) ? -1n : 0n),
};

function holds(w: number, cond: number, a: bigint, c: bigint): boolean {
  const [x, y] = [s(w, a), s(w, c)];
  return [
    false, true, a === c, a !== c, x < y, x >= y, x <= y, x > y, a < c, a >= c, a <= c, a > c, (a & c) === 0n, (a & c) !== 0n,
  ][cond];
}

/** Immediates to try, per op. */
function immediates(name: string, w: number): number[][] {
  const fields: number[][] = [];
  for (const pos of [0, 1, 7, 8, 16, 24, 31, 32, 40, 63]) {
    for (const len of [1, 7, 8, 16, 24, 31, 32, 40, 63, 64]) if (pos + len <= w) fields.push([pos, len]);
  }
  switch (name) {
    case 'deposit': case 'extract': case 'sextract': return fields;
    case 'extract2': return [0, 1, 7, 31, 32, 33, 63].filter((p) => p < w).map((p) => [p]);
    case 'setcond': case 'negsetcond': case 'movcond': return Object.values(Cond).map((c) => [c]);
    default: return [[]];
  }
}

/** Globals x0…x3 as operands of the op's types, or constants. */
function operand(type: string, index: number, constant: bigint | undefined): Temp {
  if (constant !== undefined) {
    const lo = Number(s(32, constant));
    return type === 'i' ? b.constI32(lo) : b.constI64(lo, Number(s(32, constant >> 32n)));
  }
  if (type === 'l') return 1 + index;
  const t = b.newI32();
  b.extrlI32I64(t, 1 + index);
  return t;
}

function build(name: OpName, imms: readonly number[], constants: readonly (bigint | undefined)[]): void {
  b.begin();
  const def = OPS[name];
  const ins = [...def.ins].map((type, k) => operand(type, k, constants[k]));
  const d = def.outs === 'i' ? b.newI32() : 6;
  const i = fn.append(Op[name]) * 8;
  [d, ...ins, ...imms].forEach((v, k) => { fn.args[i + k] = v; });
  if (def.outs === 'i') b.extuI64I32(6, d);
  b.exitTb(TbExit.MAIN_LOOP);
}

function check(name: OpName, imms: number[], w: number, reference: Reference, rows: bigint[][], constants: (bigint | undefined)[]): void {
  build(name, imms, constants);
  const run = machine.load(fn);
  const out = OPS[name].outs === 'i' ? 32 : 64;
  for (const row of rows) {
    row.forEach((v, k) => machine.set(`x${k}`, v));
    run(4096);
    const operands = row.slice(0, OPS[name].ins.length);
    const expected = u(out, reference(w, operands[0], ...([...operands.slice(1), ...imms.map(BigInt)] as [bigint])));
    if (machine.get('x5') !== expected) {
      expect.fail(`${name} ${imms.join(' ')} (${operands.map((v) => v.toString(16)).join(', ')}): got ${machine.get('x5').toString(16)}, expected ${expected.toString(16)}`);
    }
  }
}

describe('integer ops', () => {
  for (const [name, reference] of Object.entries(REFERENCES)) {
    for (const w of [32, 64]) {
      const op = `${name}_i${w}`;
      if (!(op in OPS)) continue;
      it(op, () => {
        const values = w === 32 ? V32 : V64;
        const rows = values.flatMap((x, i) => values.map((y, j) => [x, y, values[(i + j) % values.length], values[(i * 3 + j) % values.length]]));
        for (const imms of immediates(name, w)) {
          check(op as OpName, imms, w, reference, rows, []);
          // A constant operand takes other paths; immediates and constants together are sampled.
          const nIns = OPS[op as OpName].ins.length;
          const consts = imms.length > 1 ? [0n, values[7]] : values;
          for (const k of consts) {
            for (let at = 0; at < Math.min(nIns, 2); at++) {
              const constants: (bigint | undefined)[] = [];
              constants[at] = k;
              check(op as OpName, imms, w, reference, values.map((v, j) => {
                const row = [v, v, values[j], values[(j * 5) % values.length]];
                row[at] = k;
                return row;
              }), constants);
            }
          }
        }
      });
    }
  }

  it('changes sizes', () => {
    const cases: [OpName, (v: bigint) => bigint][] = [
      ['exts_i64_i32', (v) => u(64, s(32, v))],
      ['extu_i64_i32', (v) => u(32, v)],
      ['extrl_i32_i64', (v) => u(32, v)],
      ['extrh_i32_i64', (v) => v >> 32n],
    ];
    for (const [name, reference] of cases) check(name, [], 64, (_w, a) => reference(a), V64.map((v) => [v]), []);
    check('concat_i64', [], 64, (_w, lo, hi) => (u(32, hi) << 32n) | u(32, lo), V64.flatMap((x) => V64.map((y) => [x, y])), []);
  });

  for (const w of [32, 64]) {
    it(`addc_i${w} and subb_i${w}, with a carry that varies, that is 0, and results over operands`, () => {
      const values = w === 32 ? V32 : V64;
      for (const add of [true, false]) {
        for (const form of ['carry', 'zero', 'over'] as const) {
          b.begin();
          const k = b.newI32();
          b.extrlI32I64(k, 3);
          const co = b.newI32();
          if (w === 64) {
            const d = form === 'over' ? 1 : 6;
            if (add) b.addcI64(d, co, 1, 2, form === 'zero' ? b.constI32(0) : k);
            else b.subbI64(d, co, 1, 2, form === 'zero' ? b.constI32(0) : k);
            if (form === 'over') b.movI64(6, 1);
          } else {
            const x = b.newI32(), y = b.newI32();
            b.extrlI32I64(x, 1);
            b.extrlI32I64(y, 2);
            const d = form === 'over' ? x : b.newI32();
            if (add) b.addcI32(d, co, x, y, form === 'zero' ? b.constI32(0) : k);
            else b.subbI32(d, co, x, y, form === 'zero' ? b.constI32(0) : k);
            b.extuI64I32(6, d);
          }
          b.extuI64I32(7, co);
          b.exitTb(TbExit.MAIN_LOOP);
          const run = machine.load(fn);
          for (const x of values) for (const y of values) for (const c of form === 'zero' ? [0n] : [0n, 1n]) {
            machine.set('x0', x);
            machine.set('x1', y);
            machine.set('x2', c);
            run(4096);
            const full = add ? x + y + c : x - y - c;
            expect([machine.get('x5'), machine.get('x6')]).toEqual([u(w, full), add ? full >> BigInt(w) : full < 0n ? 1n : 0n]);
          }
        }
      }
    });
  }
});
