import type { Chain, Virtqueue } from './queue.ts';

/** What a device gets from its transport. All of it wants the BQL. */
export interface VirtioTransport {
  readonly queues: readonly Virtqueue[];
  /** Scratch for {@link Virtqueue.pop}: one per thread and device. */
  readonly chain: Chain;
  /** The driver is ready for requests and the device is not broken. */
  readonly running: boolean;
  /** Whether the driver took this feature (a mask over bits 0 to 31). */
  hasFeature(mask: number): boolean;
  /** The driver broke the device's rules: DEVICE_NEEDS_RESET, nothing more is served until it is reset. */
  broken(reason: string): void;
  /** Configuration space changed. */
  configChanged(): void;
}

/** A kind of virtio device behind a transport. */
export interface VirtioDevice {
  readonly name: string;
  /** VIRTIO 1.2, section 5. */
  readonly deviceId: number;
  readonly queueCount: number;
  /** Device-specific feature bits 0 to 23 that it offers. The transport adds those of the rings. */
  readonly features: number;
  /** Byte of configuration space; 0 beyond its end. */
  configByte(offset: number): number;
  /** Called once, before anything else. */
  connect(transport: VirtioTransport): void;
  /** The driver put requests into a queue. */
  notify(queue: number): void;
  /** The driver resets the device: what is under way is dropped. */
  reset(): void;
}

/**
 * Takes the requests that wait in a queue, one after the other, until there are none and the driver will kick for the
 * next; then interrupts the driver if it wants that. `answer` does what `transport.chain` asks for and returns the bytes
 * it wrote. For devices that answer at once.
 */
export function serveQueue(transport: VirtioTransport, queue: Virtqueue, answer: (chain: Chain) => number): void {
  const { chain } = transport;
  let any = false;
  do {
    while (transport.running && queue.pop(chain)) {
      queue.push(chain.head, answer(chain));
      any = true;
    }
  } while (transport.running && queue.rearm());
  if (any) queue.signal();
}
