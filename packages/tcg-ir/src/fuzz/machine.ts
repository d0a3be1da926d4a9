import type { IrFunction } from '../ir/function.ts';
import { type GlobalDef, type HelperDef, HelperFlag, Type } from '../ir/helper.ts';
import { memOpAlignMask, MemOp, memOpSize } from '../ir/memop.ts';
import { Interpreter } from '../interp/interpreter.ts';
import { type CompileOptions, WasmCompiler } from '../wasm/compiler.ts';
import { JUMP_CACHE_ENTRIES, JUMP_CACHE_ENTRY_SIZE, jumpCacheHash, type WasmTarget } from '../wasm/target.ts';
import type { Random } from './random.ts';

const GLOBALS_AT = 1024;
const STATE_AT = 2048;
const STATE_BYTES = 256;
const ENV = 0x1000;
const TLB = 0x3000;
const SLOTS = 0x4000;
const RAM = 0x10000;
/** What lies above is not saved and restored between runs: nothing writes there. */
const JUMP_CACHE = 0x20000;
const MEMORY_PAGES = (JUMP_CACHE + JUMP_CACHE_ENTRIES * JUMP_CACHE_ENTRY_SIZE) >> 16;
const PAGES = 8;
/** Where in its page the pc lies that functions start with, and a distance from it that they jump. */
const PAGE_OFFSET = 0x468;
const NEAR = 0x7f8;
const PAGE_OFFSET_MASK = 0xfff;
/** Guest pages: 0 to 3 are in the TLB, 4 and 5 take the slow path, 6 and 7 fault. */
const FAST_PAGES = 4;
const GOOD_PAGES = 6;
const GUEST_BASE = 0x7_0000_0000n;
const UNIT = { tb: 7, flags: 0x55, slotAddr: SLOTS };

export const FUZZ_TARGET: WasmTarget = {
  pageBits: 12,
  env: { pc: GLOBALS_AT, insnWord: 32, exitRequest: 0, currentTb: 24, scratch: 48, jumpCache: 28, tlb: 64 },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
  insnAlignBits: 2,
};

export const FUZZ_GLOBALS: readonly GlobalDef[] = [
  { name: 'pc', type: Type.I64, offset: GLOBALS_AT },
  ...Array.from({ length: 6 }, (_, i) => ({ name: `x${i}`, type: Type.I64, offset: GLOBALS_AT + 8 + i * 8 })),
  ...Array.from({ length: 3 }, (_, i) => ({ name: `f${i}`, type: Type.I32, offset: GLOBALS_AT + 64 + i * 4 })),
  { name: 'v0', type: Type.V128, offset: GLOBALS_AT + 80 },
  { name: 'v1', type: Type.V128, offset: GLOBALS_AT + 96 },
];

const js = (name: string, params: string, ret: string, flags: number): HelperDef => ({ name, kind: 'js', params, ret, flags });

export const FUZZ_HELPERS: readonly HelperDef[] = [
  js('mix', 'il', 'l', HelperFlag.PURE | HelperFlag.NO_GLOBALS),
  js('half', 'l', 'i', HelperFlag.PURE | HelperFlag.NO_GLOBALS),
  js('sum_globals', 'i', 'l', HelperFlag.NO_WRITE_GLOBALS),
  js('change_globals', 'l', '', 0),
  js('change_state', 'i', '', HelperFlag.NO_GLOBALS),
  js('may_fault', 'il', '', HelperFlag.CAN_FAULT | HelperFlag.NO_WRITE_GLOBALS),
];

export const FUZZ_GENERATE = {
  globals: FUZZ_GLOBALS,
  helpers: FUZZ_HELPERS,
  guestBase: GUEST_BASE,
  guestBytes: PAGES * 4096,
  stateOffset: STATE_AT,
  stateBytes: STATE_BYTES,
  near: NEAR,
};

/** What a run did: everything that must not depend on how the function was executed. */
export interface Outcome {
  readonly exit: number;
  readonly env: Uint8Array;
  readonly ram: Uint8Array;
  /** Calls of helpers that are not pure, in order. */
  readonly calls: readonly string[];
}

