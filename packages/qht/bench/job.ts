import { defineLayout } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';

/** Shared words of one benchmark run; doubles hold counts that outgrow 32 bits. */
export const JobLayout = defineLayout({
  name: 'BenchJob',
  fields: { arena: ['u32', 4], pool: ['u32', 40], ready: 'u32', go: 'u32', stop: 'u32', results: ['f64', 64] },
});
export const AT = JobLayout.offset;
export const TABLE = Math.ceil(JobLayout.size / Qht.ALIGN) * Qht.ALIGN;
export const ARENA_START = 4096;

export interface Options {
  readonly threads: number;
  /** Keys are drawn from 1 to this. */
  readonly range: number;
  /** Elements in the table when the clock starts; updates keep it near. */
  readonly keys: number;
  /** Percent of operations that insert or remove. */
  readonly updates: number;
  /** Resizes per second by one more thread, alternating between half and double; 0 for none. */
  readonly resizeRate: number;
  readonly seconds: number;
}

export interface Job {
  readonly memory: WebAssembly.Memory;
  readonly options: Options;
  /** Thread number; `options.threads` for the resizer. */
  readonly index: number;
}

/** Mixes a key (murmur3's finaliser): the table wants good low bits. */
export function hashOf(key: number): number {
  let h = key;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
