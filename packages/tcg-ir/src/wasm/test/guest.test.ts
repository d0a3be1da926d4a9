import { beforeEach, describe, expect, it } from 'vitest';
import { Builder } from '../../builder/builder.ts';
import { Rmw } from '../../ir/cond.ts';
import { IrFunction } from '../../ir/function.ts';
import { makeMemOp, MemOp } from '../../ir/memop.ts';
import { TbExit, tbExitWord } from '../target.ts';
import { ENV, GUEST_BASE, RAM, TEST_GLOBALS, TEST_TARGET, TestMachine } from './machine.ts';

const machine = new TestMachine();
const fn = new IrFunction(TEST_GLOBALS, []);
const b = new Builder(fn);
const DATA = 0xfedcba9876543210n;
const u = (w: number, v: bigint): bigint => BigInt.asUintN(w, v);

function swap(bytes: number, v: bigint): bigint {
  let r = 0n;
  for (let i = 0; i < bytes; i++) r = (r << 8n) | ((v >> BigInt(8 * i)) & 0xffn);
  return r;
}

beforeEach(() => {
  machine.flushTlb();
  machine.slow.length = 0;
  machine.fault = false;
  machine.view.setBigUint64(RAM + 0x100, DATA, true);
  machine.view.setBigUint64(RAM + 0x108, ~DATA & 0xffffffffffffffffn, true);
});

describe('guest loads', () => {
  for (const type of ['i32', 'i64']) for (let size = 0; size <= (type === 'i32' ? 2 : 3); size++) {
    for (const sign of [0, MemOp.SIGN]) for (const swapped of [0, MemOp.BSWAP]) for (const ordered of [0, MemOp.ORDERED]) {
      it(`${type} of ${8 << size} bits${sign ? ' signed' : ''}${swapped ? ' swapped' : ''}${ordered ? ' ordered' : ''}`, () => {
        const memop = makeMemOp(size, 1, ordered !== 0, sign | swapped | ordered);
        b.begin();
        b.insnStart(0x400, 0);
        if (type === 'i64') {
          b.guestLdI64(6, 1, memop);
        } else {
          const t = b.newI32();
          b.guestLdI32(t, 1, memop);
          b.extuI64I32(6, t);
        }
        b.exitTb(TbExit.MAIN_LOOP);
        const run = machine.load(fn);
        const w = 8 << size;
        for (const offset of ordered !== 0 ? [0x100n] : [0x100n, 0x101n, 0x103n]) {
          const raw = (DATA | ((~DATA & 0xffffffffffffffffn) << 64n)) >> ((offset - 0x100n) * 8n);
          let value = u(w, raw);
          if (swapped !== 0) value = swap(1 << size, value);
          if (sign !== 0) value = BigInt.asIntN(w, value);
          for (const mapped of [false, true]) {
            machine.flushTlb();
            if (mapped) machine.mapPage(GUEST_BASE);
            machine.slow.length = 0;
            machine.set('x0', GUEST_BASE + offset);
            machine.set('x5', 0x1111n);
            expect(run(ENV)).toBe(tbExitWord(7, TbExit.MAIN_LOOP));
            expect(machine.get('x5')).toBe(u(type === 'i32' ? 32 : 64, value));
            expect(machine.slow).toEqual(mapped ? [] : [{ kind: 'ld', addr: GUEST_BASE + offset, memop }]);
          }
        }
      });
    }
  }

  it('v128, swapped too', () => {
    for (const swapped of [0, MemOp.BSWAP]) {
      b.begin();
      b.insnStart(0x400, 0);
      b.guestLdV128(20, 1, makeMemOp(4, 0, false, swapped));
      b.exitTb(TbExit.MAIN_LOOP);
      const run = machine.load(fn);
      for (const mapped of [false, true]) {
        if (mapped) machine.mapPage(GUEST_BASE);
        else machine.flushTlb();
        machine.set('x0', GUEST_BASE + 0x100n);
        run(ENV);
        const value = DATA | ((~DATA & 0xffffffffffffffffn) << 64n);
        expect(machine.get('v0')).toBe(swapped ? swap(16, value) : value);
      }
    }
  });

  it('from a constant address', () => {
    b.begin();
    b.insnStart(0x400, 0);
    b.guestLdI64(6, b.constI64(0x100, 7), makeMemOp(3, 0));
    b.exitTb(TbExit.MAIN_LOOP);
    const run = machine.load(fn);
    run(ENV);
    expect(machine.get('x5')).toBe(DATA);
    expect(machine.slow).toEqual([{ kind: 'ld', addr: GUEST_BASE + 0x100n, memop: 3 }]);
    machine.set('x5', 0n);
    machine.mapPage(GUEST_BASE);
    run(ENV);
    expect(machine.get('x5')).toBe(DATA);
    expect(machine.slow.length).toBe(1);
  });
});

