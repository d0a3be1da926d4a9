/** One generation of the table: made, filled, locked as a whole, thrown away. Maps are named by their addresses. */
import { add, AtomicError, spinUnlock, type Heap } from '@mttcg/atomic';
import type { CheckedAllocator } from './allocator.ts';
import { INSERTED_GROWN, insertLocked, iterateLocked, type SameElement } from './bucket.ts';
import { BUCKET_ENTRIES, BUCKET_WORDS_SHIFT, LOCK, NEXT, QhtBucket, QhtMap } from './layout.ts';
import { lockWord } from './wait.ts';

const WORDS = {
  buckets: QhtMap.offset.buckets >>> 2,
  mask: QhtMap.offset.mask >>> 2,
  addedBuckets: QhtMap.offset.addedBuckets >>> 2,
  threshold: QhtMap.offset.threshold >>> 2,
  retired: QhtMap.offset.retired >>> 2,
} as const;

/**
 * Head buckets for `elements` elements at one bucket for {@link BUCKET_ENTRIES} of them: a power of two, at least 1.
 * @throws AtomicError ERR_BAD_ARGUMENT for a negative or infinite number
 */
export function bucketsFor(elements: number): number {
  if (!(elements >= 0 && elements < Infinity)) {
    throw new AtomicError('ERR_BAD_ARGUMENT', `qht elements: ${elements} is not a count`);
  }
  const wanted = Math.floor(elements / BUCKET_ENTRIES);
  return wanted <= 1 ? 1 : 2 ** Math.ceil(Math.log2(wanted));
}

export function mapHeads(heap: Heap, map: number): number {
  return heap.u32[(map >>> 2) + WORDS.mask] + 1;
}

/** Word index of the head bucket for `hash`. */
export function headOf(heap: Heap, map: number, hash: number): number {
  const { u32 } = heap;
  return (u32[(map >>> 2) + WORDS.buckets] >>> 2) + ((hash & u32[(map >>> 2) + WORDS.mask]) << BUCKET_WORDS_SHIFT);
}

/** Makes an empty map. @throws what the allocator throws, and nothing is lost then */
export function createMap(heap: Heap, allocator: CheckedAllocator, heads: number): number {
  const map = allocator.alloc(QhtMap.size, QhtMap.align);
  let buckets: number;
  try {
    buckets = allocator.alloc(heads * QhtBucket.size, QhtBucket.align);
  } catch (error) {
    allocator.free(map, QhtMap.size);
    throw error;
  }
  heap.u8.fill(0, buckets, buckets + heads * QhtBucket.size);
  const { u32 } = heap;
  const at = map >>> 2;
  u32[at + WORDS.buckets] = buckets;
  u32[at + WORDS.mask] = heads - 1;
  u32[at + WORDS.addedBuckets] = 0;
  u32[at + WORDS.threshold] = Math.max(1, heads / 8);
  u32[at + WORDS.retired] = 0;
  return map;
}

/** Gives a map's memory back. Nobody may read it any more. */
export function destroyMap(heap: Heap, allocator: CheckedAllocator, map: number): void {
  const heads = mapHeads(heap, map);
  const buckets = heap.u32[(map >>> 2) + WORDS.buckets];
  for (let i = 0; i < heads; i++) {
    let next = heap.u32[((buckets + i * QhtBucket.size) >>> 2) + NEXT];
    while (next !== 0) {
      const after = heap.u32[(next >>> 2) + NEXT];
      allocator.free(next, QhtBucket.size);
      next = after;
    }
  }
  allocator.free(buckets, heads * QhtBucket.size);
  allocator.free(map, QhtMap.size);
}

/** Counts a chained bucket. @returns whether the map now wants to be twice the size */
export function countAddedBucket(heap: Heap, map: number): boolean {
  const added = add(heap.u32, (map >>> 2) + WORDS.addedBuckets, 1) + 1;
  return added > heap.u32[(map >>> 2) + WORDS.threshold];
}

/** Calls `visit` with each head bucket's word index, in ascending order. */
export function forEachHead(heap: Heap, map: number, visit: (head: number) => void): void {
  const first = heap.u32[(map >>> 2) + WORDS.buckets] >>> 2;
  const heads = mapHeads(heap, map);
  for (let i = 0; i < heads; i++) visit(first + (i << BUCKET_WORDS_SHIFT));
}

/**
 * Takes all bucket locks in ascending order. The caller holds the table lock.
 * @throws AtomicError ERR_STALLED when one was held for `stallMs`; none is held then
 */
export function lockAllBuckets(heap: Heap, map: number, stallMs: number): void {
  let locked = 0;
  try {
    forEachHead(heap, map, (head) => {
      lockWord(heap.i32, head + LOCK, stallMs, 'lock of the chain');
      locked++;
    });
  } catch (error) {
    forEachHead(heap, map, (head) => {
      if (locked-- > 0) spinUnlock(heap.i32, head + LOCK);
    });
    throw error;
  }
}

export function unlockAllBuckets(heap: Heap, map: number): void {
  forEachHead(heap, map, (head) => spinUnlock(heap.i32, head + LOCK));
}

const NEVER_SAME: SameElement = () => false;

/** Copies all elements of `from`, whose buckets the caller has locked, into `to`, which nobody else sees yet. */
export function copyMap(heap: Heap, allocator: CheckedAllocator, from: number, to: number): void {
  const put = (handle: number, hash: number): void => {
    const result = insertLocked(heap, headOf(heap, to, hash), hash | 0, handle, NEVER_SAME, allocator);
    if (result === INSERTED_GROWN) countAddedBucket(heap, to);
  };
  forEachHead(heap, from, (head) => iterateLocked(heap, head, put));
}

/** Links `map` before `next` in the list of retired maps. The caller holds the table lock. */
export function linkRetired(heap: Heap, map: number, next: number): void {
  heap.u32[(map >>> 2) + WORDS.retired] = next;
}

export function nextRetired(heap: Heap, map: number): number {
  return heap.u32[(map >>> 2) + WORDS.retired];
}
