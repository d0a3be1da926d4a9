import type { Heap } from '@mttcg/atomic';
import type { LogOptions } from '../log/log.ts';

/** A virtio-blk disk over a raw image. */
export interface DriveConfig {
  /** Name of the image, as the host's `openBlock` takes it: a file name on Node. */
  readonly path: string;
  readonly readonly: boolean;
  /** Capacity in bytes: a multiple of 512, and not more than the image has. */
  readonly bytes: number;
}

/** Everything about a machine that all its threads need to know; travels to them by structured clone. */
export interface MachineConfig {
  readonly cpuModel: string;
  readonly cpus: number;
  /** Bytes of RAM. */
  readonly ramBytes: number;
  /** One thread per vCPU, or all vCPUs in turn on one. */
  readonly thread: 'multi' | 'single';
  readonly drives: readonly DriveConfig[];
  readonly console: boolean;
  readonly rng: boolean;
  readonly log: LogOptions;
  /** Zero of the virtual clock: `performance.timeOrigin + performance.now()` of the control thread at start, ms. */
  readonly clockOriginMs: number;
}

/**
 * Virtual time in ns, the same on all threads of a machine; it stands still while the machine is paused.
 * @param stoppedAt host address of IO_STATE.stoppedNs
 */
export function makeClock(originMs: number, heap: Heap, stoppedAt: number): () => number {
  const offset = performance.timeOrigin - originMs;
  const { f64 } = heap;
  const stopped = stoppedAt / 8;
  return () => (performance.now() + offset) * 1e6 - f64[stopped];
}
