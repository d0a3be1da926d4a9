import { defineLayout } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';
import { randomFrom } from '../test/job.ts';
import type { RunOptions } from './options.ts';

/** Shared words of one benchmark run; doubles hold counts that outgrow 32 bits. */
export const JobLayout = defineLayout({
  name: 'BenchJob',
  fields: { arena: ['u32', 4], pool: ['u32', 40], ready: 'u32', go: 'u32', stop: 'u32', mutex: 'u32', results: ['f64', 64] },
});
export const AT = JobLayout.offset;
export const TABLE = Math.ceil(JobLayout.size / Qht.ALIGN) * Qht.ALIGN;
export const ARENA_START = 4096;
/** Elements are this far apart; the first word of each is its key. */
export const ELEMENT_BYTES = 8;

export interface Job {
  readonly memory: WebAssembly.Memory;
  readonly options: RunOptions;
  /** Address of the element of key `options.offset`. */
  readonly elements: number;
  /** Thread number; from `options.threads` on, resizers. */
  readonly index: number;
  /** The SharedMap, which arrives without its prototype. */
  readonly map: object | undefined;
}

/** Mixes a key (murmur3's finaliser): the table wants good low bits. */
export function hashOf(key: number): number {
  let h = key;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The run's first keys, in random order. */
export function firstKeys({ keys, initRange, offset }: RunOptions): Uint32Array {
  const random = randomFrom(12345);
  const all = Uint32Array.from({ length: initRange }, (_, i) => offset + 1 + i);
  for (let i = all.length - 1; i > 0; i--) {
    const j = random() % (i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.subarray(0, keys);
}
