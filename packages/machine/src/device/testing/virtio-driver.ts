/** The driver's side of virtio-mmio and its rings, for tests. */
import type { Heap } from '@mttcg/atomic';
import type { SharedState } from '../types.ts';
import { VIRTIO_MMIO_STATE_SIZE, VirtioMmio } from '../virtio-mmio/index.ts';
import type { VirtioDevice } from '../virtio-mmio/index.ts';
import * as R from '../virtio-mmio/registers.ts';
import { makeDma, makeHeap, makeLog, makeProbe } from './harness.ts';
import type { Probe, TestDma, TestLog } from './harness.ts';

export const RAM = 0x4000_0000;
export const RAM_SIZE = 0x80000;
const RAM_HOST = 0x20000;
const STATE = 0x1000;

/** Memory and services that a device under test is made with. */
export interface Bench {
  readonly heap: Heap;
  readonly dma: TestDma;
  readonly log: TestLog;
  readonly irq: Probe;
  /** For the device's own state, beside the transport's. */
  readonly own: SharedState;
}

export interface Buffer {
  readonly pa: number;
  readonly len: number;
  readonly write?: boolean;
}

export interface DriverOptions {
  readonly legacy?: boolean;
  /** Ring features to take: F_INDIRECT_DESC, F_EVENT_IDX. */
  readonly features?: number;
  readonly num?: number;
}

export class VirtioDriver {
  readonly bench: Bench;
  readonly mmio: VirtioMmio;
  readonly device: VirtioDevice;
  readonly num: number;
  readonly #options: DriverOptions;
  readonly #view: DataView;
  readonly #nextDesc: number[] = [];
  readonly #seen: number[] = [];

  constructor(make: (bench: Bench) => VirtioDevice, options: DriverOptions = {}) {
    const heap = makeHeap();
    this.bench = {
      heap, dma: makeDma(RAM, RAM_SIZE, RAM_HOST), log: makeLog(), irq: makeProbe(),
      own: { heap, base: STATE + Math.ceil(VIRTIO_MMIO_STATE_SIZE / 64) * 64 },
    };
    this.#options = options;
    this.#view = new DataView(heap.buffer, RAM_HOST, RAM_SIZE);
    this.num = options.num ?? 8;
    this.device = make(this.bench);
    this.mmio = new VirtioMmio({ heap, base: STATE }, {
      irq: this.bench.irq.line, dma: this.bench.dma, log: this.bench.log, device: this.device, legacy: options.legacy ?? false,
    });
    this.mmio.reset();
  }

  get(offset: number): number { return this.mmio.read(offset, 4) >>> 0; }
  set(offset: number, value: number): void { this.mmio.write(offset, 4, value >>> 0); }

