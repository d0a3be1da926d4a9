import { describe, expect, it } from 'vitest';
import { explore, ModelError, replay, type Scenario } from './index.ts';

const [X, Y] = [0, 16] as const;

function outcomes(scenario: Scenario): string[] {
  const seen = new Set<string>();
  explore({ plain: 'relaxed', lateLoads: true, preemptions: Infinity, ...scenario, check: (_memory, results) => void seen.add(results.join()) });
  return [...seen].sort();
}

const loadThenStore = (from: number, to: number, fenced = false): Scenario['threads'][number] => (memory, model) => {
  const view = new Int32Array(memory);
  const seen = view[from];
  if (fenced) model.fence();
  view[to] = 1;
  return seen;
};

describe('late loads', () => {
  it('show load buffering', () => {
    const threads = [loadThenStore(X, Y), loadThenStore(Y, X)];
    expect(outcomes({ threads, lateLoads: false })).toEqual(['0,0', '0,1', '1,0']);
    expect(outcomes({ threads })).toEqual(['0,0', '0,1', '1,0', '1,1']);
    expect(outcomes({ threads, exhaustive: false, randomRuns: 500 })).toEqual(['0,0', '0,1', '1,0', '1,1']);
  });

  it('do not pass a fence', () => {
    expect(outcomes({ threads: [loadThenStore(X, Y, true), loadThenStore(Y, X, true)] })).toEqual(['0,0', '0,1', '1,0']);
  });

  it('return nothing that nobody stores', () => {
    const copy = (from: number, to: number): Scenario['threads'][number] => (memory) => {
      const view = new Int32Array(memory);
      return (view[to] = view[from]);
    };
    expect(outcomes({ threads: [copy(X, Y), copy(Y, X)] })).toEqual(['0,0']);
  });

  it('find a slot given back before it was read', () => {
    // the reader's load has to come before its store of FREE, which lets the writer store again
    const [FREE, DATA] = [X, Y];
    const scenario = (fenced: boolean): Scenario => ({
      plain: 'relaxed', lateLoads: true, preemptions: Infinity,
      setup: (memory) => void (new Int32Array(memory)[DATA] = 1),
      threads: [
        (memory, model) => {
          const view = new Int32Array(memory);
          const data = view[DATA];
          if (fenced) model.fence();
          view[FREE] = 1;
          return data;
        },
        (memory) => {
          const view = new Int32Array(memory);
          if (Atomics.load(view, FREE) === 1) view[DATA] = 2;
        },
      ],
      check(_memory, [data]) {
        if (data !== 1) throw new Error(`read ${String(data)}`);
      },
    });
    explore(scenario(true));
    explore({ ...scenario(false), lateLoads: false });
    expect(() => explore(scenario(false))).toThrow(/read 2[^]*-> 2 \(what is stored later\)/);
  });

  it('are refused where they are not supported', () => {
    const threads = [loadThenStore(X, Y)];
    expect(() => explore({ threads, lateLoads: true, preemptions: 1 })).toThrow("lateLoads: plain is not 'relaxed'");
    expect(() => explore({ threads, plain: 'relaxed', lateLoads: true })).toThrow(/lateLoads: the reduction does not know them/);
    expect(() => replay({ threads, plain: 'relaxed', lateLoads: true }, '0')).toThrow(ModelError);
  });
});
