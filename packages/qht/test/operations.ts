/** What the threads of scenarios do, and how a table is made and looked at. Elements have their key as handle and hash. */
import type * as Atomic from '@mttcg/atomic';
import type { Heap } from '@mttcg/atomic';
import type * as Package from '../src/index.ts';

const ARENA = 16;
const POOL = 64;
export const RCU = 256;
export const TABLE = 1024;
export const HEADS_1 = 0;
/** Elements for two head buckets of two entries. */
export const HEADS_2 = 4;

export const equal = (actual: unknown, wanted: unknown, what: string): void => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
};

export const same = (handle: number, key: number | undefined): boolean => handle === key;

export function operations(atomic: typeof Atomic, { Qht }: typeof Package) {
  const poolOf = (heap: Heap) => new atomic.Pool(heap, POOL, new atomic.Arena(heap, ARENA));
  const open = (heap: Heap) => new Qht(heap, TABLE, poolOf(heap));
  const prepare = (elements: number, keys: readonly number[], autoResize = false) => (heap: Heap): void => {
    atomic.Arena.format(heap, ARENA, 2048, heap.size);
    const table = Qht.format(heap, TABLE, poolOf(heap), { elements, autoResize });
    for (const key of keys) table.insert(key, key);
  };
  const contents = (heap: Heap): number[] => {
    const table = open(heap);
    table.check();
    const keys: number[] = [];
    table.iterate((handle) => keys.push(handle));
    return keys.sort((a, b) => a - b);
  };
  const find = (...keys: number[]) => (heap: Heap): number[] => {
    const table = open(heap);
    return keys.map((key) => table.lookup(key, same, key));
  };
  const insert = (...keys: number[]) => (heap: Heap): number[] => {
    const table = open(heap);
    return keys.map((key) => table.insert(key, key));
  };
  const remove = (...keys: number[]) => (heap: Heap): boolean[] => {
    const table = open(heap);
    return keys.map((key) => table.remove(key, key));
  };
  const resize = (elements: number) => (heap: Heap): boolean => open(heap).resize(elements);

  return { poolOf, open, prepare, contents, find, insert, remove, resize };
}