  /** Reset to DRIVER_OK, with all queues. */
  start(): this {
    this.set(R.STATUS, 0);
    this.set(R.STATUS, 1);
    this.set(R.STATUS, 3);
    this.set(R.DEVICE_FEATURES_SEL, 0);
    this.set(R.DRIVER_FEATURES_SEL, 0);
    this.set(R.DRIVER_FEATURES, this.get(R.DEVICE_FEATURES) & ((this.#options.features ?? 0) | 0xffffff));
    if (!this.#options.legacy) {
      this.set(R.DRIVER_FEATURES_SEL, 1);
      this.set(R.DRIVER_FEATURES, 1);
      this.set(R.STATUS, 11);
    } else {
      this.set(R.GUEST_PAGE_SIZE, 4096);
    }
    for (let q = 0; q < this.device.queueCount; q++) this.setUp(q);
    this.set(R.STATUS, this.#options.legacy ? 7 : 15);
    return this;
  }

  /** Descriptor table, available and used ring of queue q lie in its own 16 KiB at the start of RAM. */
  desc(q: number): number { return RAM + q * 0x4000; }
  avail(q: number): number { return this.desc(q) + this.num * 16; }
  used(q: number): number {
    const end = this.avail(q) + 6 + this.num * 2;
    return this.#options.legacy ? Math.ceil(end / 4096) * 4096 : this.desc(q) + 0x2000;
  }

  setUp(q: number): void {
    for (let pa = this.desc(q); pa < this.desc(q) + 0x4000; pa += 4) this.poke32(pa, 0);
    this.#nextDesc[q] = this.#seen[q] = 0;
    this.set(R.QUEUE_SEL, q);
    this.set(R.QUEUE_NUM, this.num);
    if (this.#options.legacy) {
      this.set(R.QUEUE_ALIGN, 4096);
      this.set(R.QUEUE_PFN, this.desc(q) / 4096);
      return;
    }
    for (const [at, pa] of [[R.QUEUE_DESC_LOW, this.desc(q)], [R.QUEUE_DRIVER_LOW, this.avail(q)], [R.QUEUE_DEVICE_LOW, this.used(q)]]) {
      this.set(at, pa);
      this.set(at + 4, 0);
    }
    this.set(R.QUEUE_READY, 1);
  }

  peek16(pa: number): number { return this.#view.getUint16(pa - RAM, true); }
  peek32(pa: number): number { return this.#view.getUint32(pa - RAM, true); }
  poke16(pa: number, value: number): void { this.#view.setUint16(pa - RAM, value & 0xffff, true); }
  poke32(pa: number, value: number): void { this.#view.setUint32(pa - RAM, value >>> 0, true); }
  bytes(pa: number, length: number): Uint8Array { return new Uint8Array(this.#view.buffer, this.#view.byteOffset + (pa - RAM), length); }

  writeDesc(at: number, pa: number, len: number, flags: number, next: number): void {
    this.poke32(at, pa % 2 ** 32);
    this.poke32(at + 4, Math.floor(pa / 2 ** 32));
    this.poke32(at + 8, len);
    this.poke16(at + 12, flags);
    this.poke16(at + 14, next);
  }

  /** Puts one request into the ring, without a kick. Returns its head. */
  offer(q: number, ...buffers: readonly Buffer[]): number {
    const head = this.#nextDesc[q];
    buffers.forEach(({ pa, len, write }, i) => {
      const index = (head + i) % this.num;
      const more = i + 1 < buffers.length;
      this.writeDesc(this.desc(q) + index * 16, pa, len, (more ? 1 : 0) | (write ? 2 : 0), (index + 1) % this.num);
    });
    this.#nextDesc[q] = (head + buffers.length) % this.num;
    this.publish(q, head);
    return head;
  }

  /** The same through an indirect table at `table`. */
  offerIndirect(q: number, table: number, ...buffers: readonly Buffer[]): number {
    const head = this.#nextDesc[q];
    buffers.forEach(({ pa, len, write }, i) => {
      this.writeDesc(table + i * 16, pa, len, (i + 1 < buffers.length ? 1 : 0) | (write ? 2 : 0), i + 1);
    });
    this.writeDesc(this.desc(q) + head * 16, table, buffers.length * 16, 4, 0);
    this.#nextDesc[q] = (head + 1) % this.num;
    this.publish(q, head);
    return head;
  }

  publish(q: number, head: number): void {
    const idx = this.peek16(this.avail(q) + 2);
    this.poke16(this.avail(q) + 4 + (idx % this.num) * 2, head);
    this.poke16(this.avail(q) + 2, idx + 1);
  }

  kick(q: number): void { this.set(R.QUEUE_NOTIFY, q); }

  /** What came back since the last call. */
  collect(q: number): { id: number; len: number }[] {
    const out: { id: number; len: number }[] = [];
    while (this.#seen[q] !== this.peek16(this.used(q) + 2)) {
      const at = this.used(q) + 4 + (this.#seen[q] % this.num) * 8;
      out.push({ id: this.peek32(at), len: this.peek32(at + 4) });
      this.#seen[q] = (this.#seen[q] + 1) & 0xffff;
    }
    return out;
  }

  get needsReset(): boolean { return (this.get(R.STATUS) & R.STATUS_NEEDS_RESET) !== 0; }

  /** Takes the interrupt; returns what it was for. */
  acknowledge(): number {
    const status = this.get(R.INTERRUPT_STATUS);
    this.set(R.INTERRUPT_ACK, status);
    return status;
  }
}
