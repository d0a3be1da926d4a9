import { describe, expect, it } from 'vitest';
import { Builder } from '../../builder/builder.ts';
import { Cond } from '../../ir/cond.ts';
import { IrFunction, type Temp } from '../../ir/function.ts';
import { Type } from '../../ir/helper.ts';
import { Op, type OpName } from '../../op/codes.ts';
import { OP_NAMES, OPS } from '../../op/table.ts';
import { TbExit } from '../target.ts';
import { ENV, TEST_GLOBALS, TestMachine } from './machine.ts';

const machine = new TestMachine();
const fn = new IrFunction(TEST_GLOBALS, []);
const b = new Builder(fn);
const STATE = 2048;
const bits = new DataView(new ArrayBuffer(16));

const u = (w: number, v: bigint): bigint => BigInt.asUintN(w, v);
const s = (w: number, v: bigint): bigint => BigInt.asIntN(w, v);

/** Vectors are bytes 0 to 15. */
type Vec = Uint8Array;

function lanesOf(v: Vec, lane: number, signed = false): bigint[] {
  const n = 1 << lane;
  return Array.from({ length: 16 / n }, (_, i) => {
    let x = 0n;
    for (let k = n - 1; k >= 0; k--) x = (x << 8n) | BigInt(v[i * n + k]);
    return signed ? s(8 * n, x) : x;
  });
}

function fromLanes(lanes: readonly bigint[], lane: number): Vec {
  const n = 1 << lane;
  const v = new Uint8Array(16);
  lanes.forEach((x, i) => {
    for (let k = 0; k < n; k++) v[i * n + k] = Number((u(8 * n, x) >> BigInt(8 * k)) & 0xffn);
  });
  return v;
}

function floats(v: Vec, lane: number): number[] {
  const view = new DataView(v.buffer, v.byteOffset);
  return Array.from({ length: 16 >> lane }, (_, i) => (lane === 2 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true)));
}

function fromFloats(values: readonly number[], lane: number): Vec {
  values.forEach((x, i) => (lane === 2 ? bits.setFloat32(i * 4, x, true) : bits.setFloat64(i * 8, x, true)));
  return new Uint8Array(bits.buffer.slice(0));
}

let seed = 99;
function random(): number {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >>> 9) & 0xffff;
}
const EDGE = [0, 1, 0x7f, 0x80, 0xff];
function vector(round: number): Vec {
  return Uint8Array.from({ length: 16 }, () => (round % 2 === 0 ? EDGE[random() % 5] : random() & 255));
}

/** Runs one op on vectors at STATE and an integer in x0; returns the result's bytes (integers widened to 8). */
function compile(name: OpName, imms: readonly number[], constants: readonly (Vec | undefined)[] = []): (ins: Vec[], int: bigint) => Vec {
  b.begin();
  const def = OPS[name];
  let at = 0;
  const ins = [...def.ins].map((type, k): Temp => {
    if (type === 'l') return 1;
    if (type === 'i') {
      const t = b.newI32();
      b.extrlI32I64(t, 1);
      return t;
    }
    const c = constants[k];
    const slot = at++;
    if (c !== undefined) {
      const w = new DataView(c.buffer);
      return b.constV128(w.getInt32(0, true), w.getInt32(4, true), w.getInt32(8, true), w.getInt32(12, true));
    }
    const t = b.newV128();
    b.ldV128(t, 0, STATE + 16 * slot);
    return t;
  });
  const d = fn.newTemp(def.outs === 'v' ? Type.V128 : def.outs === 'l' ? Type.I64 : Type.I32);
  const i = fn.append(Op[name]) * 8;
  [d, ...ins, ...imms].forEach((v, k) => { fn.args[i + k] = v; });
  if (def.outs === 'v') b.stV128(d, 0, STATE + 64);
  else if (def.outs === 'l') b.stI64(d, 0, STATE + 64);
  else b.stI32(d, 0, STATE + 64);
  b.exitTb(TbExit.MAIN_LOOP);
  const run = machine.load(fn);
  const memory = new Uint8Array(machine.memory.buffer);
  return (vectors, int) => {
    vectors.forEach((v, k) => memory.set(v, ENV + STATE + 16 * k));
    memory.fill(0, ENV + STATE + 64, ENV + STATE + 80);
    machine.set('x0', int);
    run(ENV);
    return memory.slice(ENV + STATE + 64, ENV + STATE + 80);
  };
}

const done = new Set<string>();

