import type { Heap } from '@mttcg/atomic';
import type { CharBackend, CharReceiver, Dma } from '../types.ts';
import type { VirtioDevice, VirtioTransport } from '../virtio-mmio/device.ts';

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
    if (queue === TRANSMIT) this.#transmit();
    else if (this.canReceive() > 0) this.#options.chr.acceptInput?.();
  }

  #transmit(): void {
    const { u8 } = this.#options.heap;
    const queue = this.#transport.queues[TRANSMIT];
    const { chain } = this.#transport;
    let any = false;
    do {
      while (this.#transport.running && queue.pop(chain)) {
        for (let i = 0; i < chain.readable; i++) {
          const end = chain.host[i] + chain.length[i];
          for (let at = chain.host[i]; at < end; at++) this.#options.chr.write(u8[at]);
        }
        queue.push(chain.head, 0);
        any = true;
      }
    } while (this.#transport.running && queue.rearm());
    if (any) queue.signal();
  }

  /** One byte per buffer that the driver has given. */
  canReceive(): number {
    if (!this.#transport.running) return 0;
    const queue = this.#transport.queues[RECEIVE];
    // Ask for a kick when it is empty: the driver's next buffer then wakes the backend.
    const waiting = queue.waiting();
    return waiting > 0 || !queue.rearm() ? waiting : queue.waiting();
  }

  receive(byte: number): void {
    const queue = this.#transport.queues[RECEIVE];
    const { chain } = this.#transport;
    if (!this.#transport.running || !queue.pop(chain)) return;
    const first = chain.readable;
    if (chain.writable === 0) return this.#transport.broken('a receive buffer that cannot be written');
    this.#options.heap.u8[chain.host[first]] = byte;
    this.#options.dma.dirty(chain.pa[first], 1);
    queue.push(chain.head, 1);
    queue.signal();
  }
}
