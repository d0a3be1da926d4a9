import type { Heap } from '@mttcg/atomic';
import type { TlbClient } from '../cpu/guest.ts';
import type { DirtyMemory } from '../dirty/dirty-memory.ts';
import type { AddressSpace } from '../memory/address-space.ts';

/** What the TLB needs of the machine around it. All are called on the vCPU's thread, with no TLB lock held. */
export interface TlbHooks {
  /** The big lock, taken around accesses to device registers; recursive within a thread. */
  lock(): void;
  unlock(): void;
  /**
   * The guest stored `size` bytes at physical address `pa` (of the lowest alias; host address `host`), on a page with
   * translated code: invalidate what was translated from these bytes, and if nothing is left on the page mark it with
   * DirtyClient.CODE. Called after the store, so that with the page's lock held from protection to publication no
   * translation of the old bytes survives; for atomics and probes before it. Never crosses a page.
   */
  notdirtyWrite(pa: number, size: number, host: number): void;
  /**
   * Before such a store, for guests without explicit cache maintenance: true when the running TB is among those hit and
   * the machine has arranged to run the instruction alone; nothing is stored, the access ends as a fault.
   */
  preciseStore?(pa: number, size: number, host: number): boolean;
  /** The mapping of code changed: forget the jump cache, or its entries of one page. */
  clearJumpCache(): void;
  clearJumpCachePage(addrLo: number, addrHi: number): void;
  /** A watchpoint covers the access: true ends it as a fault (exceptionIndex set). Absent: Excp.DEBUG is raised. */
  watchpointHit?(addrLo: number, addrHi: number, size: number, access: number): boolean;
  /** Flushes on all vCPUs; complete once the running TB has ended. Absent: there is one vCPU. */
  readonly broadcast?: FlushBroadcast;
}

/** Queues the flush on every other vCPU (as work), and on the calling one as safe work. */
export interface FlushBroadcast {
  flushByMmuIdx(idxMask: number): void;
  flushPageByMmuIdx(addrLo: number, addrHi: number, idxMask: number): void;
  flushRangeByMmuIdx(addrLo: number, addrHi: number, bytes: number, idxMask: number): void;
}

export interface CpuTlbParts {
  readonly heap: Heap;
  /** Host address of the vCPU's state block. */
  readonly env: number;
  readonly mmuIndexes: number;
  /** Host address of tlbStorageBytes(mmuIndexes, maxBits) bytes, aligned to TLB_STORAGE_ALIGN; any content. */
  readonly storage: number;
  /** log2 of the largest table; DEFAULT_MAX_TLB_BITS. The same number for tlbStorageBytes(). */
  readonly maxBits?: number;
  readonly memory: AddressSpace;
  /** Without it, stores are never trapped. */
  readonly dirty?: DirtyMemory;
  readonly hooks: TlbHooks;
  /** May be attached later, before the first access: CpuTlb.client. */
  readonly client?: TlbClient;
  /** Monotonic time in ms, for table sizes. */
  readonly nowMs: () => number;
}
