import type { WasmTarget } from './target.ts';

/** A made-up target for tests: env of 4 KiB, 4 KiB pages, globals from offset 1024 of env. */
export const TEST_TARGET: WasmTarget = {
  pageBits: 12,
  env: { pc: 1024 + 31 * 8, insnWord: 32, exitRequest: 0, currentTb: 24, scratch: 48, jumpCache: 28, tlb: 64 },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
  insnAlignBits: 2,
};