function check(name: OpName, imms: readonly number[], reference: (a: Vec, c: Vec, d: Vec, int: bigint) => Vec, constants: (Vec | undefined)[] = []): void {
  done.add(name);
  const run = compile(name, imms, constants);
  for (let round = 0; round < 24; round++) {
    const ins = [vector(round), vector(round >> 1), vector(round >> 2)];
    const int = [0n, 1n, 7n, 8n, 15n, 31n, 32n, 63n, 64n, 0x8877665544332211n][round % 10];
    const got = run(ins, int);
    const expected = reference(ins[0], ins[1], ins[2], int);
    if (Buffer.compare(got, expected) !== 0) {
      expect.fail(`${name} ${imms.join(' ')} int ${int}: ${ins.map((v) => Buffer.from(v).toString('hex')).join(' ')}: got ${Buffer.from(got).toString('hex')}, expected ${Buffer.from(expected).toString('hex')}`);
    }
  }
}

const ALL = [0, 1, 2, 3];

/** Lane by lane, on unsigned or signed values. */
function perLane(name: OpName, lanes: readonly number[], signed: boolean, f: (w: number, a: bigint, c: bigint, int: bigint) => bigint): void {
  it(name, () => {
    for (const lane of lanes) {
      check(name, [lane], (a, c, _d, int) => {
        const x = lanesOf(a, lane, signed);
        const y = lanesOf(c, lane, signed);
        return fromLanes(x.map((v, i) => f(8 << lane, v, y[i], int)), lane);
      });
    }
  });
}

const clampS = (w: number, v: bigint): bigint => {
  const max = (1n << BigInt(w - 1)) - 1n;
  return v > max ? max : v < -max - 1n ? -max - 1n : v;
};
const clampU = (w: number, v: bigint): bigint => (v < 0n ? 0n : v > (1n << BigInt(w)) - 1n ? (1n << BigInt(w)) - 1n : v);