describe('the TLB comparison', () => {
  /** Whether a load or store at the offset takes the fast path. */
  function fast(memop: number, offset: bigint, store = false): boolean {
    b.begin();
    b.insnStart(0x400, 0);
    if (store) b.guestStI64(2, 1, memop);
    else b.guestLdI64(6, 1, memop);
    b.exitTb(TbExit.MAIN_LOOP);
    machine.set('x0', GUEST_BASE + offset);
    machine.slow.length = 0;
    machine.run(fn);
    return machine.slow.length === 0;
  }

  it('sends page-crossing accesses to the slow path, also when the next page is mapped', () => {
    machine.mapPage(GUEST_BASE);
    machine.mapPage(GUEST_BASE + 0x1000n);
    expect(fast(makeMemOp(3, 0), 0xff8n)).toBe(true);
    expect(fast(makeMemOp(3, 0), 0xff9n)).toBe(false);
    expect(fast(makeMemOp(3, 0), 0xfffn)).toBe(false);
    expect(fast(makeMemOp(1, 0), 0xffen)).toBe(true);
    expect(fast(makeMemOp(1, 0), 0xfffn)).toBe(false);
    expect(fast(makeMemOp(0, 0), 0xfffn)).toBe(true);
  });

  it('sends accesses that miss a required alignment to the slow path', () => {
    machine.mapPage(GUEST_BASE);
    expect(fast(makeMemOp(3, 0, true), 0x108n)).toBe(true);
    for (const o of [1n, 2n, 4n]) expect(fast(makeMemOp(3, 0, true), 0x108n + o)).toBe(false);
    // 64 bits, aligned to 4: crossing at 0xffc must still be seen.
    const four = 3 | (2 << MemOp.ALIGN_SHIFT);
    expect(fast(four, 0x104n)).toBe(true);
    expect(fast(four, 0x102n)).toBe(false);
    expect(fast(four, 0xffcn)).toBe(false);
    // Alignment beyond the size.
    const sixteen = 3 | (4 << MemOp.ALIGN_SHIFT);
    expect(fast(sixteen, 0x110n)).toBe(true);
    expect(fast(sixteen, 0x108n)).toBe(false);
  });

  it('respects flags in the read and write tags separately, and the whole address', () => {
    machine.mapPage(GUEST_BASE, 0n, 0x400n);
    expect(fast(makeMemOp(3, 0), 0x100n)).toBe(true);
    expect(fast(makeMemOp(3, 0), 0x100n, true)).toBe(false);
    machine.mapPage(GUEST_BASE, 0x800n, 0n);
    expect(fast(makeMemOp(3, 0), 0x100n)).toBe(false);
    expect(fast(makeMemOp(3, 0), 0x100n, true)).toBe(true);
    machine.mapPage(GUEST_BASE);
    machine.fault = true;
    expect(fast(makeMemOp(3, 0), 0x40000n)).toBe(false);
    expect(fast(makeMemOp(3, 0), 1n << 60n)).toBe(false);
  });
});

