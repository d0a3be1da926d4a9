import { Heap } from '@mttcg/atomic';
import { CpuCommon, type CurrentCpu, type JsHelper } from '@mttcg/softmmu';
import { Builder, Interpreter, IrFunction, MemOp, memOpSize, Optimizer, WasmCompiler, type WasmTarget } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../../src/cpu/cpu.ts';
import { ARM_GLOBALS, ENV, ENV_SIZE, PC } from '../../src/cpu/env.ts';
import { ArmTbFlag } from '../../src/cpu/tb-flags.ts';
import { makeCryptoHelpers } from '../../src/helper/crypto.ts';
import { makeFpHelpers } from '../../src/helper/fp.ts';
import { ARM_HELPERS } from '../../src/helper/index.ts';
import { makeSimdHelpers } from '../../src/helper/simd.ts';
import { A64Context } from '../../src/translate/a64/context.ts';
import * as crypto from '../../src/translate/a64/crypto.ts';
import * as fpArith from '../../src/translate/a64/fp-arith.ts';
import * as fpConvert from '../../src/translate/a64/fp-convert.ts';
import * as fpMove from '../../src/translate/a64/fp-move.ts';
import * as simdFp from '../../src/translate/a64/simd-fp.ts';
import * as simdFpMisc from '../../src/translate/a64/simd-fp-misc.ts';
import * as simdLong from '../../src/translate/a64/simd-long.ts';
import * as simdMem from '../../src/translate/a64/simd-mem.ts';
import * as simdMisc from '../../src/translate/a64/simd-misc.ts';
import * as simdPerm from '../../src/translate/a64/simd-perm.ts';
import * as simdShift from '../../src/translate/a64/simd-shift.ts';
import * as simdStruct from '../../src/translate/a64/simd-struct.ts';
import * as simdThree from '../../src/translate/a64/simd-three.ts';

type Translate = (ctx: unknown, fields: unknown) => void;
export const FUNCTIONS = {
  ...crypto, ...fpArith, ...fpConvert, ...fpMove, ...simdFp, ...simdFpMisc, ...simdLong, ...simdMem, ...simdMisc, ...simdPerm,
  ...simdShift, ...simdStruct, ...simdThree,
} as unknown as Record<string, Translate>;

export const ENV_ADDR = 0x1000;
/** Guest address of the buffer's middle, X4's initial value. */
export const X4 = 0x4000_0080;

/** Runs the IR of a case, which leaves the new state in env memory. */
export type Runner = (fn: IrFunction, env: number) => void;

const TLB_ADDR = 0x8000;

