import { beforeEach, describe, expect, it } from 'vitest';
import { Builder } from '../../builder/builder.ts';
import { Cond, Mo } from '../../ir/cond.ts';
import { IrFunction, NO_TEMP } from '../../ir/function.ts';
import { HelperFlag } from '../../ir/helper.ts';
import { makeMemOp } from '../../ir/memop.ts';
import type { CompileOptions } from '../compiler.ts';
import { jumpCacheHash, TbExit, tbExitWord } from '../target.ts';
import { ENV, GUEST_BASE, helper, JUMP_CACHE, RAM, SLOTS, TEST_GLOBALS, TEST_TARGET, TestMachine } from './machine.ts';

const machine = new TestMachine();
const HELPERS = [
  helper('add3', 'ill', 'l'),
  helper('touch', '', ''),
  helper('peek', '', 'i', HelperFlag.NO_WRITE_GLOBALS),
  helper('pure', 'i', 'i', HelperFlag.NO_GLOBALS | HelperFlag.PURE),
  helper('check', 'l', '', HelperFlag.CAN_FAULT | HelperFlag.NO_GLOBALS),
];
const H = { add3: 0, touch: 1, peek: 2, pure: 3, check: 4 };
const fn = new IrFunction(TEST_GLOBALS, HELPERS);
const b = new Builder(fn);
const PC = 17;
const LD = makeMemOp(3, 0);

beforeEach(() => {
  machine.flushTlb();
  machine.mapPage(GUEST_BASE);
  machine.slow.length = 0;
  machine.fault = false;
  for (let i = 0; i < 16; i++) machine.set(`x${i}`, BigInt(100 + i));
  machine.set('pc', 0x9999n);
  machine.view.setInt32(ENV + TEST_TARGET.env.exitRequest, 0, true);
  machine.view.setInt32(SLOTS, 0, true);
  machine.view.setInt32(SLOTS + 4, 0, true);
});

