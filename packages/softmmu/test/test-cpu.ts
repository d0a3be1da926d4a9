/** A vCPU without a guest: identity-like page tables in a Map. For tests and benches of this package. */
import { Arena, Heap } from '@mttcg/atomic';
import { CpuCommon, ENV_ARCH_OFFSET } from '../src/cpu/common.ts';
import { Access, Prot, type TlbClient } from '../src/cpu/guest.ts';
import { DirtyMemory } from '../src/dirty/dirty-memory.ts';
import { AddressSpace } from '../src/memory/address-space.ts';
import { type IoOps, MemoryRegion } from '../src/memory/region.ts';
import { CpuTlb } from '../src/tlb/cpu-tlb.ts';
import type { TlbHooks } from '../src/tlb/hooks.ts';
import { tlbStorageBytes } from '../src/tlb/storage.ts';

export interface Mapping {
  pa: number;
  prot: number;
  pageSize: number;
}

export const RAM_PA = 0x4000_0000;
export const RAM_BYTES = 8 << 20;
export const ROM_PA = 0x1000;
export const DEVICE_PA = 0x900_0000;

/** Registers that remember: 64 KiB of bytes and a log of accesses. */
export class TestDevice implements IoOps {
  readonly bytes = new Uint8Array(0x10000);
  readonly log: string[] = [];

  read(offset: number, size: 1 | 2 | 4): number {
    this.log.push(`r${size}@${offset.toString(16)}`);
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.bytes[offset + i]! << (8 * i);
    return value;
  }

  write(offset: number, size: 1 | 2 | 4, value: number): void {
    this.log.push(`w${size}@${offset.toString(16)}=${(value >>> 0).toString(16)}`);
    for (let i = 0; i < size; i++) this.bytes[offset + i] = value >>> (8 * i);
  }
}

/** Whoever asks for page tables gets them from `pages`, keyed by "mmuIdx:page number in hex". */
export class TestClient implements TlbClient {
  readonly pages = new Map<string, Mapping>();
  readonly log: string[] = [];
  fills = 0;
  busErrors = false;
  tlb!: CpuTlb;

  map(lo: number, pa: number, prot: number = Prot.READ | Prot.WRITE | Prot.EXEC, options: { hi?: number; mmuIdx?: number; pageSize?: number } = {}): void {
    this.pages.set(key(lo, options.hi ?? 0, options.mmuIdx ?? 0), { pa, prot, pageSize: options.pageSize ?? 4096 });
  }

  unmap(lo: number, hi = 0, mmuIdx = 0): void {
    this.pages.delete(key(lo, hi, mmuIdx));
  }

  tlbFill(lo: number, hi: number, access: number, mmuIdx: number, size: number, probe: boolean): boolean {
    this.fills++;
    const mapping = this.pages.get(key(lo, hi, mmuIdx));
    const need = [Prot.READ, Prot.WRITE, Prot.EXEC][access]!;
    if (mapping === undefined || (mapping.prot & need) === 0) {
      if (!probe) this.log.push(`fault ${name(access)} ${text(lo, hi)} size ${size}`);
      return false;
    }
    this.tlb.setPage(lo, hi, mapping.pa, mapping.prot, mmuIdx, mapping.pageSize);
    return true;
  }

  unalignedAccess(lo: number, hi: number, access: number): void {
    this.log.push(`unaligned ${name(access)} ${text(lo, hi)}`);
  }

  transactionFailed(pa: number, lo: number, hi: number, size: number, access: number): boolean {
    this.log.push(`bus error ${name(access)} pa ${pa.toString(16)} ${text(lo, hi)} size ${size}`);
    return this.busErrors;
  }
}

function name(access: number): string {
  return access === Access.LOAD ? 'load' : access === Access.STORE ? 'store' : 'fetch';
}

function text(lo: number, hi: number): string {
  return (hi === 0 ? '' : (hi >>> 0).toString(16) + '_') + (lo >>> 0).toString(16);
}

function key(lo: number, hi: number, mmuIdx: number): string {
  return `${mmuIdx}:${(hi >>> 0).toString(16)}_${(lo >>> 12).toString(16)}`;
}

/** Where things lie in a test memory, for other threads. */
export interface TestPlaces {
  readonly memory: WebAssembly.Memory;
  readonly ramBytes: number;
  readonly ramHost: number;
  readonly romHost: number;
  readonly dirtyBase: number;
}

/** What a TestCpu is built over. */
export interface TestMemory extends TestPlaces {
  readonly heap: Heap;
  readonly arena: Arena;
  readonly space: AddressSpace;
  readonly dirty: DirtyMemory;
  readonly device: TestDevice;
}

const ARENA = 64;

export function testMemory(ramBytes = RAM_BYTES): TestMemory {
  const pages = (ramBytes >>> 16) + 256;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const heap = new Heap(memory);
  const arena = Arena.format(heap, ARENA, 4096, heap.size);
  const ramHost = arena.alloc(ramBytes, 4096);
  const romHost = arena.alloc(0x2000, 4096);
  const dirtyBase = arena.alloc(DirtyMemory.bytes(ramBytes), 4);
  DirtyMemory.format(heap, dirtyBase, ramBytes);
  return openTestMemory({ memory, ramBytes, ramHost, romHost, dirtyBase });
}