describe('guest stores', () => {
  for (const type of ['i32', 'i64']) for (let size = 0; size <= (type === 'i32' ? 2 : 3); size++) {
    for (const swapped of [0, MemOp.BSWAP]) for (const ordered of [0, MemOp.ORDERED]) {
      it(`${type} of ${8 << size} bits${swapped ? ' swapped' : ''}${ordered ? ' ordered' : ''}`, () => {
        const memop = makeMemOp(size, 0, ordered !== 0, swapped | ordered);
        b.begin();
        b.insnStart(0x400, 0);
        if (type === 'i64') {
          b.guestStI64(2, 1, memop);
        } else {
          const t = b.newI32();
          b.extrlI32I64(t, 2);
          b.guestStI32(t, 1, memop);
        }
        b.exitTb(TbExit.MAIN_LOOP);
        const run = machine.load(fn);
        const w = 8 << size;
        const value = 0x8192a3b4c5d6e7f8n;
        for (const mapped of [false, true]) {
          if (mapped) machine.mapPage(GUEST_BASE);
          machine.view.setBigUint64(RAM + 0x108, ~0n & 0xffffffffffffffffn, true);
          machine.set('x0', GUEST_BASE + 0x108n);
          machine.set('x1', value);
          run(ENV);
          const low = swapped !== 0 ? swap(1 << size, u(w, value)) : u(w, value);
          expect(machine.view.getBigUint64(RAM + 0x108, true)).toBe(u(64, (-1n << BigInt(w)) | low));
        }
        expect(machine.slow).toEqual([{ kind: 'st', addr: GUEST_BASE + 0x108n, memop }]);
      });
    }
  }

  it('v128', () => {
    b.begin();
    b.insnStart(0x400, 0);
    b.guestStV128(20, 1, makeMemOp(4, 0));
    b.exitTb(TbExit.MAIN_LOOP);
    const value = 0x0f0e0d0c0b0a09080706050403020100n;
    const run = machine.load(fn);
    for (const mapped of [false, true]) {
      if (mapped) machine.mapPage(GUEST_BASE);
      machine.set('x0', GUEST_BASE + 0x200n);
      machine.set('v0', value);
      machine.view.setBigUint64(RAM + 0x200, 0n, true);
      machine.view.setBigUint64(RAM + 0x208, 0n, true);
      run(ENV);
      expect(machine.view.getBigUint64(RAM + 0x200, true) | (machine.view.getBigUint64(RAM + 0x208, true) << 64n)).toBe(value);
    }
  });

  it('a constant', () => {
    b.begin();
    b.insnStart(0x400, 0);
    b.guestStI64(b.constI64(5, 6), 1, makeMemOp(3, 0));
    b.exitTb(TbExit.MAIN_LOOP);
    machine.set('x0', GUEST_BASE + 0x100n);
    machine.run(fn);
    expect(machine.view.getBigUint64(RAM + 0x100, true)).toBe(0x600000005n);
  });
});

