import { armArch } from '@mttcg/guest-arm';
import { buildVirtDtb, editUserDtb, VIRT, VIRT_VIRTIO_SLOTS } from './board/index.ts';
import type { BootInfo } from './fdt/index.ts';
import { type BootPlan, parseDtb } from './loader/index.ts';
import type { LogItem, LogRange } from './log/log.ts';
import { MAX_CPUS } from './memory/layout.ts';
import { MAX_RAM_BYTES } from './memory/plan.ts';
import type { DriveConfig, MachineConfig } from './thread/config.ts';

const MIB = 1 << 20;
const SECTOR = 512;

/** A value that no machine can be made with; `option` is the command-line name of what was wrong. */
export class ConfigError extends Error {
  readonly option: string;

  constructor(option: string, message: string, cause?: unknown) {
    super(`${option}: ${message}`, cause === undefined ? undefined : { cause });
    this.name = 'ConfigError';
    this.option = option;
  }
}

/** What a machine is made of: QEMU's board `virt` with these parts. */
export interface MachineOptions {
  /** One of CPU_MODELS. Default 'cortex-a57'. */
  readonly cpuModel?: string;
  /** vCPUs: 1 to MAX_CPUS. Default 1. */
  readonly cpus?: number;
  /** Bytes of RAM: a multiple of 1 MiB, up to MAX_RAM_BYTES. The host commits what the guest touches. Default 128 MiB. */
  readonly ramBytes?: number;
  /** 'multi': a thread per vCPU; 'single': all in turn on one. Default 'multi'. */
  readonly thread?: 'multi' | 'single';
  /** arm64 Image (also compressed by gzip, or in an EFI zboot wrapper) or AArch64 ELF. Kept as long as the machine: a reset loads it again. */
  readonly kernel: Uint8Array;
  /** Initial RAM disk, as it is. */
  readonly initrd?: Uint8Array | undefined;
  /** Kernel command line. */
  readonly append?: string | undefined;
  /** Device tree to use instead of the board's own; memory, command line and initrd are set in it. */
  readonly dtb?: Uint8Array | undefined;
  /**
   * virtio-blk disks; 32 with console and rng are the limit. The first takes the highest slot, as with QEMU, and Linux counts
   * from the lowest: its /dev/vda is the last one here. An image that is written to is locked until the machine has ended,
   * against other drives and other processes.
   */
  readonly drives?: readonly DriveConfig[];
  /** A virtio console: serial port 1 of the machine, the guest's /dev/hvc0. Default false. */
  readonly console?: boolean;
  /** A virtio entropy device. Default false. */
  readonly rng?: boolean;
  /** What to log (LOG_ITEMS), and for which guest addresses; where it goes is the platform's business. */
  readonly log?: { readonly items: readonly LogItem[]; readonly ranges?: readonly LogRange[] } | undefined;
  /** start() lets the vCPUs wait for resume(). Default false. */
  readonly startPaused?: boolean;
}

/** Models of `-cpu`. */
export const CPU_MODELS: readonly string[] = armArch.models;

/** Checks the options and fills in what they leave out. @throws ConfigError */
export function checkOptions(options: Omit<MachineOptions, 'kernel'>): MachineConfig {
  const cpus = options.cpus ?? 1;
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > MAX_CPUS) throw new ConfigError('-smp', `${cpus} CPUs asked for; the board has 1 to ${MAX_CPUS}`);
  const ramBytes = options.ramBytes ?? 128 * MIB;
  if (!Number.isInteger(ramBytes / MIB) || ramBytes < MIB || ramBytes > MAX_RAM_BYTES) {
    throw new ConfigError('-m', `${ramBytes / MIB} MiB asked for; the board takes whole MiB from 1 to ${MAX_RAM_BYTES / MIB}`);
  }
  const cpuModel = options.cpuModel ?? 'cortex-a57';
  if (!CPU_MODELS.includes(cpuModel)) throw new ConfigError('-cpu', `there is no CPU "${cpuModel}"; there are ${CPU_MODELS.join(', ')}`);
  const drives = options.drives ?? [];
  drives.forEach(checkDrive);
  const config: MachineConfig = {
    cpuModel, cpus, ramBytes,
    thread: options.thread ?? 'multi',
    drives: drives.map(({ path, readonly, bytes }) => ({ path, readonly, bytes })),
    console: options.console ?? false,
    rng: options.rng ?? false,
    log: { items: options.log?.items ?? [], ranges: options.log?.ranges ?? [] },
    clockOriginMs: performance.timeOrigin + performance.now(),
  };
  const devices = drives.length + Number(config.console) + Number(config.rng);
  if (devices > VIRT_VIRTIO_SLOTS) throw new ConfigError('-drive', `the board has slots for ${VIRT_VIRTIO_SLOTS} virtio devices; ${devices} were asked for`);
  return config;
}

function checkDrive({ path, bytes }: DriveConfig): void {
  if (!Number.isSafeInteger(bytes) || bytes < SECTOR) throw new ConfigError('-drive', `${path} has ${bytes} bytes; a disk has at least one sector of ${SECTOR}`);
  if (bytes % SECTOR !== 0) throw new ConfigError('-drive', `${path} has ${bytes} bytes, which is not a multiple of the sector size of ${SECTOR}`);
}

/** `compatible` of a CPU model's nodes, QEMU's: its `max` calls itself a Cortex-A57 there. */
function cpuCompatible(model: string): string {
  return model === 'max' ? 'arm,cortex-a57' : `arm,${model}`;
}

/** The device tree that a machine with these options hands to its kernel. Throws LoaderError and ConfigError. */
export function buildDtb(options: Omit<MachineOptions, 'kernel'>, initrd?: BootPlan['initrd']): Uint8Array {
  const config = checkOptions(options);
  const boot: BootInfo = {
    ram: { base: VIRT.RAM.base, size: config.ramBytes },
    ...(options.append === undefined ? {} : { bootargs: options.append }),
    ...(initrd === undefined ? {} : { initrd }),
  };
  if (options.dtb !== undefined) return editUserDtb(parseDtb(options.dtb), boot);
  return buildVirtDtb({ cpus: config.cpus, cpuCompatible: cpuCompatible(config.cpuModel), boot, seed: crypto.getRandomValues(new Uint32Array(10)) });
}