/** The same memory in another thread; the device is that thread's own. */
export function openTestMemory(places: TestPlaces): TestMemory {
  const { memory, ramBytes, ramHost, romHost, dirtyBase } = places;
  const heap = new Heap(memory);
  const device = new TestDevice();
  const root = MemoryRegion.container('system', 2 ** 40)
    .add(MemoryRegion.rom('rom', 0x2000, romHost), ROM_PA)
    .add(MemoryRegion.io('device', 0x10000, device), DEVICE_PA)
    .add(MemoryRegion.ram('ram', ramBytes, ramHost), RAM_PA);
  return {
    memory, ramBytes, ramHost, romHost, dirtyBase, heap, device,
    arena: new Arena(heap, ARENA),
    space: new AddressSpace(heap, root),
    dirty: new DirtyMemory(heap, dirtyBase, ramHost, ramBytes),
  };
}

/** One vCPU over a test memory, with everything that happens written down. */
export class TestCpu {
  readonly m: TestMemory;
  readonly env: number;
  readonly client = new TestClient();
  readonly tlb: CpuTlb;
  readonly log: string[] = [];
  nowMs = 0;
  locked = 0;

  constructor(m: TestMemory, options: { mmuIndexes?: number; maxBits?: number; hooks?: Partial<TlbHooks>; env?: number } = {}) {
    this.m = m;
    const mmuIndexes = options.mmuIndexes ?? 3;
    this.env = options.env ?? m.arena.alloc(ENV_ARCH_OFFSET + 64, 64);
    const maxBits = options.maxBits ?? 10;
    const hooks: TlbHooks = {
      lock: () => void this.locked++,
      unlock: () => void this.locked--,
      notdirtyWrite: (pa, size) => void this.log.push(`notdirty ${pa.toString(16)}+${size}`),
      clearJumpCache: () => void this.log.push('clear all'),
      clearJumpCachePage: (lo, hi) => void this.log.push(`clear ${text(lo, hi)}`),
      ...options.hooks,
    };
    this.tlb = new CpuTlb({
      heap: m.heap, env: this.env, mmuIndexes, storage: m.arena.alloc(tlbStorageBytes(mmuIndexes, maxBits), 64), maxBits,
      memory: m.space, dirty: m.dirty, hooks, client: this.client, nowMs: () => this.nowMs,
    });
    this.client.tlb = this.tlb;
    m.heap.i32[(this.env + CpuCommon.offset.exceptionIndex) >>> 2] = -1;
  }

  get exception(): number {
    return this.m.heap.i32[(this.env + CpuCommon.offset.exceptionIndex) >>> 2]!;
  }

  /** Value in scratch, as a hex string of 8 or 16 bytes. */
  value(bytes = 8): string {
    const at = this.env + CpuCommon.offset.scratch;
    return [...this.m.heap.u8.subarray(at, at + bytes)].reverse().map((b) => b.toString(16).padStart(2, '0')).join('');
  }

  /** Loads; the value in hex, or 'fault'. */
  ld(lo: number, memop: number, hi = 0): string {
    return this.tlb.ldSlow(lo, hi, memop) === 0 ? this.value((memop & 7) === 4 ? 16 : 8) : 'fault';
  }

  /** Stores a value given as hex digits, most significant first. */
  st(lo: number, memop: number, hexDigits: string, hi = 0): number {
    const at = this.env + CpuCommon.offset.scratch;
    const digits = hexDigits.padStart(32, '0');
    for (let i = 0; i < 16; i++) this.m.heap.u8[at + i] = parseInt(digits.slice(30 - 2 * i, 32 - 2 * i), 16);
    return this.tlb.stSlow(lo, hi, memop);
  }

  /** Whether generated code's aligned compare would hit. */
  fastHit(lo: number, access: number, mmuIdx = 0, hi = 0, alignMask = 0): boolean {
    const { i32, u32 } = this.m.heap;
    const desc = (this.env + CpuCommon.offset.tlb + mmuIdx * 8) >>> 2;
    const entry = (u32[desc + 1]! + ((lo >>> 7) & u32[desc]!)) >>> 2;
    return i32[entry + access * 2] === (lo & (~0xfff | alignMask)) && i32[entry + access * 2 + 1] === (hi | 0);
  }

  /** Host address that generated code would use after a hit. */
  fastHost(lo: number, mmuIdx = 0): number {
    const { u32 } = this.m.heap;
    const desc = (this.env + CpuCommon.offset.tlb + mmuIdx * 8) >>> 2;
    const entry = (u32[desc + 1]! + ((lo >>> 7) & u32[desc]!)) >>> 2;
    return (u32[entry + 6]! + lo) >>> 0;
  }

  counters(): { full: number; part: number; elided: number } {
    const { u32 } = this.m.heap;
    const C = CpuCommon.offset;
    return {
      full: u32[(this.env + C.tlbFullFlushes) >>> 2]!,
      part: u32[(this.env + C.tlbPartFlushes) >>> 2]!,
      elided: u32[(this.env + C.tlbElidedFlushes) >>> 2]!,
    };
  }
}
