import type { Heap } from '@mttcg/atomic';
import {
  FULL_BITS, INITIAL_TLB_BITS, PAGE_BITS, PAGE_MASK, TLB_ENTRY_BITS, TlbEntryLayout, TlbFlag, VICTIM_ENTRIES,
} from './entry.ts';
import type { MemoryFill } from './fill-memory.ts';
import { ResizeWindow } from './resize.ts';
import { VICTIM_BYTES } from './storage.ts';

const E = TlbEntryLayout.offset;
/** Words of an entry: all indexes in this file count i32s. */
const READ = E.addrRead >>> 2;
const WRITE = E.addrWrite >>> 2;
const CODE = E.addrCode >>> 2;
const ADDEND = E.addend >>> 2;
const ENTRY_WORDS_LOG2 = TLB_ENTRY_BITS - 2;
const FULL_WORDS_LOG2 = FULL_BITS - 2;
const ENTRY_WORDS = 1 << ENTRY_WORDS_LOG2;
const FULL_WORDS = 1 << FULL_WORDS_LOG2;
const COMPARE = PAGE_MASK | TlbFlag.INVALID;

/**
 * The table of one mmu index of one vCPU: entries, their full parts, victims, size, large-page range. Only the owner's
 * thread uses it. "Locked" methods change tags and need CpuCommon.tlbLock. Nothing is touched before the first clearLocked().
 */
export class TlbTable {
  /** Fast descriptor, word index of `mask`. */
  readonly #desc: number;
  readonly #i32: Int32Array;
  readonly #fill: MemoryFill;
  readonly #table: number;
  readonly #full: number;
  readonly #victims: number;
  readonly #victimFull: number;
  readonly #window: ResizeWindow;
  #bits = INITIAL_TLB_BITS;
  #mask = 0;
  #used = 0;
  #victimNext = 0;
  /** Valid entries that gave way to other pages since the table got its size. */
  #conflicts = 0;
  readonly #maxBits: number;
  /** Range of all large pages seen since the last flush: none while the mask is 0. */
  #largeLo = -1;
  #largeHi = -1;
  #largeMaskLo = 0;
  #largeMaskHi = 0;

  constructor(
    heap: Heap,
    fill: MemoryFill,
    place: { desc: number; table: number; full: number; victims: number; victimFull: number },
    maxBits: number,
    nowMs: number,
  ) {
    this.#i32 = heap.i32;
    this.#fill = fill;
    this.#desc = place.desc >>> 2;
    this.#table = place.table >>> 2;
    this.#full = place.full >>> 2;
    this.#victims = place.victims >>> 2;
    this.#victimFull = place.victimFull >>> 2;
    this.#maxBits = maxBits;
    this.#bits = Math.min(INITIAL_TLB_BITS, maxBits);
    this.#window = new ResizeWindow(nowMs, maxBits);
  }

  /** Entries. */
  get size(): number {
    return 1 << this.#bits;
  }

  /** Entries in use, without victims. */
  get used(): number {
    return this.#used;
  }

  /** Word index of the entry that an address uses. */
  entry(addrLo: number): number {
    return this.#table + (((addrLo >>> PAGE_BITS) & this.#mask) << ENTRY_WORDS_LOG2);
  }

  /** Word index of an entry's full part. */
  fullOf(entry: number): number {
    return this.#full + (((entry - this.#table) >>> ENTRY_WORDS_LOG2) << FULL_WORDS_LOG2);
  }

  /** Empties everything, after choosing the size by what was used. */
  flushLocked(nowMs: number): void {
    this.#bits = this.#window.next(this.#bits, this.#used, nowMs);
    this.clearLocked();
  }

  /** Empties everything; also what makes the table usable at first. */
  clearLocked(): void {
    this.#mask = (1 << this.#bits) - 1;
    const desc = this.#desc;
    this.#i32[desc] = this.#mask << TLB_ENTRY_BITS;
    this.#i32[desc + 1] = this.#table << 2;
    this.#fill((this.#table << 2) >>> 0, 0xff, 1 << (this.#bits + TLB_ENTRY_BITS));
    this.#fill((this.#victims << 2) >>> 0, 0xff, VICTIM_BYTES);
    this.#used = 0;
    this.#conflicts = 0;
    this.#largeLo = this.#largeHi = -1;
    this.#largeMaskLo = this.#largeMaskHi = 0;
  }

  /**
   * Whether pages push each other out so much that the table should grow before its next flush, which a guest that
   * switches address spaces rarely may not bring for seconds.
   */
  get thrashes(): boolean {
    return this.#conflicts >= this.size && this.#bits < this.#maxBits;
  }

