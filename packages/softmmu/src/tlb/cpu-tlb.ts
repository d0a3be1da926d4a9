import { smpMb } from '@mttcg/atomic';
import { CpuCommon } from '../cpu/common.ts';
import { Access, Excp } from '../cpu/guest.ts';
import { DIRTY_ALL, DirtyClient } from '../dirty/dirty-memory.ts';
import { BusStatus } from '../memory/address-space.ts';
import { PAGE_MASK, PAGE_SIZE, SlowFlag, TlbEntryLayout, TlbFlag, TlbFullLayout } from './entry.ts';
import type { CpuTlbParts } from './hooks.ts';
import { MemOpBit } from './memop.ts';
import { TlbSet } from './tlb-set.ts';
import { ValueMover } from './value.ts';

const C = CpuCommon.offset;
const ADDEND = TlbEntryLayout.offset.addend >>> 2;
const FULL_PA = TlbFullLayout.offset.pa >>> 3;
const FULL_ATTRS = TlbFullLayout.offset.attrs >>> 2;
const COMPARE = PAGE_MASK | TlbFlag.INVALID;
const OFFSET = PAGE_SIZE - 1;

/** codeHost(): the fetch faulted, the exception is pending. */
export const CODE_FAULT = -1;
/** codeHost(): the address leads to something that is not memory. */
export const CODE_NOT_RAM = -2;

const MIXED = DirtyClient.DISPLAY | DirtyClient.MIGRATION;

/**
 * The TLBs of one vCPU with the slow paths that generated code and the machine call. Addresses are lo/hi halves; values
 * travel through the scratch words of the state block. Everything runs on the vCPU's thread. Faults are precise: nothing
 * is stored unless all of the access can be.
 */
export class CpuTlb extends TlbSet {
  readonly #values: ValueMover;
  readonly #exception: number;

  // Of the page looked up last, by #access(): instead of a result object.
  #entry = 0;
  #flags = 0;
  #host = 0;
  #pa = 0;

  /** Physical address (of the lowest alias) of the byte that codeHost() found last. */
  codePhys = 0;

  constructor(parts: CpuTlbParts) {
    super(parts);
    this.#values = new ValueMover(parts.heap, parts.env + C.scratch);
    this.#exception = (parts.env + C.exceptionIndex) >>> 2;
  }

