/** The generated look-up against writers: its bytes as they are, run by the model checker. */
import type * as Atomic from '@mttcg/atomic';
import type { Heap } from '@mttcg/atomic';
import { wasmFunctions } from '@mttcg/model-check/wasm';
import type { HeapBody, HeapScenario } from '../../atomic/test/model/heap-scenario.ts';
import type * as Package from '../src/index.ts';
import { equal, HEADS_1, HEADS_2, operations, TABLE } from './operations.ts';

/** Elements are words, indexed by handle, that hold their keys. */
const ELEMENTS = 1536;
const STRIDE = 4;

export function wasmScenarios(atomic: typeof Atomic, qht: typeof Package): Record<string, HeapScenario> {
  const { poolOf, open, prepare, contents, insert, remove, resize } = operations(atomic, qht);
  const write = (heap: Heap, handle: number, key: number): void => void (heap.u32[(ELEMENTS + handle * STRIDE) >>> 2] = key);
  const filled = (keys: readonly number[]) => (heap: Heap): void => {
    prepare(HEADS_1, keys)(heap);
    for (const key of keys) write(heap, key, key);
  };
  let bytes: Uint8Array | undefined;
  /** Of a hash and a key each. */
  const lookups = (...sought: readonly (readonly [hash: number, key: number])[]): HeapBody => (_heap, model) => {
    // two attempts: one that meets a change, and another
    bytes ??= qht.lookupModule(
      { table: TABLE, base: ELEMENTS, stride: STRIDE, fields: [{ offset: 0, width: 32, key: { param: 0 } }], attempts: 2 }, { wait: false },
    );
    const { lookup } = wasmFunctions(bytes, model);
    return sought.map(([hash, key]) => lookup(hash, key));
  };
  /** What was found, where the look-up came to an end. */
  const found = (results: unknown, ...wanted: readonly number[]): void =>
    equal((results as number[]).map((handle, i) => (handle === qht.BUSY ? wanted[i] : handle)), wanted, 'found');

  return {
    'generated lookup of one that stays, while its neighbour goes': {
      memory: 8192,
      setup: filled([2, 4, 6, 8]),
      threads: [lookups([8, 8]), remove(2)],
      check(heap, [results]) {
        found(results, 8);
        equal(contents(heap), [4, 6, 8], 'contents');
      },
    },
    'generated lookup against insert': {
      memory: 8192,
      setup: filled([2, 4]),
      threads: [
        lookups([2, 2], [6, 6], [6, 6]),
        (heap) => {
          write(heap, 6, 6);
          return insert(6)(heap);
        },
      ],
      check(heap, [results]) {
        const [, first, second] = results as number[];
        found(results, 2, first === 6 ? 6 : 0, first === 6 || second === 6 ? 6 : 0);
        equal(contents(heap), [2, 4, 6], 'contents');
      },
    },
    'generated lookup against insert of a reused element': {
      memory: 8192,
      setup(heap) {
        filled([2])(heap);
        write(heap, 6, 8);
      },
      // keys 6 and 8 have one hash: 0, that of empty entries, so that it matches before the insert
      threads: [
        lookups([0, 8]),
        (heap) => {
          write(heap, 6, 6);
          return open(heap).insert(0, 6);
        },
      ],
      check(heap, [results]) {
        found(results, 0);
        equal(contents(heap), [2, 6], 'contents');
      },
    },
    'generated lookup against insert into reused memory': {
      memory: 8192,
      setup(heap) {
        filled([2, 4])(heap);
        for (const key of [6, 8]) write(heap, key, key);
        // the new bucket is made of what another table used for 8
        const other = qht.Qht.format(heap, TABLE + 64, poolOf(heap));
        other.insert(8, 8);
        other.resize(HEADS_2);
        other.reclaim();
        // the map's block was freed last
        poolOf(heap).alloc(64, 64);
      },
      threads: [lookups([8, 8]), insert(6)],
      check(heap, [results]) {
        found(results, 0);
        equal(contents(heap), [2, 4, 6], 'contents');
      },
    },
    'generated lookup against resize': {
      memory: 8192,
      setup: filled([2, 4, 5]),
      threads: [lookups([2, 2], [5, 5]), resize(HEADS_2)],
      check(heap, [results]) {
        found(results, 2, 5);
        equal(contents(heap), [2, 4, 5], 'contents');
      },
    },
  };
}
