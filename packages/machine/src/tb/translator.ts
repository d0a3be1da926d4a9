import { fetchAdd32, type Heap } from '@mttcg/atomic';
import { CFlag, type GuestArch, type GuestCpu, TB_MAX_INSNS, type TbKey, type TranslateRequest } from '@mttcg/softmmu';
import { Builder, IrFunction, Optimizer, WasmCompiler, type WasmTarget, type CompileUnit } from '@mttcg/tcg-ir';
import type { MachineLog } from '../log/log.ts';
import { MachineHeader } from '../memory/layout.ts';
import { TbCache } from './cache.ts';
import { RegionBuilder } from './region.ts';
import type { CodeThread } from './code-thread.ts';
import { ModuleLayout, TbLayout } from './descriptor.ts';

const T = TbLayout.offset;
const M = ModuleLayout.offset;

/** TBs in one module at most. A module costs some 50 µs and 18 KB whatever it holds, a TB that never runs its translation. */
export const BATCH_TBS = 32;
const BATCH_INSNS = 800;
/** Low word of no instruction's address: odd. */
const NO_PC = 1;

/** Where the code of a translation is. */
export interface CodeLocation {
  /** Host address of the byte at pc. */
  host: number;
  /** Guest physical address of it. */
  phys: number;
}

/** Result of Translator.generate when the cache is full: flush everything in an exclusive section and try again. */
export const CACHE_FULL = -1;

/**
 * Turns guest code into TBs: from an entry it follows direct successors within the page, breadth first, and compiles
 * what it found into one module.
 */
export class Translator<C extends GuestCpu> {
  readonly #heap: Heap;
  readonly #arch: GuestArch<Builder, C>;
  readonly #cache: TbCache;
  readonly #code: CodeThread;
  readonly #log: MachineLog;
  readonly #builder: Builder;
  readonly #optimizer: Optimizer;
  readonly #compiler: WasmCompiler;
  readonly #functions: IrFunction[] = [];
  readonly #units: CompileUnit[] = [];
  readonly #region: RegionBuilder<C>;
  readonly #pageMask: number;
  readonly #header: number;

