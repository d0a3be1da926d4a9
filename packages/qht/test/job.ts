import { defineLayout } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';

/** Where the threads of a stress test meet. */
export const JobLayout = defineLayout({
  name: 'Job',
  align: 64,
  fields: {
    arena: ['u32', 4],
    pool: ['u32', 40],
    go: 'u32',
    ready: 'u32',
    stop: 'u32',
    errors: 'u32',
    firstError: 'u32',
    hits: 'u32',
    writers: 'u32',
    table: ['u32', 32],
    /** Word i is i: elements for generated lookups, which compare fields in memory. */
    elements: ['u32', 4096],
  },
});
// The table's header wants a line of its own.
export const TABLE = Math.ceil(JobLayout.size / Qht.ALIGN) * Qht.ALIGN;
export const ELEMENTS = JobLayout.count.elements;
export const AT = JobLayout.offset;
export const ARENA_START = 32768;

/** Keys each writer owns: only it inserts and removes them, so it knows which are in the table. */
export const KEYS_PER_WRITER = 400;

/** Four keys share a hash, so that chains form whatever the size. */
export const hashOf = (key: number): number => Math.imul(key >>> 2, 0x9e3779b1);

export interface Job {
  readonly memory: WebAssembly.Memory;
  readonly role: 'writer' | 'reader' | 'wasm reader' | 'resizer' | 'iterator';
  readonly index: number;
  readonly threads: number;
  readonly rounds: number;
  readonly seed: number;
}

/** xorshift32: a repeatable sequence of u32 for a nonzero seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>>= 0);
  };
}

/** For moving-worker.ts. */
export interface MovingJob {
  readonly memory: WebAssembly.Memory;
  readonly role: 'mover' | 'callbacks' | 'generated';
  readonly rounds: number;
}
