import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCopy, type Copy, type Edit } from '../../atomic/test/model/load.ts';
import type * as Package from '../src/index.ts';
import { scenarios } from './scenarios.ts';

// On a loaded machine threads wait for their turn.
vi.setConfig({ testTimeout: 60_000 });

const NAMES = Object.keys(scenarios({} as never, {} as never));

describe('every interleaving', () => {
  let copy: Copy<typeof Package>;
  beforeAll(async () => {
    copy = await loadCopy<typeof Package>();
  });
  afterAll(() => copy.dispose());

  it.each(NAMES)('%s', (name) => {
    const { runs, steps } = copy.explore({ ...scenarios(copy.atomic, copy.qht)[name], randomRuns: 200, seed: 1 });
    console.log(`${name}: ${runs} executions, up to ${steps} steps`);
    expect(runs).toBeGreaterThan(200);
  });
});

/** Mistakes that the scenario named must find. */
const MUTANTS: Record<string, Edit & { readonly scenario: string; readonly error: RegExp }> = {
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
    scenario: 'insert and remove against resize',
    error: /results|contents|twice/,
  },
  'a writer looks for the map under no lock': {
    file: 'qht/qht.ts',
    from: "lockWord(this.#i32, head + LOCK, this.#stallMs, 'lock of the chain');\n      if (load(this.#u32, this.#mapAt) === map) return head;",
    to: "const current = load(this.#u32, this.#mapAt);\n      lockWord(this.#i32, head + LOCK, this.#stallMs, 'lock of the chain');\n      if (current === map) return head;",
    scenario: 'insert and remove against resize',
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
    scenario: 'insert and remove against resize',
    error: /results|contents|twice/,
  },
  'a chained bucket is linked before it is filled': {
    file: 'qht/bucket.ts',
    from: '  initBucket(heap, fresh >>> 2);\n  i32[(fresh >>> 2) + HASHES] = hash;\n  u32[(fresh >>> 2) + POINTERS] = handle;\n  beginLocked(heap, head);',
    to: '  u32[bucket + NEXT] = fresh;\n  u32[(fresh >>> 2) + NEXT] = head << 2;\n  initBucket(heap, fresh >>> 2);\n  i32[(fresh >>> 2) + HASHES] = hash;\n  u32[(fresh >>> 2) + POINTERS] = handle;\n  beginLocked(heap, head);',
    scenario: 'lookup against insert',
    error: /found|livelock/,
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
    const copy = await loadCopy<typeof Package>(
      name === 'an insert does not lock' ? [edit, { file: 'qht/qht.ts', from: 'Mutex, spinUnlock,', to: 'Mutex, spinTryLock, spinUnlock,' }] : [edit],
    );
    try {
      expect(() => copy.explore(scenarios(copy.atomic, copy.qht)[scenario])).toThrow(error);
    } finally {
      copy.dispose();
    }
  });
});
