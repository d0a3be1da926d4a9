import type { Heap } from '@mttcg/atomic';
import { wordIndexes } from '../state.ts';
import type { AccessSize, DeviceLog, Dma, IrqLine, MmioDevice, SharedState } from '../types.ts';
import type { VirtioDevice, VirtioTransport } from './device.ts';
import { QUEUE_LAYOUT, TRANSPORT_LAYOUT } from './layout.ts';
import { Chain, Virtqueue, availSize, usedSize } from './queue.ts';
import type { VirtqueueOwner } from './queue.ts';
import * as R from './registers.ts';

export type { VirtioDevice, VirtioTransport } from './device.ts';
export { Chain, Virtqueue } from './queue.ts';

export const VIRTIO_MMIO_STATE_SIZE = TRANSPORT_LAYOUT.size;
export const VIRTIO_MMIO_SIZE = 0x200;

export interface VirtioMmioOptions {
  readonly irq: IrqLine;
  readonly dma: Dma;
  readonly log: DeviceLog;
  /** What sits in the slot; undefined for an empty one. */
  readonly device: VirtioDevice | undefined;
  /** Register version 1 instead of 2 (QEMU 7.2's default for `virt`; here only on request). */
  readonly legacy?: boolean;
}

/**
 * The MMIO transport (VIRTIO 1.2, section 4.2): version 2, or version 1 for drivers from before VIRTIO 1.0. An empty slot
 * answers with device id 0, so that drivers pass on.
 */
export class VirtioMmio implements MmioDevice, VirtioTransport, VirtqueueOwner {
  readonly name: string;
  readonly size = VIRTIO_MMIO_SIZE;
  readonly queues: readonly Virtqueue[];
  readonly chain: Chain;
  readonly device: VirtioDevice | undefined;
  readonly #heap: Heap;
  readonly #base: number;
  readonly #at: (typeof TRANSPORT_LAYOUT)['offset'];
  readonly #options: VirtioMmioOptions;
  readonly #legacy: boolean;