  // the batch: pc low words (they share the page), sizes and instruction counts
  readonly #pcLo = new Uint32Array(BATCH_TBS);
  readonly #size = new Uint32Array(BATCH_TBS);
  readonly #insns = new Uint32Array(BATCH_TBS);
  /** Destinations of the direct jump slots, two per TB; NO_PC where unknown. */
  readonly #slotPcLo = new Uint32Array(BATCH_TBS * 2);
  readonly #request: TranslateRequest = {
    pcLo: 0, pcHi: 0, entryLo: 0, flags: 0, mmuIdx: 0, csBase: 0, cflags: 0, maxInsns: 0, code: 0, codeBytes: 0,
    size: 0, insns: 0, succCount: 0,
    succLo: new Int32Array(2), succHi: new Int32Array(2), succSlot: new Int32Array(2), returns: false,
  };

  constructor(
    heap: Heap, header: number, arch: GuestArch<Builder, C>, cache: TbCache, code: CodeThread, target: WasmTarget, log: MachineLog,
  ) {
    this.#heap = heap;
    this.#header = header;
    this.#arch = arch;
    this.#cache = cache;
    this.#code = code;
    this.#log = log;
    for (let i = 0; i < BATCH_TBS; i++) this.#functions.push(new IrFunction(arch.globals, arch.helpers));
    this.#builder = new Builder(this.#functions[0]!);
    this.#optimizer = new Optimizer();
    this.#compiler = new WasmCompiler(target);
    this.#pageMask = (1 << arch.pageBits) - 1;
    this.#region = new RegionBuilder(arch, this.#builder);
  }

  /**
   * Translates the code at `key` (and its neighbourhood), publishes the TBs and instantiates the module on this
   * thread. Returns the TB index for `key`, or CACHE_FULL.
   */
  generate(key: TbKey, location: CodeLocation, cflags: number, cpu: C): number {
    const pageBits = this.#arch.pageBits;
    const page = this.#cache.lockPageForCode(Math.floor(location.phys / 2 ** pageBits));
    const alone = (cflags & (CFlag.COUNT_MASK | CFlag.SINGLE_STEP)) !== 0;
    const count = this.#translateBatch(key, location, cflags, cpu, alone ? 1 : BATCH_TBS);
    const first = this.#cache.reserve(count);
    const bytes = first === 0 ? undefined : this.#compile(first, count, key.flags);
    const at = bytes === undefined ? 0 : this.#cache.allocCode(bytes.length + ModuleLayout.size);
    if (at === 0) {
      this.#cache.unlockPage(page);
      return CACHE_FULL;
    }
    const u32 = this.#heap.u32;
    const code = at + ModuleLayout.size;
    this.#heap.u8.set(bytes!, code);
    u32[(at + M.code) >>> 2] = code;
    u32[(at + M.bytes) >>> 2] = bytes!.length;
    u32[(at + M.firstTb) >>> 2] = first;
    u32[(at + M.tbCount) >>> 2] = count;
    // Instantiated before anyone can be led to it from this thread; other threads find the bytes through the TB.
    this.#code.instantiate(bytes!.slice());
    fetchAdd32(this.#heap, this.#header + MachineHeader.offset.tbModules, 1);
    let entry = 0;
    for (let i = 0; i < count; i++) {
      this.#describe(first + i, i, at, key, location, cflags);
      const tb = this.#cache.publish(first + i, page);
      if (i === 0) entry = tb;
    }
    this.#cache.unlockPage(page);
    return entry;
  }

  /**
   * Compiles the hot TB and what it leads to within its page as one function, which takes the TB's place in this
   * thread's function table. Nothing else changes: the TB keeps its index, and its incoming jumps lead to the region.
   * `host` is the host address of the TB's page. Does nothing for a TB that is invalid by now.
   */
  generateRegion(tb: number, host: number, cpu: C): void {
    const u32 = this.#heap.u32;
    const at = this.#cache.addr(tb);
    const field = (offset: number): number => u32[(at + offset) >>> 2]!;
    const phys = field(T.physHi) * 2 ** 32 + field(T.physLo);
    const page = this.#cache.lockPageForCode(Math.floor(phys / (this.#pageMask + 1)));
    if (!this.#cache.isInvalid(tb)) {
      const r = this.#request;
      r.pcLo = field(T.pcLo);
      r.pcHi = field(T.pcHi);
      r.flags = field(T.flags);
      r.csBase = field(T.csBase);
      r.cflags = field(T.cflags);
      const fn = this.#functions[0]!;
      this.#builder.begin(fn);
      const region = this.#region.build(fn, r, host, cpu);
      // a store to any of the region's code invalidates the TB
      u32[(at + T.rangeStart) >>> 2] = Math.min(field(T.rangeStart), region.start);
      u32[(at + T.rangeEnd) >>> 2] = Math.max(field(T.rangeEnd), region.end);
      this.#optimizer.run(fn);
      const units = this.#units;
      units.length = 0;
      units.push({ fn, tb, flags: r.flags, pageOffset: field(T.pcLo) & this.#pageMask, slotAddr: this.#cache.slotAddr(tb) });
      const bytes = this.#compiler.compileModule(units, { pollBackEdges: true });
      if (this.#log.opOpt && this.#log.inRange(field(T.pcLo), field(T.pcHi))) this.#log.optimised(fn, r);
      this.#code.instantiate(bytes);
      fetchAdd32(this.#heap, this.#header + MachineHeader.offset.tbRegions, 1);
    }
    this.#cache.unlockPage(page);
  }

  #translateBatch(key: TbKey, location: CodeLocation, cflags: number, cpu: C, limit: number): number {
    const r = this.#request;
    const mask = this.#pageMask;
    const pageHost = location.host - (key.pcLo & mask);
    const pagePhys = location.phys - (key.pcLo & mask);
    const log = this.#log;
    let count = 1;
    let insns = 0;
    this.#pcLo[0] = key.pcLo;
    for (let i = 0; i < count; i++) {
      const pcLo = this.#pcLo[i]!;
      r.pcLo = pcLo;
      r.pcHi = key.pcHi;
      r.flags = key.flags;
      r.csBase = key.csBase;
      r.cflags = cflags;
      r.maxInsns = cflags & CFlag.COUNT_MASK || TB_MAX_INSNS;
      r.code = pageHost + (pcLo & mask);
      r.codeBytes = mask + 1 - (pcLo & mask);
      r.succCount = 0;
      const fn = this.#functions[i]!;
      this.#builder.begin(fn);
      this.#arch.translate(this.#builder, r, cpu);
      this.#size[i] = r.size;
      this.#insns[i] = r.insns;
      insns += r.insns;
      this.#slotPcLo[i * 2] = this.#slotPcLo[i * 2 + 1] = NO_PC;
      for (let s = 0; s < r.succCount; s++) if (r.succSlot[s]! >= 0) this.#slotPcLo[i * 2 + r.succSlot[s]!] = r.succLo[s]!;
      if (log.code && log.inRange(pcLo, key.pcHi)) log.translated(this.#arch, this.#heap, fn, r);
      this.#optimizer.run(fn);
      if (log.opOpt && log.inRange(pcLo, key.pcHi)) log.optimised(fn, r);
      for (let s = 0; s < r.succCount && count < limit && insns < BATCH_INSNS; s++) {
        const lo = r.succLo[s]! >>> 0;
        if (this.#inBatch(lo, count)) continue;
        const phys = pagePhys + (lo & mask);
        if (this.#cache.lookup(phys >>> 0, Math.floor(phys / 2 ** 32), key.flags, key.csBase, cflags) !== 0) continue;
        this.#pcLo[count++] = lo;
      }
    }
    return count;
  }

  #inBatch(pcLo: number, count: number): boolean {
    for (let i = 0; i < count; i++) if (this.#pcLo[i] === pcLo) return true;
    return false;
  }

  /** TB of the batch that a slot will lead to unless another thread translates it first; 0 for none. */
  #expected(first: number, count: number, slot: number): number {
    const pcLo = this.#slotPcLo[slot]!;
    for (let i = 0; i < count; i++) if (this.#pcLo[i] === pcLo) return first + i;
    return 0;
  }

  #compile(first: number, count: number, flags: number): Uint8Array {
    const units = this.#units;
    units.length = 0;
    for (let i = 0; i < count; i++) {
      units.push({
        fn: this.#functions[i]!, tb: first + i, flags, pageOffset: this.#pcLo[i]! & this.#pageMask, slotAddr: this.#cache.slotAddr(first + i),
        expect0: this.#expected(first, count, i * 2), expect1: this.#expected(first, count, i * 2 + 1),
      });
    }
    const bytes = this.#compiler.compileModule(units);
    if (this.#log.outWasm && this.#log.inRange(this.#pcLo[0]!, 0)) this.#log.wasm(first, count, bytes);
    return bytes;
  }

  #describe(tb: number, i: number, module: number, key: TbKey, location: CodeLocation, cflags: number): void {
    const u32 = this.#heap.u32;
    const base = this.#cache.addr(tb);
    const pcLo = this.#pcLo[i]!;
    const phys = location.phys - (key.pcLo & this.#pageMask) + (pcLo & this.#pageMask);
    const physLo = phys >>> 0;
    const physHi = Math.floor(phys / 2 ** 32);
    u32[(base + T.physLo) >>> 2] = physLo;
    u32[(base + T.physHi) >>> 2] = physHi;
    u32[(base + T.pcLo) >>> 2] = pcLo;
    u32[(base + T.pcHi) >>> 2] = key.pcHi;
    u32[(base + T.flags) >>> 2] = key.flags;
    u32[(base + T.csBase) >>> 2] = key.csBase;
    u32[(base + T.cflags) >>> 2] = cflags;
    u32[(base + T.size) >>> 2] = this.#size[i]!;
    u32[(base + T.insns) >>> 2] = this.#insns[i]!;
    u32[(base + T.hash) >>> 2] = TbCache.hash(physLo, physHi, key.flags >>> 0, cflags);
    u32[(base + T.module) >>> 2] = module;
    u32[(base + T.rangeStart) >>> 2] = pcLo & this.#pageMask;
    u32[(base + T.rangeEnd) >>> 2] = (pcLo & this.#pageMask) + this.#size[i]!;
  }
}
