import type { Heap } from '@mttcg/atomic';
import type { GlobalDef, HelperDef } from './ir-types.ts';

/** Kinds of guest accesses, as the TLB and the page-table walk see them. */
export const Access = { LOAD: 0, STORE: 1, FETCH: 2 } as const;

/** Protection bits of a TLB entry. */
export const Prot = { READ: 1, WRITE: 2, EXEC: 4 } as const;

/** Translation flags of a TB that are not guest state. */
export const CFlag = {
  /** Mask: at most this many guest instructions; 0 = no limit beyond TB_MAX_INSNS. */
  COUNT_MASK: 0x1ff,
  NO_GOTO_TB: 0x200,
  NO_GOTO_PTR: 0x400,
  SINGLE_STEP: 0x800,
  USE_ICOUNT: 0x1000,
  /** Set in a TB's descriptor when it was invalidated. */
  INVALID: 0x2000,
  /** Other vCPUs run at the same time: atomics must be real, or raise EXCP_ATOMIC. */
  PARALLEL: 0x4000,
  NO_IRQ: 0x8000,
} as const;

export const TB_MAX_INSNS = 512;

/** Exceptions of `CpuCommon.exceptionIndex` that the machine handles; architectures use the numbers from 0 to 0xffff. */
export const Excp = {
  NONE: -1,
  INTERRUPT: 0x10000,
  /** The vCPU halts (WFI). */
  HLT: 0x10001,
  DEBUG: 0x10002,
  HALTED: 0x10003,
  YIELD: 0x10004,
  /** Run the instruction at pc alone, in an exclusive section, without CFlag.PARALLEL. */
  ATOMIC: 0x10005,
} as const;

/** Identity of a translation: guest pc and the state that decides its translation. Reused, never kept. */
export interface TbKey {
  pcLo: number;
  pcHi: number;
  /** Architecture's own translation-time state, 32 bits. */
  flags: number;
  /** mmu index of instruction fetches. */
  mmuIdx: number;
  /** More of it (x86: cs_base). */
  csBase: number;
}

/** Argument and result of a translation; one object per thread, reused. */
export interface TranslateRequest extends TbKey {
  /**
   * Low word of the pc at which the function is entered, set by GuestArch.begin(): that of the first TB. Code is the same at
   * any multiple of the page size from it.
   */
  entryLo: number;
  cflags: number;
  maxInsns: number;
  /** Host address of the first code byte (at pc); the rest of the page follows it. */
  code: number;
  /** Bytes from `code` to the page's end. */
  codeBytes: number;
  /** Results: guest bytes covered, instructions. */
  size: number;
  insns: number;
  /**
   * Results: likely continuations in the same page, `succCount` (0 to 2) of them, for translating in batches and for
   * forming regions.
   */
  succCount: number;
  succLo: Int32Array;
  succHi: Int32Array;
  /** Slot (0 or 1) of each successor, or -1 for a likely continuation that is reached indirectly (return address of a call). */
  succSlot: Int32Array;
  /** Result: the TB ends by returning from a subroutine, with goto_ptr. */
  returns: boolean;
}

/** What the TLB needs of the guest CPU. All run on the vCPU's own thread. */
export interface TlbClient {
  /**
   * Translates the address and calls `tlb.setPage()`, then returns true; or raises the architecture's exception
   * (exceptionIndex and syndrome in the CPU state; nothing at all when `probe`) and returns false.
   */
  tlbFill(addrLo: number, addrHi: number, access: number, mmuIdx: number, size: number, probe: boolean): boolean;
  /** Raises the alignment exception. */
  unalignedAccess(addrLo: number, addrHi: number, access: number, mmuIdx: number): void;
  /**
   * An atomic access to what is not plain RAM: raises the exception that the architecture has for it and returns true.
   * Absent or false: Excp.ATOMIC.
   */
  unsupportedAtomic?(addrLo: number, addrHi: number, mmuIdx: number): boolean;
  /** Nothing answers at the physical address: raises the external abort and returns true, or returns false to read 0. */
  transactionFailed(pa: number, addrLo: number, addrHi: number, size: number, access: number, mmuIdx: number): boolean;
}

/**
 * A virtual CPU of some architecture. An object over shared state: the same vCPU may have one in several threads
 * (its own, the I/O thread), so it keeps nothing of the guest's in JavaScript fields.
 */
export interface GuestCpu extends TlbClient {
  /** Cold reset of the state block. Primary vCPU: runs; others as the architecture starts them. */
  reset(): void;
  /**
   * After reset(), on the primary vCPU: starts at physical address `entry` with `argument` where the boot protocol
   * wants it (arm64: x0, the device tree).
   */
  boot(entry: number, argument: number): void;
  /** Current translation key, read from the state block. */
  tbKey(out: TbKey): void;
  /** Delivers CpuCommon.exceptionIndex (an architectural one) and sets it to -1. */
  deliverException(): void;
  /** Looks at interruptRequest (BQL held); takes an interrupt if it is not masked. True when the state changed. */
  interrupt(): boolean;
  /** True when a halted vCPU must run again (BQL held). */
  hasWork(): boolean;
  /** A timer armed with CpuHost.setTimer expired; runs on the I/O thread with the BQL held. */
  timerExpired(timer: number): void;
  /** Registers for logs and the monitor, a few lines. */
  dumpState(): string;
}