describe('exits', () => {
  it('goto_tb returns the slot, or its exit word while it is empty', () => {
    for (const slot of [0, 1]) {
      b.begin();
      b.movI64(PC, b.constI64(0x1234, 1));
      b.gotoTb(slot);
      const run = machine.load(fn);
      expect(run(ENV)).toBe(tbExitWord(7, slot === 0 ? TbExit.SLOT_0 : TbExit.SLOT_1));
      expect(machine.get('pc')).toBe(0x100001234n);
      machine.view.setInt32(SLOTS + slot * 4, 33, true);
      expect(run(ENV)).toBe(33);
    }
  });

  it('goto_tb returns what the slot holds, also when something else was expected', () => {
    b.begin();
    b.gotoTb(1);
    const bytes = machine.compiler.compileModule([{ fn, tb: 7, flags: 0, slotAddr: SLOTS, expect0: 12, expect1: 33 }]);
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { env: { memory: machine.memory, table: machine.table } });
    for (const [held, result] of [[0, tbExitWord(7, TbExit.SLOT_1)], [33, 33], [12, 12]]) {
      machine.view.setInt32(SLOTS + 4, held, true);
      expect((machine.table.get(7) as (env: number) => number)(ENV)).toBe(result);
    }
  });

  it('goto_ptr looks the pc and the flags up in the jump cache', () => {
    b.begin();
    b.movI64(PC, 1);
    b.gotoPtr();
    const run = machine.load(fn);
    for (const pc of [0x7fff_1234_5678n, 0x4000_0040n, 0x12345ff0n]) {
      machine.set('x0', pc);
      const entry = JUMP_CACHE + jumpCacheHash(Number(pc & 0xffffffffn), TEST_TARGET.insnAlignBits) * 16;
      machine.view.setBigUint64(entry, pc, true);
      machine.view.setUint32(entry + 8, 0x55, true);
      machine.view.setInt32(entry + 12, 44, true);
      expect(run(ENV)).toBe(44);
      machine.view.setUint32(entry + 8, 0x56, true);
      expect(run(ENV)).toBe(0);
      machine.view.setUint32(entry + 8, 0x55, true);
      machine.view.setBigUint64(entry, pc ^ (1n << 63n), true);
      expect(run(ENV)).toBe(0);
      expect(machine.get('pc')).toBe(pc);
    }
  });

  it('goto_ptr with a constant pc looks in the same place', () => {
    for (const [lo, hi] of [[0x40001230, 0], [0x8000ffc0 | 0, -1]]) {
      b.begin();
      b.movI64(PC, b.constI64(lo, hi));
      b.gotoPtr();
      const run = machine.load(fn);
      const entry = JUMP_CACHE + jumpCacheHash(lo, TEST_TARGET.insnAlignBits) * 16;
      machine.view.setInt32(entry, lo, true);
      machine.view.setInt32(entry + 4, hi, true);
      machine.view.setUint32(entry + 8, 0x55, true);
      machine.view.setInt32(entry + 12, 21, true);
      expect(run(ENV)).toBe(21);
      machine.view.setUint32(entry + 8, 0, true);
      expect(run(ENV)).toBe(0);
      machine.view.setUint32(entry + 8, 0x55, true);
      machine.view.setInt32(entry + 4, ~hi, true);
      expect(run(ENV)).toBe(0);
      expect(machine.get('pc')).toBe(BigInt.asUintN(64, (BigInt(hi) << 32n) | BigInt(lo >>> 0)));
    }
    // Not if a helper may have changed it since.
    b.begin();
    b.movI64(PC, b.constI64(0x40001230, 0));
    b.call(H.touch, NO_TEMP);
    b.gotoPtr();
    machine.imports['touch'] = () => machine.set('pc', 0x77770000n);
    expect(machine.run(fn)).toBe(0);
    expect(machine.get('pc')).toBe(0x77770000n);
  });

  it('puts functions at their table indexes, consecutive or not', () => {
    const functions = [3, 4, 9].map((tb) => {
      const f = new IrFunction(TEST_GLOBALS, HELPERS);
      const builder = new Builder(f);
      builder.exitTb(TbExit.SPECIAL);
      return { fn: f, tb, flags: 0, slotAddr: SLOTS };
    });
    const bytes = machine.compiler.compileModule(functions);
    expect(WebAssembly.validate(bytes as BufferSource)).toBe(true);
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { env: { memory: machine.memory, table: machine.table } });
    for (const tb of [3, 4, 9]) expect((machine.table.get(tb) as (env: number) => number)(ENV)).toBe(tbExitWord(tb, TbExit.SPECIAL));
  });
});

