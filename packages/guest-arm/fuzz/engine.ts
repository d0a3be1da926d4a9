import { Heap } from '@mttcg/atomic';
import { Access, CFlag, CpuCommon, type CpuHost, type CurrentCpu, Excp, type TranslateRequest } from '@mttcg/softmmu';
import {
  assertValid, Builder, Interpreter, IrFunction, MemOp, memOpAlignMask, memOpSize, Optimizer, printFunction, WasmCompiler, type WasmTarget,
} from '@mttcg/tcg-ir';
import { ArmCpu } from '../src/cpu/cpu.ts';
import { ARM_GLOBALS, ENV, ENV_SIZE } from '../src/cpu/env.ts';
import { packNzcv, unpackNzcv } from '../src/cpu/flags.ts';
import { ArmExcp } from '../src/cpu/syndrome.ts';
import { ArmTbFlag } from '../src/cpu/tb-flags.ts';
import { ARM_HELPERS, makeArmHelpers } from '../src/helper/index.ts';
import { translateA64 } from '../src/translate/translate.ts';
import { type Case, CODE, DATA, DATA_SIZE, HARNESS, HARNESS_END, makeState, type Outcome, pattern, Reg, STATE_WORDS } from './state.ts';

/** Host addresses. */
const ENV_ADDR = 0x1000;
const SLOTS = 0x4000;
const TLB = 0x4100;
const CODE_HOST = 0x10000;
const DATA_HOST = 0x20000;
const JUMP_CACHE = 0x30000;
const FIRST_TB = 1;
const MAX_TBS = 4096;

const C = CpuCommon.offset;
const TARGET: WasmTarget = {
  pageBits: 12, insnAlignBits: 2,
  env: {
    pc: ENV.pc, insnWord: C.insnWord, exitRequest: C.exitRequest, currentTb: C.currentTb, scratch: C.scratch,
    jumpCache: C.jumpCache, tlb: C.tlb,
  },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
};

export type EngineKind = 'interp' | 'wasm' | 'wasm-opt';

/** What of linear memory a case may touch, with a record of the words written. */
class Data {
  readonly heap: Heap;
  signal = 0;
  touchesHarness = false;
  readonly #initial: Int32Array = new Int32Array(DATA_SIZE / 4);
  readonly #dirty: Uint8Array = new Uint8Array(DATA_SIZE / 8);

  constructor(heap: Heap) {
    this.heap = heap;
    for (let i = 0; i < DATA_SIZE / 8; i++) pattern(i, this.#initial.subarray(2 * i, 2 * i + 2));
    heap.i32.set(this.#initial, DATA_HOST >>> 2);
  }

  /** Offset of an access, -1 with `signal` set when it faults. */
  #at(lo: number, hi: number, memop: number): number {
    if ((lo & memOpAlignMask(memop)) !== 0) {
      this.signal = 7;
      return -1;
    }
    const offset = (lo >>> 0) - DATA;
    // Linux ignores the top byte of addresses at EL0.
    hi <<= 8;
    if (hi === 0 && offset >= 0 && offset + memOpSize(memop) <= DATA_SIZE) return offset;
    this.signal = 11;
    if (hi === 0 && lo >= HARNESS && lo < HARNESS_END) this.touchesHarness = true;
    return -1;
  }

  load = (lo: number, hi: number, memop: number): number => {
    const at = this.#at(lo, hi, memop);
    if (at < 0) return 1;
    const { u8, i32 } = this.heap, scratch = ENV_ADDR + C.scratch, size = memOpSize(memop);
    u8.fill(0, scratch, scratch + 16);
    u8.copyWithin(scratch, DATA_HOST + at, DATA_HOST + at + size);
    if ((memop & MemOp.SIGN) !== 0 && size < 8) {
      const low = i32[scratch >>> 2]!, shift = 32 - Math.min(32, 8 * size);
      i32[scratch >>> 2] = (low << shift) >> shift;
      i32[(scratch >>> 2) + 1] = i32[scratch >>> 2]! >> 31;
    }
    return 0;
  };

  store = (lo: number, hi: number, memop: number): number => {
    const at = this.#at(lo, hi, memop);
    if (at < 0) return 1;
    const scratch = ENV_ADDR + C.scratch, size = memOpSize(memop);
    this.heap.u8.copyWithin(DATA_HOST + at, scratch, scratch + size);
    this.#mark(at, size);
    return 0;
  };

  atomic = (lo: number, hi: number, memop: number): number => {
    const natural = (memop & ~MemOp.ALIGN_MASK) | ((memop & MemOp.SIZE_MASK) << MemOp.ALIGN_SHIFT);
    const at = this.#at(lo, hi, natural);
    if (at < 0) return 0;
    this.#mark(at, memOpSize(memop));
    return DATA_HOST + at;
  };

  /** TlbControl.probe for helpers that access memory themselves. */
  probe = (lo: number, hi: number, size: number, access: number): number => {
    const at = this.#at(lo, hi, 31 - Math.clz32(size));
    if (at < 0) return 0;
    if (access === Access.STORE) this.#mark(at, size);
    return DATA_HOST + at;
  };

  #mark(at: number, size: number): void {
    this.#dirty[at >>> 3] = 1;
    this.#dirty[(at + size - 1) >>> 3] = 1;
    if (size === 16) this.#dirty[(at >>> 3) + 1] = 1;
  }

