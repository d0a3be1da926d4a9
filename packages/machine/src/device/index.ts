export type {
  AccessSize, CharBackend, CharReceiver, Clock, DeviceLog, DeviceTimer, Dma, EntropyBackend, IrqLine, MmioDevice,
  PowerControl, SharedState, TimerClient, WallClock,
} from './types.ts';
export { GICC, GICD, GICV2_STATE_SIZE, GicV2, MAX_CPUS, NUM_SPIS } from './gicv2/index.ts';
export type { GicOutputs, GicV2Options } from './gicv2/index.ts';
export { PL011_FIFO_SIZE, PL011_STATE_SIZE, Pl011 } from './pl011/index.ts';
export type { Pl011Options } from './pl011/index.ts';
export { PL031_STATE_SIZE, Pl031 } from './pl031/index.ts';
export type { Pl031Options } from './pl031/index.ts';
export { PL061_STATE_SIZE, Pl061 } from './pl061/index.ts';
export type { Pl061Options } from './pl061/index.ts';
export { FW_CFG_STATE_SIZE, FwCfg } from './fw-cfg/index.ts';
export type { FwCfgFile, FwCfgOptions } from './fw-cfg/index.ts';
export { Unimplemented } from './unimplemented/index.ts';
export { VIRTIO_MMIO_SIZE, VIRTIO_MMIO_STATE_SIZE, VirtioMmio } from './virtio-mmio/index.ts';
export type { VirtioDevice, VirtioMmioOptions, VirtioTransport } from './virtio-mmio/index.ts';
export {
  BLOCK_FLUSH, BLOCK_IO_ERROR, BLOCK_OK, BLOCK_READ, BLOCK_WRITE, VIRTIO_BLK_MAX_SUBMITTED, VIRTIO_BLK_STATE_SIZE, VirtioBlk,
} from './virtio-blk/index.ts';
export type { BlockBackend, BlockOp, VirtioBlkOptions } from './virtio-blk/index.ts';
export { VirtioConsole } from './virtio-console/index.ts';
export type { VirtioConsoleOptions } from './virtio-console/index.ts';
export { VirtioRng } from './virtio-rng/index.ts';
export type { VirtioRngOptions } from './virtio-rng/index.ts';
