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
