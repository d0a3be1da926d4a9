// The litmus tests of @mttcg/atomic, spelled out again: this package depends on none of ours.
import { describe, expect, it } from 'vitest';
import { type Body, explore } from './index.ts';

type Op = readonly ['W', 0 | 1, 1 | 2] | readonly ['R', 0 | 1];
const [X, Y] = [0, 1] as const;

interface Litmus {
  readonly threads: readonly (readonly Op[])[];
  /** Whether the outcome has the final values, too. */
  readonly final: boolean;
  /** What atomic accesses show: the outcomes of sequential consistency. Registers in the order of the loads, then x and y. */
  readonly sequential: readonly string[];
  /** What plain accesses show beyond that. */
  readonly relaxed: readonly string[];
}

const IRIW = Array.from({ length: 16 }, (_, i) => [i & 8, i & 4, i & 2, i & 1].map((bit) => (bit === 0 ? 0 : 1)).join());

/** The table: what the model shows. */
const TABLE: Readonly<Record<string, Litmus>> = {
  MP: { threads: [[['W', X, 1], ['W', Y, 1]], [['R', Y], ['R', X]]], final: false, sequential: ['0,0', '0,1', '1,1'], relaxed: ['1,0'] },
  SB: { threads: [[['W', X, 1], ['R', Y]], [['W', Y, 1], ['R', X]]], final: false, sequential: ['0,1', '1,0', '1,1'], relaxed: ['0,0'] },
  // allowed by the memory model, not modelled: see explore.ts
  LB: { threads: [[['R', X], ['W', Y, 1]], [['R', Y], ['W', X, 1]]], final: false, sequential: ['0,0', '0,1', '1,0'], relaxed: [] },
  CoRR: { threads: [[['W', X, 1]], [['R', X], ['R', X]]], final: false, sequential: ['0,0', '0,1', '1,1'], relaxed: ['1,0'] },
  // its own store may have been overwritten
  CoWR: { threads: [[['W', X, 1], ['R', X]], [['W', X, 2]]], final: true, sequential: ['1,1,0', '1,2,0', '2,2,0'], relaxed: [] },
  R: { threads: [[['W', X, 1], ['W', Y, 1]], [['W', Y, 2], ['R', X]]], final: true, sequential: ['0,1,1', '1,1,1', '1,1,2'], relaxed: ['0,1,2'] },
  S: { threads: [[['W', X, 2], ['W', Y, 1]], [['R', Y], ['W', X, 1]]], final: true, sequential: ['0,1,1', '0,2,1', '1,1,1'], relaxed: ['1,2,1'] },
  '2+2W': { threads: [[['W', X, 1], ['W', Y, 2]], [['W', Y, 1], ['W', X, 2]]], final: true, sequential: ['1,2', '2,1', '2,2'], relaxed: ['1,1'] },
  IRIW: {
    threads: [[['W', X, 1]], [['W', Y, 1]], [['R', X], ['R', Y]], [['R', Y], ['R', X]]],
    final: false,
    sequential: IRIW.filter((outcome) => outcome !== '1,0,1,0'),
    relaxed: ['1,0,1,0'],
  },
};

type How = 'atomic' | 'plain' | 'fenced';

function outcomes({ threads, final }: Litmus, how: How, plain: 'sc' | 'relaxed'): string[] {
  const seen = new Set<string>();
  // on lines of their own
  const at = (location: number): number => location * 16;
  const body = (ops: readonly Op[]): Body => (memory, model) => {
    const view = new Int32Array(memory);
    const registers: number[] = [];
    ops.forEach(([kind, location, value], i) => {
      if (how === 'fenced' && i > 0) model.fence();
      if (kind === 'R') registers.push(how === 'atomic' ? Atomics.load(view, at(location)) : view[at(location)]);
      else if (how === 'atomic') Atomics.store(view, at(location), value);
      else view[at(location)] = value;
    });
    return registers;
  };
  explore({
    plain,
    threads: threads.map(body),
    check(memory, results) {
      const view = new Int32Array(memory);
      seen.add([...results.flat(), ...(final ? [view[at(X)], view[at(Y)]] : [])].join());
    },
  });
  return [...seen].sort();
}

describe.each(Object.entries(TABLE))('%s', (_name, litmus) => {
  const { sequential, relaxed } = litmus;

  it('atomic accesses are sequentially consistent', () => {
    for (const plain of ['sc', 'relaxed'] as const) expect(outcomes(litmus, 'atomic', plain)).toEqual([...sequential].sort());
  });

  it('plain ones show what the table says, and nothing more than that with fences between them', () => {
    expect(outcomes(litmus, 'plain', 'sc')).toEqual([...sequential].sort());
    expect(outcomes(litmus, 'plain', 'relaxed')).toEqual([...sequential, ...relaxed].sort());
    expect(outcomes(litmus, 'fenced', 'relaxed')).toEqual([...sequential].sort());
  });
});
