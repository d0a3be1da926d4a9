import { Arena, Heap } from '@mttcg/atomic';
import {
  AddressSpace, CpuCommon, type CpuHost, CpuTlb, type CurrentCpu, ENV_ARCH_OFFSET, Excp, type JsHelper, MemoryRegion, TLB_STORAGE_ALIGN,
  TlbDescLayout, TlbEntryLayout, TLB_ENTRY_BITS, type TranslateRequest, tlbStorageBytes,
} from '@mttcg/softmmu';
import { Builder, IrFunction, WasmCompiler, type WasmTarget } from '@mttcg/tcg-ir';
import { armArch } from '../../src/arch.ts';
import type { ArmCpu } from '../../src/cpu/cpu.ts';

const C = CpuCommon.offset;
const RAM_BASE = 0x4000_0000;

export const BARE_TARGET: WasmTarget = {
  pageBits: 12,
  insnAlignBits: 2,
  env: {
    pc: armArch.pcOffset, insnWord: C.insnWord, exitRequest: C.exitRequest, currentTb: C.currentTb, scratch: C.scratch,
    jumpCache: C.jumpCache, tlb: C.tlb,
  },
  tlbDesc: { stride: TlbDescLayout.size, mask: TlbDescLayout.offset.mask, table: TlbDescLayout.offset.table },
  tlbEntry: {
    bits: TLB_ENTRY_BITS, read: TlbEntryLayout.offset.addrRead, write: TlbEntryLayout.offset.addrWrite,
    code: TlbEntryLayout.offset.addrCode, addend: TlbEntryLayout.offset.addend,
  },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
};

/**
 * The least that runs a program: one vCPU, RAM at 0x40000000, a UART's data register at 0x09000000, real TLB and
 * compiled code, TBs one by one without chaining. For programs whose output is known from another emulator.
 */
export class BareMachine {
  readonly heap: Heap;
  readonly cpu: ArmCpu;
  readonly tlb: CpuTlb;
  output = '';
  log = '';
  ended = false;
  readonly #ram: number;
  readonly #env: number;
  readonly #fn = new IrFunction(armArch.globals, armArch.helpers);
  readonly #builder = new Builder(this.#fn);
  readonly #compiler = new WasmCompiler(BARE_TARGET);
  readonly #imports: Record<string, JsHelper>;
  readonly #table = new WebAssembly.Table({ initial: 4096, element: 'anyfunc' });
  readonly #tbs = new Map<string, number>();
  readonly #request: TranslateRequest = {
    pcLo: 0, pcHi: 0, entryLo: 0, flags: 0, mmuIdx: 0, csBase: 0, cflags: 0, maxInsns: 0, code: 0, codeBytes: 0, size: 0, insns: 0,
    succCount: 0, succLo: new Int32Array(2), succHi: new Int32Array(2), succSlot: new Int32Array(2), returns: false,
  };

  constructor(model: string, ramBytes: number) {
    const pages = Math.ceil((ramBytes + (8 << 20)) / 65536);
    const heap = new Heap(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
    this.heap = heap;
    const arena = Arena.format(heap, 64, 4096, heap.size);
    this.#ram = arena.alloc(ramBytes, 4096);
    const env = arena.alloc(Math.max(armArch.envSize, ENV_ARCH_OFFSET), 64);
    this.#env = env;
    heap.u32[(env + C.jumpCache) >>> 2] = arena.alloc(4096 * 16, 64);
    const uart = { read: () => 0, write: (_o: number, _s: number, v: number) => void (this.output += String.fromCharCode(v & 0xff)) };
    const board = MemoryRegion.container('system', 2 ** 44)
      .add(MemoryRegion.ram('ram', ramBytes, this.#ram), RAM_BASE)
      .add(MemoryRegion.io('uart', 0x1000, uart), 0x0900_0000);
    const memory = new AddressSpace(heap, board);
    this.tlb = new CpuTlb({
      heap, env, memory,
      mmuIndexes: armArch.mmuIndexes,
      storage: arena.alloc(tlbStorageBytes(armArch.mmuIndexes), TLB_STORAGE_ALIGN),
      hooks: {
        lock() {},
        unlock() {},
        notdirtyWrite() {},
        clearJumpCache: () => this.#tbs.clear(),
        clearJumpCachePage: () => this.#tbs.clear(),
      },
      nowMs: () => 0,
    });
    const host: CpuHost = {
      heap, env,
      cpuIndex: 0,
      cpuCount: 1,
      envOf: () => env,
      nowNs: () => 0,
      setTimer() {},
      setOutput() {},
      interruptCpu() {},
      lock() {},
      unlock() {},
      shutdown: () => void (this.ended = true),
      log: (mask, text) => {
        if (mask !== 'int') this.log += `${mask}: ${text}\n`;
      },
      tlb: this.tlb,
      ramHost: (pa, size) => memory.ramHost(pa, size),
    };
    this.cpu = armArch.createCpu(host, model);
    this.tlb.client = this.cpu;
    const current: CurrentCpu<ArmCpu> = { cpu: this.cpu, host };
    this.#imports = {
      ...armArch.makeHelpers(current),
      mmu_ld: (lo, hi, op) => this.tlb.ldSlow(lo, hi, op),
      mmu_st: (lo, hi, op) => this.tlb.stSlow(lo, hi, op),
      mmu_atomic: (lo, hi, op) => this.tlb.atomicSlow(lo, hi, op),
    };
  }

  /** Loads `image` at a physical address in RAM and runs from there until the guest ends the machine. @throws Error after `maxTbs` TBs */
  run(image: Uint8Array, at: number, maxTbs = 1_000_000): string {
    const { cpu, heap } = this;
    heap.u8.set(image, this.#ram + (at - RAM_BASE));
    cpu.reset();
    cpu.boot(at, 0);
    const exception = (this.#env + C.exceptionIndex) >>> 2;
    for (let n = 0; !this.ended; n++) {
      if (n === maxTbs) throw new Error(`still running:\n${cpu.dumpState()}\n${this.output.slice(-500)}`);
      const excp = heap.i32[exception]!;
      if (excp === Excp.HLT) throw new Error(`halted:\n${cpu.dumpState()}\n${this.output.slice(-500)}`);
      if (excp >= Excp.INTERRUPT) heap.i32[exception] = -1;
      else if (excp !== -1) {
        cpu.deliverException();
        continue;
      }
      const tb = this.#find();
      if (tb !== 0) (this.#table.get(tb) as (env: number) => number)(this.#env);
    }
    return this.output;
  }

  #find(): number {
    const r = this.#request;
    this.cpu.tbKey(r);
    const key = `${r.pcLo} ${r.pcHi} ${r.flags}`;
    const known = this.#tbs.get(key);
    if (known !== undefined) return known;
    const code = this.tlb.codeHost(r.pcLo, r.pcHi, r.mmuIdx);
    if (code < 0) return 0;
    r.code = code;
    r.codeBytes = 4096 - (r.pcLo & 4095);
    this.#builder.begin(this.#fn);
    armArch.translate(this.#builder, r, this.cpu);
    const tb = this.#tbs.size + 1;
    const bytes = this.#compiler.compileModule([{ fn: this.#fn, tb, flags: r.flags, slotAddr: 16 }]);
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      env: { memory: this.heap.memory, table: this.#table },
      h: this.#imports,
    });
    this.#tbs.set(key, tb);
    return tb;
  }
}
