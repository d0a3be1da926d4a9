/** The bits of @mttcg/tcg-ir's MemOp that slow paths look at; equal by contract, so that softmmu needs no import. */
export const MemOpBit = {
  SIZE_MASK: 7,
  SIGN: 8,
  BSWAP: 16,
  ALIGN_SHIFT: 5,
  ALIGN_LOG2_MASK: 7,
  ORDERED: 1 << 8,
  MMU_SHIFT: 12,
  MMU_MASK: 15,
} as const;
