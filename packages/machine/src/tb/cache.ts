import { atomicRead32, atomicSet32, cmpxchg32, fetchAdd32, fetchOr32, type Arena, type Heap, loadAcquire32, storeRelease32 } from '@mttcg/atomic';
import { generateLookup, type KeyField, Qht } from '@mttcg/qht';
import { CFlag, CpuCommon } from '@mttcg/softmmu';
import { JUMP_CACHE_ENTRY_SIZE, JUMP_CACHE_PAGE_ENTRIES, JUMP_CACHE_PAGES, jumpCacheOffsetHash } from '@mttcg/tcg-ir';
import { wordLock, wordUnlock } from '../accel/spin.ts';
import { MachineHeader } from '../memory/layout.ts';
import { JMP_CLOSED, TB_SIZE, TbLayout } from './descriptor.ts';
import { PageLayout, PageTree } from './page-tree.ts';

const T = TbLayout.offset;
const P = PageLayout.offset;
const H = MachineHeader.offset;

/** Code bytes are handed to threads in regions of this size. */
export const CODE_REGION_BYTES = 2 << 20;

/** cflags that make two translations of the same code different. */
const CF_HASH_MASK = ~(CFlag.INVALID | 0);

/** Finds the TB with the key; all are u32. Returns its index or 0. */
export type TbLookup = (hash: number, physLo: number, physHi: number, flags: number, csBase: number, cflags: number) => number;

/** Parts of the key in the order of TbLookup's parameters after the hash, the most telling one compared first. */
const KEY_FIELDS: readonly KeyField[] = [
  { offset: T.physLo, width: 32, key: { param: 0 } },
  { offset: T.physHi, width: 32, key: { param: 1 } },
  { offset: T.flags, width: 32, key: { param: 2 } },
  { offset: T.csBase, width: 32, key: { param: 3 } },
  // others set INVALID: seen late, it is caught by the caller's jump (closed slots) or the next lookup
  { offset: T.cflags, width: 32, key: { param: 4 }, atomic: true },
];

/** A machine may be stopped for any time, and ends as a whole when one of its threads does. */
const PATIENT = { stallMs: Infinity } as const;

/** The look-up as WebAssembly over the table and the descriptors: for {@link TbCache}, once for each thread. */
export function generateTbLookup(heap: Heap, header: number): TbLookup {
  const word = (field: number): number => heap.u32[(header + field) >>> 2]!;
  return generateLookup(heap, { table: word(H.qht), base: word(H.tbPool), stride: TB_SIZE, fields: KEY_FIELDS }, PATIENT);
}

/** What the cache needs of the machine's memory system. */
export interface CodeProtection {
  /** Makes stores of every vCPU to the RAM page take the slow path (NOTDIRTY), before its code is read. */
  protect(page: number): void;
  /** No translated code is left on the page: stores may be fast again. */
  unprotect(page: number): void;
}

/**
 * The shared cache of translation blocks, seen from one thread. The state is in shared memory; this object holds
 * addresses, the thread's code region, and the key being looked up.
 *
 * Publication: a TB is filled in, its page list entry made under the page lock, then inserted in the QHT, whose insert
 * is the point where threads agree on one translation. Invalidation goes the other way, in the order of the design
 * document: INVALID under jmpLock, QHT, page list, jump caches, outgoing jumps, incoming jumps.
 */
export class TbCache {
  readonly #heap: Heap;
  readonly #header: number;
  readonly #pool: number;
  /** TB indexes are below this. */
  readonly maxTbs: number;
  readonly #qht: Qht;
  readonly #protection: CodeProtection;
  readonly #insnAlignBits: number;
  readonly #cpuCount: number;
  readonly pages: PageTree;

  #codeNext = 0;
  #codeEnd = 0;
  #codeFlush = -1;

  // key that the comparator compares with
  #physLo = 0;
  #physHi = 0;
  #flags = 0;
  #csBase = 0;
  #cflags = 0;
  readonly #matches: (tb: number) => boolean;
  readonly #find: TbLookup;

