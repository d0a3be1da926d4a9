import { atomicRead32, atomicSet32, cmpxchg32, type Heap, storeRelease32 } from '@mttcg/atomic';
import { Access, CFlag, CODE_FAULT, CODE_NOT_RAM, CpuCommon, type CpuTlb, Excp, type GuestCpu, memoryFill, type MemoryFill, type TbKey } from '@mttcg/softmmu';
import { JUMP_CACHE_ENTRIES, JUMP_CACHE_ENTRY_SIZE, JUMP_CACHE_PAGE_ENTRIES, jumpCacheHash, jumpCachePageHash, TbExit } from '@mttcg/tcg-ir';
import type { BigLock } from '../accel/big-lock.ts';
import type { Exclusive } from '../accel/exclusive.ts';
import { Work, type WorkQueue } from '../accel/work-queue.ts';
import type { MachineLog } from '../log/log.ts';
import { MachineHeader, RunState } from '../memory/layout.ts';
import type { TbCache } from '../tb/cache.ts';
import type { CodeThread } from '../tb/code-thread.ts';
import { TbLayout } from '../tb/descriptor.ts';
import { CACHE_FULL, type CodeLocation, type Translator } from '../tb/translator.ts';

const C = CpuCommon.offset;

/** #inner(): the TB cache is full. Beyond the Excp numbers. */
const CACHE_FULL_EXIT = 0x20000;
/** #find(): an exception is pending instead of a TB. */
const FETCH_FAULT = -2;

/** Samples that make a TB hot. */
const HOT = 2;
const PAGE_MASK = 0xfff;

/** Why CpuExec.run() came back. */
export const ExecEnd = {
  /** The machine's state is no longer RUNNING. */
  STOPPED: 0,
  /** The vCPU waits for an interrupt. */
  HALTED: 1,
  /** Round robin: the time slice is over. */
  SLICE: 2,
} as const;

/** What an exec loop works with; all but the first three belong to the thread. */
export interface ExecParts<C extends GuestCpu> {
  readonly cpu: C;
  readonly env: number;
  readonly tlb: CpuTlb;
  readonly heap: Heap;
  readonly header: number;
  readonly cache: TbCache;
  readonly code: CodeThread;
  readonly translator: Translator<C>;
  readonly exclusive: Exclusive;
  readonly bql: BigLock;
  readonly work: WorkQueue;
  readonly log: MachineLog;
  readonly insnAlignBits: number;
  /** Other vCPUs run on other threads: atomics are real (CFlag.PARALLEL). */
  readonly parallel: boolean;
  /** Samples by TB, of the thread. */
  readonly hot: Uint8Array;
}

/** The execution loop of one vCPU. All methods run on the vCPU's thread. */
export class CpuExec<C extends GuestCpu = GuestCpu> {
  readonly #p: ExecParts<C>;
  readonly #heap: Heap;
  readonly #env: number;
  readonly #jumpCache: number;
  readonly #cflags: number;
  readonly #fill: MemoryFill;
  readonly #key: TbKey = { pcLo: 0, pcHi: 0, flags: 0, mmuIdx: 0, csBase: 0 };
  readonly #location: CodeLocation = { host: 0, phys: 0 };
  readonly #runWork: (kind: number, a: number, b: number, c: number, d: number, idxMask: number) => void;
  /** Flushes of the TB cache that the jump cache has followed. */
  #flushCount: number;
  /** A flush of all vCPUs was asked for by the instruction that just ended its TB: complete it before going on. */
  syncPending = false;
  /** Round robin: return to the caller at every exit request. */
  slice = false;

