import { describe, expect, it } from 'vitest';
import { OP_NAMES } from '../op/table.ts';
import { Optimizer } from '../opt/optimizer.ts';
import { parseFunction } from '../text/parse.ts';
import { printFunction } from '../text/print.ts';
import { cloneFunction, FuzzCase } from './check.ts';
import { FUZZ_GLOBALS, FUZZ_HELPERS, FuzzMachine } from './machine.ts';

const machine = new FuzzMachine();
const SEEDS = Array.from({ length: 300 }, (_, i) => 1_000_000 + i);

describe('random IR', () => {
  it('does the same interpreted, optimised and compiled', () => {
    for (const seed of SEEDS) {
      const one = new FuzzCase(machine, seed);
      const mismatch = one.check();
      expect(mismatch && one.report(mismatch)).toBeUndefined();
    }
  });

  it('has every op of the table', () => {
    const seen = new Set<string>(['nop']);
    for (const seed of SEEDS) {
      const { fn } = new FuzzCase(machine, seed);
      for (let i = 0; i < fn.nOps; i++) seen.add(fn.opName(i));
    }
    expect(OP_NAMES.filter((name) => !seen.has(name))).toEqual([]);
  });

  it('reads back as it was printed', () => {
    for (const seed of SEEDS) {
      const text = printFunction(new FuzzCase(machine, seed).fn);
      expect(printFunction(parseFunction(text, FUZZ_GLOBALS, FUZZ_HELPERS))).toBe(text);
    }
  });

  it('is found wrong when the optimiser errs', () => {
    // A deliberate mistake: the op before the last exit loses its effect. Most functions must show it.
    let found = 0;
    for (const seed of SEEDS.slice(0, 40)) {
      const one = new FuzzCase(machine, seed);
      const optimise = one.optimised.bind(one);
      one.optimised = (fn) => {
        const copy = optimise(fn);
        for (let i = 0; i < copy.nOps; i++) if (copy.opName(i) === 'add_i64') copy.ops[i] = copy.ops[i]! + 2;
        return copy;
      };
      if (one.check()) found++;
    }
    expect(found).toBeGreaterThan(20);
  });

  it.each(['fold', 'unreachable', 'barrier', 'dead'] as const)('changes nothing more when pass %s runs again', (pass) => {
    const off = (['fold', 'env', 'unreachable', 'barrier', 'dead', 'coalesce'] as const).filter(
      (p) => p !== pass && !(pass === 'fold' && p === 'env') && !(pass === 'dead' && p === 'coalesce'),
    );
    const optimizer = new Optimizer(off);
    for (const seed of SEEDS) {
      const fn = cloneFunction(new FuzzCase(machine, seed).fn);
      optimizer.run(fn);
      const once = printFunction(fn);
      optimizer.run(fn);
      expect(printFunction(fn), `seed ${seed}`).toBe(once);
    }
  });
});