  constructor(state: SharedState, options: VirtioMmioOptions) {
    const { device } = options;
    this.name = `virtio-mmio${device === undefined ? '' : ` (${device.name})`}`;
    this.device = device;
    this.#heap = state.heap;
    this.#base = state.base;
    this.#at = wordIndexes(TRANSPORT_LAYOUT.offset, state.base);
    this.#options = options;
    this.#legacy = options.legacy ?? false;
    this.queues = Array.from({ length: device?.queueCount ?? 0 },
      (_, i) => new Virtqueue(state.heap, this.#queueBase(i), options.dma, this));
    this.chain = device === undefined ? EMPTY_CHAIN : new Chain();
    device?.connect(this);
  }

  reset(): void {
    const { u8, u32 } = this.#heap;
    u8.fill(0, this.#base, this.#base + TRANSPORT_LAYOUT.size);
    u32[this.#at.guestPageSize] = 4096;
    this.device?.reset();
    this.#options.irq(0);
  }

  get running(): boolean {
    return (this.#heap.u32[this.#at.status] & (R.STATUS_DRIVER_OK | R.STATUS_NEEDS_RESET)) === R.STATUS_DRIVER_OK;
  }

  hasFeature(mask: number): boolean {
    return (this.#heap.u32[this.#at.featuresLow] & mask) !== 0;
  }

  interrupt(): void {
    this.#interrupt(R.INTERRUPT_VRING);
  }

  configChanged(): void {
    const { u32 } = this.#heap;
    u32[this.#at.configGeneration]++;
    if (this.running) this.#interrupt(R.INTERRUPT_CONFIG);
  }

  broken(reason: string): void {
    const { u32 } = this.#heap;
    if ((u32[this.#at.status] & R.STATUS_NEEDS_RESET) !== 0) return;
    this.#options.log.guestError(this.name, `${reason}: the device stops until it is reset`);
    const wasRunning = this.running;
    // Legacy drivers do not know the bit; they see a device that answers no more, as with QEMU.
    if (!this.#legacy || wasRunning) u32[this.#at.status] |= R.STATUS_NEEDS_RESET;
    if (wasRunning && !this.#legacy) this.#interrupt(R.INTERRUPT_CONFIG);
  }

  read(offset: number, size: AccessSize): number {
    const { u32 } = this.#heap;
    const at = this.#at;
    if (offset >= R.CONFIG) return this.#readConfig(offset - R.CONFIG, size);
    if (size !== 4) return this.#bad(`${size}-byte read`, offset);
    switch (offset) {
      case R.MAGIC_VALUE: return R.MAGIC;
      case R.VERSION: return this.#legacy ? R.VERSION_LEGACY : R.VERSION_MODERN;
      case R.DEVICE_ID: return this.device?.deviceId ?? 0;
      case R.VENDOR_ID: return R.VENDOR;
      default: break;
    }
    if (this.device === undefined) return 0;
    switch (offset) {
      case R.DEVICE_FEATURES: return this.#offered(u32[at.deviceFeaturesSel]);
      case R.QUEUE_NUM_MAX: return this.#queue() < 0 || this.#queueField('pfn') !== 0 ? 0 : R.QUEUE_MAX;
      case R.QUEUE_PFN: return this.#legacy ? this.#queueField('pfn') : this.#bad('read', offset);
      case R.QUEUE_READY: return this.#legacy ? this.#bad('read', offset) : this.#queueField('ready');
      case R.INTERRUPT_STATUS: return u32[at.interruptStatus];
      case R.STATUS: return u32[at.status];
      // No shared memory regions: their length is -1.
      case R.SHM_LEN_LOW:
      case R.SHM_LEN_HIGH: return this.#legacy ? this.#bad('read', offset) : 0xffffffff;
      case R.CONFIG_GENERATION: return u32[at.configGeneration];
      default: return this.#bad('read', offset);
    }
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { u32 } = this.#heap;
    const at = this.#at;
    if (this.device === undefined) return;
    if (offset >= R.CONFIG) return this.#options.log.guestError(this.name, `write to read-only configuration, offset 0x${offset.toString(16)}`);
    if (size !== 4) return void this.#bad(`${size}-byte write`, offset);
    switch (offset) {
      case R.DEVICE_FEATURES_SEL: u32[at.deviceFeaturesSel] = value; return;
      case R.DRIVER_FEATURES_SEL: u32[at.driverFeaturesSel] = value; return;
      case R.DRIVER_FEATURES: return this.#takeFeatures(value);
      case R.QUEUE_SEL: u32[at.queueSel] = value; return;
      case R.QUEUE_NUM: return this.#setQueueNum(value);
      case R.QUEUE_NOTIFY: return this.#notify(value);
      case R.INTERRUPT_ACK: return this.#interrupt(0, value);
      case R.STATUS: return this.#setStatus(value & 0xff);
      default: break;
    }
    if (this.#legacy) this.#writeLegacy(offset, value);
    else this.#writeModern(offset, value);
  }

  #writeLegacy(offset: number, value: number): void {
    switch (offset) {
      case R.GUEST_PAGE_SIZE:
        if (value !== 0 && (value & (value - 1)) === 0) this.#heap.u32[this.#at.guestPageSize] = value;
        else this.#bad(`guest page size ${value}`, offset);
        return;
      case R.QUEUE_ALIGN: return this.#setQueueField('align', value);
      case R.QUEUE_PFN: return this.#setPfn(value);
      default: this.#bad('write', offset);
    }
  }

  #writeModern(offset: number, value: number): void {
    switch (offset) {
      case R.QUEUE_DESC_LOW: return this.#setQueueField('descLow', value);
      case R.QUEUE_DESC_HIGH: return this.#setQueueField('descHigh', value);
      case R.QUEUE_DRIVER_LOW: return this.#setQueueField('availLow', value);
      case R.QUEUE_DRIVER_HIGH: return this.#setQueueField('availHigh', value);
      case R.QUEUE_DEVICE_LOW: return this.#setQueueField('usedLow', value);
      case R.QUEUE_DEVICE_HIGH: return this.#setQueueField('usedHigh', value);
      case R.QUEUE_READY: return this.#setReady(value & 1);
      default: this.#bad('write', offset);
    }
  }

  #offered(select: number): number {
    if (select === 0) {
      return ((this.device?.features ?? 0) | R.F_INDIRECT_DESC | R.F_EVENT_IDX | (this.#legacy ? R.F_ANY_LAYOUT : 0)) >>> 0;
    }
    return select === 1 && !this.#legacy ? R.F_HIGH_VERSION_1 : 0;
  }

  #takeFeatures(value: number): void {
    const { u32 } = this.#heap;
    const at = this.#at;
    if ((u32[at.status] & (R.STATUS_FEATURES_OK | R.STATUS_DRIVER_OK)) !== 0) return void this.#bad('late write', R.DRIVER_FEATURES);
    if (u32[at.driverFeaturesSel] === 0) u32[at.featuresLow] = value;
    else if (u32[at.driverFeaturesSel] === 1) u32[at.featuresHigh] = value;
  }

  #setStatus(value: number): void {
    const { u32 } = this.#heap;
    const at = this.#at;
    if (value === 0) return this.reset();
    let status = value | (u32[at.status] & R.STATUS_NEEDS_RESET);
    const unknown = (u32[at.featuresLow] & ~this.#offered(0)) | (u32[at.featuresHigh] & ~this.#offered(1));
    const acceptable = unknown === 0 && (this.#legacy || (u32[at.featuresHigh] & R.F_HIGH_VERSION_1) !== 0);
    // A driver reads the bit back to learn whether its choice stands.
    if ((status & ~u32[at.status] & R.STATUS_FEATURES_OK) !== 0 && !acceptable) status &= ~R.STATUS_FEATURES_OK;
    if (this.#legacy) u32[at.featuresLow] &= this.#offered(0);
    u32[at.status] = status;
  }

  #queueBase(queue: number): number {
    return this.#base + TRANSPORT_LAYOUT.offset.queues + queue * QUEUE_LAYOUT.size;
  }

  /** The selected queue, or -1. */
  #queue(): number {
    const selected = this.#heap.u32[this.#at.queueSel];
    return selected < this.queues.length ? selected : -1;
  }

  #queueIndex(queue: number, field: keyof (typeof QUEUE_LAYOUT)['offset']): number {
    return (this.#queueBase(queue) + QUEUE_LAYOUT.offset[field]) >>> 2;
  }

  #queueField(field: keyof (typeof QUEUE_LAYOUT)['offset']): number {
    const queue = this.#queue();
    return queue < 0 ? 0 : this.#heap.u32[this.#queueIndex(queue, field)];
  }

  /** Fields of a queue stay as they are while it is in use. */
  #setQueueField(field: keyof (typeof QUEUE_LAYOUT)['offset'], value: number): void {
    const queue = this.#queue();
    if (queue < 0 || this.#queueField('ready') !== 0) return void this.#bad('write for a queue in use or absent', 0);
    this.#heap.u32[this.#queueIndex(queue, field)] = value;
  }

  #setQueueNum(value: number): void {
    if (value === 0 || value > R.QUEUE_MAX || (value & (value - 1)) !== 0) return void this.#bad(`queue size ${value}`, R.QUEUE_NUM);
    this.#setQueueField('num', value);
  }

  #setReady(value: number): void {
    const queue = this.#queue();
    if (queue < 0) return void this.#bad('write for a queue that is absent', R.QUEUE_READY);
    const { u32 } = this.#heap;
    const at = (field: keyof (typeof QUEUE_LAYOUT)['offset']): number => this.#queueIndex(queue, field);
    if (value !== 0 && u32[at('ready')] === 0) {
      const num = u32[at('num')];
      if (num === 0) return void this.#bad('queue without a size', R.QUEUE_READY);
      const ok = this.#inRam(at('descLow'), num * R.DESC_SIZE, 16) && this.#inRam(at('availLow'), availSize(num), 2)
        && this.#inRam(at('usedLow'), usedSize(num), 4);
      if (!ok) return this.broken(`queue ${queue} is not in RAM or not aligned`);
      for (const field of ['lastAvail', 'usedIdx', 'signalledUsed', 'signalledValid'] as const) u32[at(field)] = 0;
    }
    u32[at('ready')] = value;
  }

  #inRam(low: number, size: number, align: number): boolean {
    const { u32 } = this.#heap;
    const host = this.#options.dma.host(u32[low + 1] * 0x1_0000_0000 + u32[low], size);
    return host >= 0 && u32[low] % align === 0 && host % Math.min(align, 4) === 0;
  }

  /** Legacy: one page number says where the whole queue lies; 0 takes it down. */
  #setPfn(value: number): void {
    const queue = this.#queue();
    if (queue < 0) return void this.#bad('write for a queue that is absent', R.QUEUE_PFN);
    const { u32 } = this.#heap;
    const at = (field: keyof (typeof QUEUE_LAYOUT)['offset']): number => this.#queueIndex(queue, field);
    u32[at('ready')] = 0;
    u32[at('pfn')] = value;
    if (value === 0) return;
    const num = u32[at('num')] === 0 ? R.QUEUE_MAX : u32[at('num')];
    const align = u32[at('align')] === 0 ? 4096 : u32[at('align')];
    u32[at('num')] = num;
    const desc = value * u32[this.#at.guestPageSize];
    const avail = desc + num * R.DESC_SIZE;
    const used = Math.ceil((avail + availSize(num)) / align) * align;
    for (const [field, pa] of [['desc', desc], ['avail', avail], ['used', used]] as const) {
      u32[at(`${field}Low`)] = pa % 0x1_0000_0000;
      u32[at(`${field}High`)] = Math.floor(pa / 0x1_0000_0000);
    }
    this.#setReady(1);
  }

  #notify(queue: number): void {
    if (queue >= this.queues.length) return void this.#bad(`kick of queue ${queue}`, R.QUEUE_NOTIFY);
    if (this.running && this.queues[queue].ready) this.device?.notify(queue);
  }

  #interrupt(set: number, clear = 0): void {
    const { u32 } = this.#heap;
    const at = this.#at.interruptStatus;
    u32[at] = (u32[at] & ~clear) | set;
    this.#options.irq(u32[at] !== 0 ? 1 : 0);
  }

  #readConfig(offset: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value |= (this.device?.configByte(offset + i) ?? 0) << (i * 8);
    return value >>> 0;
  }

  #bad(what: string, offset: number): number {
    this.#options.log.guestError(this.name, `${what}, offset 0x${offset.toString(16)}`);
    return 0;
  }
}

const EMPTY_CHAIN = new Chain();