/** A memory with CPU state, TLB and guest pages, on which a function can be interpreted or run as WebAssembly. */
export class FuzzMachine {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true });
  readonly #view = new DataView(this.memory.buffer);
  readonly #bytes = new Uint8Array(this.memory.buffer, 0, JUMP_CACHE);
  readonly #table = new WebAssembly.Table({ initial: 16, element: 'anyfunc' });
  readonly #compiler = new WasmCompiler(FUZZ_TARGET);
  readonly #start: Uint8Array = new Uint8Array(JUMP_CACHE);
  #calls: string[] = [];
  #jumpEntry: number = JUMP_CACHE;

  readonly #slow = {
    mmu_ld: (lo: number, hi: number, memop: number): number => this.#load(lo, hi, memop),
    mmu_st: (lo: number, hi: number, memop: number): number => this.#store(lo, hi, memop),
    mmu_atomic: (lo: number, hi: number, memop: number): number => this.#host(lo, hi, memop),
  };
  readonly #helpers: Record<string, (...args: number[]) => number | void> = {
    mix: (a, lo, hi) => this.#result64(Math.imul(a, 31) ^ lo, hi + a),
    half: (lo, hi) => (lo ^ Math.imul(hi, 7)) | 0,
    sum_globals: (a) => {
      this.#calls.push(`sum_globals ${a}`);
      let lo = a;
      let hi = 0;
      for (let at = GLOBALS_AT; at < GLOBALS_AT + 112; at += 8) {
        lo = (Math.imul(lo, 5) + this.#view.getInt32(ENV + at, true)) | 0;
        hi = (Math.imul(hi, 3) ^ this.#view.getInt32(ENV + at + 4, true)) | 0;
      }
      this.#result64(lo, hi);
    },
    change_globals: (lo, hi) => {
      this.#calls.push(`change_globals ${lo} ${hi}`);
      const at = ENV + GLOBALS_AT + 8 + (lo & 3) * 8;
      this.#view.setInt32(at, this.#view.getInt32(at, true) + hi, true);
      this.#view.setInt32(ENV + GLOBALS_AT + 64, lo, true);
      this.#view.setInt32(ENV + GLOBALS_AT + 84, hi, true);
    },
    change_state: (a) => {
      this.#calls.push(`change_state ${a}`);
      const at = ENV + STATE_AT + (a & 15) * 16;
      this.#view.setInt32(at, this.#view.getInt32(at, true) ^ a, true);
    },
    may_fault: (a, lo, hi) => {
      this.#calls.push(`may_fault ${a} ${lo} ${hi}`);
      return (a ^ lo) & 7 ? 0 : 1;
    },
  };

  /** Fills the state with random numbers; every run starts from it. */
  prepare(random: Random): void {
    const view = this.#view;
    this.#bytes.fill(0);
    for (let at = GLOBALS_AT; at < STATE_AT + STATE_BYTES; at += 8) {
      const [lo, hi] = random.pair();
      view.setInt32(ENV + at, lo, true);
      view.setInt32(ENV + at + 4, hi, true);
    }
    // code is compiled for one place in its page
    view.setUint16(ENV + GLOBALS_AT, (view.getUint16(ENV + GLOBALS_AT, true) & ~PAGE_OFFSET_MASK) | PAGE_OFFSET, true);
    for (let at = 0; at < PAGES * 4096; at += 4) view.setInt32(RAM + at, random.word(), true);
    view.setUint32(ENV + FUZZ_TARGET.env.jumpCache, JUMP_CACHE, true);
    for (let mmu = 0; mmu < 2; mmu++) {
      view.setUint32(ENV + FUZZ_TARGET.env.tlb + mmu * 8, 15 << 5, true);
      view.setUint32(ENV + FUZZ_TARGET.env.tlb + mmu * 8 + 4, TLB, true);
    }
    this.#bytes.fill(0xff, TLB, TLB + 16 * 32);
    for (let page = 0; page < FAST_PAGES; page++) {
      const tag = GUEST_BASE + BigInt(page * 4096);
      view.setBigUint64(TLB + page * 32, tag, true);
      view.setBigUint64(TLB + page * 32 + 8, tag, true);
      view.setUint32(TLB + page * 32 + 24, (RAM - Number(GUEST_BASE & 0xffff_ffffn)) >>> 0, true);
    }
    // An entry for the pc that the function starts with or one near it, and perhaps a patched jump slot
    view.setInt32(this.#jumpEntry + 12, 0, true);
    view.setBigUint64(this.#jumpEntry, 1n, true);
    if (random.oneIn(2)) {
      const pc = view.getBigUint64(ENV + GLOBALS_AT, true) + BigInt(random.oneIn(2) ? NEAR : 0);
      const entry = JUMP_CACHE + jumpCacheHash(Number(pc & 0xffff_ffffn), FUZZ_TARGET.insnAlignBits) * JUMP_CACHE_ENTRY_SIZE;
      this.#jumpEntry = entry;
      view.setBigUint64(entry, pc, true);
      view.setUint32(entry + 8, random.oneIn(4) ? 1 : UNIT.flags, true);
      view.setInt32(entry + 12, 99, true);
    }
    if (random.oneIn(2)) view.setInt32(SLOTS + 4 * random.below(2), 1 + random.below(50), true);
    this.#start.set(this.#bytes);
  }

  /** Lets all runs from here on start with this value of a global. */
  setGlobal(name: string, value: bigint): void {
    const { offset, type } = FUZZ_GLOBALS.find((g) => g.name === name)!;
    for (let i = 0; i < [4, 8, 16][type]!; i++) this.#start[ENV + offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }

  interpret(fn: IrFunction): Outcome {
    this.#reset();
    const interpreter = new Interpreter({
      target: FUZZ_TARGET,
      memory: this.memory,
      guest: { load: this.#slow.mmu_ld, store: this.#slow.mmu_st, atomic: this.#slow.mmu_atomic },
      helpers: this.#helpers,
      maxOps: 20_000,
    });
    return this.#outcome(interpreter.run(fn, ENV, UNIT));
  }

  compile(fn: IrFunction, options: CompileOptions = {}): (env: number) => number {
    const pageOffset = (this.#start[ENV + GLOBALS_AT]! | (this.#start[ENV + GLOBALS_AT + 1]! << 8)) & PAGE_OFFSET_MASK;
    const bytes = this.#compiler.compileModule([{ fn, ...UNIT, pageOffset }], options);
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      env: { memory: this.memory, table: this.#table },
      h: { ...this.#slow, ...this.#helpers },
    });
    return this.#table.get(UNIT.tb) as (env: number) => number;
  }

  execute(code: (env: number) => number): Outcome {
    this.#reset();
    return this.#outcome(code(ENV));
  }

  #reset(): void {
    this.#bytes.set(this.#start);
    this.#calls = [];
  }

  #outcome(exit: number): Outcome {
    const env = this.#bytes.slice(ENV, ENV + STATE_AT + STATE_BYTES);
    env.fill(0, FUZZ_TARGET.env.scratch, FUZZ_TARGET.env.scratch + 16);
    return { exit, env, ram: this.#bytes.slice(RAM, RAM + PAGES * 4096), calls: this.#calls };
  }

  #result64(lo: number, hi: number): void {
    this.#view.setInt32(ENV + FUZZ_TARGET.env.scratch, lo, true);
    this.#view.setInt32(ENV + FUZZ_TARGET.env.scratch + 4, hi, true);
  }

  /** Host address of an access, 0 for a fault. */
  #host(lo: number, hi: number, memop: number): number {
    const offset = Number(((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)) - GUEST_BASE);
    if (offset < 0 || offset + memOpSize(memop) > GOOD_PAGES * 4096) return 0;
    return offset & memOpAlignMask(memop) ? 0 : RAM + offset;
  }

  #load(lo: number, hi: number, memop: number): number {
    const host = this.#host(lo, hi, memop);
    if (host === 0) return 1;
    const n = memOpSize(memop);
    const bytes = [...this.#bytes.subarray(host, host + n)];
    if (memop & MemOp.BSWAP) bytes.reverse();
    const fill = memop & MemOp.SIGN && bytes[n - 1]! > 127 ? 255 : 0;
    for (let i = 0; i < Math.max(n, 8); i++) this.#bytes[ENV + FUZZ_TARGET.env.scratch + i] = bytes[i] ?? fill;
    return 0;
  }

  #store(lo: number, hi: number, memop: number): number {
    const host = this.#host(lo, hi, memop);
    if (host === 0) return 1;
    const n = memOpSize(memop);
    const scratch = ENV + FUZZ_TARGET.env.scratch;
    const bytes = [...this.#bytes.subarray(scratch, scratch + n)];
    if (memop & MemOp.BSWAP) bytes.reverse();
    this.#bytes.set(bytes, host);
    return 0;
  }
}

/** Value of a global after a run, unsigned. */
export function globalOf(outcome: Outcome, name: string): bigint {
  const { offset, type } = FUZZ_GLOBALS.find((g) => g.name === name)!;
  let value = 0n;
  for (let i = [4, 8, 16][type]! - 1; i >= 0; i--) value = (value << 8n) | BigInt(outcome.env[offset + i]!);
  return value;
}

/** Differences of two outcomes, for people; empty if there are none. */
export function compareOutcomes(a: Outcome, b: Outcome): string[] {
  const found: string[] = [];
  if (a.exit !== b.exit) found.push(`exit value ${a.exit}, ${b.exit}`);
  const hex = (bytes: Uint8Array, at: number, n: number): string =>
    Array.from(bytes.subarray(at, at + n), (x) => x.toString(16).padStart(2, '0')).reverse().join('');
  for (const g of FUZZ_GLOBALS) {
    const n = [4, 8, 16][g.type]!;
    const [x, y] = [hex(a.env, g.offset, n), hex(b.env, g.offset, n)];
    if (x !== y) found.push(`${g.name} ${x}, ${y}`);
  }
  const rest = (name: string, x: Uint8Array, y: Uint8Array): void => {
    const at = x.findIndex((byte, i) => byte !== y[i] && !(name === 'env' && i >= GLOBALS_AT && i < GLOBALS_AT + 112));
    if (at >= 0) found.push(`${name} at ${at}: ${hex(x, at & ~7, 8)}, ${hex(y, at & ~7, 8)}`);
  };
  rest('env', a.env, b.env);
  rest('guest memory', a.ram, b.ram);
  if (a.calls.join('\n') !== b.calls.join('\n')) found.push(`calls [${a.calls.join('; ')}], [${b.calls.join('; ')}]`);
  return found;
}
