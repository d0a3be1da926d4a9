import type { EntropyBackend, Dma } from '../types.ts';
import { serveQueue, type VirtioDevice, type VirtioTransport } from '../virtio-mmio/device.ts';
import type { Chain } from '../virtio-mmio/queue.ts';

/** Most bytes that one request is given; drivers take short answers. */
const MAX_FILL = 1 << 16;

export interface VirtioRngOptions {
  readonly entropy: EntropyBackend;
  readonly dma: Dma;
}

/** Entropy device (VIRTIO 1.2, section 5.4): fills the driver's buffers with random bytes, at once. */
export class VirtioRng implements VirtioDevice {
  readonly name = 'virtio-rng';
  readonly deviceId = 4;
  readonly queueCount = 1;
  readonly features = 0;
  readonly #options: VirtioRngOptions;
  #transport!: VirtioTransport;

  constructor(options: VirtioRngOptions) {
    this.#options = options;
  }

  connect(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  configByte(): number {
    return 0;
  }

  reset(): void {}

  notify(): void {
    serveQueue(this.#transport, this.#transport.queues[0], this.#fill);
  }

  readonly #fill = (chain: Chain): number => {
    let written = 0;
    for (let i = chain.readable; i < chain.readable + chain.writable && written < MAX_FILL; i++) {
      const length = Math.min(chain.length[i], MAX_FILL - written);
      this.#options.entropy.fill(chain.host[i], length);
      this.#options.dma.dirty(chain.pa[i], length);
      written += length;
    }
    return written;
  };
}