describe('vector ops', () => {
  perLane('vadd', ALL, false, (_w, a, c) => a + c);
  perLane('vsub', ALL, false, (_w, a, c) => a - c);
  perLane('vmul', ALL, false, (_w, a, c) => a * c);
  perLane('vneg', ALL, false, (_w, a) => -a);
  perLane('vabs', ALL, true, (_w, a) => (a < 0n ? -a : a));
  perLane('vshl', ALL, false, (w, a, _c, n) => a << (n & BigInt(w - 1)));
  perLane('vshr', ALL, false, (w, a, _c, n) => a >> (n & BigInt(w - 1)));
  perLane('vsar', ALL, true, (w, a, _c, n) => a >> (n & BigInt(w - 1)));
  perLane('vmins', ALL, true, (_w, a, c) => (a < c ? a : c));
  perLane('vminu', ALL, false, (_w, a, c) => (a < c ? a : c));
  perLane('vmaxs', ALL, true, (_w, a, c) => (a > c ? a : c));
  perLane('vmaxu', ALL, false, (_w, a, c) => (a > c ? a : c));
  perLane('vaddss', [0, 1], true, (w, a, c) => clampS(w, a + c));
  perLane('vaddus', [0, 1], false, (w, a, c) => clampU(w, a + c));
  perLane('vsubss', [0, 1], true, (w, a, c) => clampS(w, a - c));
  perLane('vsubus', [0, 1], false, (w, a, c) => clampU(w, a - c));
  perLane('vavgu', [0, 1], false, (_w, a, c) => (a + c + 1n) >> 1n);
  perLane('vsplat_i32', [0, 1, 2], false, (_w, _a, _c, n) => n);

  it('bitwise ops', () => {
    const bytes = (f: (a: number, c: number, d: number) => number) => (a: Vec, c: Vec, d: Vec): Vec => a.map((v, i) => f(v, c[i], d[i]));
    check('vand', [], bytes((a, c) => a & c));
    check('vor', [], bytes((a, c) => a | c));
    check('vxor', [], bytes((a, c) => a ^ c));
    check('vandc', [], bytes((a, c) => a & ~c));
    check('vnot', [], bytes((a) => ~a));
    check('vbitsel', [], bytes((a, c, d) => (a & d) | (c & ~d)));
    check('vpopcnt', [], bytes((a) => a.toString(2).replaceAll('0', '').length));
    check('vswizzle', [], (a, c) => c.map((k) => (k < 16 ? a[k] : 0)));
    const order = Uint8Array.from([0, 17, 2, 19, 31, 16, 15, 1, 1, 30, 5, 20, 9, 10, 28, 3]);
    check('vshuffle', [], (a, c) => order.map((k) => (k < 16 ? a[k] : c[k - 16])), [undefined, undefined, order]);
    check('vsplat_i64', [], (_a, _c, _d, n) => fromLanes([n, n], 3));
  });

  it('vcmp', () => {
    const holds: ((w: number, a: bigint, c: bigint) => boolean)[] = [
      () => false, () => true, (_w, a, c) => a === c, (_w, a, c) => a !== c,
      (w, a, c) => s(w, a) < s(w, c), (w, a, c) => s(w, a) >= s(w, c), (w, a, c) => s(w, a) <= s(w, c), (w, a, c) => s(w, a) > s(w, c),
      (_w, a, c) => a < c, (_w, a, c) => a >= c, (_w, a, c) => a <= c, (_w, a, c) => a > c,
      (_w, a, c) => (a & c) === 0n, (_w, a, c) => (a & c) !== 0n,
    ];
    for (const cond of Object.values(Cond)) for (const lane of ALL) {
      check('vcmp', [lane, cond], (a, c) => fromLanes(lanesOf(a, lane).map((v, i) => (holds[cond](8 << lane, v, lanesOf(c, lane)[i]) ? -1n : 0n)), lane));
    }
  });

  it('lanes in and out', () => {
    for (const lane of [0, 1, 2]) for (const index of [0, 1, (16 >> lane) - 1]) {
      const int32 = (v: bigint): Vec => fromLanes([u(32, v)], 2);
      check('vextractu_i32', [lane, index], (a) => int32(lanesOf(a, lane)[index]));
      check('vextracts_i32', [lane, index], (a) => int32(lanesOf(a, lane, true)[index]));
      check('vinsert_i32', [lane, index], (a, _c, _d, n) => fromLanes(lanesOf(a, lane).map((v, i) => (i === index ? n : v)), lane));
    }
    for (const index of [0, 1]) {
      check('vextract_i64', [index], (a) => fromLanes([lanesOf(a, 3)[index]], 3));
      check('vinsert_i64', [index], (a, _c, _d, n) => fromLanes(lanesOf(a, 3).map((v, i) => (i === index ? n : v)), 3));
    }
    for (const lane of ALL) {
      check('vbitmask', [lane], (a) => fromLanes([lanesOf(a, lane, true).reduce((m, v, i) => (v < 0n ? m | (1n << BigInt(i)) : m), 0n)], 2));
      check('valltrue', [lane], (a) => fromLanes([lanesOf(a, lane).every((v) => v !== 0n) ? 1n : 0n], 2));
    }
    check('vanytrue', [], (a) => fromLanes([a.some((v) => v !== 0) ? 1n : 0n], 2));
  });

  it('widening and narrowing', () => {
    for (const lane of [0, 1, 2]) {
      const half = (v: Vec, signed: boolean, high: boolean): bigint[] => {
        const l = lanesOf(v, lane, signed);
        return high ? l.slice(l.length / 2) : l.slice(0, l.length / 2);
      };
      for (const [suffix, signed] of [['s', true], ['u', false]] as const) for (const [letter, high] of [['l', false], ['h', true]] as const) {
        check(`vext${letter}${suffix}`, [lane], (a) => fromLanes(half(a, signed, high), lane + 1));
        check(`vmul${letter}${suffix}`, [lane], (a, c) => fromLanes(half(a, signed, high).map((v, i) => v * half(c, signed, high)[i]), lane + 1));
      }
    }
    for (const lane of [1, 2]) {
      const w = 4 << lane;
      check('vnarrows', [lane], (a, c) => fromLanes([...lanesOf(a, lane, true), ...lanesOf(c, lane, true)].map((v) => clampS(w, v)), lane - 1));
      check('vnarrowu', [lane], (a, c) => fromLanes([...lanesOf(a, lane, true), ...lanesOf(c, lane, true)].map((v) => clampU(w, v)), lane - 1));
    }
    for (const lane of [0, 1]) {
      const pairs = (v: bigint[]): bigint[] => v.filter((_, i) => i % 2 === 0).map((x, i) => x + v[2 * i + 1]);
      check('vaddps', [lane], (a) => fromLanes(pairs(lanesOf(a, lane, true)), lane + 1));
      check('vaddpu', [lane], (a) => fromLanes(pairs(lanesOf(a, lane)), lane + 1));
    }
    check('vdot16', [], (a, c) => {
      const products = lanesOf(a, 1, true).map((v, i) => v * lanesOf(c, 1, true)[i]);
      return fromLanes([0, 2, 4, 6].map((i) => products[i] + products[i + 1]), 2);
    });
  });

  it('floats', () => {
    const values = [0, -0, 1, 1.5, -2.5, 3.25, 1e10, -7, Infinity, 0.1];
    const arithmetic: Record<string, (a: number, c: number) => number> = {
      vfadd: (a, c) => a + c, vfsub: (a, c) => a - c, vfmul: (a, c) => a * c, vfdiv: (a, c) => a / c, vfsqrt: (a) => Math.sqrt(a),
      vfabs: Math.abs, vfneg: (a) => -a, vffloor: Math.floor, vfceil: Math.ceil, vftrunc: Math.trunc,
      vfnearest: (a) => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)),
    };
    for (const lane of [2, 3]) {
      const n = 16 >> lane;
      const round = (v: number): number => (lane === 2 ? Math.fround(v) : v);
      const pick = (k: number): Vec => fromFloats(Array.from({ length: n }, (_, i) => values[(k + i * 3) % values.length]), lane);
      for (const [name, f] of Object.entries(arithmetic)) {
        done.add(name);
        const run = compile(name as OpName, [lane]);
        for (let i = 0; i < 10; i++) for (let k = 0; k < 10; k++) {
          const got = floats(run([pick(i), pick(k)], 0n), lane);
          expect(got, `${name} ${lane} ${i} ${k}`).toEqual(floats(pick(i), lane).map((v, j) => round(f(v, floats(pick(k), lane)[j]))));
        }
      }
      const conds: ((a: number, c: number) => boolean)[] = [
        (a, c) => a === c, (a, c) => a !== c, (a, c) => a < c, (a, c) => a > c, (a, c) => a <= c, (a, c) => a >= c,
      ];
      conds.forEach((f, cond) => {
        done.add('vfcmp');
        const run = compile('vfcmp', [lane, cond]);
        for (let i = 0; i < 10; i++) {
          const [a, c] = [pick(i), fromFloats([NaN, ...values].slice(0, n), lane)];
          const expected = floats(a, lane).map((v, j) => (f(v, floats(c, lane)[j]) ? -1n : 0n));
          expect(Buffer.from(run([a, c], 0n))).toEqual(Buffer.from(fromLanes(expected, lane)));
        }
      });
    }
  });

  it('covers every vector op', () => {
    expect(OP_NAMES.filter((name) => name.startsWith('v') && !done.has(name))).toEqual([]);
  });
});

