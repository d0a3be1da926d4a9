import type { Heap } from '@mttcg/atomic';
import type { CharBackend, CharReceiver, Dma } from '../types.ts';
import { serveQueue, type VirtioDevice, type VirtioTransport } from '../virtio-mmio/device.ts';
import type { Chain } from '../virtio-mmio/queue.ts';

const RECEIVE = 0;
const TRANSMIT = 1;

export interface VirtioConsoleOptions {
  readonly heap: Heap;
  readonly chr: CharBackend;
  readonly dma: Dma;
}

/** Console device with one port (VIRTIO 1.2, section 5.3): no size, no multiport, no emergency write. */
export class VirtioConsole implements VirtioDevice, CharReceiver {
  readonly name = 'virtio-console';
  readonly deviceId = 3;
  readonly queueCount = 2;
  readonly features = 0;
  readonly #options: VirtioConsoleOptions;
  #transport!: VirtioTransport;
  // The receive buffer that is being filled, within one possession of the BQL: bytes in it, and where the next one goes.
  #received = 0;
  #buffer = 0;
  #offset = 0;

  constructor(options: VirtioConsoleOptions) {
    this.#options = options;
  }

  connect(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  configByte(): number {
    return 0;
  }

  reset(): void {}

  notify(queue: number): void {
    if (queue === TRANSMIT) serveQueue(this.#transport, this.#transport.queues[TRANSMIT], this.#transmit);
    else if (this.canReceive() > 0) this.#options.chr.acceptInput?.();
  }

  readonly #transmit = (chain: Chain): number => {
    const { u8 } = this.#options.heap;
    for (let i = 0; i < chain.readable; i++) {
      const end = chain.host[i] + chain.length[i];
      for (let at = chain.host[i]; at < end; at++) this.#options.chr.write(u8[at]);
    }
    return 0;
  };

  /** A byte for each buffer that the driver has given: there may be room for more, but never for less. */
  canReceive(): number {
    if (!this.#transport.running) return 0;
    const queue = this.#transport.queues[RECEIVE];
    // Ask for a kick when it is empty: the driver's next buffer then wakes the backend.
    const waiting = queue.waiting();
    return waiting > 0 || !queue.rearm() ? waiting : queue.waiting();
  }

  receive(byte: number): void {
    const transport = this.#transport;
    const { chain } = transport;
    if (this.#received === 0) {
      if (!transport.running || !transport.queues[RECEIVE].pop(chain)) return;
      if (chain.writable === 0) return transport.broken('a receive buffer that cannot be written');
      this.#buffer = chain.readable;
      this.#offset = 0;
    }
    if (this.#offset === chain.length[this.#buffer]) {
      this.#buffer++;
      this.#offset = 0;
    }
    const at = this.#offset++;
    this.#options.heap.u8[chain.host[this.#buffer] + at] = byte;
    this.#options.dma.dirty(chain.pa[this.#buffer] + at, 1);
    if (++this.#received === chain.writableBytes) this.received();
  }

  received(): void {
    if (this.#received === 0) return;
    const queue = this.#transport.queues[RECEIVE];
    queue.push(this.#transport.chain.head, this.#received);
    this.#received = 0;
    queue.signal();
  }
}