describe('globals', () => {
  it('writes back what changed, on each way out', () => {
    b.begin();
    const other = b.newLabel();
    b.addiI64(1, 1, 1);
    b.brcondI64(2, b.constI64(101, 0), Cond.NE, other);
    b.movI64(3, 1);
    b.exitTb(TbExit.MAIN_LOOP);
    b.setLabel(other);
    b.movI64(4, 1);
    b.exitTb(TbExit.SPECIAL);
    const run = machine.load(fn);
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.MAIN_LOOP));
    expect([machine.get('x0'), machine.get('x2'), machine.get('x3')]).toEqual([101n, 101n, 103n]);
    machine.set('x1', 5n);
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.SPECIAL));
    expect([machine.get('x0'), machine.get('x2'), machine.get('x3')]).toEqual([102n, 101n, 102n]);
  });

  it('merges ways of which only one changed a global', () => {
    b.begin();
    const done = b.newLabel();
    b.brcondI64(1, b.constI64(0, 0), Cond.EQ, done);
    b.movI64(6, b.constI64(1, 0));
    b.setLabel(done);
    b.addI64(7, 1, 2);
    b.exitTb(TbExit.MAIN_LOOP);
    const run = machine.load(fn);
    run(ENV);
    expect([machine.get('x5'), machine.get('x6')]).toEqual([1n, 201n]);
    machine.set('x0', 0n);
    machine.set('x5', 55n);
    run(ENV);
    expect([machine.get('x5'), machine.get('x6')]).toEqual([55n, 101n]);
  });

  it('keeps a value that a pending expression read before the global changed', () => {
    b.begin();
    const [sum, both] = [b.newI64(), b.newI64()];
    b.addI64(sum, 1, 2);
    b.xorI64(both, sum, 3);
    b.movI64(1, b.constI64(0, 0));
    b.movI64(2, b.constI64(0, 0));
    b.movI64(3, b.constI64(0, 0));
    b.movI64(6, both);
    b.addI64(7, sum, 1);
    b.exitTb(TbExit.MAIN_LOOP);
    machine.run(fn);
    expect([machine.get('x5'), machine.get('x6')]).toEqual([201n ^ 102n, 201n]);
  });

  it('keeps a value that a pending load read before a store', () => {
    b.begin();
    const t = b.newI64();
    b.ldI64(t, 0, TEST_GLOBALS[4].offset + 256);
    b.stI64(b.constI64(1, 0), 0, TEST_GLOBALS[4].offset + 256);
    b.movI64(6, t);
    b.exitTb(TbExit.MAIN_LOOP);
    machine.view.setBigUint64(ENV + TEST_GLOBALS[4].offset + 256, 77n, true);
    machine.run(fn);
    expect(machine.get('x5')).toBe(77n);
    expect(machine.view.getBigUint64(ENV + TEST_GLOBALS[4].offset + 256, true)).toBe(1n);
  });

  it('reads and writes globals beyond those it caches', () => {
    const many = Array.from({ length: 80 }, (_, i) => ({ name: `g${i}`, type: 1, offset: 1024 + i * 8 }));
    const f = new IrFunction(many, []);
    const builder = new Builder(f);
    const [t, v] = [builder.newI64(), builder.newI64()];
    builder.addI64(t, 76, 77);
    builder.movI64(v, 76);
    builder.movI64(76, t);
    builder.addI64(78, t, v);
    builder.addI64(1, 80, 64);
    builder.movI64(64, 80);
    builder.exitTb(TbExit.MAIN_LOOP);
    for (let i = 0; i < 80; i++) machine.view.setBigUint64(ENV + 1024 + i * 8, BigInt(i), true);
    machine.run(f);
    const value = (i: number): bigint => machine.view.getBigUint64(ENV + 1024 + i * 8, true);
    expect([value(75), value(77), value(0), value(63)]).toEqual([151n, 226n, 142n, 79n]);
  });
});

