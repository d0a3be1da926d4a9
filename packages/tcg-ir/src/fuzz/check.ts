import { IrFunction, STRIDE } from '../ir/function.ts';
import { Op } from '../op/codes.ts';
import { OPT_PASSES, type OptPass, Optimizer } from '../opt/optimizer.ts';
import { printFunction } from '../text/print.ts';
import { verify } from '../verify/verify.ts';
import { Generator } from './generate.ts';
import { compareOutcomes, FUZZ_GENERATE, type FuzzMachine, type Outcome } from './machine.ts';
import { Random } from './random.ts';

/** A copy with the same temps, so that the passes can be run on it. */
export function cloneFunction(fn: IrFunction): IrFunction {
  const copy = new IrFunction(fn.globals, fn.helpers);
  for (let t = copy.fixedTemps; t < fn.nTemps; t++) {
    const type = fn.tempType[t]!;
    const made = fn.isConst(t)
      ? copy.constTemp(type, fn.constLo[t]!, fn.constHi[t]!, fn.constW2[t]!, fn.constW3[t]!)
      : copy.newTemp(type);
    if (made !== t) throw new Error('temps are not copied in order');
  }
  copy.nLabels = fn.nLabels;
  copy.pcBase = fn.pcBase;
  for (let i = 0; i < fn.nOps; i++) {
    copy.append(fn.ops[i]!);
    copy.args.set(fn.args.subarray(i * STRIDE, (i + 1) * STRIDE), i * STRIDE);
  }
  return copy;
}

export interface Mismatch {
  /** Which two ways of running the function differ. */
  readonly what: string;
  readonly details: readonly string[];
}

/**
 * One random function, executed in all ways: interpreted as generated (the oracle) and optimised, compiled as generated
 * and optimised.
 */
export class FuzzCase {
  readonly seed: number;
  readonly fn: IrFunction;
  readonly #machine: FuzzMachine;
  readonly #off: readonly OptPass[];

  constructor(machine: FuzzMachine, seed: number, size = 60) {
    this.seed = seed;
    this.#machine = machine;
    const r = new Random(seed);
    // Now and then with passes switched off, so that each is also tried without the others.
    this.#off = r.oneIn(3) ? OPT_PASSES.filter(() => r.oneIn(2)) : [];
    this.fn = new Generator(r, { ...FUZZ_GENERATE, size: 5 + r.below(size) }).run();
  }

  optimised(fn: IrFunction): IrFunction {
    const copy = cloneFunction(fn);
    new Optimizer(this.#off).run(copy);
    return copy;
  }

  /** The first difference found for `fn` (this case's function or a part of it), or undefined. */
  check(fn: IrFunction = this.fn): Mismatch | undefined {
    const invalid = verify(fn);
    if (invalid.length > 0) return { what: 'the generated function is invalid', details: invalid };
    const optimised = this.optimised(fn);
    const broken = verify(optimised);
    if (broken.length > 0) return { what: 'the optimised function is invalid', details: broken };
    const machine = this.#machine;
    const ways: [string, () => Outcome][] = [['interpreted, optimised', () => machine.interpret(optimised)]];
    for (const [what, f] of [['compiled', fn], ['compiled, optimised', optimised]] as const) {
      let code: ((env: number) => number) | undefined;
      // As a region for odd seeds; nobody asks it to leave.
      const pollBackEdges = (this.seed & 1) === 1;
      ways.push([what, () => machine.execute((code ??= machine.compile(f, { pollBackEdges })))]);
    }
    for (let state = 0; state < 2; state++) {
      machine.prepare(new Random(this.seed * 16 + state));
      const expected = machine.interpret(fn);
      for (const [what, run] of ways) {
        let details: string[];
        try {
          details = compareOutcomes(expected, run());
        } catch (error) {
          details = [String(error)];
        }
        if (details.length > 0) return { what, details };
      }
    }
    return undefined;
  }

  /** Deletes ops as long as the same kind of mismatch stays. */
  shrink(mismatch: Mismatch): IrFunction {
    let best = this.fn;
    const same = (fn: IrFunction): boolean => {
      if (verify(fn).length > 0) return false;
      try {
        return this.check(fn)?.what === mismatch.what;
      } catch {
        return false;
      }
    };
    for (let again = true; again; ) {
      again = false;
      for (let step = 32; step >= 1; step >>= 1) {
        for (let i = 0; i < best.nOps; i += step) {
          const trial = cloneFunction(best);
          let changed = false;
          for (let k = i; k < Math.min(i + step, best.nOps); k++) {
            if (trial.ops[k] === Op.nop) continue;
            trial.ops[k] = Op.nop;
            changed = true;
          }
          if (changed && same(trial)) {
            best = trial;
            again = true;
          }
        }
      }
    }
    return best;
  }

  /** Everything one needs to see of a mismatch, shrunk. */
  report(mismatch: Mismatch): string {
    const small = this.shrink(mismatch);
    const now = this.check(small) ?? mismatch;
    return [
      `seed ${this.seed}: ${now.what}${this.#off.length > 0 ? ` (without ${this.#off.join(', ')})` : ''}`,
      ...now.details.map((d) => `  ${d}`),
      'IR:', printFunction(small), 'optimised:', printFunction(this.optimised(small)),
    ].join('\n');
  }
}
