/**
 * Memory-operation descriptor of guest loads, stores and atomics, packed into one i32.
 *
 * bits 0-2   log2 of the access size in bytes (0..4)
 * bit  3     SIGN: sign-extend the loaded value to the op's width
 * bit  4     BSWAP: guest byte order differs from little-endian
 * bits 5-7   log2 of the alignment that is required in bytes; 0 allows any address
 * bit  8     ORDERED: the access takes part in the total order of sequentially consistent atomics
 *            (wasm iNN.atomic.load/store). Requires alignment = size.
 * bits 12-15 mmu index
 */
export const MemOp = {
  SIZE_8: 0,
  SIZE_16: 1,
  SIZE_32: 2,
  SIZE_64: 3,
  SIZE_128: 4,
  SIZE_MASK: 7,
  SIGN: 8,
  BSWAP: 16,
  ALIGN_SHIFT: 5,
  ALIGN_MASK: 7 << 5,
  ORDERED: 1 << 8,
  MMU_SHIFT: 12,
  MMU_MASK: 15 << 12,
} as const;

/** Descriptor with natural alignment required when `aligned` is set. */
export function makeMemOp(sizeLog2: number, mmuIdx: number, aligned = false, extra = 0): number {
  return sizeLog2 | (aligned ? sizeLog2 << MemOp.ALIGN_SHIFT : 0) | (mmuIdx << MemOp.MMU_SHIFT) | extra;
}

export function memOpSize(memop: number): number {
  return 1 << (memop & MemOp.SIZE_MASK);
}

export function memOpMmuIdx(memop: number): number {
  return (memop >> MemOp.MMU_SHIFT) & 15;
}

/** Alignment mask in bytes - 1. */
export function memOpAlignMask(memop: number): number {
  return (1 << ((memop & MemOp.ALIGN_MASK) >> MemOp.ALIGN_SHIFT)) - 1;
}