/** One vCPU with nothing but registers and a 256-byte buffer, for tests of single instructions. */
export class InsnMachine {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true });
  readonly heap: Heap = new Heap(this.memory);
  readonly guest: Uint8Array = new Uint8Array(256);
  readonly fn: IrFunction = new IrFunction(ARM_GLOBALS, ARM_HELPERS);
  readonly builder: Builder = new Builder(this.fn);
  readonly helpers: Record<string, JsHelper>;
  readonly #interpreter: Interpreter;
  readonly #optimizer: Optimizer = new Optimizer();
  readonly #compiler: WasmCompiler = new WasmCompiler(TARGET);
  readonly #imports: Record<string, JsHelper>;
  readonly #context: A64Context = new A64Context();
  #pc = 0;

  constructor() {
    const { heap, guest } = this;
    const cpu = { env: ENV_ADDR, heap, i32: heap.i32, u32: heap.u32, f64: heap.f64 } as unknown as ArmCpu;
    const current = { cpu, host: undefined } as unknown as CurrentCpu<ArmCpu>;
    this.helpers = { ...makeFpHelpers(current), ...makeSimdHelpers(current), ...makeCryptoHelpers(current) };
    const scratch = ENV_ADDR + CpuCommon.offset.scratch;
    const at = (lo: number, hi: number, memop: number): number => {
      const o = lo - (X4 - 128);
      return hi !== 0 || o < 0 || o + memOpSize(memop) > 256 ? -1 : o;
    };
    const load = (lo: number, hi: number, memop: number): number => {
      const o = at(lo, hi, memop);
      if (o < 0) return 1;
      heap.u8.fill(0, scratch, scratch + 16);
      if ((memop & MemOp.SIGN) !== 0) throw new Error('signed load');
      heap.u8.set(guest.subarray(o, o + memOpSize(memop)), scratch);
      return 0;
    };
    const store = (lo: number, hi: number, memop: number): number => {
      const o = at(lo, hi, memop);
      if (o < 0) return 1;
      guest.set(heap.u8.slice(scratch, scratch + memOpSize(memop)), o);
      return 0;
    };
    this.#interpreter = new Interpreter({
      target: TARGET, memory: this.memory, helpers: this.helpers as never, maxOps: 5000,
      guest: { load, store, atomic: () => 0 },
    });
    this.#imports = { ...this.helpers, mmu_ld: load, mmu_st: store, mmu_atomic: () => 0 };
    // One TLB entry per index that nothing hits.
    heap.u8.fill(0xff, TLB_ADDR, TLB_ADDR + 32);
  }

  /** Translates one instruction at address `pc` into `fn`; false when it is undefined. */
  translate(name: string, fields: Record<string, number>, pc = 0x1000): boolean {
    const b = this.builder;
    b.begin();
    let defined = true;
    const ctx = this.#context;
    ctx.b = b;
    ctx.flags = ArmTbFlag.FP_ENABLED;
    ctx.features = -1;
    ctx.pcLo = ctx.entryLo = pc;
    this.#pc = pc;
    b.fn.pcBase = b.newI64();
    b.movI64(b.fn.pcBase, PC);
    ctx.flagState.begin(b);
    ctx.undefined = (): void => {
      defined = false;
    };
    FUNCTIONS[name]!(ctx, fields);
    b.exitTb(3);
    return defined;
  }

  interpret: Runner = (fn, env) => {
    this.heap.i32[(env + ENV.pc) >>> 2] = this.#pc;
    this.#interpreter.run(fn, env, { tb: 1, flags: 0, slotAddr: 16 });
  };

  /** The function in `fn`, compiled by the WebAssembly backend. */
  compile(fn: IrFunction): (env: number) => number {
    const table = new WebAssembly.Table({ initial: 2, element: 'anyfunc' });
    const bytes = this.#compiler.compileModule([{ fn, tb: 1, flags: 0, slotAddr: 16 }]);
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      env: { memory: this.memory, table }, h: this.#imports,
    });
    return table.get(1) as (env: number) => number;
  }

  /** Optimised and compiled. */
  compiled: Runner = (fn, env) => {
    this.#optimizer.run(fn);
    for (let i = 0; i < 8; i++) this.heap.u32[((env + C.tlb) >>> 2) + 2 * i + 1] = TLB_ADDR;
    this.heap.i32[(env + ENV.pc) >>> 2] = this.#pc;
    this.compile(fn)(env);
  };

  /** Loads the state of a case, runs, and stores the outcome in the same layout. */
  run(input: Int32Array, out: Int32Array, runner: Runner = this.interpret): void {
    const { i32 } = this.heap;
    const word = (offset: number): number => (ENV_ADDR + offset) >>> 2;
    i32.fill(0, ENV_ADDR >>> 2, (ENV_ADDR + ENV_SIZE) >>> 2);
    i32[word(ENV.fpcr)] = input[1]!;
    i32[word(ENV.fpsr)] = input[2]!;
    const nzcv = input[3]!;
    i32[word(ENV.nf) + 1] = nzcv & 0x80000000;
    i32[word(ENV.zf)] = (nzcv & 0x40000000) !== 0 ? 0 : 1;
    i32[word(ENV.cf)] = (nzcv >>> 29) & 1;
    i32[word(ENV.vf) + 1] = nzcv << 3;
    for (let i = 0; i < 8; i++) i32[word(ENV.x) + i] = input[4 + i]!;
    i32[word(ENV.x) + 8] = X4;
    for (let i = 0; i < 32; i++) i32[word(ENV.vregs) + i] = input[12 + i]!;
    this.guest.set(new Uint8Array(input.buffer, input.byteOffset + 176, 256));
    runner(this.fn, ENV_ADDR);
    out[0] = 1;
    out[1] = i32[word(ENV.fpsr)]!;
    const n = i32[word(ENV.nf) + 1]! < 0 ? 8 : 0, z = (i32[word(ENV.zf)]! | i32[word(ENV.zf) + 1]!) === 0 ? 4 : 0;
    out[2] = (n | z | (i32[word(ENV.cf)]! << 1) | (i32[word(ENV.vf) + 1]! < 0 ? 1 : 0)) << 28;
    out[3] = (i32[word(ENV.x) + 8]! - X4) | 0;
    for (let i = 0; i < 8; i++) out[4 + i] = i32[word(ENV.x) + i]!;
    for (let i = 0; i < 32; i++) out[12 + i] = i32[word(ENV.vregs) + i]!;
    new Uint8Array(out.buffer, out.byteOffset + 176, 256).set(this.guest);
  }
}

const C = CpuCommon.offset;
export const TARGET: WasmTarget = {
  pageBits: 12, insnAlignBits: 2,
  env: {
    pc: ENV.pc, insnWord: C.insnWord, exitRequest: C.exitRequest, currentTb: C.currentTb, scratch: C.scratch,
    jumpCache: C.jumpCache, tlb: C.tlb,
  },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
};
