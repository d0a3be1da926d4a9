import { atomicRead32, fetchOr32, type Heap, spinLock, spinUnlock } from '@mttcg/atomic';
import { CpuCommon, TlbDescLayout } from '../cpu/common.ts';
import { PAGE_MASK, TLB_ENTRY_BITS, TlbEntryLayout, TlbFlag, VICTIM_ENTRIES } from './entry.ts';

const C = CpuCommon.offset;
const WORDS_LOG2 = TLB_ENTRY_BITS - 2;
const WRITE = TlbEntryLayout.offset.addrWrite >>> 2;
const ADDEND = TlbEntryLayout.offset.addend >>> 2;

/**
 * Makes every store of a vCPU to the host bytes [start, start + length) take the slow path, by setting NOTDIRTY in its
 * write tags. Any thread, no object of that vCPU needed: the only thing ever written into a foreign TLB. Takes the TLB's
 * lock; the caller has cleared the pages' dirty bit before, so that entries filled after this get NOTDIRTY by themselves.
 *
 * One store per vCPU is not caught: of generated code (an atomic access after atomicSlow() too) that has compared its tag
 * before this and writes after it. Slow-path stores look again after they have stored. Whoever must not miss any store
 * (translated code) needs a second line of defence: the guest's own cache maintenance (Arm: IC IVAU, by
 * CpuTlb.invalidateCode()), or an exclusive section (x86).
 */
export function resetDirty(heap: Heap, env: number, start: number, length: number): void {
  // acquire: pairs with the release in TlbSet.adopt()
  const indexes = atomicRead32(heap, env + C.tlbIndexes);
  if (indexes === 0) return;
  const { i32, u32 } = heap;
  const lock = (env + C.tlbLock) >>> 2;
  const victims = u32[(env + C.tlbVictims) >>> 2]!;
  spinLock(i32, lock);
  const used = u32[(env + C.tlbDirty) >>> 2]!;
  for (let mmuIdx = 0; mmuIdx < indexes; mmuIdx++) {
    if ((used & (1 << mmuIdx)) === 0) continue;
    const desc = (env + C.tlb + mmuIdx * TlbDescLayout.size) >>> 2;
    scan(heap, u32[desc + 1]!, (u32[desc]! >>> TLB_ENTRY_BITS) + 1, start, length);
  }
  scan(heap, victims, indexes * VICTIM_ENTRIES, start, length);
  spinUnlock(i32, lock);
}

function scan(heap: Heap, table: number, entries: number, start: number, length: number): void {
  const { i32 } = heap;
  const end = (table >>> 2) + (entries << WORDS_LOG2);
  for (let e = table >>> 2; e < end; e += 1 << WORDS_LOG2) {
    const tag = i32[e + WRITE]!;
    if ((tag & (TlbFlag.INVALID | TlbFlag.NOTDIRTY)) !== 0) continue;
    // an MMIO entry may match by chance: harmless, MMIO is looked at before NOTDIRTY
    if (((tag & PAGE_MASK) + i32[e + ADDEND]! - start) >>> 0 < length) fetchOr32(heap, (e + WRITE) << 2, TlbFlag.NOTDIRTY);
  }
}
