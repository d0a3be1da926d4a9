export { buildVirtDtb, editUserDtb, type VirtDtbOptions } from './virt-dtb.ts';
export { TIMER_PPI, VIRT } from './virt-map.ts';
export type { BoardServices, VirtioConfig } from './parts.ts';
export { VIRT_STATE_BYTES, VIRT_VIRTIO_SLOTS, VirtBoard } from './virt.ts';
export { VIRT_PARTS, type BoardLine } from './virt-parts.ts';