/** Services of the machine to one vCPU. */
export interface CpuHost {
  readonly heap: Heap;
  readonly env: number;
  readonly cpuIndex: number;
  readonly cpuCount: number;
  /** Host address of another vCPU's state block. */
  envOf(cpuIndex: number): number;
  /** Virtual time in ns since the machine started; monotonic, same on all threads. */
  nowNs(): number;
  /** Arms timer `timer` (0..3) of this vCPU for an absolute time in ns; Infinity disarms. BQL held. */
  setTimer(timer: number, deadlineNs: number): void;
  /** Drives interrupt output `line` of this vCPU (Arm: timer PPIs). BQL held. */
  setOutput(line: number, level: 0 | 1): void;
  /** Sets bits in interruptRequest of a vCPU and makes it look (leaves generated code or wakes). */
  interruptCpu(cpuIndex: number, bits: number): void;
  /** The big lock; recursive within a thread. */
  lock(): void;
  unlock(): void;
  /**
   * Lock of the 16-byte chunk at a host address, for 128-bit atomics that no host instruction can do. Held for a few
   * accesses only; nothing else is locked under it. Absent where one thread runs everything.
   */
  lockPair?(host: number): void;
  unlockPair?(host: number): void;
  /** Whole machine: power off or reset. The vCPU should leave its TB after that. */
  shutdown(reason: 'poweroff' | 'reset' | 'panic'): void;
  log(mask: string, text: string): void;
  readonly tlb: TlbControl;
  /** Reads or writes guest physical memory for page-table walks; -1 as host address when it is not plain RAM. */
  ramHost(pa: number, size: number): number;
  /** Whether RAM, ROM or a device lies at a physical address. Absent: everywhere. */
  isMapped?(pa: number): boolean;
}

/** TLB operations that a guest's own code needs. Flushes with "AllCpusSynced" are complete once the TB has ended. */
export interface TlbControl {
  setPage(addrLo: number, addrHi: number, pa: number, prot: number, mmuIdx: number, pageSize: number): void;
  flushAll(): void;
  flushByMmuIdx(idxMask: number): void;
  flushPageByMmuIdx(addrLo: number, addrHi: number, idxMask: number): void;
  /** All pages that the `bytes` bytes from the address touch. */
  flushRangeByMmuIdx(addrLo: number, addrHi: number, bytes: number, idxMask: number): void;
  flushByMmuIdxAllCpusSynced(idxMask: number): void;
  flushPageByMmuIdxAllCpusSynced(addrLo: number, addrHi: number, idxMask: number): void;
  flushRangeByMmuIdxAllCpusSynced(addrLo: number, addrHi: number, bytes: number, idxMask: number): void;
  /**
   * Makes the page accessible for `access` (filling the TLB) and returns the host address of the byte, 0 when the
   * access faulted (exception raised unless `probe`), -1 for memory that is not plain RAM.
   */
  probe(addrLo: number, addrHi: number, size: number, access: number, mmuIdx: number, probe: boolean): number;
  /**
   * Instruction cache maintenance by address, `bytes` within one page: drops translations of them, also where a store
   * raced with the translation and was not noticed. For guests whose architecture asks for it (Arm: IC IVAU).
   */
  invalidateCode?(addrLo: number, addrHi: number, bytes: number, mmuIdx: number): void;
}

/** A function that generated code imports. i64 arguments come as low and high i32. */
export type JsHelper = (...args: number[]) => number | void;

/** The vCPU whose code runs on this thread: changes only between TBs (round robin). */
export interface CurrentCpu<C extends GuestCpu> {
  cpu: C;
  host: CpuHost;
}

/** A guest architecture, as the machine composes it. B is the IR builder. */
export interface GuestArch<B, C extends GuestCpu = GuestCpu> {
  readonly name: string;
  readonly globals: readonly GlobalDef[];
  readonly helpers: readonly HelperDef[];
  /** Bytes of the vCPU's state block, from env, CpuCommon included. */
  readonly envSize: number;
  /** Offset from env of the guest pc, i64. */
  readonly pcOffset: number;
  readonly pageBits: number;
  readonly insnAlignBits: number;
  readonly mmuIndexes: number;
  /** CPU models of `-cpu`. */
  readonly models: readonly string[];
  createCpu(host: CpuHost, model: string): C;
  /** JavaScript helpers by name, for `helpers` of kind js. */
  makeHelpers(current: CurrentCpu<C>): Record<string, JsHelper>;
  /** A WebAssembly module with the helpers of kind wasm as exports; imports memory as env.memory and js helpers as h.<name>. */
  wasmHelpers?(): Uint8Array;
  /** Begins a function of several TBs at the pc of the first one: before everything else in it. */
  begin(builder: B, request: TranslateRequest): void;
  /** Appends one TB to the builder's function, which it begins if it is empty; ends with goto_tb, goto_ptr or exit_tb on all paths. */
  translate(builder: B, request: TranslateRequest, cpu: C): void;
  /** Text of the instruction at host address `code`; sets nothing. Returns its size in bytes through `size`. */
  disassemble(heap: Heap, code: number, pcLo: number, pcHi: number): { text: string; size: number };
}