describe('faults', () => {
  it('store the pc and word of the instruction, and exactly the state before it', () => {
    b.begin();
    b.insnStart(0x1000, 1, 11);
    b.addiI64(1, 1, 1);
    b.insnStart(0x1004, 1, 22);
    const t = b.newI64();
    b.guestLdI64(t, 8, LD);
    b.movI64(2, t);
    b.insnStart(0x1008, 1, 33);
    b.addiI64(1, 1, 1);
    b.guestStI64(1, 9, LD);
    b.addiI64(9, 9, 8);
    b.insnStart(0x100c, 1, 44);
    b.guestLdI64(1, 10, LD);
    b.exitTb(TbExit.MAIN_LOOP);
    const run = machine.load(fn);
    machine.view.setBigUint64(RAM, 1000n, true);
    const reset = (): void => {
      for (let i = 0; i < 16; i++) machine.set(`x${i}`, BigInt(100 + i));
      for (const i of [7, 8, 9]) machine.set(`x${i}`, GUEST_BASE);
      machine.fault = true;
    };
    const far = GUEST_BASE + 0x100000n;
    const expected = [
      [7, 0x100001004n, 22, 101n, 101n, GUEST_BASE],
      [8, 0x100001008n, 33, 102n, 1000n, far],
      [9, 0x10000100cn, 44, 102n, 1000n, GUEST_BASE + 8n],
    ] as const;
    for (const [register, pc, word, x0, x1, x8] of expected) {
      reset();
      machine.view.setBigUint64(RAM, 1000n, true);
      machine.set(`x${register}`, far);
      expect(run(ENV)).toBe(tbExitWord(7, TbExit.EXCEPTION));
      expect(machine.get('pc')).toBe(pc);
      expect(machine.view.getInt32(ENV + TEST_TARGET.env.insnWord, true)).toBe(word);
      expect([machine.get('x0'), machine.get('x1'), machine.get('x8')]).toEqual([x0, x1, x8]);
    }
    reset();
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.MAIN_LOOP));
    expect(machine.get('x0')).toBe(102n);
  });

  it('write the right set back when there are more sets than exits', () => {
    b.begin();
    for (let i = 0; i < 14; i++) {
      b.insnStart(0x1000 + 4 * i, 0);
      b.guestLdI64(b.newI64(), 16, LD);
      b.movI64(1 + i, b.constI64(i, 0));
    }
    for (let i = 0; i < 14; i++) {
      b.insnStart(0x2000 + 4 * i, 0);
      b.call(H.touch, NO_TEMP);
      b.movI64(14 - i, b.constI64(50 + i, 0));
      b.guestLdI64(b.newI64(), 16, LD);
    }
    b.exitTb(TbExit.MAIN_LOOP);
    machine.imports['touch'] = () => {};
    machine.set('x15', GUEST_BASE + 0x100000n);
    // Let the slow path fail at the n-th access.
    const slow = machine.imports['mmu_ld'];
    for (let n = 0; n < 28; n++) {
      for (let i = 0; i < 15; i++) machine.set(`x${i}`, BigInt(100 + i));
      machine.slow.length = 0;
      let access = 0;
      machine.imports['mmu_ld'] = () => (access++ === n ? 1 : 0);
      const result = machine.load(fn)(ENV);
      expect(result).toBe(tbExitWord(7, TbExit.EXCEPTION));
      for (let i = 0; i < 14; i++) {
        let expected = n > i || n >= 14 ? BigInt(i) : BigInt(100 + i);
        if (n >= 14 && 13 - i <= n - 14) expected = BigInt(50 + 13 - i);
        expect(machine.get(`x${i}`), `access ${n}, x${i}`).toBe(expected);
      }
    }
    machine.imports['mmu_ld'] = slow;
  });

  it('of helpers leave before anything that follows', () => {
    b.begin();
    b.insnStart(0x1000, 0, 1);
    b.addiI64(1, 1, 1);
    b.insnStart(0x1004, 0, 2);
    b.call(H.check, NO_TEMP, 1);
    b.addiI64(1, 1, 1);
    b.exitTb(TbExit.MAIN_LOOP);
    const seen: number[][] = [];
    let status = 0;
    machine.imports['check'] = (...args) => { seen.push(args); return status; };
    const run = machine.load(fn);
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.MAIN_LOOP));
    expect(machine.get('x0')).toBe(102n);
    status = 1;
    machine.set('x0', 0xffff_ffff_0000_0001n);
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.EXCEPTION));
    expect([machine.get('x0'), machine.get('pc')]).toEqual([0xffff_ffff_0000_0002n, 0x1004n]);
    expect(seen).toEqual([[101, 0], [2, -1]]);
  });
});

