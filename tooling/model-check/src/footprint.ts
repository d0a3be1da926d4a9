/** What a step touches. Two steps of different threads whose footprints do not conflict can be swapped. */

/** Bytes of the shared memory. */
export interface Range {
  readonly address: number;
  readonly size: number;
}

/**
 * How the ranges are accessed. `plain` is a plain load in relaxed mode, which may return older values: it does not
 * conflict with what it does not see (reduction.ts). `all` conflicts with everything: time has passed.
 */
export type Access = 'none' | 'plain' | 'read' | 'write' | 'all';

export interface Footprint {
  readonly access: Access;
  readonly ranges: readonly Range[];
  /** Address whose list of sleepers it changes or looks at, or -1. */
  readonly queue: number;
}

export const NOTHING: Footprint = { access: 'none', ranges: [], queue: -1 };
export const EVERYTHING: Footprint = { ...NOTHING, access: 'all' };

export function footprint(access: Access, address: number, size: number): Footprint {
  return { access, ranges: [{ address, size }], queue: -1 };
}

export function overlap(a: Range, b: Range): boolean {
  return a.address < b.address + b.size && b.address < a.address + a.size;
}

export function overlapAny(a: readonly Range[], b: readonly Range[]): boolean {
  for (const one of a) for (const other of b) if (overlap(one, other)) return true;
  return false;
}

export function conflict(a: Footprint, b: Footprint): boolean {
  if (a.access === 'all' || b.access === 'all') return true;
  if (a.queue >= 0 && a.queue === b.queue) return true;
  if (a.access !== 'write' && b.access !== 'write') return false;
  return a.access !== 'none' && b.access !== 'none' && overlapAny(a.ranges, b.ranges);
}