  /** Slow path of a guest load: 0, the value in scratch; 1 when an exception is pending. */
  ldSlow(addrLo: number, addrHi: number, memop: number): number {
    const lo = addrLo | 0;
    const hi = addrHi | 0;
    const size = 1 << (memop & MemOpBit.SIZE_MASK);
    const mmuIdx = (memop >>> MemOpBit.MMU_SHIFT) & MemOpBit.MMU_MASK;
    if ((lo & alignMask(memop)) !== 0) return this.#unaligned(lo, hi, Access.LOAD, mmuIdx);
    if ((lo & OFFSET) + size > PAGE_SIZE) return this.#loadAcross(lo, hi, memop, size, mmuIdx);
    if (!this.#access(lo, hi, size, Access.LOAD, mmuIdx, size)) return 1;
    const flags = this.#flags;
    const op = (flags & SlowFlag.BSWAP) !== 0 ? memop ^ MemOpBit.BSWAP : memop;
    if ((flags & SlowFlag.MMIO) !== 0) {
      if (!this.#readDevice(0, this.#pa, size, lo, hi, Access.LOAD, mmuIdx)) return 1;
      this.#values.finishLoad(op);
      return 0;
    }
    if ((memop & MemOpBit.ORDERED) !== 0) smpMb(this.heap);
    this.#values.load(this.#host, op);
    if ((memop & MemOpBit.ORDERED) !== 0) smpMb(this.heap);
    return 0;
  }

  /** Slow path of a guest store of the value in scratch: 0, or 1 when an exception is pending and nothing was stored. */
  stSlow(addrLo: number, addrHi: number, memop: number): number {
    const lo = addrLo | 0;
    const hi = addrHi | 0;
    const size = 1 << (memop & MemOpBit.SIZE_MASK);
    const mmuIdx = (memop >>> MemOpBit.MMU_SHIFT) & MemOpBit.MMU_MASK;
    if ((lo & alignMask(memop)) !== 0) return this.#unaligned(lo, hi, Access.STORE, mmuIdx);
    if ((lo & OFFSET) + size > PAGE_SIZE) return this.#storeAcross(lo, hi, memop, size, mmuIdx);
    if (!this.#access(lo, hi, size, Access.STORE, mmuIdx, size)) return 1;
    const flags = this.#flags;
    const host = this.#host;
    const pa = this.#pa;
    const watched = (flags & TlbFlag.NOTDIRTY) !== 0;
    if (watched && this.#precise(pa, size, host)) return 1;
    if (((memop & MemOpBit.BSWAP) !== 0) !== ((flags & SlowFlag.BSWAP) !== 0)) this.#values.swap(memop & MemOpBit.SIZE_MASK);
    if ((flags & SlowFlag.MMIO) !== 0) return this.#writeDevice(0, pa, size, lo, hi, mmuIdx) ? 0 : 1;
    if ((flags & SlowFlag.DISCARD_WRITE) !== 0) return 0;
    if ((memop & MemOpBit.ORDERED) !== 0) smpMb(this.heap);
    this.#values.store(host, memop);
    if ((memop & MemOpBit.ORDERED) !== 0) smpMb(this.heap);
    this.#stored(watched, lo, hi, host, pa, size);
    return 0;
  }

  /**
   * Host address at which the access may be done by an atomic instruction: the page is readable and writable RAM, the
   * address aligned, translated code there is invalidated. 0: an exception is pending, Excp.ATOMIC when the access must
   * be done with all other vCPUs stopped (misaligned, device registers, read-only memory, foreign byte order).
   */
  atomicSlow(addrLo: number, addrHi: number, memop: number): number {
    const lo = addrLo | 0;
    const hi = addrHi | 0;
    const size = 1 << (memop & MemOpBit.SIZE_MASK);
    const mmuIdx = (memop >>> MemOpBit.MMU_SHIFT) & MemOpBit.MMU_MASK;
    if ((lo & alignMask(memop)) !== 0) {
      this.#unaligned(lo, hi, Access.STORE, mmuIdx);
      return 0;
    }
    if ((lo & (size - 1)) !== 0) return this.#stepAlone();
    if (!this.#access(lo, hi, size, Access.STORE, mmuIdx, size)) return 0;
    const flags = this.#flags;
    const host = this.#host;
    const pa = this.#pa;
    // readable too? Only pages that can be written and not read need more than this compare.
    const { i32 } = this.heap;
    if ((i32[this.#entry]! & COMPARE) !== (lo & PAGE_MASK) || i32[this.#entry + 1] !== hi) {
      if (!this.#access(lo, hi, size, Access.LOAD, mmuIdx, size)) return 0;
    }
    if ((flags & (SlowFlag.MMIO | SlowFlag.DISCARD_WRITE | SlowFlag.BSWAP)) !== 0) {
      return this.client.unsupportedAtomic?.(lo, hi, mmuIdx) === true ? 0 : this.#stepAlone();
    }
    if ((flags & TlbFlag.NOTDIRTY) !== 0) {
      if (this.#precise(pa, size, host)) return 0;
      this.#notDirty(lo, hi, host, pa, size);
    }
    return host;
  }

  /** Host address of a code byte (codePhys: its physical address), CODE_FAULT or CODE_NOT_RAM. */
  codeHost(addrLo: number, addrHi: number, mmuIdx: number): number {
    const lo = addrLo | 0;
    // 4 bytes are not promised to lie in the page; the size only tells the guest what it was that faulted
    if (!this.#access(lo, addrHi | 0, 0, Access.FETCH, mmuIdx, 4)) return CODE_FAULT;
    if ((this.#flags & SlowFlag.MMIO) !== 0) return CODE_NOT_RAM;
    this.codePhys = this.#pa;
    this.codeIndexes |= 1 << mmuIdx;
    return this.#host;
  }

  /**
   * As TlbControl says. The bytes must lie within one page. For a store the caller may write `size` bytes at once: what
   * was translated from them is invalidated here.
   */
  probe(addrLo: number, addrHi: number, size: number, access: number, mmuIdx: number, probe: boolean): number {
    const lo = addrLo | 0;
    const hi = addrHi | 0;
    if ((lo & OFFSET) + size > PAGE_SIZE) throw new RangeError(`probe of ${size} bytes at offset ${lo & OFFSET} crosses a page`);
    const entry = this.#lookup(lo, hi, access, mmuIdx, size, probe);
    if (entry < 0) return 0;
    if (!this.#inspect(entry, lo, hi, probe ? 0 : size, access, mmuIdx)) return 0;
    const flags = this.#flags;
    if ((flags & SlowFlag.MMIO) !== 0) return -1;
    if (access === Access.STORE) {
      if ((flags & SlowFlag.DISCARD_WRITE) !== 0) return -1;
      const host = this.#host;
      if ((flags & TlbFlag.NOTDIRTY) !== 0 && size > 0) {
        if (this.#precise(this.#pa, size, host)) return 0;
        this.#notDirty(lo, hi, host, this.#pa, size);
      }
      return host;
    }
    return this.#host;
  }

  /**
   * Instruction cache maintenance by address: drops what was translated from the bytes (within one page), also where a
   * store slipped past NOTDIRTY (see resetDirty()). Does nothing where nothing is mapped; raises nothing.
   */
  invalidateCode(addrLo: number, addrHi: number, bytes: number, mmuIdx: number): void {
    const lo = addrLo | 0;
    const hi = addrHi | 0;
    const entry = this.#lookup(lo, hi, Access.LOAD, mmuIdx, 1, true);
    if (entry < 0 || !this.#inspect(entry, lo, hi, 0, Access.LOAD, mmuIdx) || (this.#flags & SlowFlag.MMIO) !== 0) return;
    if (this.dirty === undefined) return;
    // between the guest's stores and the look at CODE: pairs with CodePages.protect()
    smpMb(this.heap);
    if ((this.dirty.get(this.#host) & DirtyClient.CODE) === 0) {
      this.hooks.notdirtyWrite(this.#pa, bytes, this.#host);
    }
  }

  // ---- lookup

  /** Word index of an entry that allows the access, filled if need be; -1 when it faults. */
  #lookup(lo: number, hi: number, access: number, mmuIdx: number, size: number, probe: boolean): number {
    if (!this.adopted) this.adopt();
    const { i32 } = this.heap;
    const table = this.tables[mmuIdx]!;
    const page = lo & PAGE_MASK;
    const which = access << 1;
    const entry = table.entry(lo);
    if ((i32[entry + which]! & COMPARE) === page && i32[entry + which + 1] === hi) return entry;
    const slot = table.findVictim(page, hi, which);
    if (slot >= 0) {
      this.lockTlb();
      table.swapVictimLocked(entry, slot);
      this.unlockTlb();
      return entry;
    }
    if (!this.client.tlbFill(lo, hi, access, mmuIdx, size, probe)) return -1;
    const filled = table.entry(lo);
    // INVALID is allowed here: such an entry serves this access only
    if ((i32[filled + which]! & PAGE_MASK) !== page || i32[filled + which + 1] !== hi) {
      throw new Error(`tlbFill said true without setPage() for access ${access} to 0x${hex(hi)}${hex(lo)}, mmu index ${mmuIdx}`);
    }
    return filled;
  }

  /** Looks a page up and sets #entry, #flags, #host, #pa; false when an exception is pending. */
  #access(lo: number, hi: number, size: number, access: number, mmuIdx: number, fillSize: number): boolean {
    const entry = this.#lookup(lo, hi, access, mmuIdx, fillSize, false);
    return entry >= 0 && this.#inspect(entry, lo, hi, size, access, mmuIdx);
  }

  #inspect(entry: number, lo: number, hi: number, size: number, access: number, mmuIdx: number): boolean {
    const { i32 } = this.heap;
    const full = this.tables[mmuIdx]!.fullOf(entry);
    const tag = i32[entry + (access << 1)]!;
    this.#entry = entry;
    this.#host = (i32[entry + ADDEND]! + lo) >>> 0;
    this.#pa = this.heap.f64[(full >>> 1) + FULL_PA]! + (lo & OFFSET);
    let flags = 0;
    if ((tag & TlbFlag.FORCE_SLOW) !== 0) {
      flags = (i32[full + FULL_ATTRS]! >>> 16) & 0xff;
      if ((flags & SlowFlag.CHECK_ALIGNED) !== 0 && size > 1 && (lo & (size - 1)) !== 0) {
        this.client.unalignedAccess(lo, hi, access, mmuIdx);
        return false;
      }
      if ((flags & SlowFlag.WATCHPOINT) !== 0 && size > 0 && this.watchpoints.hit(lo, hi, size, access) && this.#watchHit(lo, hi, size, access)) {
        return false;
      }
    }
    // an MMIO entry may have got NOTDIRTY by a chance match of resetDirty()
    if (access === Access.STORE && (flags & SlowFlag.MMIO) === 0) flags |= tag & TlbFlag.NOTDIRTY;
    this.#flags = flags;
    return true;
  }

  #watchHit(lo: number, hi: number, size: number, access: number): boolean {
    const { watchpointHit } = this.hooks;
    if (watchpointHit !== undefined) return this.hooks.watchpointHit!(lo, hi, size, access);
    this.heap.i32[this.#exception] = Excp.DEBUG;
    return true;
  }

  #unaligned(lo: number, hi: number, access: number, mmuIdx: number): number {
    this.client.unalignedAccess(lo, hi, access, mmuIdx);
    return 1;
  }

  #stepAlone(): number {
    this.heap.i32[this.#exception] = Excp.ATOMIC;
    return 0;
  }

  // ---- accesses that cross a page

  #loadAcross(lo: number, hi: number, memop: number, size: number, mmuIdx: number): number {
    const n1 = PAGE_SIZE - (lo & OFFSET);
    const n2 = size - n1;
    const lo2 = ((lo & PAGE_MASK) + PAGE_SIZE) | 0;
    const hi2 = lo2 === 0 ? (hi + 1) | 0 : hi;
    if (!this.#accessPart(lo, hi, n1, Access.LOAD, mmuIdx)) return 1;
    const flags1 = this.#flags;
    const host1 = this.#host;
    const pa1 = this.#pa;
    if (!this.#accessPart(lo2, hi2, n2, Access.LOAD, mmuIdx)) return 1;
    const host2 = this.#host;
    const pa2 = this.#pa;
    const mmio2 = (this.#flags & SlowFlag.MMIO) !== 0;
    if ((flags1 & SlowFlag.MMIO) === 0) this.#values.intoScratch(0, host1, n1);
    else if (!this.#readDevice(0, pa1, n1, lo, hi, Access.LOAD, mmuIdx)) return 1;
    if (!mmio2) this.#values.intoScratch(n1, host2, n2);
    else if (!this.#readDevice(n1, pa2, n2, lo2, hi2, Access.LOAD, mmuIdx)) return 1;
    this.#values.finishLoad((flags1 & SlowFlag.BSWAP) !== 0 ? memop ^ MemOpBit.BSWAP : memop);
    return 0;
  }

  #storeAcross(lo: number, hi: number, memop: number, size: number, mmuIdx: number): number {
    const n1 = PAGE_SIZE - (lo & OFFSET);
    const n2 = size - n1;
    const lo2 = ((lo & PAGE_MASK) + PAGE_SIZE) | 0;
    const hi2 = lo2 === 0 ? (hi + 1) | 0 : hi;
    if (!this.#accessPart(lo, hi, n1, Access.STORE, mmuIdx)) return 1;
    const flags1 = this.#flags;
    const host1 = this.#host;
    const pa1 = this.#pa;
    if (!this.#accessPart(lo2, hi2, n2, Access.STORE, mmuIdx)) return 1;
    const flags2 = this.#flags;
    const host2 = this.#host;
    const pa2 = this.#pa;
    if ((flags1 & TlbFlag.NOTDIRTY) !== 0 && this.#precise(pa1, n1, host1)) return 1;
    if ((flags2 & TlbFlag.NOTDIRTY) !== 0 && this.#precise(pa2, n2, host2)) return 1;
    if (((memop & MemOpBit.BSWAP) !== 0) !== ((flags1 & SlowFlag.BSWAP) !== 0)) this.#values.swap(memop & MemOpBit.SIZE_MASK);
    if (!this.#storePart(0, n1, lo, hi, flags1, host1, pa1, mmuIdx)) return 1;
    return this.#storePart(n1, n2, lo2, hi2, flags2, host2, pa2, mmuIdx) ? 0 : 1;
  }

  /** One page's share of an access that crosses pages: never aligned. */
  #accessPart(lo: number, hi: number, bytes: number, access: number, mmuIdx: number): boolean {
    if (!this.#access(lo, hi, 0, access, mmuIdx, bytes)) return false;
    const flags = this.#flags;
    if ((flags & SlowFlag.CHECK_ALIGNED) !== 0) {
      this.client.unalignedAccess(lo, hi, access, mmuIdx);
      return false;
    }
    return (flags & SlowFlag.WATCHPOINT) === 0 || !this.watchpoints.hit(lo, hi, bytes, access) || !this.#watchHit(lo, hi, bytes, access);
  }

  #storePart(at: number, bytes: number, lo: number, hi: number, flags: number, host: number, pa: number, mmuIdx: number): boolean {
    if ((flags & SlowFlag.MMIO) !== 0) return this.#writeDevice(at, pa, bytes, lo, hi, mmuIdx);
    if ((flags & SlowFlag.DISCARD_WRITE) !== 0) return true;
    this.#values.fromScratch(at, host, bytes);
    this.#stored((flags & TlbFlag.NOTDIRTY) !== 0, lo, hi, host, pa, bytes);
    return true;
  }

  // ---- stores to watched pages

  #precise(pa: number, size: number, host: number): boolean {
    const { hooks, dirty } = this;
    return hooks.preciseStore !== undefined && (dirty!.get(host) & DirtyClient.CODE) === 0 && hooks.preciseStore(pa, size, host);
  }

  /** After a store. The page may have become watched between the look at its tag and the store: looks again. */
  #stored(watched: boolean, lo: number, hi: number, host: number, pa: number, size: number): void {
    const { dirty } = this;
    if (dirty === undefined) return;
    if (!watched) {
      // between the store and the look: pairs with the read-modify-write in testAndClear()
      smpMb(this.heap);
      if (dirty.get(host) === DIRTY_ALL) return;
    }
    this.#notDirty(lo, hi, host, pa, size);
  }

  #notDirty(lo: number, hi: number, host: number, pa: number, size: number): void {
    const dirty = this.dirty!;
    // the barrier in set() comes between the store and the look at CODE: pairs with CodePages.protect()
    dirty.set(host, size, MIXED);
    if ((dirty.get(host) & DirtyClient.CODE) === 0) this.hooks.notdirtyWrite(pa, size, host);
    if (dirty.get(host) !== DIRTY_ALL) return;
    this.lockTlb();
    // again under the lock: pairs with whoever clears a dirty bit and then calls resetDirty()
    if (dirty.get(host) === DIRTY_ALL) for (let i = 0; i < this.tables.length; i++) this.tables[i]!.setDirtyLocked(lo, hi, host & PAGE_MASK);
    this.unlockTlb();
  }

  // ---- device registers

  /** Reads into scratch from offset `at`, in pieces of at most 4 aligned bytes, low ones first. False: exception pending. */
  #readDevice(at: number, pa: number, bytes: number, lo: number, hi: number, access: number, mmuIdx: number): boolean {
    const { memory, hooks } = this;
    hooks.lock();
    try {
      for (let done = 0; done < bytes; ) {
        const piece = pieceSize(pa + done, bytes - done);
        const value = memory.read(pa + done, piece);
        if (memory.status !== BusStatus.OK && this.client.transactionFailed(pa + done, lo, hi, bytes, access, mmuIdx)) return false;
        this.#values.put(at + done, value, piece);
        done += piece;
      }
      return true;
    } finally {
      hooks.unlock();
    }
  }

  #writeDevice(at: number, pa: number, bytes: number, lo: number, hi: number, mmuIdx: number): boolean {
    const { memory, hooks } = this;
    hooks.lock();
    try {
      for (let done = 0; done < bytes; ) {
        const piece = pieceSize(pa + done, bytes - done);
        memory.write(pa + done, piece, this.#values.get(at + done, piece));
        if (memory.status !== BusStatus.OK && this.client.transactionFailed(pa + done, lo, hi, bytes, Access.STORE, mmuIdx)) return false;
        done += piece;
      }
      return true;
    } finally {
      hooks.unlock();
    }
  }
}

function alignMask(memop: number): number {
  return (1 << ((memop >>> MemOpBit.ALIGN_SHIFT) & MemOpBit.ALIGN_LOG2_MASK)) - 1;
}

function pieceSize(pa: number, left: number): 1 | 2 | 4 {
  if (left >= 4 && pa % 4 === 0) return 4;
  return left >= 2 && pa % 2 === 0 ? 2 : 1;
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
