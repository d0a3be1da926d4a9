/** Scenarios of the model checker whose bodies get a Heap over its memory. */
import type { Body, Scenario } from '@mttcg/model-check';
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
