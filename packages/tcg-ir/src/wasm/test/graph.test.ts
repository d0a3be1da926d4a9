import { describe, expect, it } from 'vitest';
import { Builder } from '../../builder/builder.ts';
import { Cond } from '../../ir/cond.ts';
import { IrFunction, type Label } from '../../ir/function.ts';
import { Cfg } from '../cfg.ts';
import { Scan } from '../scan.ts';
import { TbExit, tbExitWord } from '../target.ts';
import { TEST_GLOBALS, TestMachine } from './machine.ts';

const machine = new TestMachine();
const fn = new IrFunction(TEST_GLOBALS, []);
const b = new Builder(fn);

describe('random graphs', () => {
  /** Each block notes its number in a hash and a visit count, then branches by bits of the hash; stops after a number of steps. */
  function build(blocks: number, edges: readonly (readonly [number, number])[], polled: boolean): void {
    b.begin();
    const labels: Label[] = edges.map(() => b.newLabel());
    const out = b.newLabel();
    for (let k = 0; k < blocks; k++) {
      b.setLabel(labels[k]);
      if (polled) b.insnStart(0x1000 + 4 * k, 0);
      b.addiI64(1, 1, -1);
      b.brcondI64(1, b.constI64(0, 0), Cond.EQ, out);
      b.mulI64(2, 2, b.constI64(0x4f6cdd1d, 0x5851f42d));
      b.addiI64(2, 2, k + 1);
      const t = 4 + (k % 8);
      b.addI64(t, t, 2);
      const bit = b.newI64();
      b.shriI64(bit, 2, 33 + (k % 7));
      b.brcondI64(bit, b.constI64(1, 0), Cond.TSTNE, labels[edges[k][0]]);
      b.br(labels[edges[k][1]]);
    }
    b.setLabel(out);
    b.exitTb(TbExit.SPECIAL);
  }

  /** The same walk in JavaScript: x0, x1 and x3 to x10 at the end. */
  function walk(edges: readonly (readonly [number, number])[], steps: bigint): bigint[] {
    let at = 0;
    let hash = 7n;
    const regs = Array.from({ length: 8 }, (_, i) => BigInt(i));
    for (let left = steps - 1n; left !== 0n; left--) {
      hash = BigInt.asUintN(64, BigInt.asUintN(64, hash * 0x5851f42d4f6cdd1dn) + BigInt(at + 1));
      regs[at % 8] = BigInt.asUintN(64, regs[at % 8] + hash);
      at = edges[at][((hash >> BigInt(33 + (at % 7))) & 1n) !== 0n ? 0 : 1];
    }
    return [0n, hash, ...regs];
  }

  function run(edges: readonly (readonly [number, number])[], polled: boolean): bigint[] {
    build(edges.length, edges, polled);
    machine.set('x0', 200n);
    machine.set('x1', 7n);
    for (let i = 0; i < 8; i++) machine.set(`x${3 + i}`, BigInt(i));
    expect(machine.run(fn, { pollBackEdges: polled })).toBe(tbExitWord(7, TbExit.SPECIAL));
    return ['x0', 'x1', ...Array.from({ length: 8 }, (_, i) => `x${3 + i}`)].map((n) => machine.get(n));
  }

  it('run as they should: reducible and not, of 2 to 40 blocks', () => {
    let seed = 12345;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >>> 8) % n;
    };
    for (let round = 0; round < 150; round++) {
      const n = 2 + random(round % 3 === 0 ? 6 : 40);
      // Mostly near neighbours, as real code has.
      const target = (k: number): number => (random(4) === 0 ? random(n) : Math.min(n - 1, Math.max(0, k - 2 + random(6))));
      const edges = Array.from({ length: n }, (_, k) => [target(k), target(k)] as const);
      const start = seed;
      expect(run(edges, round % 2 === 0), `round ${round}, seed ${start}`).toEqual(walk(edges, 200n));
    }
  });

  it('handles two loops entered crosswise, one inside the other', () => {
    for (const edges of [[[1, 2], [2, 3], [1, 3], [1, 0]], [[1, 3], [2, 3], [3, 1], [2, 4], [1, 2]], [[1, 2], [2, 1], [1, 1]]] as const) {
      expect(run(edges, false)).toEqual(walk(edges, 200n));
    }
  });

  it('compiles long functions without running out of stack: chains, nests, exits off a long path', () => {
    const N = 3000;
    const shapes: Record<string, (k: number) => readonly [number, number]> = {
      'forward chain with a common far exit': (k) => [N - 1, k + 1],
      'chain of loops': (k) => [k & ~7, k + 1],
      'each to itself or on': (k) => [k, k + 1],
      'pairs of diamonds': (k) => [Math.min(N - 1, k + 2), k + 1],
    };
    for (const shape of Object.values(shapes)) {
      const edges = Array.from({ length: N }, (_, k) => shape(k).map((t) => Math.min(N - 1, t)) as unknown as readonly [number, number]);
      expect(run(edges, true)).toEqual(walk(edges, 200n));
    }
    // Side exits: every block may leave at once, on the taken or on the other side.
    b.begin();
    const head = b.newLabel();
    b.setLabel(head);
    for (let k = 0; k < N; k++) {
      const on = b.newLabel();
      b.addiI64(1, 1, 1);
      b.brcondI64(2, b.constI64(k, 0), k % 2 === 0 ? Cond.NE : Cond.EQ, on);
      if (k % 2 === 0) b.exitTb(TbExit.MAIN_LOOP);
      const go = b.newLabel();
      if (k % 2 !== 0) b.br(go);
      b.setLabel(on);
      if (k % 2 !== 0) b.exitTb(TbExit.MAIN_LOOP);
      b.setLabel(go);
    }
    b.br(head);
    const compiled = machine.load(fn, { pollBackEdges: true });
    for (const k of [0, 1, 1500, 2999]) {
      machine.set('x0', 0n);
      machine.set('x1', BigInt(k));
      expect(compiled(4096)).toBe(tbExitWord(7, TbExit.MAIN_LOOP));
      expect(machine.get('x0')).toBe(BigInt(k + 1));
    }
  });

  it('finds which loops have several entries, and only those', () => {
    const dispatchNodes = (edges: readonly (readonly [number, number])[]): number => {
      build(edges.length, edges, false);
      const scan = new Scan();
      scan.run(fn, -1);
      const cfg = new Cfg();
      cfg.run(scan);
      return cfg.dispatch.length;
    };
    expect(dispatchNodes([[1, 2], [2, 3], [0, 1], [3, 3]])).toBe(1);
    expect(dispatchNodes([[1, 1], [2, 0], [1, 3], [3, 0]])).toBe(0);
    expect(dispatchNodes([[1, 2], [2, 2], [1, 1]])).toBe(1);
  });
});