  /** Changed words as in Outcome, and everything as at first. */
  take(): Int32Array {
    const out: number[] = [];
    const { i32 } = this.heap, initial = this.#initial;
    for (let i = this.#dirty.indexOf(1); i >= 0; i = this.#dirty.indexOf(1, i + 1)) {
      this.#dirty[i] = 0;
      const at = (DATA_HOST >>> 2) + 2 * i;
      if (i32[at] === initial[2 * i] && i32[at + 1] === initial[2 * i + 1]) continue;
      out.push(i, i32[at]!, i32[at + 1]!);
      i32[at] = initial[2 * i]!;
      i32[at + 1] = initial[2 * i + 1]!;
    }
    return Int32Array.from(out);
  }
}

/** Runs cases through our translator and the interpreter, or the WebAssembly backend with or without the optimiser. */
export class Engine {
  readonly #kind: EngineKind;
  readonly #memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
  readonly #heap = new Heap(this.#memory);
  readonly #data: Data;
  readonly #cpu: ArmCpu;
  readonly #interpreter: Interpreter;
  readonly #compiler = new WasmCompiler(TARGET);
  readonly #optimizer = new Optimizer();
  readonly #imports: WebAssembly.ModuleImports;
  readonly #pool: IrFunction[] = [];
  readonly #builder: Builder;
  readonly #request: TranslateRequest = {
    pcLo: 0, pcHi: 0, flags: 0, mmuIdx: 0, csBase: 0, cflags: 0, maxInsns: 0, code: 0, codeBytes: 0, size: 0, insns: 0,
    succCount: 0, succLo: new Int32Array(2), succHi: new Int32Array(2), succSlot: new Int32Array(2), returns: false,
  } as TranslateRequest;
  /** TBs of the batch by pc (and +1 for those that run one instruction alone). */
  readonly #tbs = new Map<number, number>();
  readonly #functions: IrFunction[] = [];
  readonly #table = new WebAssembly.Table({ initial: MAX_TBS, element: 'anyfunc' });
  instructions = 0;

  constructor(kind: EngineKind, model = 'max') {
    this.#kind = kind;
    const heap = this.#heap;
    this.#data = new Data(heap);
    const host = {
      heap, env: ENV_ADDR, cpuIndex: 0, cpuCount: 1, log: () => {}, logs: () => false,
      tlb: { probe: this.#data.probe },
    } as unknown as CpuHost;
    this.#cpu = new ArmCpu(host, model);
    const current: CurrentCpu<ArmCpu> = { cpu: this.#cpu, host };
    const helpers = makeArmHelpers(current);
    const { load, store, atomic } = this.#data;
    this.#interpreter = new Interpreter({
      target: TARGET, memory: this.#memory, helpers: helpers as never, maxOps: 100_000, guest: { load, store, atomic },
    });
    this.#imports = { ...helpers, mmu_ld: load, mmu_st: store, mmu_atomic: atomic };
    this.#builder = new Builder(new IrFunction(ARM_GLOBALS, ARM_HELPERS));
    heap.u8.fill(0xff, TLB, TLB + 32);
    for (let i = 0; i < 4096; i++) heap.i32.fill(-1, (JUMP_CACHE + 16 * i) >>> 2, (JUMP_CACHE + 16 * i + 8) >>> 2);
  }

  /** Runs cases that lie at the slots from `slot` on. */
  run(cases: readonly Case[], slot = 0): Outcome[] {
    this.#tbs.clear();
    this.#functions.length = 0;
    cases.forEach((c, i) => {
      this.#heap.i32.set(c.code, (CODE_HOST + 256 * (slot + i)) >>> 2);
      this.#translateAll(CODE + 256 * (slot + i), c.code.length);
    });
    this.#compile(0);
    return cases.map((c, i) => this.#runCase(c, CODE + 256 * (slot + i)));
  }

  /** IR of all TBs of a case, as text. */
  ir(c: Case): string {
    this.#tbs.clear();
    this.#functions.length = 0;
    this.#heap.i32.set(c.code, CODE_HOST >>> 2);
    this.#translateAll(CODE, c.code.length);
    return this.#functions.map((fn) => {
      if (this.#kind === 'wasm-opt') this.#optimizer.run(fn);
      return printFunction(fn);
    }).join('\n');
  }

  #translateAll(start: number, count: number): void {
    const end = start + 4 * count;
    const todo = [start];
    for (let i = 0; i < todo.length; i++) {
      if (this.#tbs.has(todo[i]!)) continue;
      this.#translate(todo[i]!, end, false);
      const r = this.#request;
      for (let k = 0; k < r.succCount; k++) {
        const pc = r.succLo[k]! >>> 0;
        if (pc < end && pc >= start) todo.push(pc);
      }
    }
  }

  #translate(pc: number, end: number, alone: boolean): number {
    const index = this.#functions.length;
    const fn = (this.#pool[index] ??= new IrFunction(ARM_GLOBALS, ARM_HELPERS));
    this.#functions.push(fn);
    this.#builder.begin(fn);
    const r = this.#request;
    r.pcLo = pc | 0;
    r.pcHi = 0;
    r.flags = ArmTbFlag.FP_ENABLED;
    r.cflags = alone ? 1 : CFlag.PARALLEL;
    r.maxInsns = alone ? 1 : 512;
    r.code = CODE_HOST + (pc - CODE);
    r.codeBytes = end - pc;
    translateA64(this.#builder, r, this.#cpu);
    if (this.#kind === 'interp') assertValid(fn, 'translation');
    this.#tbs.set(alone ? pc + 1 : pc, index);
    return index;
  }

  #compile(from: number): void {
    if (this.#kind === 'interp') return;
    const units = this.#functions.slice(from).map((fn, i) => {
      if (this.#kind === 'wasm-opt') this.#optimizer.run(fn);
      return { fn, tb: FIRST_TB + from + i, flags: ArmTbFlag.FP_ENABLED, slotAddr: SLOTS };
    });
    if (units.length === 0) return;
    const bytes = this.#compiler.compileModule(units);
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      env: { memory: this.#memory, table: this.#table }, h: this.#imports,
    });
  }

  #enter(pc: number, end: number, alone: boolean): void {
    let index = this.#tbs.get(alone ? pc + 1 : pc);
    if (index === undefined) {
      index = this.#translate(pc, end, alone);
      this.#compile(index);
    }
    const tb = FIRST_TB + index;
    if (this.#kind === 'interp') {
      this.#interpreter.run(this.#functions[index]!, ENV_ADDR, { tb, flags: ArmTbFlag.FP_ENABLED, slotAddr: SLOTS });
    } else {
      (this.#table.get(tb) as (env: number) => number)(ENV_ADDR);
    }
  }

  #runCase(c: Case, start: number): Outcome {
    const cpu = this.#cpu, data = this.#data;
    this.#load(makeState(c.seed));
    cpu.setPair(ENV.pc, start | 0, 0);
    const end = start + 4 * c.code.length;
    data.signal = 0;
    data.touchesHarness = false;
    let signal = 0, pc = start, alone = false;
    for (let hops = 0; pc !== end; hops++) {
      if (hops > 1000) throw new Error('the sequence does not end');
      this.#enter(pc, end, alone);
      alone = false;
      this.instructions++;
      pc = cpu.word(ENV.pc) >>> 0;
      const excp = cpu.word(C.exceptionIndex);
      cpu.setWord(C.exceptionIndex, -1);
      if (data.signal !== 0) {
        signal = data.signal;
        break;
      }
      if (excp === Excp.ATOMIC) {
        alone = true;
        continue;
      }
      if (excp === ArmExcp.UNDEF || excp === ArmExcp.DATA_ABORT) {
        // A helper that raises a data abort itself does so for a misaligned address.
        signal = excp === ArmExcp.UNDEF ? 4 : 7;
        break;
      }
      if (excp !== -1) throw new Error(`exception ${excp}`);
      if (pc < start || pc > end) throw new Error(`the sequence went to ${pc.toString(16)}`);
    }
    return { state: this.#save(), signal, pc, memory: data.take(), touchesHarness: data.touchesHarness };
  }

  #load(s: Int32Array): void {
    const { i32 } = this.#heap, cpu = this.#cpu;
    i32.fill(0, ENV_ADDR >>> 2, (ENV_ADDR + ENV_SIZE) >>> 2);
    for (let i = 0; i < 8; i++) i32[((ENV_ADDR + C.tlb) >>> 2) + 2 * i + 1] = TLB;
    cpu.setWord(C.jumpCache, JUMP_CACHE);
    cpu.setWord(C.exceptionIndex, -1);
    cpu.setPair(ENV.exclusiveAddr, -1, -1);
    i32.set(s.subarray(0, 62), (ENV_ADDR + ENV.x) >>> 2);
    cpu.setPair(ENV.sp, s[Reg.SP]!, s[Reg.SP + 1]!);
    unpackNzcv(cpu, s[Reg.NZCV]!);
    cpu.setWord(ENV.fpcr, s[Reg.FPCR]!);
    cpu.setWord(ENV.fpsr, s[Reg.FPSR]!);
    i32.set(s.subarray(Reg.V), (ENV_ADDR + ENV.vregs) >>> 2);
  }

  #save(): Int32Array {
    const { i32 } = this.#heap, cpu = this.#cpu;
    const s = new Int32Array(STATE_WORDS);
    s.set(i32.subarray((ENV_ADDR + ENV.x) >>> 2, ((ENV_ADDR + ENV.x) >>> 2) + 62));
    s[Reg.SP] = cpu.word(ENV.sp);
    s[Reg.SP + 1] = cpu.word(ENV.sp + 4);
    s[Reg.NZCV] = packNzcv(cpu);
    s[Reg.FPCR] = cpu.word(ENV.fpcr);
    s[Reg.FPSR] = cpu.word(ENV.fpsr);
    s.set(i32.subarray((ENV_ADDR + ENV.vregs) >>> 2, ((ENV_ADDR + ENV.vregs) >>> 2) + 128), Reg.V);
    return s;
  }
}
