import { defineLayout } from '@mttcg/atomic';

/** log2 of the TLB's granule in bytes: the smallest guest page. The same for AArch64 and x86. */
export const PAGE_BITS = 12;
export const PAGE_SIZE: number = 1 << PAGE_BITS;
/** Of the low word of an address, as a signed i32. */
export const PAGE_MASK: number = -PAGE_SIZE | 0;

/** log2 of an entry's size in bytes. */
export const TLB_ENTRY_BITS = 5;

/**
 * TLB entry. A tag is a page address with {@link TlbFlag} bits below the page bits, all ones when the access is not
 * allowed or the entry empty. Host address of a byte = addend + low word of its guest address, modulo 2^32.
 *
 * Fast path, inlined in generated code: an aligned access compares `addr & (pageMask | alignMask)` with the tag, one
 * that may be misaligned `(addr + size - 1) & pageMask`; any flag bit makes both miss.
 */
export const TlbEntryLayout = defineLayout(
  { name: 'TlbEntry', fields: { addrRead: 'u64', addrWrite: 'u64', addrCode: 'u64', addend: 'u32', spare: 'u32' } },
  { size: 1 << TLB_ENTRY_BITS, at: { addrRead: 0, addrWrite: 8, addrCode: 16, addend: 24 } },
);

/** The part of an entry that only slow paths need, in an array parallel to the entries. */
export const TlbFullLayout = defineLayout(
  {
    name: 'TlbFull',
    fields: {
      /** Physical address of the page (of the 4 KiB granule, also within a large page). */
      pa: 'f64',
      /** Prot bits 0-7, log2 of the guest's page size 8-15, {@link SlowFlag} 16-23. */
      attrs: 'u32',
      spare: 'u32',
    },
  },
  { size: 16 },
);

export const FULL_BITS = 4;
export const VICTIM_ENTRIES = 8;

/** Bits of a tag, under the page bits and above any alignment mask (64 bytes at most). */
export const TlbFlag = {
  /** Never hits: a page smaller than the granule is looked up anew at each access. Set in the empty tag. */
  INVALID: 1 << 11,
  /** Write tag: stores to the page are being watched (translated code, display, migration). Other threads may set it. */
  NOTDIRTY: 1 << 10,
  /** One of the {@link SlowFlag}s applies. */
  FORCE_SLOW: 1 << 9,
} as const;

/** Why an entry has FORCE_SLOW. */
export const SlowFlag = {
  /** The page's byte order is opposite to what the access says. */
  BSWAP: 1,
  WATCHPOINT: 2,
  /** Only naturally aligned accesses (Arm Device memory). */
  CHECK_ALIGNED: 4,
  /** Read-only memory: stores do nothing. */
  DISCARD_WRITE: 8,
  /** Not plain RAM: device registers, nothing at all, or a mixture within the page. */
  MMIO: 16,
} as const;

/** Attributes that a guest's page-table walk adds to the `prot` argument of setPage(). */
export const PageAttr = {
  CHECK_ALIGNED: 0x100,
  BSWAP: 0x200,
} as const;

/** Smallest table, log2 of entries. */
export const MIN_TLB_BITS = 6;
/** Size at start. */
export const INITIAL_TLB_BITS = 8;
/** Largest table unless the constructor says otherwise. */
export const DEFAULT_MAX_TLB_BITS = 14;
