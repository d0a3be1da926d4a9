/** Where the table gets memory for maps and chained buckets. Called from any thread that writes to the table. */
export interface QhtAllocator {
  /** Address of `size` bytes aligned to `align`, not 0. Contents do not matter. Throws when there are none. */
  alloc(size: number, align: number): number;
  /** Takes back what `alloc` gave, with the same size. Without it the memory of old maps is never used again. */
  free?(offset: number, size: number): void;
}
