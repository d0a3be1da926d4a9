import type { WorldSize } from '../model/tb-world.ts';

/** What a thread of the torture test is told. */
export interface Job {
  readonly memory: WebAssembly.Memory;
  readonly role: 'cache' | 'exclusive';
  readonly index: number;
  readonly threads: number;
  readonly rounds: number;
  readonly seed: number;
}

/** TBs are made and killed all the time, so there are descriptors for all rounds; few places of code, so that all meet. */
export const SIZE: WorldSize = { tbs: 1 << 16, cpus: 4, arena: 8 << 20 };
export const PAGES = 3;
export const PLACES = 6;

/** Bytes behind the world that the exclusive test uses, as offsets from its end. */
export const SHARED = { guest: 0, alone: 256, failures: 320, sections: 384 } as const;

/** xorshift32. */
export function randomFrom(seed: number): (below: number) => number {
  let s = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return (below) => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    s >>>= 0;
    return s % below;
  };
}
