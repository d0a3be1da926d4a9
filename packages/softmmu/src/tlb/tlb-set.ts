import { atomicSet32, type Heap, spinLock, spinUnlock } from '@mttcg/atomic';
import { CpuCommon, TlbDescLayout } from '../cpu/common.ts';
import { Prot, type TlbClient, type TlbControl } from '../cpu/guest.ts';
import { DIRTY_ALL, type DirtyMemory } from '../dirty/dirty-memory.ts';
import type { AddressSpace } from '../memory/address-space.ts';
import { RegionKind } from '../memory/region.ts';
import {
  DEFAULT_MAX_TLB_BITS, PAGE_BITS, PAGE_MASK, PAGE_SIZE, PageAttr, SlowFlag, TlbEntryLayout, TlbFlag, TlbFullLayout,
} from './entry.ts';
import { memoryFill } from './fill-memory.ts';
import type { CpuTlbParts, TlbHooks } from './hooks.ts';
import { tlbStorage, VICTIM_BYTES, VICTIM_FULL_BYTES } from './storage.ts';
import { TlbTable } from './table.ts';
import { Watchpoints } from './watchpoints.ts';

const C = CpuCommon.offset;
const READ = TlbEntryLayout.offset.addrRead >>> 2;
const WRITE = TlbEntryLayout.offset.addrWrite >>> 2;
const CODE = TlbEntryLayout.offset.addrCode >>> 2;
const ADDEND = TlbEntryLayout.offset.addend >>> 2;
const FULL_PA = TlbFullLayout.offset.pa >>> 3;
const FULL_ATTRS = TlbFullLayout.offset.attrs >>> 2;

const READ_SLOW = SlowFlag.BSWAP | SlowFlag.WATCHPOINT | SlowFlag.CHECK_ALIGNED | SlowFlag.MMIO;
const LAST_PAGE = 2 ** 52 - 1;
/** More pages than this in a range: the jump cache is cleared as a whole. */
const JUMP_CACHE_PAGES = 16;

function popcount(mask: number): number {
  let n = 0;
  for (let m = mask; m !== 0; m &= m - 1) n++;
  return n;
}

/**
 * The TLBs of one vCPU: filling and flushing. Owner's thread only; what other threads may do is in reset-dirty.ts.
 * Addresses are lo/hi halves of 64 bits, signed or not.
 *
 * Several threads may construct an object for the same vCPU over the same memory. That touches nothing shared; the one
 * that first looks up or fills takes the tables over and is the owner from then on. In the others flushes do nothing.
 * A vCPU changes threads only by a new object, when the old one is no longer used.
 */
export abstract class TlbSet implements TlbControl {
  readonly heap: Heap;
  readonly env: number;
  readonly memory: AddressSpace;
  /** The guest CPU; attached before the first access. */
  client!: TlbClient;
  protected readonly hooks: TlbHooks;
  protected readonly dirty: DirtyMemory | undefined;
  protected readonly tables: readonly TlbTable[];
  protected readonly watchpoints = new Watchpoints();
  /** Whether this object is the one that owns the tables: see the class comment. */
  protected adopted = false;
  readonly #victims: number;
  readonly #lock: number;
  readonly #all: number;
  readonly #nowMs: () => number;

  constructor(parts: CpuTlbParts) {
    const { heap, env, mmuIndexes, storage } = parts;
    if (storage % 8 !== 0) throw new RangeError(`TLB storage at ${storage}: not aligned to 8`);
    this.heap = heap;
    this.env = env;
    this.memory = parts.memory;
    this.dirty = parts.dirty;
    this.hooks = parts.hooks;
    if (parts.client !== undefined) this.client = parts.client;
    this.#nowMs = parts.nowMs;
    this.#lock = (env + C.tlbLock) >>> 2;
    this.#all = (1 << mmuIndexes) - 1;
    const maxBits = parts.maxBits ?? DEFAULT_MAX_TLB_BITS;
    const place = tlbStorage(storage, mmuIndexes, maxBits);
    const fill = memoryFill(heap);
    const now = parts.nowMs();
    this.tables = Array.from({ length: mmuIndexes }, (_, i) => {
      const desc = env + C.tlb + i * TlbDescLayout.size;
      const at = { desc, table: place.table(i), full: place.full(i), victims: place.victims + i * VICTIM_BYTES, victimFull: place.victimFull + i * VICTIM_FULL_BYTES };
      return new TlbTable(heap, fill, at, maxBits, now);
    });
    this.#victims = place.victims;
    parts.memory.onChange(() => this.flushAll());
  }

  /** Mmu indexes that code was fetched through since the jump cache was cleared: only those can be in it. */
  protected codeIndexes = 0;