describe('pairs', () => {
  /** Loads x5, x6 or stores x1, x2 at x0 and what follows it. */
  function pair(kind: 'ld' | 'st', memop: number, step = 8): (env: number) => number {
    b.begin();
    b.insnStart(0x400, 0);
    const [a, n, x, y] = [b.newI64(), b.newI64(), b.newI64(), b.newI64()];
    b.addiI64(a, 1, 0);
    if (kind === 'ld') {
      b.guestLdI64(x, a, memop);
      b.addiI64(n, a, step);
      b.guestLdI64(y, n, memop);
      b.movI64(6, x);
      b.movI64(7, y);
    } else {
      b.guestStI64(2, a, memop);
      b.addiI64(n, a, step);
      b.guestStI64(3, n, memop);
    }
    b.exitTb(TbExit.MAIN_LOOP);
    return machine.load(fn);
  }

  it('load and store by one lookup, or by two slow accesses', () => {
    for (const memop of [3, 3 | MemOp.BSWAP, makeMemOp(3, 0, true)]) {
      const [load, store] = [pair('ld', memop), pair('st', memop)];
      const order = (v: bigint): bigint => (memop & MemOp.BSWAP ? swap(8, v) : v);
      for (const mapped of [false, true]) {
        machine.flushTlb();
        if (mapped) machine.mapPage(GUEST_BASE);
        machine.slow.length = 0;
        machine.set('x0', GUEST_BASE + 0x100n);
        load(ENV);
        expect([machine.get('x5'), machine.get('x6')]).toEqual([order(DATA), order(u(64, ~DATA))]);
        machine.set('x1', 0x123456789abcdefn);
        machine.set('x2', 0xfedcba9812345678n);
        machine.set('x0', GUEST_BASE + 0x200n);
        store(ENV);
        expect(machine.view.getBigUint64(RAM + 0x200, true)).toBe(order(0x123456789abcdefn));
        expect(machine.view.getBigUint64(RAM + 0x208, true)).toBe(order(0xfedcba9812345678n));
        const at = (kind: string, a: bigint): object => ({ kind, addr: GUEST_BASE + a, memop });
        expect(machine.slow).toEqual(mapped ? [] : [at('ld', 0x100n), at('ld', 0x108n), at('st', 0x200n), at('st', 0x208n)]);
      }
    }
  });

  it('take the slow path at a page boundary, and look the halves up apart when they are not adjacent', () => {
    const run = pair('ld', 3);
    machine.mapPage(GUEST_BASE);
    machine.mapPage(GUEST_BASE + 0x1000n);
    for (const [offset, slow] of [[0xff0n, 0], [0xff1n, 2], [0xff8n, 2], [0xffcn, 2], [0x1000n, 0]] as const) {
      machine.slow.length = 0;
      machine.set('x0', GUEST_BASE + offset);
      run(ENV);
      expect(machine.slow.length).toBe(slow);
    }
    const apart = pair('ld', 3, 16);
    machine.set('x0', GUEST_BASE + 0xff8n);
    machine.slow.length = 0;
    machine.view.setBigUint64(RAM + 0x1008, 5n, true);
    apart(ENV);
    expect([machine.slow.length, machine.get('x6')]).toEqual([0, 5n]);
  });

  it('fault in the second half with the first done (stores) or no register changed (loads)', () => {
    for (const kind of ['ld', 'st'] as const) {
      const slow = machine.imports[`mmu_${kind}`];
      let left = 1;
      machine.imports[`mmu_${kind}`] = (...args) => (left-- > 0 ? slow(...args) : 1);
      const run = pair(kind, 3);
      machine.set('x0', GUEST_BASE + 0x100n);
      machine.set('x1', 0x77n);
      machine.set('x5', 0x55n);
      expect(run(ENV)).toBe(tbExitWord(7, TbExit.EXCEPTION));
      expect([machine.get('x5'), machine.get('pc')]).toEqual([0x55n, 0x400n]);
      expect(machine.view.getBigUint64(RAM + 0x100, true)).toBe(kind === 'st' ? 0x77n : DATA);
      machine.imports[`mmu_${kind}`] = slow;
    }
  });
});

