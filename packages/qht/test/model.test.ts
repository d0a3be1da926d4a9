import type { Exploration } from '@mttcg/model-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Atomic from '@mttcg/atomic';
import { copyAtomic, type Edit, type SourceCopy, sourcesOf } from '../../atomic/test/model/copy.ts';
import { explored, exploreAs, type Mode, MODES } from '../../atomic/test/model/heap-scenario.ts';
import type * as Package from '../src/index.ts';
import { scenarios } from './scenarios.ts';

const NAMES = Object.keys(scenarios({} as never, {} as never));

/** Buckets of two entries chain soon. */
const SHRINK: readonly Edit[] = [
  { file: 'qht/layout.ts', from: 'BUCKET_ENTRIES = 6', to: 'BUCKET_ENTRIES = 2' },
  { file: 'qht/layout.ts', from: '{ size: 64, at: { hashes: 8, pointers: 32, next: 56 } }', to: '{ size: 64 }' },
];

interface Modules {
  readonly copy: SourceCopy;
  readonly atomic: typeof Atomic;
  readonly qht: typeof Package;
}

async function load(edits: readonly Edit[] = []): Promise<Modules> {
  const copy = copyAtomic(edits, { folders: { qht: sourcesOf('qht') }, edits: SHRINK });
  return { copy, atomic: await copy.load('atomic/index.ts'), qht: await copy.load('qht/index.ts') };
}

function run({ atomic, qht }: Modules, name: string, mode: Mode, more = 0): Exploration {
  return exploreAs(mode, atomic.Heap, scenarios(atomic, qht)[name], { random: 60, more });
}

describe('every interleaving', () => {
  let modules: Modules;
  beforeAll(async () => {
    modules = await load();
  });
  afterAll(() => modules.copy.dispose());

  it.each(NAMES.flatMap((name) => MODES.map((mode) => [name, mode] as const)))('%s, plain accesses %s', (name, mode) => {
    const exploration = run(modules, name, mode, 20);
    const { executions, pruned, steps } = exploration;
    console.log(`${name}, ${mode}: ${executions} executions, ${pruned} pruned, up to ${steps} steps`);
    expect(explored(mode, exploration)).toBeGreaterThan(21);
  });
});

interface Mutant extends Edit {
  readonly scenario: string;
  readonly error: RegExp;
}

/** Mistakes that only show where plain accesses are reordered. */
const RELAXED_MUTANTS: Record<string, Mutant> = {
  'a lookup reads the sequence plainly': {
    file: 'qht/qht.ts',
    from: 'const sequence = load(i32, head + SEQUENCE);',
    to: 'const sequence = i32[head + SEQUENCE];',
    scenario: 'lookup of one that stays, while its neighbour goes',
    error: /found: \[0\]/,
  },
  'a lookup reads the map plainly': {
    file: 'qht/qht.ts',
    from: 'const map = load(u32, this.#mapAt) >>> 2;',
    to: 'const map = u32[this.#mapAt] >>> 2;',
    scenario: 'lookup against resize',
    error: /found|livelock|index/,
  },
  'a chained bucket is linked by a plain store': {
    file: 'qht/bucket.ts',
    from: '  beginLocked(heap, head);\n  // release: pairs with the load of `next` in Qht.lookup(); the bucket\'s contents travel with it\n  store(u32, bucket + NEXT, fresh);',
    to: '  u32[bucket + NEXT] = fresh;\n  beginLocked(heap, head);',
    scenario: 'lookup against insert into reused memory',
    error: /found what is not there/,
  },
  'a generated lookup reads the element\'s address plainly': {
    file: 'qht/wasm-lookup.ts',
    from: '...atomic(QhtBucket.offset.pointers), ...localSet(HANDLE)',
    to: '...word(QhtBucket.offset.pointers), ...localSet(HANDLE)',
    scenario: 'generated lookup against insert of a reused element',
    error: /found: \[6\]/,
  },
  'a generated lookup reads the map plainly': {
    file: 'qht/wasm-lookup.ts',
    from: '...atomic(table + QhtHeader.offset.map)',
    to: '...word(table + QhtHeader.offset.map)',
    scenario: 'generated lookup against resize',
    error: /found|out of bounds/,
  },
};