  /** Takes the vCPU's TLBs over, empty. Before the first look-up or fill: other threads may hold objects of this vCPU too. */
  protected adopt(): void {
    const { u32 } = this.heap;
    this.lockTlb();
    for (let i = 0; i < this.tables.length; i++) this.tables[i]!.clearLocked();
    u32[(this.env + C.tlbDirty) >>> 2] = 0;
    u32[(this.env + C.tlbVictims) >>> 2] = this.#victims;
    // release: pairs with the acquire in resetDirty()
    atomicSet32(this.heap, this.env + C.tlbIndexes, this.tables.length);
    this.unlockTlb();
    this.adopted = true;
  }

  protected lockTlb(): void {
    spinLock(this.heap.i32, this.#lock);
  }

  protected unlockTlb(): void {
    spinUnlock(this.heap.i32, this.#lock);
  }

  /**
   * Maps the 4 KiB around an address to the 4 KiB around physical address `pa`, for one mmu index. `prot` is Prot bits
   * and {@link PageAttr}; `pageSize` the guest's page in bytes: larger ones are remembered for page flushes, smaller ones
   * are never cached.
   */
  setPage(addrLo: number, addrHi: number, pa: number, prot: number, mmuIdx: number, pageSize: number): void {
    if (!this.adopted) this.adopt();
    const { i32 } = this.heap;
    const table = this.tables[mmuIdx]!;
    const page = addrLo & PAGE_MASK;
    const hi = addrHi | 0;
    const paPage = Math.floor(pa / PAGE_SIZE) * PAGE_SIZE;
    const sizeLog2 = pageSize < 0x80000000 ? 31 - Math.clz32(pageSize) : Math.round(Math.log2(pageSize));
    if (sizeLog2 > PAGE_BITS) table.addLargePage(page, hi, sizeLog2);

    const section = this.memory.find(paPage);
    const host = section.host + (paPage - section.start);
    let slow = 0;
    let addend = 0;
    let truePa = paPage;
    if (section.plain && paPage + PAGE_SIZE <= section.end && host % PAGE_SIZE === 0) {
      addend = (host - page) | 0;
      truePa += section.canonicalDelta;
      if (section.kind === RegionKind.ROM) slow = SlowFlag.DISCARD_WRITE;
    } else {
      slow = SlowFlag.MMIO;
    }
    if ((prot & PageAttr.CHECK_ALIGNED) !== 0) slow |= SlowFlag.CHECK_ALIGNED;
    if ((prot & PageAttr.BSWAP) !== 0) slow |= SlowFlag.BSWAP;
    if (this.watchpoints.count !== 0 && this.watchpoints.touchesPage(page, hi)) slow |= SlowFlag.WATCHPOINT;

    const tag = sizeLog2 < PAGE_BITS ? page | TlbFlag.INVALID : page;
    const canRead = (prot & Prot.READ) !== 0;
    const canWrite = (prot & Prot.WRITE) !== 0;
    const canExec = (prot & Prot.EXEC) !== 0;
    if (table.thrashes) {
      this.lockTlb();
      table.growLocked();
      this.unlockTlb();
    }
    const entry = table.entry(page);
    const full = table.fullOf(entry);
    this.lockTlb();
    // under the lock: pairs with whoever clears a dirty bit and then calls resetDirty()
    const clean = slow < SlowFlag.MMIO && canWrite && this.dirty !== undefined && this.dirty.get(host) !== DIRTY_ALL;
    table.evictLocked(entry, page, hi);
    i32[entry + READ] = canRead ? ((slow & READ_SLOW) !== 0 ? tag | TlbFlag.FORCE_SLOW : tag) : -1;
    i32[entry + READ + 1] = canRead ? hi : -1;
    i32[entry + WRITE] = canWrite ? (slow !== 0 ? tag | TlbFlag.FORCE_SLOW : tag) | (clean ? TlbFlag.NOTDIRTY : 0) : -1;
    i32[entry + WRITE + 1] = canWrite ? hi : -1;
    i32[entry + CODE] = canExec ? ((slow & SlowFlag.MMIO) !== 0 ? tag | TlbFlag.FORCE_SLOW : tag) : -1;
    i32[entry + CODE + 1] = canExec ? hi : -1;
    i32[entry + ADDEND] = addend;
    i32[(this.env + C.tlbDirty) >>> 2]! |= 1 << mmuIdx;
    this.unlockTlb();
    this.heap.f64[(full >>> 1) + FULL_PA] = truePa;
    i32[full + FULL_ATTRS] = (prot & 0xff) | (sizeLog2 << 8) | (slow << 16);
  }

  flushAll(): void {
    this.flushByMmuIdx(this.#all);
  }

  flushByMmuIdx(idxMask: number): void {
    if (!this.adopted) return;
    const { u32 } = this.heap;
    const asked = idxMask & this.#all;
    const dirtyAt = (this.env + C.tlbDirty) >>> 2;
    const work = asked & u32[dirtyAt]!;
    if (work !== asked) u32[(this.env + C.tlbElidedFlushes) >>> 2]! += popcount(asked & ~work);
    if (work === 0) return;
    if (asked === this.#all) u32[(this.env + C.tlbFullFlushes) >>> 2]! += 1;
    else u32[(this.env + C.tlbPartFlushes) >>> 2]! += popcount(work);
    const now = this.#nowMs();
    this.lockTlb();
    for (let i = 0; i < this.tables.length; i++) if ((work & (1 << i)) !== 0) this.tables[i]!.flushLocked(now);
    u32[dirtyAt] = u32[dirtyAt]! & ~work;
    this.unlockTlb();
    // an index without entries has none in the jump cache either, so elided flushes need not come here
    this.#clearJumpCache(work);
  }

  flushPageByMmuIdx(addrLo: number, addrHi: number, idxMask: number): void {
    const work = this.#dirtyOf(idxMask);
    if (work === 0) return;
    const hi = addrHi | 0;
    let whole = 0;
    this.lockTlb();
    for (let i = 0; i < this.tables.length; i++) {
      if ((work & (1 << i)) === 0) continue;
      const table = this.tables[i]!;
      if (table.inLargePage(addrLo, hi)) whole |= 1 << i;
      else table.flushPageLocked(addrLo, hi);
    }
    this.unlockTlb();
    // a flush of an index clears all of the jump cache
    if (whole !== 0) this.flushByMmuIdx(whole);
    else if ((work & this.codeIndexes) !== 0) this.hooks.clearJumpCachePage(addrLo, addrHi);
  }

  #clearJumpCache(work: number): void {
    if ((work & this.codeIndexes) === 0) return;
    this.codeIndexes = 0;
    this.hooks.clearJumpCache();
  }

  flushRangeByMmuIdx(addrLo: number, addrHi: number, bytes: number, idxMask: number): void {
    const work = this.#dirtyOf(idxMask);
    if (work === 0 || !(bytes > 0)) return;
    const first = (addrHi >>> 0) * 2 ** 20 + (addrLo >>> PAGE_BITS);
    const last = Math.min(LAST_PAGE, first + Math.floor(((addrLo & (PAGE_SIZE - 1)) + bytes - 1) / PAGE_SIZE));
    const pages = last - first + 1;
    let whole = 0;
    this.lockTlb();
    for (let i = 0; i < this.tables.length; i++) {
      if ((work & (1 << i)) === 0) continue;
      const table = this.tables[i]!;
      if (table.rangeTouchesLargePage(first, last)) whole |= 1 << i;
      else if (pages > table.size) table.flushRangeByWalkLocked(first, last);
      else for (let p = first; p <= last; p++) table.flushPageLocked((p % 2 ** 20) << PAGE_BITS, Math.floor(p / 2 ** 20) | 0);
    }
    this.unlockTlb();
    if (whole !== 0) this.flushByMmuIdx(whole);
    else if (pages > JUMP_CACHE_PAGES) this.#clearJumpCache(work);
    else if ((work & this.codeIndexes) !== 0) for (let p = first; p <= last; p++) this.hooks.clearJumpCachePage((p % 2 ** 20) << PAGE_BITS, Math.floor(p / 2 ** 20) | 0);
  }

  /** The asked indexes that have entries; the others are counted as elided. */
  #dirtyOf(idxMask: number): number {
    if (!this.adopted) return 0;
    const { u32 } = this.heap;
    const asked = idxMask & this.#all;
    const work = asked & u32[(this.env + C.tlbDirty) >>> 2]!;
    if (work !== asked) u32[(this.env + C.tlbElidedFlushes) >>> 2]! += popcount(asked & ~work);
    return work;
  }

  flushByMmuIdxAllCpusSynced(idxMask: number): void {
    (this.hooks.broadcast ?? this).flushByMmuIdx(idxMask);
  }

  flushPageByMmuIdxAllCpusSynced(addrLo: number, addrHi: number, idxMask: number): void {
    (this.hooks.broadcast ?? this).flushPageByMmuIdx(addrLo, addrHi, idxMask);
  }

  flushRangeByMmuIdxAllCpusSynced(addrLo: number, addrHi: number, bytes: number, idxMask: number): void {
    (this.hooks.broadcast ?? this).flushRangeByMmuIdx(addrLo, addrHi, bytes, idxMask);
  }

  abstract probe(addrLo: number, addrHi: number, size: number, access: number, mmuIdx: number, probe: boolean): number;

  /** Makes accesses of the kinds in `accessMask` (bits 1 << Access) to the bytes call TlbHooks.watchpointHit. */
  addWatchpoint(addrLo: number, addrHi: number, bytes: number, accessMask: number): void {
    this.watchpoints.add(addrLo, addrHi, bytes, accessMask);
    this.flushRangeByMmuIdx(addrLo, addrHi, bytes, this.#all);
  }

  /** False when there is no such watchpoint. */
  removeWatchpoint(addrLo: number, addrHi: number, bytes: number, accessMask: number): boolean {
    const found = this.watchpoints.remove(addrLo, addrHi, bytes, accessMask);
    if (found) this.flushRangeByMmuIdx(addrLo, addrHi, bytes, this.#all);
    return found;
  }
}