describe('calls', () => {
  it('pass and return 64 bits in halves, and let helpers see and change globals', () => {
    b.begin();
    b.addiI64(1, 1, 1);
    const i = b.newI32();
    b.extrlI32I64(i, 3);
    b.call(H.add3, 6, i, 1, b.constI64(-1, -1));
    b.addI64(7, 1, 2);
    b.exitTb(TbExit.MAIN_LOOP);
    const seen: number[][] = [];
    machine.imports['add3'] = (...args) => {
      seen.push(args);
      expect(machine.get('x0')).toBe(101n);
      machine.set('x0', 1000n);
      machine.view.setBigUint64(ENV + TEST_TARGET.env.scratch, 0x123456789n, true);
    };
    machine.run(fn);
    expect(seen).toEqual([[102, 101, 0, -1, -1]]);
    expect([machine.get('x0'), machine.get('x5'), machine.get('x6')]).toEqual([1000n, 0x123456789n, 1101n]);
  });

  it('do not reload globals after a helper that changes none, nor write back before one that reads none', () => {
    b.begin();
    b.addiI64(1, 1, 1);
    const [r, q, unused] = [b.newI32(), b.newI32(), b.newI32()];
    b.call(H.pure, q, b.constI32(5));
    b.call(H.pure, unused, b.constI32(6));
    b.call(H.peek, r);
    b.addiI64(1, 1, 1);
    b.extuI64I32(6, r);
    b.extuI64I32(7, q);
    b.exitTb(TbExit.MAIN_LOOP);
    const pure: unknown[] = [];
    machine.imports['pure'] = (x) => { pure.push(x, machine.get('x0')); return x + 1; };
    machine.imports['peek'] = () => { const v = Number(machine.get('x0')); machine.set('x0', 5n); return v; };
    machine.run(fn);
    expect(pure).toEqual([5, 100n]);
    expect([machine.get('x0'), machine.get('x5'), machine.get('x6')]).toEqual([102n, 101n, 6n]);
  });

  it('flush expressions that read globals', () => {
    b.begin();
    const t = b.newI64();
    b.addI64(t, 1, 2);
    b.call(H.touch, NO_TEMP);
    b.addI64(6, t, 1);
    b.exitTb(TbExit.MAIN_LOOP);
    machine.imports['touch'] = () => machine.set('x0', 1n);
    machine.run(fn);
    expect(machine.get('x5')).toBe(202n);
  });

  it('barriers compile to something valid', () => {
    b.begin();
    for (const mask of [0, Mo.LD_LD, Mo.ALL, Mo.ST_ST | Mo.LD_ST]) b.mb(mask);
    b.exitTb(TbExit.MAIN_LOOP);
    expect(machine.run(fn)).toBe(tbExitWord(7, TbExit.MAIN_LOOP));
  });
});

