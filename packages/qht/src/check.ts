/** The table's invariants, for tests and for hunting corruption. */
import type { Heap } from '@mttcg/atomic';
import { BUCKET_ENTRIES, HASHES, LOCK, NEXT, POINTERS, QhtHeader, SEQUENCE } from './layout.ts';
import { forEachHead, headOf } from './map.ts';

/**
 * Throws an Error that names the first invariant found broken. Nobody else uses the table meanwhile. Checked: locks are
 * free and sequences even; entries are packed; every entry is in the chain its hash selects; no handle is there twice.
 */
export function checkTable(heap: Heap, base: number): void {
  const { u32 } = heap;
  const map = u32[(base + QhtHeader.offset.map) >>> 2];
  if (u32[(base + QhtHeader.offset.lock) >>> 2] !== 0) throw new Error('qht: table lock is held');
  const seen = new Set<number>();
  forEachHead(heap, map, (head) => {
    const where = `qht: chain at ${head * 4}`;
    if (u32[head + LOCK] !== 0) throw new Error(`${where}: lock is held`);
    if ((u32[head + SEQUENCE] & 1) !== 0) throw new Error(`${where}: sequence is odd`);
    let ended = false;
    for (let bucket = head; bucket !== 0; bucket = u32[bucket + NEXT] >>> 2) {
      for (let i = 0; i < BUCKET_ENTRIES; i++) {
        const handle = u32[bucket + POINTERS + i];
        if (handle === 0) {
          ended = true;
          continue;
        }
        if (ended) throw new Error(`${where}: handle ${handle} after a null entry`);
        if (seen.has(handle)) throw new Error(`${where}: handle ${handle} is in the table twice`);
        seen.add(handle);
        const hash = u32[bucket + HASHES + i];
        if (headOf(heap, map, hash) !== head) throw new Error(`${where}: handle ${handle} with hash ${hash} belongs elsewhere`);
      }
    }
  });
}