describe('mutants that only relaxed plain accesses show', () => {
  it.each(Object.keys(RELAXED_MUTANTS))('%s', async (name) => {
    const { scenario, error, ...edit } = RELAXED_MUTANTS[name];
    const modules = await load([edit]);
    try {
      run(modules, scenario, 'sc');
      expect(() => run(modules, scenario, 'relaxed')).toThrow(error);
    } finally {
      modules.copy.dispose();
    }
  });
});

/** Mistakes that the scenario named must find. */
const MUTANTS: Record<string, Mutant> = {
  'a miss is not checked again': {
    file: 'qht/qht.ts',
    from: 'if ((sequence & 1) === 0 && load(i32, head + SEQUENCE) === sequence) return 0;',
    to: 'return 0;',
    scenario: 'lookup of one that stays, while its neighbour goes',
    error: /found: \[0\]/,
  },
  'a miss within a write is believed': {
    file: 'qht/qht.ts',
    from: 'if ((sequence & 1) === 0 && load(',
    to: 'if (load(',
    scenario: 'lookup of one that stays, while its neighbour goes',
    error: /found: \[0\]/,
  },
  'a hit by hash alone': {
    file: 'qht/qht.ts',
    from: 'if (handle !== 0 && equal(handle, key as K)) return handle;',
    to: 'return handle;',
    scenario: 'lookup of one that stays, while its neighbour goes',
    error: /found: \[0\]/,
  },
  'a miss of a generated lookup is not checked again': {
    file: 'qht/wasm-lookup.ts',
    from: '...localGet(HEAD), ...atomic(QhtBucket.offset.sequence), ...localGet(SEQUENCE_SEEN), wasm.I32_EQ, BR_IF, 1,',
    to: 'BR, 1,',
    scenario: 'generated lookup of one that stays, while its neighbour goes',
    error: /found: \[0\]/,
  },
  'a miss of a generated lookup within a write is believed': {
    file: 'qht/wasm-lookup.ts',
    from: '...localGet(SEQUENCE_SEEN), ...i32Const(1), wasm.I32_AND, BR_IF, 0,',
    to: '',
    scenario: 'generated lookup of one that stays, while its neighbour goes',
    error: /found: \[0\]/,
  },
  'a hit of a generated lookup by hash alone': {
    file: 'qht/wasm-lookup.ts',
    from: '    ...differs,\n',
    to: '',
    scenario: 'generated lookup against insert of a reused element',
    error: /found: \[6\]/,
  },
  'a generated lookup does not follow the chain': {
    file: 'qht/wasm-lookup.ts',
    from: '...localTee(BUCKET), BR_IF, 0,\n    END,\n    BLOCK',
    to: '...localSet(BUCKET),\n    END,\n    BLOCK',
    scenario: 'generated lookup of one that stays, while its neighbour goes',
    error: /found: \[0\]/,
  },
  'writes do not raise the sequence': {
    file: 'qht/bucket.ts',
    from: 'function beginLocked(heap: Heap, head: number): void {\n  // Pairs with the fence and second load of the sequence in Qht.lookup().\n  add(heap.i32, head + SEQUENCE, 1);',
    to: 'function beginLocked(heap: Heap, head: number): void {\n  add(heap.i32, head + SEQUENCE, 0);',
    scenario: 'lookup of one that stays, while its neighbour goes',
    error: /found|sequence is odd/,
  },
  'the hole is emptied before it is filled': {
    file: 'qht/bucket.ts',
    from: '  beginLocked(heap, head);\n  if (lastBucket !== bucket || lastSlot !== slot) {',
    to: '  store(u32, bucket + POINTERS + slot, 0);\n  const moved = u32[lastBucket + POINTERS + lastSlot];\n  store(u32, lastBucket + POINTERS + lastSlot, 0);\n  beginLocked(heap, head);\n  store(u32, lastBucket + POINTERS + lastSlot, moved);\n  if (lastBucket !== bucket || lastSlot !== slot) {',
    scenario: 'lookup of one that stays, while its neighbour goes',
    error: /found: \[0\]/,
  },
  'a writer trusts a stale map': {
    file: 'qht/qht.ts',
    from: 'if (load(this.#u32, this.#mapAt) === map) return head;',
    to: 'return head;',
    scenario: 'insert against resize',
    error: /results|contents|twice/,
  },
  'a writer looks for the map under no lock': {
    file: 'qht/qht.ts',
    from: "lockWord(this.#i32, head + LOCK, this.#stallMs, 'lock of the chain');\n      if (load(this.#u32, this.#mapAt) === map) return head;",
    to: "const current = load(this.#u32, this.#mapAt);\n      lockWord(this.#i32, head + LOCK, this.#stallMs, 'lock of the chain');\n      if (current === map) return head;",
    scenario: 'insert against resize',
    error: /results|contents|twice/,
  },
  'the new map is published before it is filled': {
    file: 'qht/qht.ts',
    from: 'if (keepElements) copyMap(heap, this.#allocator, old, fresh);',
    to: 'store(this.#u32, this.#mapAt, fresh); if (keepElements) copyMap(heap, this.#allocator, old, fresh);',
    scenario: 'lookup against resize',
    error: /found/,
  },
  'a resize copies without the locks': {
    file: 'qht/qht.ts',
    from: '      lockAllBuckets(heap, old, this.#stallMs);\n      try {\n        if (keepElements) copyMap(heap, this.#allocator, old, fresh);',
    to: '      if (keepElements) copyMap(heap, this.#allocator, old, fresh);\n      lockAllBuckets(heap, old, this.#stallMs);\n      try {',
    scenario: 'insert against resize',
    error: /results|contents|twice/,
  },
  'a chained bucket is linked before it is filled': {
    file: 'qht/bucket.ts',
    from: '  initBucket(heap, fresh >>> 2);\n  i32[(fresh >>> 2) + HASHES] = hash;\n  u32[(fresh >>> 2) + POINTERS] = handle;\n  beginLocked(heap, head);',
    to: '  u32[bucket + NEXT] = fresh;\n  initBucket(heap, fresh >>> 2);\n  i32[(fresh >>> 2) + HASHES] = hash;\n  u32[(fresh >>> 2) + POINTERS] = handle;\n  beginLocked(heap, head);',
    scenario: 'lookup against insert into reused memory',
    error: /found what is not there/,
  },
  'an insert does not lock': {
    file: 'qht/qht.ts',
    from: '    const head = this.#lockHead(hash);\n    let result: number;',
    to: '    const head = headOf(heap, load(this.#u32, this.#mapAt), hash); spinTryLock(this.#i32, head + LOCK);\n    let result: number;',
    scenario: 'two inserts of one key',
    error: /results|twice|lock that is free|lock is held/,
  },
  'the remover unlocks too early': {
    file: 'qht/qht.ts',
    from: 'const removed = removeLocked(this.#heap, head, hash | 0, handle);\n    spinUnlock(this.#i32, head + LOCK);',
    to: 'spinUnlock(this.#i32, head + LOCK);\n    const removed = removeLocked(this.#heap, head, hash | 0, handle);',
    scenario: 'two removes of one element',
    error: /results|contents|twice/,
  },
  'the old map is freed at once': {
    file: 'qht/qht.ts',
    from: 'this.#defer(() => destroyMap(this.#heap, this.#allocator, map));',
    to: 'destroyMap(this.#heap, this.#allocator, map);',
    scenario: 'old map freed after a grace period',
    error: /found|index|livelock/,
  },
  'an iteration does not keep resizes out': {
    file: 'qht/qht.ts',
    from: '      lockAllBuckets(this.#heap, map, this.#stallMs);\n      try {\n        body(map);\n      } finally {\n        unlockAllBuckets(this.#heap, map);\n      }',
    to: '      body(map);',
    scenario: 'iterate against remove that moves',
    error: /seen/,
  },
};

describe('mutants are caught', () => {
  it.each(Object.keys(MUTANTS))('%s', async (name) => {
    const { scenario, error, ...edit } = MUTANTS[name];
    const modules = await load(
      name === 'an insert does not lock' ? [edit, { file: 'qht/qht.ts', from: 'Mutex, spinUnlock,', to: 'Mutex, spinTryLock, spinUnlock,' }] : [edit],
    );
    try {
      expect(() => run(modules, scenario, 'sc')).toThrow(error);
    } finally {
      modules.copy.dispose();
    }
  });
});