  /** Doubles the table and keeps its entries: each stays, or moves up by the old size, as its page number's next bit says. */
  growLocked(): void {
    const i32 = this.#i32;
    const half = this.size;
    const words = half << ENTRY_WORDS_LOG2;
    const fullWords = half << FULL_WORDS_LOG2;
    this.#fill(((this.#table + words) << 2) >>> 0, 0xff, words << 2);
    for (let i = 0, e = this.#table, f = this.#full; i < half; i++, e += ENTRY_WORDS, f += FULL_WORDS) {
      if (this.#isEmpty(e)) continue;
      const tag = i32[e + READ]! !== -1 ? i32[e + READ]! : i32[e + WRITE]! !== -1 ? i32[e + WRITE]! : i32[e + CODE]!;
      if (((tag >>> PAGE_BITS) & half) === 0) continue;
      for (let k = 0; k < ENTRY_WORDS; k++) {
        i32[e + words + k] = i32[e + k]!;
        i32[e + k] = -1;
      }
      for (let k = 0; k < FULL_WORDS; k++) i32[f + fullWords + k] = i32[f + k]!;
    }
    this.#bits++;
    this.#conflicts = 0;
    this.#mask = (1 << this.#bits) - 1;
    this.#i32[this.#desc] = this.#mask << TLB_ENTRY_BITS;
  }

  /** Makes room in the entry for a page: what another page has there becomes a victim. */
  evictLocked(entry: number, page: number, addrHi: number): void {
    const i32 = this.#i32;
    this.#dropVictimLocked(page, addrHi);
    if (this.#isEmpty(entry)) {
      this.#used++;
      return;
    }
    if (this.#anyTag(entry, page, addrHi)) return;
    this.#conflicts++;
    const slot = this.#victimNext;
    this.#victimNext = (slot + 1) & (VICTIM_ENTRIES - 1);
    const victim = this.#victims + slot * ENTRY_WORDS;
    const victimFull = this.#victimFull + slot * FULL_WORDS;
    const full = this.fullOf(entry);
    for (let i = 0; i < ENTRY_WORDS; i++) i32[victim + i] = i32[entry + i]!;
    for (let i = 0; i < FULL_WORDS; i++) i32[victimFull + i] = i32[full + i]!;
  }

  /** Slot of a victim whose tag `which` (word offset 0, 2, 4) hits, or -1. */
  findVictim(page: number, addrHi: number, which: number): number {
    const i32 = this.#i32;
    let at = this.#victims + which;
    for (let slot = 0; slot < VICTIM_ENTRIES; slot++, at += ENTRY_WORDS) {
      if ((i32[at]! & COMPARE) === page && i32[at + 1] === addrHi) return slot;
    }
    return -1;
  }

  /** Exchanges an entry with a victim. */
  swapVictimLocked(entry: number, slot: number): void {
    const i32 = this.#i32;
    if (this.#isEmpty(entry)) this.#used++;
    let a = entry;
    let b = this.#victims + slot * ENTRY_WORDS;
    for (let i = 0; i < ENTRY_WORDS; i++, a++, b++) {
      const t = i32[a]!;
      i32[a] = i32[b]!;
      i32[b] = t;
    }
    a = this.fullOf(entry);
    b = this.#victimFull + slot * FULL_WORDS;
    for (let i = 0; i < FULL_WORDS; i++, a++, b++) {
      const t = i32[a]!;
      i32[a] = i32[b]!;
      i32[b] = t;
    }
  }

  /** Removes one page from table and victims. */
  flushPageLocked(addrLo: number, addrHi: number): void {
    const page = addrLo & PAGE_MASK;
    const entry = this.entry(addrLo);
    if (this.#anyTag(entry, page, addrHi)) {
      this.#empty(entry);
      this.#used--;
    }
    this.#dropVictimLocked(page, addrHi);
  }

  /**
   * Takes NOTDIRTY off the entries of a page that lead to host page `hostPage`. The host page is compared because the
   * same address may lead elsewhere in another mmu index, to a page that is still being watched.
   */
  setDirtyLocked(addrLo: number, addrHi: number, hostPage: number): void {
    const page = addrLo & PAGE_MASK;
    const addend = (hostPage - page) | 0;
    this.#setDirty(this.entry(addrLo), page, addrHi, addend);
    for (let slot = 0; slot < VICTIM_ENTRIES; slot++) this.#setDirty(this.#victims + slot * ENTRY_WORDS, page, addrHi, addend);
  }

  #setDirty(e: number, page: number, addrHi: number, addend: number): void {
    const i32 = this.#i32;
    const tag = i32[e + WRITE]!;
    if ((tag & COMPARE) === page && i32[e + WRITE + 1] === addrHi && i32[e + ADDEND] === addend) i32[e + WRITE] = tag & ~TlbFlag.NOTDIRTY;
  }

  /** Remembers a large page of 2^sizeLog2 bytes around the address; the range is widened to hold all of them. */
  addLargePage(addrLo: number, addrHi: number, sizeLog2: number): void {
    let maskLo = sizeLog2 >= 32 ? 0 : -1 << sizeLog2;
    let maskHi = sizeLog2 <= 32 ? -1 : sizeLog2 >= 64 ? 0 : -1 << (sizeLog2 - 32);
    if ((this.#largeMaskLo | this.#largeMaskHi) === 0 && this.#largeLo === -1) {
      this.#largeLo = addrLo & maskLo;
      this.#largeHi = addrHi & maskHi;
    } else {
      maskLo &= this.#largeMaskLo;
      maskHi &= this.#largeMaskHi;
      while ((((this.#largeLo ^ addrLo) & maskLo) | ((this.#largeHi ^ addrHi) & maskHi)) !== 0) {
        maskHi = (maskHi << 1) | (maskLo >>> 31);
        maskLo <<= 1;
      }
      this.#largeLo &= maskLo;
      this.#largeHi &= maskHi;
    }
    this.#largeMaskLo = maskLo;
    this.#largeMaskHi = maskHi;
  }

  /** Whether the address lies in the large-page range. */
  inLargePage(addrLo: number, addrHi: number): boolean {
    return (addrLo & this.#largeMaskLo) === this.#largeLo && (addrHi & this.#largeMaskHi) === this.#largeHi;
  }

  /** Whether the pages firstPage..lastPage (64-bit addresses >>> 12, as numbers) touch the large-page range. */
  rangeTouchesLargePage(firstPage: number, lastPage: number): boolean {
    if (this.#largeLo === -1) return false;
    const large = (this.#largeHi >>> 0) * 2 ** 20 + (this.#largeLo >>> PAGE_BITS);
    const largeLast = ((this.#largeHi | ~this.#largeMaskHi) >>> 0) * 2 ** 20 + ((this.#largeLo | ~this.#largeMaskLo) >>> PAGE_BITS);
    return firstPage <= largeLast && lastPage >= large;
  }

  /** Page number (64-bit address >>> 12) of what an entry's tags hold, for range flushes that walk the table. */
  flushRangeByWalkLocked(firstPage: number, lastPage: number): void {
    const end = this.#table + ENTRY_WORDS * this.size;
    for (let e = this.#table; e < end; e += ENTRY_WORDS) {
      if (this.#pageWithin(e, firstPage, lastPage)) {
        this.#empty(e);
        this.#used--;
      }
    }
    for (let slot = 0, v = this.#victims; slot < VICTIM_ENTRIES; slot++, v += ENTRY_WORDS) {
      if (this.#pageWithin(v, firstPage, lastPage)) this.#empty(v);
    }
  }

  #pageWithin(e: number, first: number, last: number): boolean {
    const i32 = this.#i32;
    for (let which = READ; which <= CODE; which += 2) {
      const tag = i32[e + which]!;
      if ((tag & TlbFlag.INVALID) !== 0) continue;
      const page = (i32[e + which + 1]! >>> 0) * 2 ** 20 + (tag >>> PAGE_BITS);
      return page >= first && page <= last;
    }
    // empty, or a page smaller than the granule, which is looked up at each access anyway
    return false;
  }

  #dropVictimLocked(page: number, addrHi: number): void {
    let v = this.#victims;
    for (let slot = 0; slot < VICTIM_ENTRIES; slot++, v += ENTRY_WORDS) {
      if (this.#anyTag(v, page, addrHi)) this.#empty(v);
    }
  }

  #anyTag(e: number, page: number, addrHi: number): boolean {
    const i32 = this.#i32;
    return (
      ((i32[e + READ]! & COMPARE) === page && i32[e + READ + 1] === addrHi) ||
      ((i32[e + WRITE]! & COMPARE) === page && i32[e + WRITE + 1] === addrHi) ||
      ((i32[e + CODE]! & COMPARE) === page && i32[e + CODE + 1] === addrHi)
    );
  }

  #isEmpty(e: number): boolean {
    const i32 = this.#i32;
    return (i32[e + READ]! & i32[e + WRITE]! & i32[e + CODE]!) === -1;
  }

  #empty(e: number): void {
    const i32 = this.#i32;
    for (let i = 0; i < ENTRY_WORDS; i++) i32[e + i] = -1;
  }
}
