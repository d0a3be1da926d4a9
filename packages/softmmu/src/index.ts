export * from './cpu/common.ts';
export * from './cpu/guest.ts';
export type { GlobalDef, HelperDef } from './cpu/ir-types.ts';
export { AddressSpace, BusStatus } from './memory/address-space.ts';
export { FlatView, Section } from './memory/flat-view.ts';
export { type IoOps, MemoryRegion, RegionKind } from './memory/region.ts';
export { CodePages } from './dirty/code-pages.ts';
export { DIRTY_ALL, DirtyClient, DirtyMemory } from './dirty/dirty-memory.ts';
export { CODE_FAULT, CODE_NOT_RAM, CpuTlb } from './tlb/cpu-tlb.ts';
export {
  DEFAULT_MAX_TLB_BITS, PAGE_BITS, PAGE_SIZE, PageAttr, TLB_ENTRY_BITS, TlbEntryLayout, TlbFlag,
} from './tlb/entry.ts';
export { memoryFill, type MemoryFill } from './tlb/fill-memory.ts';
export type { CpuTlbParts, FlushBroadcast, TlbHooks } from './tlb/hooks.ts';
export { resetDirty } from './tlb/reset-dirty.ts';
export { TLB_STORAGE_ALIGN, tlbStorageBytes } from './tlb/storage.ts';
