import type { IrFunction } from '../../ir/function.ts';
import { type GlobalDef, type HelperDef, Type } from '../../ir/helper.ts';
import { type CompileOptions, WasmCompiler } from '../compiler.ts';
import type { WasmTarget } from '../target.ts';

/** A made-up target for tests: env of 4 KiB, 4 KiB pages, globals from offset 1024 of env. */
export const TEST_TARGET: WasmTarget = {
  pageBits: 12,
  env: { pc: 1024 + 16 * 8, insnWord: 32, exitRequest: 0, currentTb: 24, scratch: 48, jumpCache: 28, tlb: 64 },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
  insnAlignBits: 2,
};

/** x0 to x15, pc, then two i32 flags and a vector: temps 1 to 20. */
export const TEST_GLOBALS: readonly GlobalDef[] = [
  ...Array.from({ length: 16 }, (_, i) => ({ name: `x${i}`, type: Type.I64, offset: 1024 + i * 8 })),
  { name: 'pc', type: Type.I64, offset: 1024 + 16 * 8 },
  { name: 'f0', type: Type.I32, offset: 1024 + 17 * 8 },
  { name: 'f1', type: Type.I32, offset: 1024 + 17 * 8 + 4 },
  { name: 'v0', type: Type.V128, offset: 1024 + 18 * 8 },
];

/** Places in the test memory. */
export const ENV = 4096;
export const TLB = 8192;
export const TLB_ENTRIES = 64;
export const JUMP_CACHE = 0x40000;
export const SLOTS = 0x2000 + TLB_ENTRIES * 32;
/** Guest page 0x7_0000_0000 + n lies at RAM + n while it is mapped. */
export const RAM = 0x20000;
export const RAM_BYTES = 0x8000;
export const GUEST_BASE = 0x7_0000_0000n;

export type SlowCall = { kind: string; addr: bigint; memop: number };

/** A memory, a TLB and slow paths that record their calls, for running compiled functions. */
export class TestMachine {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true });
  readonly table: WebAssembly.Table = new WebAssembly.Table({ initial: 64, element: 'anyfunc' });
  readonly view: DataView = new DataView(this.memory.buffer);
  readonly compiler: WasmCompiler = new WasmCompiler(TEST_TARGET);
  readonly slow: SlowCall[] = [];
  /** Makes slow paths report a fault. */
  fault = false;
  imports: Record<string, (...args: number[]) => unknown>;

  constructor() {
    const { view } = this;
    view.setUint32(ENV + TEST_TARGET.env.jumpCache, JUMP_CACHE, true);
    for (let mmu = 0; mmu < 2; mmu++) {
      view.setUint32(ENV + TEST_TARGET.env.tlb + mmu * 8, (TLB_ENTRIES - 1) << 5, true);
      view.setUint32(ENV + TEST_TARGET.env.tlb + mmu * 8 + 4, TLB, true);
    }
    this.flushTlb();
    const address = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
    const host = (addr: bigint): number => RAM + Number(addr - GUEST_BASE);
    this.imports = {
      mmu_ld: (lo, hi, memop) => {
        this.slow.push({ kind: 'ld', addr: address(lo, hi), memop });
        if (this.fault) return 1;
        this.#slowLoad(host(address(lo, hi)), memop);
        return 0;
      },
      mmu_st: (lo, hi, memop) => {
        this.slow.push({ kind: 'st', addr: address(lo, hi), memop });
        if (this.fault) return 1;
        const n = 1 << (memop & 7);
        for (let i = 0; i < n; i++) {
          const from = (memop & 16) !== 0 ? n - 1 - i : i;
          view.setUint8(host(address(lo, hi)) + i, view.getUint8(ENV + TEST_TARGET.env.scratch + from));
        }
        return 0;
      },
      mmu_atomic: (lo, hi, memop) => {
        this.slow.push({ kind: 'atomic', addr: address(lo, hi), memop });
        return this.fault ? 0 : host(address(lo, hi));
      },
    };
  }

  #slowLoad(host: number, memop: number): void {
    const n = 1 << (memop & 7);
    const scratch = ENV + TEST_TARGET.env.scratch;
    const bytes = Array.from({ length: n }, (_, i) => this.view.getUint8(host + i));
    if ((memop & 16) !== 0) bytes.reverse();
    const fill = n < 8 && (memop & 8) !== 0 && bytes[n - 1] > 127 ? 255 : 0;
    for (let i = 0; i < Math.max(n, 8); i++) this.view.setUint8(scratch + i, i < n ? bytes[i] : fill);
  }

  flushTlb(): void {
    new Uint8Array(this.memory.buffer).fill(0xff, TLB, TLB + TLB_ENTRIES * 32);
  }

  /** Enters the page of a guest address into the TLB; flags go into the tags. */
  mapPage(addr: bigint, readFlags = 0n, writeFlags = 0n): void {
    const page = addr & ~0xfffn;
    const entry = TLB + (Number(page >> 12n) & (TLB_ENTRIES - 1)) * 32;
    this.view.setBigUint64(entry, page | readFlags, true);
    this.view.setBigUint64(entry + 8, page | writeFlags, true);
    this.view.setUint32(entry + 24, (RAM - Number(GUEST_BASE & 0xffffffffn)) >>> 0, true);
  }

  get(name: string): bigint {
    const def = TEST_GLOBALS.find((g) => g.name === name)!;
    if (def.type === Type.I32) return BigInt(this.view.getUint32(ENV + def.offset, true));
    const low = this.view.getBigUint64(ENV + def.offset, true);
    return def.type === Type.V128 ? low | (this.view.getBigUint64(ENV + def.offset + 8, true) << 64n) : low;
  }

  set(name: string, value: bigint): void {
    const def = TEST_GLOBALS.find((g) => g.name === name)!;
    if (def.type === Type.I32) this.view.setUint32(ENV + def.offset, Number(BigInt.asUintN(32, value)), true);
    else this.view.setBigUint64(ENV + def.offset, BigInt.asUintN(64, value), true);
    if (def.type === Type.V128) this.view.setBigUint64(ENV + def.offset + 8, BigInt.asUintN(64, value >> 64n), true);
  }

  /** Compiles the function as TB 7 with flags 0x55; returns it. */
  load(fn: IrFunction, options: CompileOptions = {}): (env: number) => number {
    const bytes = this.compiler.compileModule([{ fn, tb: 7, flags: 0x55, slotAddr: SLOTS }], options);
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      env: { memory: this.memory, table: this.table },
      h: this.imports,
    });
    return this.table.get(7) as (env: number) => number;
  }

  run(fn: IrFunction, options: CompileOptions = {}): number {
    return this.load(fn, options)(ENV);
  }
}

export function helper(name: string, params: string, ret: HelperDef['ret'], flags = 0, kind: HelperDef['kind'] = 'js'): HelperDef {
  return { name, params, ret, flags, kind };
}
