/** The table's structures in shared memory: the one place that knows where anything is, for generated code too. */
import { defineLayout } from '@mttcg/atomic';

/** Entries of a bucket: what fits into a 64-byte line beside lock, sequence and link, with 32-bit handles. */
export const BUCKET_ENTRIES = 6;

/**
 * One cache line. `lock` and `sequence` of a head bucket cover its whole chain; those of chained buckets are unused.
 * `sequence` is odd while a writer changes the chain. `next` is the address of the next bucket of the chain, or 0.
 */
export const QhtBucket = defineLayout(
  {
    name: 'QhtBucket',
    align: 64,
    fields: {
      lock: 'u32',
      sequence: 'u32',
      hashes: ['u32', BUCKET_ENTRIES],
      pointers: ['u32', BUCKET_ENTRIES],
      next: 'u32',
    },
  },
  { size: 64, at: { hashes: 8, pointers: 32, next: 56 } },
);

/** One generation of the table. All but `addedBuckets` and `retired` never changes once it is published. */
export const QhtMap = defineLayout(
  {
    name: 'QhtMap',
    align: 64,
    fields: {
      /** Address of head bucket 0; the others follow. */
      buckets: 'u32',
      /** Head buckets - 1; their number is a power of two. */
      mask: 'u32',
      /** Chained buckets added since the map was made. */
      addedBuckets: 'u32',
      /** More added buckets than this ask for a map twice the size. */
      threshold: 'u32',
      /** Next map of the list of retired ones. */
      retired: 'u32',
    },
  },
  { size: 64 },
);

/** The table's header, where its users find it. */
export const QhtHeader = defineLayout(
  {
    name: 'QhtHeader',
    align: 64,
    fields: {
      /** Address of the current map, 0 before the table is formatted. */
      map: 'u32',
      /** A Mutex: held to resize, reset and iterate. */
      lock: 'u32',
      /** 1: inserts double the table when its chains grow. */
      autoResize: 'u32',
      /** Retired maps that wait for `reclaim()`. Guarded by `lock`. */
      retired: 'u32',
      /** Resizes since the table was formatted. Guarded by `lock`. */
      resizes: 'u32',
    },
  },
  { size: 64, at: { map: 0 } },
);

// Word offsets within a bucket, for views indexed by word.
export const LOCK = QhtBucket.offset.lock >>> 2;
export const SEQUENCE = QhtBucket.offset.sequence >>> 2;
export const HASHES = QhtBucket.offset.hashes >>> 2;
export const POINTERS = QhtBucket.offset.pointers >>> 2;
export const NEXT = QhtBucket.offset.next >>> 2;
/** log2 of the words of a bucket. */
export const BUCKET_WORDS_SHIFT = Math.log2(QhtBucket.size) - 2;
