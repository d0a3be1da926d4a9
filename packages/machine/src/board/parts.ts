/**
 * What a board can be made of. A part is one device model with the size of its state; a board is a list of parts with
 * places (see virt-parts.ts).
 */
import type { Heap } from '@mttcg/atomic';
import { FW_CFG_STATE_SIZE, FwCfg } from '../device/fw-cfg/index.ts';
import type { FwCfgFile } from '../device/fw-cfg/index.ts';
import { PL011_STATE_SIZE, Pl011 } from '../device/pl011/index.ts';
import { PL031_STATE_SIZE, Pl031 } from '../device/pl031/index.ts';
import { PL061_STATE_SIZE, Pl061 } from '../device/pl061/index.ts';
import type {
  CharBackend, Clock, DeviceLog, DeviceTimer, Dma, EntropyBackend, IrqLine, MmioDevice, SharedState, TimerClient, WallClock,
} from '../device/types.ts';
import { Unimplemented } from '../device/unimplemented/index.ts';
import { VIRTIO_BLK_STATE_SIZE, VirtioBlk } from '../device/virtio-blk/index.ts';
import type { BlockBackend } from '../device/virtio-blk/index.ts';
import { VirtioConsole } from '../device/virtio-console/index.ts';
import { VIRTIO_MMIO_STATE_SIZE, VirtioMmio } from '../device/virtio-mmio/index.ts';
import type { VirtioDevice } from '../device/virtio-mmio/index.ts';
import { VirtioRng } from '../device/virtio-rng/index.ts';

/** A device for one of the virtio-mmio slots. */
export type VirtioConfig =
  | { readonly kind: 'console'; readonly chr: CharBackend }
  | { readonly kind: 'rng'; readonly entropy: EntropyBackend }
  | { readonly kind: 'blk'; readonly backend: BlockBackend; readonly serial?: string };

/** Services that a board's devices are built on, as one thread has them. */
export interface BoardServices {
  readonly heap: Heap;
  /** Host address of VIRT_STATE_BYTES zero bytes. */
  readonly state: number;
  readonly cpus: number;
  /** Host address and bytes of guest RAM. */
  readonly ramHost: number;
  readonly ramBytes: number;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly dma: Dma;
  readonly serial: CharBackend;
  readonly log: DeviceLog;
  /** In the order of the command line: the first goes into the last slot, as with QEMU. The same on every thread. */
  readonly virtio?: readonly VirtioConfig[];
  /** Register version 1 of the virtio transport instead of 2 (`-global virtio-mmio.force-legacy=true`). */
  readonly virtioLegacy?: boolean;
  /** Files that fw_cfg shows. */
  readonly fwCfg?: readonly FwCfgFile[];
  /** The vCPU whose access is being carried out on this thread. */
  currentCpu(): number;
  /** Sets or clears interrupt bits of a vCPU. */
  cpuLine(cpu: number, bit: number, level: 0 | 1): void;
  /** Deadline number `index` of the I/O thread. */
  deviceTimer(index: number): DeviceTimer;
}

/** What one part is built from. */
export interface PartContext {
  readonly services: BoardServices;
  readonly state: SharedState;
  /** Its interrupt line. */
  readonly irq: IrqLine;
  /** Its deadline, for a part with `timer`. */
  readonly timer: DeviceTimer;
  /** What sits in its virtio slot. */
  readonly virtio: VirtioConfig | undefined;
}

export interface Part {
  /** Bytes of its state block. */
  readonly stateSize: number;
  /** Whether it wants a deadline; its device is a {@link TimerClient} then. */
  readonly timer?: true;
  create(context: PartContext): MmioDevice;
}

export const pl011: Part = {
  stateSize: PL011_STATE_SIZE,
  create: ({ state, irq, services }) => new Pl011(state, { irq, chr: services.serial, log: services.log }),
};

export const pl031: Part = {
  stateSize: PL031_STATE_SIZE,
  timer: true,
  create: ({ state, irq, timer, services: { clock, wallClock, log } }): MmioDevice & TimerClient =>
    new Pl031(state, { irq, timer, clock, wallClock, log }),
};

export const pl061: Part = {
  stateSize: PL061_STATE_SIZE,
  create: ({ state, irq, services }) => new Pl061(state, { irq, log: services.log }),
};

export const fwCfg: Part = {
  stateSize: FW_CFG_STATE_SIZE,
  create: ({ state, services: { cpus, dma, log, fwCfg: files } }) => new FwCfg(state, { cpus, dma, log, files: files ?? [] }),
};

/** The transport's state, then the device's: the block device's is the largest. */
const TRANSPORT_SIZE = Math.ceil(VIRTIO_MMIO_STATE_SIZE / 64) * 64;

export const virtioMmio: Part = {
  stateSize: TRANSPORT_SIZE + VIRTIO_BLK_STATE_SIZE,
  create: ({ state, irq, virtio, services: { heap, dma, log, virtioLegacy } }) => {
    const own = { heap, base: state.base + TRANSPORT_SIZE };
    return new VirtioMmio(state, { irq, dma, log, legacy: virtioLegacy ?? false, device: virtioDevice(virtio, own, dma) });
  },
};

function virtioDevice(config: VirtioConfig | undefined, state: SharedState, dma: Dma): VirtioDevice | undefined {
  switch (config?.kind) {
    case 'console': return new VirtioConsole({ heap: state.heap, chr: config.chr, dma });
    case 'rng': return new VirtioRng({ entropy: config.entropy, dma });
    case 'blk': return new VirtioBlk(state, { backend: config.backend, serial: config.serial ?? '', dma });
    default: return undefined;
  }
}

/** A window of a device that is not modelled. */
export function unimplemented(name: string, size: number): Part {
  return { stateSize: 0, create: ({ services }) => new Unimplemented(name, size, services.log) };
}
