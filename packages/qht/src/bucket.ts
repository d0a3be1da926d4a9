/**
 * What is done to one chain of buckets. A chain is named by the word index of its head bucket (address / 4). Functions
 * with `Locked` in their names want the head's lock held by the caller.
 *
 * Entries are packed: the first null pointer ends the chain.
 */
import { add, load, store, type Heap } from '@mttcg/atomic';
import type { QhtAllocator } from './allocator.ts';
import { BUCKET_ENTRIES, HASHES, NEXT, POINTERS, QhtBucket, SEQUENCE } from './layout.ts';

/** Returned by {@link insertLocked}: the element is in. */
export const INSERTED = 0;
/** Returned by {@link insertLocked}: the element is in, and the chain has grown by a bucket. */
export const INSERTED_GROWN = -1;

/** Whether two elements have equal keys. */
export type SameElement = (a: number, b: number) => boolean;

/** Called by iterations with each element. */
export type Visit = (handle: number, hash: number) => void;

/** Starts a change: readers that begin now, or are at work, find out. The caller holds the lock. */
function beginLocked(heap: Heap, head: number): void {
  // Pairs with the fence and second load of the sequence in Qht.lookup().
  add(heap.i32, head + SEQUENCE, 1);
}

/** Ends a change. Pairs with the first load of the sequence in Qht.lookup(). */
function endLocked(heap: Heap, head: number): void {
  add(heap.i32, head + SEQUENCE, 1);
}

/** Makes memory an empty bucket. Nobody else sees it yet. */
export function initBucket(heap: Heap, bucket: number): void {
  heap.u32.fill(0, bucket, bucket + (QhtBucket.size >>> 2));
}

/**
 * Adds an element unless the chain has one with the same hash and key.
 * @returns INSERTED, INSERTED_GROWN, or the existing element (> 0)
 * @throws what the allocator throws; the chain is unchanged then
 */
export function insertLocked(
  heap: Heap,
  head: number,
  hash: number,
  handle: number,
  same: SameElement,
  allocator: QhtAllocator,
): number {
  const { i32, u32 } = heap;
  let bucket = head;
  for (;;) {
    for (let i = 0; i < BUCKET_ENTRIES; i++) {
      const there = u32[bucket + POINTERS + i];
      if (there === 0) {
        beginLocked(heap, head);
        i32[bucket + HASHES + i] = hash;
        // release: pairs with the load of the pointer in Qht.lookup(); the element's contents travel with it
        store(u32, bucket + POINTERS + i, handle);
        endLocked(heap, head);
        return INSERTED;
      }
      if (i32[bucket + HASHES + i] === hash && (there === handle || same(there, handle))) return there;
    }
    const next = u32[bucket + NEXT] >>> 2;
    if (next === 0) break;
    bucket = next;
  }
  const fresh = allocator.alloc(QhtBucket.size, QhtBucket.align);
  initBucket(heap, fresh >>> 2);
  i32[(fresh >>> 2) + HASHES] = hash;
  u32[(fresh >>> 2) + POINTERS] = handle;
  beginLocked(heap, head);
  // release: pairs with the load of `next` in Qht.lookup(); the bucket's contents travel with it
  store(u32, bucket + NEXT, fresh);
  endLocked(heap, head);
  return INSERTED_GROWN;
}

/** Removes an element. @returns whether it was there */
export function removeLocked(heap: Heap, head: number, hash: number, handle: number): boolean {
  const { i32, u32 } = heap;
  for (let bucket = head; bucket !== 0; bucket = u32[bucket + NEXT] >>> 2) {
    for (let i = 0; i < BUCKET_ENTRIES; i++) {
      const there = u32[bucket + POINTERS + i];
      if (there === 0) return false;
      if (there === handle && i32[bucket + HASHES + i] === hash) {
        removeEntryLocked(heap, head, bucket, i);
        return true;
      }
    }
  }
  return false;
}

/** Takes out the entry at `bucket[slot]`; the chain's last entry fills the hole. */
function removeEntryLocked(heap: Heap, head: number, bucket: number, slot: number): void {
  const { i32, u32 } = heap;
  let lastBucket = bucket;
  let lastSlot = slot;
  for (let b = bucket, i = slot; b !== 0; b = u32[b + NEXT] >>> 2, i = 0) {
    while (i < BUCKET_ENTRIES && u32[b + POINTERS + i] !== 0) {
      lastBucket = b;
      lastSlot = i++;
    }
    if (i < BUCKET_ENTRIES) break;
  }
  beginLocked(heap, head);
  if (lastBucket !== bucket || lastSlot !== slot) {
    i32[bucket + HASHES + slot] = i32[lastBucket + HASHES + lastSlot];
    store(u32, bucket + POINTERS + slot, u32[lastBucket + POINTERS + lastSlot]);
  }
  i32[lastBucket + HASHES + lastSlot] = 0;
  store(u32, lastBucket + POINTERS + lastSlot, 0);
  endLocked(heap, head);
}

/** Empties the chain; its buckets stay for new entries. */
export function resetLocked(heap: Heap, head: number): void {
  const { i32, u32 } = heap;
  if (u32[head + POINTERS] === 0) return;
  beginLocked(heap, head);
  for (let bucket = head; bucket !== 0; bucket = u32[bucket + NEXT] >>> 2) {
    for (let i = 0; i < BUCKET_ENTRIES && u32[bucket + POINTERS + i] !== 0; i++) {
      i32[bucket + HASHES + i] = 0;
      store(u32, bucket + POINTERS + i, 0);
    }
  }
  endLocked(heap, head);
}

/** Visits the chain's elements. */
export function iterateLocked(heap: Heap, head: number, visit: Visit): void {
  const { u32 } = heap;
  for (let bucket = head; bucket !== 0; bucket = u32[bucket + NEXT] >>> 2) {
    for (let i = 0; i < BUCKET_ENTRIES; i++) {
      const handle = u32[bucket + POINTERS + i];
      if (handle === 0) return;
      visit(handle, u32[bucket + HASHES + i]);
    }
  }
}

/** Removes the elements for which `drop` says true. @returns how many */
export function iterateRemoveLocked(heap: Heap, head: number, drop: (handle: number, hash: number) => boolean): number {
  const { u32 } = heap;
  let removed = 0;
  for (let bucket = head; bucket !== 0; bucket = u32[bucket + NEXT] >>> 2) {
    for (let i = 0; i < BUCKET_ENTRIES; ) {
      const handle = u32[bucket + POINTERS + i];
      if (handle === 0) return removed;
      if (drop(handle, u32[bucket + HASHES + i])) {
        // The chain's last entry is here now, and is looked at next.
        removeEntryLocked(heap, head, bucket, i);
        removed++;
      } else i++;
    }
  }
  return removed;
}

/** Counts of one chain, read without a lock. */
export interface ChainCounts {
  entries: number;
  buckets: number;
}

/** Counts the chain as it was at one moment, into `out`. */
export function countChain(heap: Heap, head: number, out: ChainCounts): void {
  const { i32, u32 } = heap;
  for (;;) {
    const sequence = load(i32, head + SEQUENCE);
    out.entries = 0;
    out.buckets = 0;
    for (let bucket = head; bucket !== 0; bucket = load(u32, bucket + NEXT) >>> 2) {
      out.buckets++;
      for (let i = 0; i < BUCKET_ENTRIES && load(u32, bucket + POINTERS + i) !== 0; i++) out.entries++;
    }
    if ((sequence & 1) === 0 && load(i32, head + SEQUENCE) === sequence) return;
  }
}