describe('loops', () => {
  /** for (x1 = 0; x0 != 0; x0--) { x1 += x0; if (x0 & 1) x2++ else x3++ } */
  function loop(): void {
    b.begin();
    b.insnStart(0x1000, 0);
    b.movI64(2, b.constI64(0, 0));
    const [head, odd, join, done] = [b.newLabel(), b.newLabel(), b.newLabel(), b.newLabel()];
    b.setLabel(head);
    b.insnStart(0x1004, 0);
    b.brcondI64(1, b.constI64(0, 0), Cond.EQ, done);
    b.addI64(2, 2, 1);
    b.brcondI64(1, b.constI64(1, 0), Cond.TSTNE, odd);
    b.addiI64(4, 4, 1);
    b.br(join);
    b.setLabel(odd);
    b.addiI64(3, 3, 1);
    b.setLabel(join);
    b.addiI64(1, 1, -1);
    b.br(head);
    b.setLabel(done);
    b.exitTb(TbExit.SPECIAL);
  }

  it('with branches inside', () => {
    loop();
    for (const pollBackEdges of [false, true]) {
      machine.set('x0', 9n);
      machine.set('x2', 0n);
      machine.set('x3', 0n);
      expect(machine.run(fn, { pollBackEdges })).toBe(tbExitWord(7, TbExit.SPECIAL));
      expect([machine.get('x0'), machine.get('x1'), machine.get('x2'), machine.get('x3')]).toEqual([0n, 45n, 5n, 4n]);
    }
  });

  it('leave at the header when the exit request is set, with the state so far', () => {
    loop();
    const run = machine.load(fn, { pollBackEdges: true });
    machine.view.setInt32(ENV + TEST_TARGET.env.exitRequest, 1, true);
    machine.set('x0', 9n);
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.MAIN_LOOP));
    expect([machine.get('pc'), machine.get('x0'), machine.get('x1')]).toEqual([0x1004n, 9n, 0n]);
  });

  it('come with branch hints, TBs without', () => {
    loop();
    const sections = (options: CompileOptions): number =>
      WebAssembly.Module.customSections(
        new WebAssembly.Module(machine.compiler.compileModule([{ fn, tb: 7, flags: 0, slotAddr: SLOTS }], options) as BufferSource),
        'metadata.code.branch_hint',
      ).length;
    expect([sections({}), sections({ pollBackEdges: true }), sections({ pollBackEdges: true, branchHints: false })]).toEqual([0, 1, 0]);
  });

  it('that fault inside write back what the loop changed', () => {
    b.begin();
    const head = b.newLabel();
    b.insnStart(0x1000, 0);
    b.setLabel(head);
    b.insnStart(0x1004, 0);
    const t = b.newI64();
    b.guestLdI64(t, 1, LD);
    b.addI64(2, 2, t);
    b.addiI64(1, 1, 8);
    b.brcondI64(1, 3, Cond.LTU, head);
    b.exitTb(TbExit.SPECIAL);
    machine.fault = true;
    for (let i = 0; i < 512; i++) machine.view.setBigUint64(RAM + i * 8, 1n, true);
    machine.set('x0', GUEST_BASE);
    machine.set('x1', 0n);
    machine.set('x2', GUEST_BASE + 0x800n);
    const run = machine.load(fn);
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.SPECIAL));
    expect(machine.get('x1')).toBe(256n);
    machine.set('x2', GUEST_BASE + 0x1800n);
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.EXCEPTION));
    expect([machine.get('x0'), machine.get('x1'), machine.get('pc')]).toEqual([GUEST_BASE + 0x1000n, 512n, 0x1004n]);
  });

  it('write a pc that the loop set back at calls and exits that do not set it', () => {
    b.begin();
    const [head, out] = [b.newLabel(), b.newLabel()];
    b.insnStart(0x1000, 0);
    b.setLabel(head);
    b.insnStart(0x1004, 0);
    b.guestLdI64(b.newI64(), 3, LD);
    b.brcondI64(1, b.constI64(0, 0), Cond.EQ, out);
    b.addiI64(1, 1, -1);
    b.addiI64(PC, 1, 0x500);
    b.brcondI64(1, b.constI64(5, 0), Cond.NE, head);
    b.call(H.touch, NO_TEMP);
    b.br(head);
    b.setLabel(out);
    b.exitTb(TbExit.SPECIAL);
    const seen: bigint[] = [];
    machine.imports['touch'] = () => { seen.push(machine.get('pc')); };
    machine.set('x0', 9n);
    machine.set('x2', GUEST_BASE);
    const run = machine.load(fn, { pollBackEdges: true });
    expect(run(ENV)).toBe(tbExitWord(7, TbExit.SPECIAL));
    expect([seen, machine.get('pc')]).toEqual([[0x505n], 0x500n]);
    machine.set('x0', 0n);
    machine.set('pc', 0x4444n);
    run(ENV);
    expect(machine.get('pc')).toBe(0x4444n);
  });

  it('carry local temps around', () => {
    b.begin();
    const head = b.newLabel();
    const [sum, next] = [b.newI64(), b.newI64()];
    b.movI64(sum, b.constI64(0, 0));
    b.movI64(next, b.constI64(1, 0));
    b.setLabel(head);
    const t = b.newI64();
    b.addI64(t, sum, next);
    b.movI64(sum, next);
    b.movI64(next, t);
    b.addiI64(1, 1, -1);
    b.brcondI64(1, b.constI64(0, 0), Cond.GT, head);
    b.movI64(6, sum);
    b.exitTb(TbExit.SPECIAL);
    machine.set('x0', 20n);
    machine.run(fn);
    expect(machine.get('x5')).toBe(6765n);
  });
});