describe('guest atomics', () => {
  const kinds: [string, number, (w: number, old: bigint, v: bigint) => bigint][] = [
    ['xchg', Rmw.XCHG, (_w, _o, v) => v],
    ['add', Rmw.ADD, (_w, o, v) => o + v],
    ['and', Rmw.AND, (_w, o, v) => o & v],
    ['or', Rmw.OR, (_w, o, v) => o | v],
    ['xor', Rmw.XOR, (_w, o, v) => o ^ v],
    ['smin', Rmw.SMIN, (w, o, v) => (BigInt.asIntN(w, o) < BigInt.asIntN(w, v) ? o : v)],
    ['smax', Rmw.SMAX, (w, o, v) => (BigInt.asIntN(w, o) > BigInt.asIntN(w, v) ? o : v)],
    ['umin', Rmw.UMIN, (w, o, v) => (u(w, o) < u(w, v) ? o : v)],
    ['umax', Rmw.UMAX, (w, o, v) => (u(w, o) > u(w, v) ? o : v)],
  ];
  const values = [0n, 1n, 0x7fn, 0x80n, 0xffn, 0x8000n, 0x7fffffffn, 0x80000000n, 0xffffffffffffffffn, 0x8070605040302010n];

  for (const [name, kind, reference] of kinds) for (const type of ['i32', 'i64']) {
    it(`guest_rmw_${type} ${name}`, () => {
      for (let size = 0; size <= (type === 'i32' ? 2 : 3); size++) {
        for (const flags of [0, MemOp.SIGN, MemOp.BSWAP, MemOp.SIGN | MemOp.BSWAP]) for (const returnNew of [0, Rmw.RETURN_NEW]) {
          const memop = makeMemOp(size, 0, true, flags);
          const w = 8 << size;
          b.begin();
          b.insnStart(0x400, 0);
          if (type === 'i64') {
            b.guestRmwI64(6, 1, 2, memop, kind | returnNew);
          } else {
            const t = b.newI32();
            b.extrlI32I64(t, 2);
            b.guestRmwI32(t, 1, t, memop, kind | returnNew);
            b.extuI64I32(6, t);
          }
          b.exitTb(TbExit.MAIN_LOOP);
          const run = machine.load(fn);
          values.forEach((old, i) => {
            const v = values[(i * 7 + 3) % values.length];
            machine.flushTlb();
            if (i % 2 === 0) machine.mapPage(GUEST_BASE);
            const order = (x: bigint): bigint => (flags & MemOp.BSWAP ? swap(1 << size, u(w, x)) : u(w, x));
            machine.view.setBigUint64(RAM + 0x100, (u(64, -1n << BigInt(w))) | order(old), true);
            machine.set('x0', GUEST_BASE + 0x100n);
            machine.set('x1', v);
            run(ENV);
            const next = u(w, reference(w, u(w, old), v));
            const label = `${name} ${w} flags ${flags} new ${returnNew} (${old.toString(16)}, ${v.toString(16)})`;
            expect(machine.view.getBigUint64(RAM + 0x100, true), label).toBe(u(64, -1n << BigInt(w)) | order(next));
            let result = returnNew ? next : u(w, old);
            if (flags & MemOp.SIGN) result = BigInt.asIntN(w, result);
            expect(machine.get('x5'), label).toBe(u(type === 'i32' ? 32 : 64, result));
          });
        }
      }
    });
  }

  it('guest_cmpxchg compares as many bits as it accesses', () => {
    for (const type of ['i32', 'i64']) for (let size = 0; size <= (type === 'i32' ? 2 : 3); size++) {
      for (const flags of [0, MemOp.SIGN, MemOp.BSWAP]) for (const equal of [true, false]) for (const mapped of [true, false]) {
        const memop = makeMemOp(size, 0, true, flags);
        const w = 8 << size;
        b.begin();
        b.insnStart(0x400, 0);
        if (type === 'i64') {
          b.guestCmpxchgI64(6, 1, 2, 3, memop);
        } else {
          const [x, y, t] = [b.newI32(), b.newI32(), b.newI32()];
          b.extrlI32I64(x, 2);
          b.extrlI32I64(y, 3);
          b.guestCmpxchgI32(t, 1, x, y, memop);
          b.extuI64I32(6, t);
        }
        b.exitTb(TbExit.MAIN_LOOP);
        machine.flushTlb();
        if (mapped) machine.mapPage(GUEST_BASE);
        const order = (x: bigint): bigint => (flags & MemOp.BSWAP ? swap(1 << size, u(w, x)) : u(w, x));
        const old = 0x9182736455463728n;
        const next = 0x1122334455667788n;
        machine.view.setBigUint64(RAM + 0x100, u(64, -1n << BigInt(w)) | order(old), true);
        machine.set('x0', GUEST_BASE + 0x100n);
        // The bits above the access are not compared.
        machine.set('x1', (equal ? u(w, old) : u(w, old) ^ 1n) | u(64, 0x5an << BigInt(w)));
        machine.set('x2', next);
        machine.run(fn);
        expect(machine.view.getBigUint64(RAM + 0x100, true)).toBe(u(64, -1n << BigInt(w)) | order(equal ? next : old));
        const result = flags & MemOp.SIGN ? BigInt.asIntN(w, old) : u(w, old);
        expect(machine.get('x5')).toBe(u(type === 'i32' ? 32 : 64, result));
      }
    }
  });

  it('leaves with an exception when the slow path gives no address', () => {
    b.begin();
    b.insnStart(0x400, 0, 9);
    b.guestRmwI64(6, 1, 2, makeMemOp(3, 0, true), Rmw.ADD);
    b.exitTb(TbExit.MAIN_LOOP);
    machine.fault = true;
    machine.set('x0', GUEST_BASE + 0x101n);
    machine.set('x5', 77n);
    machine.mapPage(GUEST_BASE);
    expect(machine.run(fn)).toBe(tbExitWord(7, TbExit.EXCEPTION));
    expect(machine.slow[0].kind).toBe('atomic');
    expect([machine.get('x5'), machine.get('pc')]).toEqual([77n, 0x400n]);
    expect(machine.view.getInt32(ENV + TEST_TARGET.env.insnWord, true)).toBe(9);
  });
});