describe('host loads and stores', () => {
  it('extend and truncate, at positive and negative offsets', () => {
    const memory = machine.view;
    const value = 0xf1e2d3c4b5a69788n;
    for (const [w, name] of [[8, '8'], [16, '16'], [32, '32'], [64, '']] as const) for (const type of ['i32', 'i64'] as const) for (const offset of [STATE, -64]) {
      for (const sign of w === 64 || (type === 'i32' && w === 32) ? [''] : ['u', 's']) {
        if (type === 'i32' && w === 64) continue;
        const op = (type === 'i32' && w === 32 ? 'ld_i32' : `ld${name}${sign}_${type}`) as OpName;
        b.begin();
        const d = type === 'i64' ? 6 : b.newI32();
        const i = fn.append(Op[op]) * 8;
        fn.args[i] = d;
        fn.args[i + 1] = 0;
        fn.args[i + 2] = offset;
        if (type === 'i32') b.extuI64I32(6, d);
        b.exitTb(TbExit.MAIN_LOOP);
        memory.setBigUint64(ENV + offset, value, true);
        machine.run(fn);
        const x = sign === 's' ? s(w, value) : u(w, value);
        expect(machine.get('x5'), op).toBe(u(type === 'i32' ? 32 : 64, x));
      }
      if (type === 'i32' && w === 64) continue;
      const op = (type === 'i32' && w === 32 ? 'st_i32' : w === 64 ? 'st_i64' : `st${name}_${type}`) as OpName;
      b.begin();
      let v: Temp = 1;
      if (type === 'i32') {
        v = b.newI32();
        b.extrlI32I64(v, 1);
      }
      const i = fn.append(Op[op]) * 8;
      fn.args[i] = v;
      fn.args[i + 1] = 0;
      fn.args[i + 2] = offset;
      b.exitTb(TbExit.MAIN_LOOP);
      memory.setBigUint64(ENV + offset, 0xffffffffffffffffn, true);
      machine.set('x0', value);
      machine.run(fn);
      expect(memory.getBigUint64(ENV + offset, true), op).toBe(u(64, (-1n << BigInt(w)) | u(w, value)));
    }
  });
});
