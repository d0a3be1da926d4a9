/** Small programs over a table with two entries to a bucket, whose every interleaving must come out right. */
import type * as Atomic from '@mttcg/atomic';
import type { Heap } from '@mttcg/atomic';
import type { HeapScenario } from '../../atomic/test/model/heap-scenario.ts';
import type * as Package from '../src/index.ts';
import { equal, HEADS_1, HEADS_2, operations, RCU, same, TABLE } from './operations.ts';
import { wasmScenarios } from './wasm-scenarios.ts';

export function scenarios(atomic: typeof Atomic, qht: typeof Package): Record<string, HeapScenario> {
  const { Qht } = qht;
  const { poolOf, open, prepare, contents, find, insert, remove, resize } = operations(atomic, qht);

  return {
    'lookup of one that stays, while its neighbour goes': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 4, 6, 8]),
      threads: [find(8), remove(2)],
      check(heap, [found]) {
        equal(found, [8], 'found');
        equal(contents(heap), [4, 6, 8], 'contents');
      },
    },
    'lookup against insert': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 4]),
      threads: [find(2, 6, 6), insert(6)],
      check(heap, [found]) {
        const [stays, first, second] = found as number[];
        equal([stays, first === 0 || first === 6, second >= first && (second === 0 || second === 6)], [2, true, true], `found ${found}`);
        equal(contents(heap), [2, 4, 6], 'contents');
      },
    },
    'lookup against insert into reused memory': {
      memory: 8192,
      setup(heap) {
        prepare(HEADS_1, [2, 4])(heap);
        // the new bucket is made of what another table used for 8
        const other = Qht.format(heap, TABLE + 64, poolOf(heap));
        other.insert(8, 8);
        other.resize(HEADS_2);
        other.reclaim();
        // the map's block was freed last
        poolOf(heap).alloc(64, 64);
      },
      threads: [find(8), insert(6)],
      check(heap, [found]) {
        equal(found, [0], 'found what is not there');
        equal(contents(heap), [2, 4, 6], 'contents');
      },
    },
    'lookup after one\'s own insert and remove': {
      memory: 8192,
      setup: prepare(HEADS_1, [2]),
      preemptions: 1,
      threads: [
        (heap) => [insert(4)(heap), find(4)(heap), remove(4)(heap), find(4)(heap)],
        (heap) => [insert(6)(heap), remove(2)(heap)],
      ],
      check(heap, [own]) {
        equal(own, [[0], [4], [true], [0]], 'own operations');
        equal(contents(heap), [6], 'contents');
      },
    },
    'lookup after one\'s own insert': {
      memory: 8192,
      setup: prepare(HEADS_1, [2]),
      threads: [(heap) => [insert(4)(heap), find(4)(heap)], insert(6)],
      check(heap, [own]) {
        equal(own, [[0], [4]], 'own operations');
        equal(contents(heap), [2, 4, 6], 'contents');
      },
    },
    'lookup against resize': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 4, 5]),
      threads: [find(2, 5), resize(HEADS_2)],
      check(heap, [found]) {
        equal(found, [2, 5], 'found');
        equal(contents(heap), [2, 4, 5], 'contents');
      },
    },
    'two inserts of one key': {
      memory: 8192,
      setup: prepare(HEADS_1, [2]),
      threads: [insert(4), insert(4)],
      check(heap, results) {
        equal((results as number[][]).map(([r]) => r).sort(), [0, 4], 'results');
        equal(contents(heap), [2, 4], 'contents');
      },
    },
    'two removes of one element': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 4, 6]),
      threads: [remove(2), remove(2)],
      check(heap, results) {
        equal((results as boolean[][]).map(([r]) => r).sort(), [false, true], 'results');
        equal(contents(heap), [4, 6], 'contents');
      },
    },
    'insert against resize': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 3]),
      threads: [insert(5), resize(HEADS_2)],
      preemptions: 2,
      check(heap, [done]) {
        equal(done, [0], 'results');
        equal(contents(heap), [2, 3, 5], 'contents');
      },
    },
    'remove against resize': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 3]),
      threads: [remove(3), resize(HEADS_2)],
      check(heap, [done]) {
        equal(done, [true], 'results');
        equal(contents(heap), [2], 'contents');
      },
    },
    'insert and remove against resize': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 3]),
      threads: [(heap) => [insert(5)(heap), remove(3)(heap)], resize(HEADS_2)],
      preemptions: 1,
      check(heap, [done]) {
        equal(done, [[0], [true]], 'results');
        equal(contents(heap), [2, 5], 'contents');
      },
    },
    'two resizes': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 3]),
      threads: [resize(HEADS_2), resize(HEADS_2 * 2)],
      check: (heap) => equal(contents(heap), [2, 3], 'contents'),
    },
    'two inserts that make the table grow': {
      memory: 16384,
      setup: prepare(HEADS_1, [2, 3, 4, 5], true),
      threads: [insert(6), insert(7)],
      check: (heap) => equal(contents(heap), [2, 3, 4, 5, 6, 7], 'contents'),
    },
    'iterate against resize and insert': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 3]),
      threads: [contentsUnchecked(open), resize(HEADS_2), insert(4)],
      preemptions: 1,
      check(heap, [seen]) {
        equal((seen as number[]).filter((key) => key !== 4), [2, 3], 'seen');
        equal(contents(heap), [2, 3, 4], 'contents');
      },
    },
    'iterate against remove that moves': {
      memory: 8192,
      setup: prepare(HEADS_1, [2, 4, 6]),
      threads: [contentsUnchecked(open), remove(2)],
      check(heap, [seen]) {
        equal((seen as number[]).filter((key) => key !== 2), [4, 6], 'seen');
        equal(contents(heap), [4, 6], 'contents');
      },
    },
    'old map freed after a grace period': {
      memory: 8192,
      setup(heap) {
        prepare(HEADS_1, [2, 4, 6])(heap);
        atomic.Rcu.format(heap, RCU, 1);
      },
      threads: [
        (heap) => {
          const reader = new atomic.Rcu(heap, RCU).register(1);
          reader.lock();
          const found = open(heap).lookup(6, same, 6);
          reader.unlock();
          return found;
        },
        (heap) => {
          const rcu = new atomic.Rcu(heap, RCU, { stallMs: Infinity });
          const pool = poolOf(heap);
          new Qht(heap, TABLE, pool, { defer: (reclaim) => rcu.defer(reclaim) }).resize(HEADS_2);
          rcu.drain();
          // Somebody else's data, in the memory of the old map.
          const block = pool.alloc(64, 64);
          for (let i = 0; i < 16; i++) heap.u32[(block >>> 2) + i] = 0;
          pool.alloc(64, 64);
        },
      ],
      check: (_, [found]) => equal(found, 6, 'found'),
    },
    ...wasmScenarios(atomic, qht),
  };
}

function contentsUnchecked(open: (heap: Heap) => Package.Qht) {
  return (heap: Heap): number[] => {
    const keys: number[] = [];
    open(heap).iterate((handle) => keys.push(handle));
    return keys.sort((a, b) => a - b);
  };
}