  /** `find`: a {@link generateTbLookup}; without one the table calls back for each candidate, which is slower. */
  constructor(
    heap: Heap, header: number, arena: Arena, cpuCount: number, insnAlignBits: number, protection: CodeProtection, find?: TbLookup,
  ) {
    const u32 = heap.u32;
    this.#heap = heap;
    this.#header = header;
    this.#pool = u32[(header + H.tbPool) >>> 2]!;
    this.maxTbs = Math.floor((u32[(header + H.tbPoolEnd) >>> 2]! - this.#pool) / TB_SIZE);
    this.#qht = new Qht(heap, u32[(header + H.qht) >>> 2]!, arena, PATIENT);
    this.pages = new PageTree(heap, u32[(header + H.pageRoot) >>> 2]!, arena);
    this.#protection = protection;
    this.#insnAlignBits = insnAlignBits;
    this.#cpuCount = cpuCount;
    this.#matches = (tb) => {
      const i = (this.#pool + tb * TB_SIZE) >>> 2;
      return (
        u32[i + (T.physLo >>> 2)] === this.#physLo &&
        u32[i + (T.physHi >>> 2)] === this.#physHi &&
        u32[i + (T.flags >>> 2)] === this.#flags &&
        u32[i + (T.csBase >>> 2)] === this.#csBase &&
        // relaxed: an INVALID bit seen late is caught by the caller's jump (closed slots) or the next lookup
        atomicRead32(heap, this.#pool + tb * TB_SIZE + T.cflags) >>> 0 === this.#cflags
      );
    };
    this.#find = find ?? ((hash, physLo, physHi, flags, csBase, cflags) => {
      this.#physLo = physLo;
      this.#physHi = physHi;
      this.#flags = flags;
      this.#csBase = csBase;
      this.#cflags = cflags;
      return this.#qht.lookup(hash, this.#matches);
    });
  }

  /** Host address of a TB's descriptor. */
  addr(tb: number): number {
    return this.#pool + tb * TB_SIZE;
  }

  /** Host address of direct jump slot 0; slot 1 is 4 bytes on. */
  slotAddr(tb: number): number {
    return this.#pool + tb * TB_SIZE + T.jmpTarget;
  }

  get flushCount(): number {
    return loadAcquire32(this.#heap, this.#header + H.tbFlushCount);
  }

  static hash(physLo: number, physHi: number, flags: number, cflags: number): number {
    let h = Math.imul(physLo ^ Math.imul(physHi, 0x27d4eb2f), 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 16) ^ flags, 0x27d4eb2f);
    h = Math.imul(h ^ (h >>> 15) ^ (cflags & CF_HASH_MASK), 0x165667b1);
    return (h ^ (h >>> 16)) >>> 0;
  }

  /** Index of the valid TB with this key, 0 when there is none. Takes no lock. All arguments are u32. */
  lookup(physLo: number, physHi: number, flags: number, csBase: number, cflags: number): number {
    return this.#find(TbCache.hash(physLo, physHi, flags, cflags), physLo, physHi, flags, csBase, cflags);
  }

  /** First of `count` consecutive unused TB indexes, 0 when the pool is full (flush everything, then try again). */
  reserve(count: number): number {
    const first = fetchAdd32(this.#heap, this.#header + H.tbNext, count) >>> 0;
    return first + count > this.maxTbs ? 0 : first;
  }

  /** Room for code bytes in this thread's region of the code buffer; 0 when the buffer is full. */
  allocCode(bytes: number): number {
    const flush = this.flushCount;
    if (flush !== this.#codeFlush) {
      this.#codeFlush = flush;
      this.#codeNext = this.#codeEnd = 0;
    }
    const size = (bytes + 15) & ~15;
    if (this.#codeNext + size > this.#codeEnd) {
      const region = Math.max(CODE_REGION_BYTES, size);
      const start = fetchAdd32(this.#heap, this.#header + H.tbCodeNext, region) >>> 0;
      if (start + region > this.#heap.u32[(this.#header + H.tbCodeEnd) >>> 2]!) return 0;
      this.#codeNext = start;
      this.#codeEnd = start + region;
    }
    const at = this.#codeNext;
    this.#codeNext = at + size;
    return at;
  }

  /** Descriptor of the page that holds a physical address, locked; its stores are trapped from here on. */
  lockPageForCode(pageNumber: number): number {
    const page = this.pages.findOrInsert(pageNumber);
    wordLock(this.#heap, page + P.lock);
    if (this.#heap.u32[(page + P.first) >>> 2] === 0) this.#protection.protect(pageNumber);
    return page;
  }

  /** Gives the page back; if nothing was translated on it after all, its stores are fast again. */
  unlockPage(page: number): void {
    if (this.#heap.u32[(page + P.first) >>> 2] === 0) this.#protection.unprotect(this.#heap.u32[(page + P.number) >>> 2]!);
    wordUnlock(this.#heap, page + P.lock);
  }

  /**
   * Links a filled-in TB to its page and publishes it. Returns `tb`, or the index of the same translation that another
   * thread published first; `tb` is then left unused. The page's lock is held.
   */
  publish(tb: number, page: number): number {
    const u32 = this.#heap.u32;
    const at = this.addr(tb);
    u32[(at + T.page) >>> 2] = page;
    u32[(at + T.pageNext) >>> 2] = u32[(page + P.first) >>> 2]!;
    u32[(page + P.first) >>> 2] = tb << 1;
    this.#loadKey(at);
    const existing = this.#qht.insert(u32[(at + T.hash) >>> 2]!, tb, this.#matches);
    if (existing === 0) return tb;
    u32[(page + P.first) >>> 2] = u32[(at + T.pageNext) >>> 2]!;
    return existing;
  }

  #loadKey(at: number): void {
    const u32 = this.#heap.u32;
    this.#physLo = u32[(at + T.physLo) >>> 2]!;
    this.#physHi = u32[(at + T.physHi) >>> 2]!;
    this.#flags = u32[(at + T.flags) >>> 2]!;
    this.#csBase = u32[(at + T.csBase) >>> 2]!;
    this.#cflags = u32[(at + T.cflags) >>> 2]!;
  }

  /** Makes direct jump `slot` of `origin` lead to `dest`, unless either is being invalidated or it leads somewhere already. */
  addJump(origin: number, slot: number, dest: number): void {
    const heap = this.#heap;
    const from = this.addr(origin);
    const to = this.addr(dest);
    wordLock(heap, to + T.jmpLock);
    if ((atomicRead32(heap, to + T.cflags) & CFlag.INVALID) === 0) {
      // claims the slot; fails when it is patched already or JMP_CLOSED. pairs with the xchg in #unlinkOutgoing
      if (cmpxchg32(heap, from + T.jmpDest + slot * 4, 0, dest) === 0) {
        heap.u32[(from + T.jmpListNext + slot * 4) >>> 2] = heap.u32[(to + T.jmpListHead) >>> 2]!;
        heap.u32[(to + T.jmpListHead) >>> 2] = (origin << 1) | slot;
        // release: the destination's descriptor is complete before generated code jumps to it
        storeRelease32(heap, from + T.jmpTarget + slot * 4, dest);
      }
    }
    wordUnlock(heap, to + T.jmpLock);
  }

  /** Invalidates the TBs that lie on any of the bytes [start, end) of a page (offsets). True when some were. */
  invalidateRange(pageNumber: number, start: number, end: number): boolean {
    const page = this.pages.find(pageNumber);
    if (page === 0) {
      this.#protection.unprotect(pageNumber);
      return false;
    }
    const u32 = this.#heap.u32;
    wordLock(this.#heap, page + P.lock);
    let any = false;
    let prev = (page + P.first) >>> 2;
    let entry = u32[prev]!;
    while (entry !== 0) {
      const tb = entry >>> 1;
      const at = this.addr(tb);
      const nextIndex = (at + T.pageNext + (entry & 1) * 4) >>> 2;
      if (u32[(at + T.rangeStart) >>> 2]! < end && u32[(at + T.rangeEnd) >>> 2]! > start) {
        this.#invalidate(tb, at);
        u32[prev] = u32[nextIndex]!;
        any = true;
      } else {
        prev = nextIndex;
      }
      entry = u32[nextIndex]!;
    }
    if (u32[(page + P.first) >>> 2] === 0) this.#protection.unprotect(pageNumber);
    wordUnlock(this.#heap, page + P.lock);
    return any;
  }

  /** Everything but the page list, which the caller holds the lock of and edits itself. */
  #invalidate(tb: number, at: number): void {
    const heap = this.#heap;
    wordLock(heap, at + T.jmpLock);
    fetchOr32(heap, at + T.cflags, CFlag.INVALID);
    wordUnlock(heap, at + T.jmpLock);
    if (!this.#qht.remove(heap.u32[(at + T.hash) >>> 2]!, tb)) return;
    this.#clearJumpCaches(tb, at);
    this.#unlinkOutgoing(tb, at, 0);
    this.#unlinkOutgoing(tb, at, 1);
    this.#unlinkIncoming(at);
    fetchAdd32(heap, this.#header + H.tbInvalidations, 1);
  }

  /** The TB's page may be mapped anywhere, several times over: its place among the entries of a page is known, the page is not. */
  #clearJumpCaches(tb: number, at: number): void {
    const heap = this.#heap;
    const first = jumpCacheOffsetHash(heap.u32[(at + T.physLo) >>> 2]!, this.#insnAlignBits) * JUMP_CACHE_ENTRY_SIZE + 12;
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
      const env = heap.u32[(this.#header + H.env + cpu * 4) >>> 2]!;
      const base = heap.u32[(env + CpuCommon.offset.jumpCache) >>> 2]! + first;
      for (let page = 0; page < JUMP_CACHE_PAGES; page++) {
        const entry = base + page * JUMP_CACHE_PAGE_ENTRIES * JUMP_CACHE_ENTRY_SIZE;
        // Only ever cleared from outside; the owner's own store of another TB may come first or last, both are right.
        if (atomicRead32(heap, entry) === tb) cmpxchg32(heap, entry, tb, 0);
      }
    }
  }

  /** Takes the slot off its destination's list. */
  #unlinkOutgoing(tb: number, at: number, slot: number): void {
    const heap = this.#heap;
    for (;;) {
      const dest = atomicRead32(heap, at + T.jmpDest + slot * 4) >>> 0;
      if (dest === JMP_CLOSED) return;
      if (dest === 0) {
        // closing an unused slot stops addJump() for good
        if (cmpxchg32(heap, at + T.jmpDest + slot * 4, 0, JMP_CLOSED) === 0) return;
        continue;
      }
      const to = this.addr(dest);
      wordLock(heap, to + T.jmpLock);
      // fails when the destination was invalidated meanwhile: its list is empty and this slot open again
      const closed = cmpxchg32(heap, at + T.jmpDest + slot * 4, dest, JMP_CLOSED) >>> 0 === dest;
      if (closed) this.#removeIncoming(to, (tb << 1) | slot);
      wordUnlock(heap, to + T.jmpLock);
      if (closed) {
        atomicSet32(heap, at + T.jmpTarget + slot * 4, 0);
        return;
      }
    }
  }

  /** Takes one jump off the list of the block at `to`, whose jmpLock is held. */
  #removeIncoming(to: number, jump: number): void {
    const u32 = this.#heap.u32;
    let prev = (to + T.jmpListHead) >>> 2;
    for (let entry = u32[prev]!; entry !== 0; entry = u32[prev]!) {
      const nextIndex = (this.addr(entry >>> 1) + T.jmpListNext + (entry & 1) * 4) >>> 2;
      if (entry === jump) {
        u32[prev] = u32[nextIndex]!;
        return;
      }
      prev = nextIndex;
    }
  }

  /** Every jump into the block goes back to the main loop. */
  #unlinkIncoming(at: number): void {
    const heap = this.#heap;
    wordLock(heap, at + T.jmpLock);
    let entry = heap.u32[(at + T.jmpListHead) >>> 2]!;
    while (entry !== 0) {
      const from = this.addr(entry >>> 1);
      const slot = (entry & 1) * 4;
      storeRelease32(heap, from + T.jmpTarget + slot, 0);
      entry = heap.u32[(from + T.jmpListNext + slot) >>> 2]!;
      // open for another destination again
      storeRelease32(heap, from + T.jmpDest + slot, 0);
    }
    heap.u32[(at + T.jmpListHead) >>> 2] = 0;
    wordUnlock(heap, at + T.jmpLock);
  }

  isInvalid(tb: number): boolean {
    return (atomicRead32(this.#heap, this.addr(tb) + T.cflags) & CFlag.INVALID) !== 0;
  }

  /**
   * Forgets every translation. Runs in an exclusive section (all other vCPUs outside the exec loop); each thread drops
   * its own instances and jump cache when it sees the new flush count. `seen` is the count at which the caller found
   * the cache full: when it has changed since, somebody else flushed and nothing is left to do.
   */
  flushAll(seen: number): void {
    const heap = this.#heap;
    if (this.flushCount !== seen) return;
    const header = this.#header;
    const used = Math.min(atomicRead32(heap, header + H.tbNext) >>> 0, this.maxTbs);
    for (let tb = 1; tb < used; tb++) {
      const page = heap.u32[(this.addr(tb) + T.page) >>> 2]!;
      if (page === 0 || heap.u32[(page + P.first) >>> 2] === 0) continue;
      // a thread that is no vCPU may be invalidating what its device wrote
      wordLock(heap, page + P.lock);
      heap.u32[(page + P.first) >>> 2] = 0;
      this.#protection.unprotect(heap.u32[(page + P.number) >>> 2]!);
      wordUnlock(heap, page + P.lock);
    }
    heap.u8.fill(0, this.#pool, this.#pool + used * TB_SIZE);
    this.#qht.reset();
    atomicSet32(heap, header + H.tbNext, 1);
    atomicSet32(heap, header + H.tbCodeNext, heap.u32[(header + H.tbCode) >>> 2]!);
    // release: pairs with the acquire in flushCount()
    storeRelease32(heap, header + H.tbFlushCount, seen + 1);
  }
}
