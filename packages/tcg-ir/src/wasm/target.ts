/**
 * Where generated code finds things in the shared memory. All offsets are in bytes; env offsets count from the
 * function's first argument.
 */
export interface WasmTarget {
  /** log2 of the smallest guest page: the granule of the TLB. */
  readonly pageBits: number;
  readonly env: {
    /** Guest pc, i64. Also a global if the frontend defines one at the same offset. */
    readonly pc: number;
    /** Frontend word of insn_start at a fault, i32. */
    readonly insnWord: number;
    /** Nonzero asks generated code to leave, i32, read atomically. */
    readonly exitRequest: number;
    /** Index of the TB that ran last, i32; written by the dispatcher when it returns. */
    readonly currentTb: number;
    /** 16 bytes, aligned 16: i64 helper results, values of slow-path loads and stores. */
    readonly scratch: number;
    /** Host address of this CPU's jump cache, i32. */
    readonly jumpCache: number;
    /** First fast TLB descriptor; one per mmu index. */
    readonly tlb: number;
  };
  /** Fast descriptor { mask: u32 = (entries - 1) << entryBits, table: u32 host address }. */
  readonly tlbDesc: { readonly stride: number; readonly mask: number; readonly table: number };
  /** TLB entry { read: u64, write: u64, code: u64 tags, addend: u32 }; host address = addend + low word of the guest address. */
  readonly tlbEntry: { readonly bits: number; readonly read: number; readonly write: number; readonly code: number; readonly addend: number };
  /** Jump cache: JUMP_CACHE_ENTRIES entries { pc: u64, flags: u32, tb: u32 } of 16 bytes, indexed by jumpCacheHash(). */
  readonly jumpCacheEntry: { readonly pc: number; readonly flags: number; readonly tb: number };
  /** log2 of the guest's instruction alignment: 2 for A64, 0 for x86. */
  readonly insnAlignBits: number;
}

/**
 * What a TB function returns: a TB index (> 0) to run next, 0 for "look up env.pc", or a negative exit word
 * `-((tb << 3) | code)`.
 */
export const TbExit = {
  /** Direct jump slot 0 or 1 of this TB is not patched yet; env.pc is the destination. */
  SLOT_0: 1,
  SLOT_1: 2,
  /** Back to the main loop without chaining: interrupts must be looked at. */
  MAIN_LOOP: 3,
  /** An exception is pending in the CPU state (also the fault exit). */
  EXCEPTION: 4,
  /** exitRequest was set before this TB ran; made by the dispatcher. */
  REQUEST: 5,
  /** The table slot has no code on this thread yet; made by the stub (tb is 0, see env.currentTb). */
  NOT_COMPILED: 6,
  /** Frontend's or machine's own use. */
  SPECIAL: 7,
} as const;

export function tbExitWord(tb: number, code: number): number {
  return -((tb << 3) | code);
}

/** log2 of the pages that the jump cache tells apart, and of the entries that one page's TBs share. */
export const JUMP_CACHE_PAGE_BITS = 8;
export const JUMP_CACHE_ADDR_BITS = 6;
export const JUMP_CACHE_ENTRIES: number = 1 << (JUMP_CACHE_PAGE_BITS + JUMP_CACHE_ADDR_BITS);
/** Entries of one page: neighbours, from jumpCachePageHash() on. */
export const JUMP_CACHE_PAGE_ENTRIES: number = 1 << JUMP_CACHE_ADDR_BITS;
export const JUMP_CACHE_ENTRY_SIZE = 16;
/** Groups of neighbouring entries. */
export const JUMP_CACHE_PAGES: number = 1 << JUMP_CACHE_PAGE_BITS;
const PAGE_MASK = JUMP_CACHE_PAGES - 1;
const ADDR_MASK = JUMP_CACHE_PAGE_ENTRIES - 1;
const PAGE_OFFSET_MASK = 0xfff;

/** Index into the jump cache. A page's TBs fall into JUMP_CACHE_PAGE_ENTRIES neighbouring entries. */
export function jumpCacheHash(pcLo: number, insnAlignBits: number): number {
  return jumpCachePageHash(pcLo) | jumpCacheOffsetHash(pcLo, insnAlignBits);
}

/** Place among the entries of its page: depends on the page offset alone, so that it is the same at every mapping of a page. */
export function jumpCacheOffsetHash(pcLo: number, insnAlignBits: number): number {
  const offset = pcLo & PAGE_OFFSET_MASK;
  return ((offset >>> insnAlignBits) ^ (offset >>> (insnAlignBits + JUMP_CACHE_ADDR_BITS))) & ADDR_MASK;
}

/** First entry of the page's group. */
export function jumpCachePageHash(pcLo: number): number {
  return (((pcLo >>> 12) ^ (pcLo >>> (12 + JUMP_CACHE_PAGE_BITS))) & PAGE_MASK) << JUMP_CACHE_ADDR_BITS;
}
