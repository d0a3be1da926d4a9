import type { Exploration } from '@mttcg/model-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explored, exploreAs, type Mode, MODES } from '../../../atomic/test/model/heap-scenario.ts';
import { type Copy, type Edit, loadCopy, type Modules } from './load.ts';
import { scenarios } from './scenarios.ts';
import * as parts from './parts.ts';
import * as atomic from '@mttcg/atomic';

const NAMES = Object.keys(scenarios({ ...parts, atomic }));


function run(modules: Modules, name: string, mode: Mode, more = 0): Exploration {
  return exploreAs(mode, modules.atomic.Heap, scenarios(modules)[name]!, { random: 60, more });
}

describe('every interleaving', () => {
  let copy: Copy;
  beforeAll(async () => {
    copy = await loadCopy();
  });
  afterAll(() => copy.dispose());

  it.each(NAMES.flatMap((name) => MODES.map((mode) => [name, mode] as const)))('%s, plain accesses %s', (name, mode) => {
    const exploration = run(copy.modules, name, mode, 20);
    const { executions, pruned, steps } = exploration;
    console.log(`${name}, ${mode}: ${executions} executions, ${pruned} pruned, up to ${steps} steps`);
    expect(explored(mode, exploration)).toBeGreaterThan(21);
  });
});

/** Mistakes that the scenario named must find. */
const MUTANTS: Record<string, Edit & { readonly scenario: string; readonly error: RegExp }> = {
  'word lock: a waiter takes it as uncontended': {
    file: 'machine/src/accel/spin.ts', from: 'if (cmpxchg32(heap, offset, 0, 2) === 0) return;', to: 'if (cmpxchg32(heap, offset, 0, 1) === 0) return;',
    scenario: 'word lock of three', error: /deadlock/,
  },
  'exclusive: pending is read before running is written': {
    file: 'machine/src/accel/exclusive.ts',
    from: "atomicSet32(heap, env + C.running, 1);\n    if (atomicRead32(heap, this.#header + H.pendingCpus) === 0) return;",
    to: "if (atomicRead32(heap, this.#header + H.pendingCpus) === 0) { atomicSet32(heap, env + C.running, 1); return; }\n    atomicSet32(heap, env + C.running, 1);",
    scenario: 'exclusive section against guest code', error: /beside an exclusive section/,
  },
  'exclusive: the last vCPU does not report': {
    file: 'machine/src/accel/exclusive.ts', from: 'if (left === 1) {', to: 'if (left === 0) {',
    scenario: 'exclusive section against guest code', error: /deadlock/,
  },
  'exclusive: an ended section wakes nobody': {
    file: 'machine/src/accel/exclusive.ts', from: 'if (waiters > 0) wakeOn32(heap, header + H.exclusiveResume, waiters);', to: 'if (waiters < 0) return;',
    scenario: 'exclusive section against guest code', error: /deadlock/,
  },
  'work queue: overflow is forgotten': {
    file: 'machine/src/accel/work-queue.ts', from: 'if (overflow !== 0) run(', to: 'if (overflow < 0) run(',
    scenario: 'work queue that overflows', error: /mmu indexes flushed/,
  },
  'jumps: the invalid destination is not refused': {
    file: 'machine/src/tb/cache.ts', from: 'if ((atomicRead32(heap, to + T.cflags) & CFlag.INVALID) === 0) {', to: 'if (to !== 0) {',
    scenario: 'jump against invalidation of its destination', error: /invalid TB/,
  },
  'jumps: unused slots stay open': {
    file: 'machine/src/tb/cache.ts', from: 'if (cmpxchg32(heap, at + T.jmpDest + slot * 4, 0, JMP_CLOSED) === 0) return;', to: 'return;',
    scenario: 'jump against invalidation of its origin', error: /not closed/,
  },
  'jumps: the destination is not locked while its list changes': {
    file: 'machine/src/tb/cache.ts', from: '      wordLock(heap, to + T.jmpLock);\n      // fails when', to: '      // fails when',
    scenario: 'origin and destination invalidated at a time', error: /./,
  },
  'publishing: the page is not locked': {
    file: 'machine/src/tb/cache.ts', from: '    wordLock(this.#heap, page + P.lock);\n    if (this.#heap.u32[(page + P.first) >>> 2] === 0) this.#protection.protect(pageNumber);', to: '    this.#protection.protect(pageNumber);',
    scenario: 'translation against a store to the page', error: /./,
  },
  'page tree: a plain store publishes': {
    file: 'machine/src/tb/page-tree.ts', from: 'const old = cmpxchg32(this.#heap, node + ((index & (LEVEL_SIZE - 1)) << 2), 0, value);',
    to: 'const old = this.#load(node, index); if (old === 0) this.#heap.u32[(node >>> 2) + (index & (LEVEL_SIZE - 1))] = value;',
    scenario: 'page descriptor made by two', error: /page descriptors/,
  },
};

describe('mistakes are found', () => {
  it.each(Object.entries(MUTANTS))('%s', async (_name, { scenario, error, ...edit }) => {
    const copy = await loadCopy([edit]);
    try {
      expect(() => run(copy.modules, scenario, 'sc', 500)).toThrow(error);
    } finally {
      copy.dispose();
    }
  });
});
