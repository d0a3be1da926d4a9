/** Helpers for device state blocks. */

/** Indexes into `heap.u32` of a block at host address `base`, from the byte offsets of its (word-aligned) fields. */
export function wordIndexes<T extends Readonly<Record<string, number>>>(offset: T, base: number): T {
  const out: Record<string, number> = {};
  for (const [name, at] of Object.entries(offset)) out[name] = (base + at) >>> 2;
  return out as T;
}