  constructor(parts: ExecParts<C>) {
    this.#p = parts;
    this.#heap = parts.heap;
    this.#env = parts.env;
    this.#flushCount = parts.cache.flushCount;
    this.#fill = memoryFill(parts.heap);
    this.#jumpCache = parts.heap.u32[(parts.env + C.jumpCache) >>> 2]!;
    this.#cflags = (parts.parallel ? CFlag.PARALLEL : 0) | (parts.log.exec ? CFlag.NO_GOTO_TB | CFlag.NO_GOTO_PTR : 0);
    this.#runWork = (kind, a, b, c, _d, idxMask) => {
      if (kind === Work.TLB_FLUSH_PAGE) parts.tlb.flushPageByMmuIdx(a, b, idxMask);
      else if (kind === Work.TLB_FLUSH_RANGE) parts.tlb.flushRangeByMmuIdx(a, b, c, idxMask);
      else parts.tlb.flushByMmuIdx(idxMask);
    };
  }

  /** After a reset of the machine: nothing known of guest memory holds. */
  reset(): void {
    this.#p.tlb.flushAll();
    this.clearJumpCache();
    this.syncPending = false;
  }

  /** Empties the jump cache: the guest's address mapping changed. */
  clearJumpCache(): void {
    this.#fill(this.#jumpCache, 0, JUMP_CACHE_ENTRIES * JUMP_CACHE_ENTRY_SIZE);
  }

  /** The same for one page. */
  clearJumpCachePage(addrLo: number): void {
    this.#fill(this.#jumpCache + jumpCachePageHash(addrLo) * JUMP_CACHE_ENTRY_SIZE, 0, JUMP_CACHE_PAGE_ENTRIES * JUMP_CACHE_ENTRY_SIZE);
  }

  /** Runs the vCPU until it halts, the machine stops, or its slice ends. */
  run(): number {
    const { heap, header, exclusive, work } = this.#p;
    const env = this.#env;
    for (;;) {
      // cleared before the causes are looked at: pairs with interruptCpu(), which sets the cause first
      atomicSet32(heap, env + C.exitRequest, 0);
      if (atomicRead32(heap, header + MachineHeader.offset.state) !== RunState.RUNNING) return ExecEnd.STOPPED;
      if (work.pending) work.drain(this.#runWork);
      if (this.syncPending) this.#completeSync();
      if (heap.u32[(env + C.halted) >>> 2] !== 0 && !this.#wake()) return ExecEnd.HALTED;
      exclusive.execStart(env);
      let excp: number;
      try {
        excp = this.#inner();
      } finally {
        exclusive.execEnd(env);
      }
      if (this.slice && (excp === Excp.NONE || excp === Excp.YIELD) && !this.syncPending) return ExecEnd.SLICE;
      if (excp === Excp.ATOMIC) this.#stepAtomic();
      else if (excp === CACHE_FULL_EXIT) this.#flushCache();
    }
  }

  /** A halted vCPU looks whether it may run. */
  #wake(): boolean {
    const { heap, bql, cpu } = this.#p;
    bql.lock();
    const runs = cpu.hasWork();
    if (runs) {
      heap.u32[(this.#env + C.halted) >>> 2] = 0;
      if (atomicRead32(heap, this.#env + C.interruptRequest) !== 0) cpu.interrupt();
    }
    bql.unlock();
    return runs && heap.u32[(this.#env + C.halted) >>> 2] === 0;
  }

  /** In force of execStart(). Returns an Excp that needs the world outside, or NONE when asked to leave. */
  #inner(): number {
    const { heap, code, cache, cpu } = this.#p;
    const env = this.#env;
    const i32 = heap.i32;
    const exceptionAt = (env + C.exceptionIndex) >>> 2;
    let last = 0;
    let slot = 0;
    let tb = 0;
    let checkInterrupts = true;
    // after `running` is set: pairs with kickIfRunning()
    if (this.#p.work.pending) return Excp.NONE;
    this.#syncFlush();
    for (;;) {
      const excp = i32[exceptionAt]!;
      if (excp !== Excp.NONE) {
        last = 0;
        if (excp >= Excp.INTERRUPT) {
          i32[exceptionAt] = Excp.NONE;
          if (excp === Excp.HLT || excp === Excp.HALTED) {
            heap.u32[(env + C.halted) >>> 2] = 1;
            return Excp.NONE;
          }
          return excp;
        }
        cpu.deliverException();
        checkInterrupts = true;
      }
      if (atomicRead32(heap, env + C.exitRequest) !== 0) return Excp.NONE;
      if (checkInterrupts) {
        checkInterrupts = false;
        if (atomicRead32(heap, env + C.interruptRequest) !== 0 && this.#interrupt()) last = 0;
        if (heap.u32[(env + C.halted) >>> 2] !== 0) return Excp.NONE;
      }
      if (tb === 0) {
        tb = this.#find();
        if (tb < 0) {
          if (tb === CACHE_FULL) return CACHE_FULL_EXIT;
          tb = 0; // the fetch faulted: deliver
          continue;
        }
        if (last !== 0 && !this.#p.log.exec) cache.addJump(last, slot, tb);
      }
      if (this.#p.log.exec) this.#p.log.executes(cpu, this.#key, tb);
      const r = code.run(env, tb);
      last = 0;
      tb = 0;
      if (r === 0) continue;
      const word = -r;
      switch (word & 7) {
        case TbExit.SLOT_0:
        case TbExit.SLOT_1:
          last = word >>> 3;
          slot = (word & 7) - TbExit.SLOT_0;
          break;
        case TbExit.REQUEST:
          this.#sample(word >>> 3);
          break;
        case TbExit.NOT_COMPILED:
          tb = i32[(env + C.currentTb) >>> 2]!;
          if (cache.isInvalid(tb)) tb = 0;
          else code.compileTb(tb);
          break;
        case TbExit.MAIN_LOOP:
          checkInterrupts = true;
          if (this.syncPending) return Excp.NONE;
          break;
        default:
          break;
      }
    }
  }

  /** A TB was about to run when an exit was asked for, as the I/O thread does every few ms: often so, and it is hot. */
  #sample(tb: number): void {
    const hot = this.#p.hot;
    if (hot[tb] === HOT) return;
    if (++hot[tb]! < HOT || this.#p.log.exec) return;
    const { heap, cache, cpu, tlb, translator } = this.#p;
    cpu.tbKey(this.#key);
    const { pcLo, pcHi, mmuIdx } = this.#key;
    const u32 = heap.u32;
    const at = cache.addr(tb);
    const host = tlb.codeHost(pcLo, pcHi, mmuIdx);
    // the pc is that of the TB unless something redirected it
    const phys = u32[(at + TbLayout.offset.physHi) >>> 2]! * 2 ** 32 + u32[(at + TbLayout.offset.physLo) >>> 2]!;
    if (host < 0 || tlb.codePhys !== phys) return;
    translator.generateRegion(tb, host - (pcLo & PAGE_MASK), cpu);
  }

  /** Forgets what this vCPU and its thread have of TBs that were flushed. One thread may run several vCPUs. */
  #syncFlush(): void {
    const count = this.#p.cache.flushCount;
    if (count === this.#flushCount) return;
    this.#flushCount = count;
    this.clearJumpCache();
    if (this.#p.code.syncFlush()) this.#p.hot.fill(0);
  }

  #interrupt(): boolean {
    const { bql, cpu } = this.#p;
    bql.lock();
    const taken = cpu.interrupt();
    bql.unlock();
    return taken;
  }

  /** TB for the current state: jump cache, hash table, translation; or FETCH_FAULT, CACHE_FULL. */
  #find(): number {
    const heap = this.#heap;
    const key = this.#key;
    this.#p.cpu.tbKey(key);
    const pcLo = (key.pcLo >>>= 0);
    const pcHi = (key.pcHi >>>= 0);
    key.flags >>>= 0;
    const entry = (this.#jumpCache + jumpCacheHash(pcLo, this.#p.insnAlignBits) * JUMP_CACHE_ENTRY_SIZE) >>> 2;
    const u32 = heap.u32;
    if (u32[entry] === pcLo && u32[entry + 1] === pcHi && u32[entry + 2] === key.flags) {
      const tb = atomicRead32(heap, (entry + 3) << 2);
      if (tb !== 0) return tb;
    }
    if ((pcLo & ((1 << this.#p.insnAlignBits) - 1)) !== 0) {
      // before any translation of the address, and also where the page is in the TLB already
      this.#p.cpu.unalignedAccess(pcLo, pcHi, Access.FETCH, key.mmuIdx);
      return FETCH_FAULT;
    }
    const host = this.#p.tlb.codeHost(pcLo, pcHi, key.mmuIdx);
    if (host === CODE_FAULT) return FETCH_FAULT;
    if (host === CODE_NOT_RAM) {
      const { cpu, tlb } = this.#p;
      if (cpu.transactionFailed(tlb.codePhys, pcLo, pcHi, 4, Access.FETCH, key.mmuIdx)) return FETCH_FAULT;
      throw new Error(`the guest runs code outside RAM at 0x${pcHi.toString(16)}${pcLo.toString(16).padStart(8, '0')}`);
    }
    const tb = this.#translated(host, this.#cflags);
    if (tb === CACHE_FULL) return CACHE_FULL;
    if (!this.#p.log.exec) this.#fillJumpCache(entry, pcLo, pcHi, key.flags, tb);
    return tb;
  }

  /** TB for the key, whose code is at host address `host` (just found by the TLB): hash table, translation; or CACHE_FULL. */
  #translated(host: number, cflags: number): number {
    const { cache, cpu, tlb, translator } = this.#p;
    const key = this.#key;
    const location = this.#location;
    const phys = tlb.codePhys;
    location.host = host;
    location.phys = phys;
    const tb = cache.lookup(phys >>> 0, Math.floor(phys / 2 ** 32), key.flags, key.csBase, cflags);
    return tb === 0 ? translator.generate(key, location, cflags, cpu) : tb;
  }

  /** Owner's write; generated code of this thread reads it, other threads only clear the tb word. */
  #fillJumpCache(entry: number, pcLo: number, pcHi: number, flags: number, tb: number): void {
    const heap = this.#heap;
    const u32 = heap.u32;
    atomicSet32(heap, (entry + 3) << 2, 0);
    u32[entry] = pcLo;
    u32[entry + 1] = pcHi;
    u32[entry + 2] = flags;
    storeRelease32(heap, (entry + 3) << 2, tb);
    // invalidated between lookup and store: whoever did it may have cleared the entry before it was filled
    if (this.#p.cache.isInvalid(tb)) cmpxchg32(heap, (entry + 3) << 2, tb, 0);
  }

  /** One instruction alone, with all other vCPUs stopped: an atomic access that no host instruction can do. */
  #stepAtomic(): void {
    const { heap, exclusive, cpu, code, work } = this.#p;
    const cflags = 1 | CFlag.NO_GOTO_TB | CFlag.NO_GOTO_PTR;
    exclusive.start();
    try {
      // as in #inner(): others may have flushed TLBs or code, and counted on it, while this vCPU waited for its turn
      if (work.pending) work.drain(this.#runWork);
      this.#syncFlush();
      const key = this.#key;
      cpu.tbKey(key);
      key.pcLo >>>= 0;
      key.pcHi >>>= 0;
      key.flags >>>= 0;
      const host = this.#p.tlb.codeHost(key.pcLo, key.pcHi, key.mmuIdx);
      if (host < 0) return;
      const tb = this.#translated(host, cflags);
      if (tb === CACHE_FULL) {
        this.#flushHere();
        return;
      }
      code.runOne(this.#env, tb);
      if (heap.i32[(this.#env + C.exceptionIndex) >>> 2] === Excp.ATOMIC) {
        throw new Error('an instruction translated for exclusive execution asks for exclusive execution');
      }
    } finally {
      exclusive.end();
    }
  }

  /** The other half of a synced flush: all vCPUs are out of guest code once, so their queued flushes come first. */
  #completeSync(): void {
    this.syncPending = false;
    this.#p.exclusive.start();
    this.#p.exclusive.end();
  }

  #flushCache(): void {
    const seen = this.#p.cache.flushCount;
    this.#p.exclusive.start();
    this.#p.cache.flushAll(seen);
    this.#p.exclusive.end();
  }

  #flushHere(): void {
    this.#p.cache.flushAll(this.#p.cache.flushCount);
  }
}

