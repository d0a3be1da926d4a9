/** Scenarios of the model checker whose bodies get a Heap over its memory. */
import { type Body, type Exploration, explore, type Scenario } from '@mttcg/model-check';
import type { Heap } from '../../src/index.ts';

export type HeapBody = (heap: Heap, model: Parameters<Body>[1]) => unknown;

export interface HeapScenario extends Omit<Scenario, 'setup' | 'threads' | 'check'> {
  readonly setup?: (heap: Heap) => void;
  readonly threads: readonly HeapBody[];
  readonly check?: (heap: Heap, results: readonly unknown[]) => void;
}

/** @param make a copy's Heap */
export function onHeap(make: new (memory: SharedArrayBuffer) => Heap, { setup, threads, check, ...rest }: HeapScenario): Scenario {
  return {
    ...rest,
    ...(setup === undefined ? {} : { setup: (memory: SharedArrayBuffer) => setup(new make(memory)) }),
    threads: threads.map((body): Body => (memory, model) => body(new make(memory), model)),
    ...(check === undefined ? {} : { check: (memory: SharedArrayBuffer, results: readonly unknown[]) => check(new make(memory), results) }),
  };
}

/** What plain accesses may do: nothing special; be reordered; and, in addition, loads return what is stored later. */
export const MODES = ['sc', 'relaxed', 'late'] as const;
export type Mode = (typeof MODES)[number];

/**
 * Explores in one of the modes: in all orders, or up to the scenario's preemptions, and then in `more` random ones. What has
 * a bound when relaxed, and everything when late, has too many ways: `random` random executions instead.
 */
export function exploreAs(mode: Mode, make: new (memory: SharedArrayBuffer) => Heap, scenario: HeapScenario, { random, more = 0 }: { readonly random: number; readonly more?: number }): Exploration {
  const late = mode === 'late';
  const atRandom = late || (mode === 'relaxed' && scenario.preemptions !== undefined);
  return explore(onHeap(make, {
    ...scenario, plain: late ? 'relaxed' : mode, lateLoads: late, seed: 1,
    ...(atRandom ? { exhaustive: false, randomRuns: random } : { randomRuns: more }),
  }));
}

/** How many executions an exploration looked at: when late, those that guessed wrong, too. */
export function explored(mode: Mode, { executions, pruned }: Exploration): number {
  return mode === 'late' ? executions + pruned : executions;
}
