import { DEFAULT_MAX_TLB_BITS, FULL_BITS, TLB_ENTRY_BITS, TlbEntryLayout, TlbFullLayout, VICTIM_ENTRIES } from './entry.ts';

/**
 * Where one vCPU's TLB lies in its storage block: victim entries of all mmu indexes, their full parts, then for each
 * index the largest table it may grow to and the full parts. Tables grow in place: the memory behind a small table is
 * reserved but never touched, so the host does not back it with pages.
 */
export interface TlbStorage {
  readonly bytes: number;
  readonly victims: number;
  readonly victimFull: number;
  table(mmuIdx: number): number;
  full(mmuIdx: number): number;
}

export const VICTIM_BYTES: number = VICTIM_ENTRIES * TlbEntryLayout.size;
export const VICTIM_FULL_BYTES: number = VICTIM_ENTRIES * TlbFullLayout.size;

/** Alignment that the storage block needs. */
export const TLB_STORAGE_ALIGN = 64;

/** Offsets within a block at host address `base`. */
export function tlbStorage(base: number, mmuIndexes: number, maxBits: number = DEFAULT_MAX_TLB_BITS): TlbStorage {
  const victimFull = base + mmuIndexes * VICTIM_BYTES;
  const tables = victimFull + mmuIndexes * VICTIM_FULL_BYTES;
  const stride = (1 << (maxBits + TLB_ENTRY_BITS)) + (1 << (maxBits + FULL_BITS));
  return {
    bytes: tables + mmuIndexes * stride - base,
    victims: base,
    victimFull,
    table: (mmuIdx) => tables + mmuIdx * stride,
    full: (mmuIdx) => tables + mmuIdx * stride + (1 << (maxBits + TLB_ENTRY_BITS)),
  };
}

/** Bytes to allocate (aligned to {@link TLB_STORAGE_ALIGN}) for one vCPU. */
export function tlbStorageBytes(mmuIndexes: number, maxBits: number = DEFAULT_MAX_TLB_BITS): number {
  return tlbStorage(0, mmuIndexes, maxBits).bytes;
}
