/** The maps that are compared, as one thread sees them. Each operation takes a key, its hash and its text. */
import { Arena, Heap, Mutex, Pool } from '@mttcg/atomic';
import sharedmap from 'sharedmap';
import { generateLookup, Qht } from '../src/index.ts';
import { AT, ELEMENT_BYTES, firstKeys, TABLE, type Job } from './job.ts';

export interface Operations {
  has(key: number, hash: number, text: string): boolean;
  /** Adds the key unless it is there; looks first, as QEMU's benchmark does. */
  insert(key: number, hash: number, text: string): void;
  /** Removes the key if it is there; looks first. */
  remove(key: number, hash: number, text: string): void;
}

/** The table, looked up by callbacks or by generated code. */
function qht({ memory, elements, options }: Job): Operations {
  const heap = new Heap(memory);
  const { u32 } = heap;
  const table = new Qht(heap, TABLE, new Pool(heap, AT.pool, new Arena(heap, AT.arena)));
  const base = elements - options.offset * ELEMENT_BYTES;
  const hasKey = (handle: number, key: number | undefined): boolean => u32[handle >>> 2] === key;
  const sameKey = (a: number, b: number): boolean => u32[a >>> 2] === u32[b >>> 2];
  const generated = generateLookup(heap, { table: TABLE, fields: [{ offset: 0, width: 32, key: { param: 0 } }] });
  const find = options.scheme === 'wasm' ? generated : (hash: number, key: number): number => table.lookup(hash, hasKey, key);
  return {
    has: (key, hash) => find(hash, key) !== 0,
    insert(key, hash) {
      if (find(hash, key) === 0) table.insert(hash, base + key * ELEMENT_BYTES, sameKey);
    },
    remove(key, hash) {
      if (find(hash, key) !== 0) table.remove(hash, base + key * ELEMENT_BYTES);
    },
  };
}

/**
 * A Map cannot be shared: each thread has one of its own, with the same first keys, and all are guarded by one mutex. No
 * thread sees another's updates, so this is more than any way of sharing a Map can reach.
 */
function guardedMap({ memory, options }: Job): Operations {
  const mutex = new Mutex(new Heap(memory), AT.mutex);
  const map = new Map<number, number>();
  for (const key of firstKeys(options)) map.set(key, key);
  return {
    has(key) {
      mutex.lock();
      const found = map.get(key) !== undefined;
      mutex.unlock();
      return found;
    },
    insert(key) {
      mutex.lock();
      if (map.get(key) === undefined) map.set(key, key);
      mutex.unlock();
    },
    remove(key) {
      mutex.lock();
      if (map.get(key) !== undefined) map.delete(key);
      mutex.unlock();
    },
  };
}

/** What is used of it; its own types describe a default export, but it is a CommonJS module. */
interface SharedMap {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  delete(key: string): void;
}
const SharedMap = sharedmap as unknown as new (maxSize: number, keyUnits: number, valueUnits: number) => SharedMap;

/** UTF-16 units of a SharedMap's keys and values. */
const TEXT_UNITS = 12;

/** A SharedMap with the run's first keys; room for twice as many, as its chains are short then. */
export function makeSharedMap({ options }: Pick<Job, 'options'>): SharedMap {
  const map = new SharedMap(2 * options.initRange, TEXT_UNITS, TEXT_UNITS);
  for (const key of firstKeys(options)) map.set(String(key), String(key));
  return map;
}

/** Keys and values are strings, made beforehand. */
function sharedMap({ map }: Job): Operations {
  const shared = Object.setPrototypeOf(map, SharedMap.prototype) as SharedMap;
  return {
    has: (_key, _hash, text) => shared.get(text) !== undefined,
    insert(_key, _hash, text) {
      if (shared.get(text) === undefined) shared.set(text, text);
    },
    remove(_key, _hash, text) {
      if (shared.get(text) === undefined) return;
      try {
        shared.delete(text);
      } catch (error) {
        // it is an error there when another thread was faster
        if (!(error instanceof RangeError)) throw error;
      }
    },
  };
}

export function openScheme(job: Job): Operations {
  if (job.options.scheme === 'map') return guardedMap(job);
  return job.options.scheme === 'sharedmap' ? sharedMap(job) : qht(job);
}
