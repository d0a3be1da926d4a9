export { ACCESS_OK, ACCESS_UNASSIGNED, mmioPort } from './mmio.ts';
export type { MmioPort } from './mmio.ts';
export { PhysicalSpace } from './space.ts';
export type { MemoryRegion, MmioRegion, Region } from './space.ts';
