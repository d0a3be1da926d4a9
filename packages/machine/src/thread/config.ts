import type { LogOptions } from '../log/log.ts';

/** A virtio-blk disk. */
export interface DriveConfig {
  readonly path: string;
  readonly readonly: boolean;
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

/** Virtual time in ns, the same on all threads of a machine. */
export function makeClock(originMs: number): () => number {
  const offset = performance.timeOrigin - originMs;
  return () => (performance.now() + offset) * 1e6;
}
