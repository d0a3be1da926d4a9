/**
 * The physical address space of a board: which regions lie where. The flat view that TLB fills search is the softmmu
 * package's; this list is what it is built from, and a slow look-up for loaders, DMA and debuggers.
 */
import type { DeviceLog, MmioDevice } from '../device/types.ts';
import { ACCESS_OK, ACCESS_UNASSIGNED, mmioPort } from './mmio.ts';
import type { MmioPort } from './mmio.ts';

interface RegionBase {
  readonly name: string;
  /** Guest physical address. */
  readonly base: number;
  readonly size: number;
}

/** Memory that lies in the shared memory from `host` on. */
export interface MemoryRegion extends RegionBase {
  readonly kind: 'ram' | 'rom';
  readonly host: number;
}

/** A window of device registers. */
export interface MmioRegion extends RegionBase {
  readonly kind: 'mmio';
  readonly port: MmioPort;
}

export type Region = MemoryRegion | MmioRegion;

/** One thread's view. Regions are added while a machine is built and never change after it. */
export class PhysicalSpace {
  readonly #regions: Region[] = [];
  readonly #log: DeviceLog;
  /** Result of the last {@link read} or {@link write}: ACCESS_OK or ACCESS_UNASSIGNED. */
  status = ACCESS_OK;
  /** Bits 63:32 of the last 8-byte {@link read}. */
  high = 0;

  constructor(log: DeviceLog) {
    this.#log = log;
  }

  /** All regions, in ascending order; no two overlap. */
  get regions(): readonly Region[] {
    return this.#regions;
  }

  addMemory(kind: 'ram' | 'rom', name: string, base: number, size: number, host: number): void {
    this.#add({ kind, name, base, size, host });
  }

  /** @param size of the window, when it is not all of the device's */
  addMmio(base: number, device: MmioDevice, size: number = device.size): void {
    this.#add({ kind: 'mmio', name: device.name, base, size, port: mmioPort(device, this.#log) });
  }

  #add(region: Region): void {
    const next = this.#regions.findIndex((other) => other.base + other.size > region.base);
    const at = next < 0 ? this.#regions.length : next;
    const other = this.#regions[at];
    if (other !== undefined && other.base < region.base + region.size) {
      throw new RangeError(`${region.name} at 0x${region.base.toString(16)} overlaps ${other.name} at 0x${other.base.toString(16)}`);
    }
    this.#regions.splice(at, 0, region);
  }

  /** The region that holds `pa`, or undefined. */
  find(pa: number): Region | undefined {
    let low = 0;
    let high = this.#regions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const region = this.#regions[middle];
      if (pa < region.base) high = middle;
      else if (pa >= region.base + region.size) low = middle + 1;
      else return region;
    }
    return undefined;
  }

  /** Host address of `length` bytes of RAM (ROM too, if `readOnly`), or -1 when they are not all in one region of it. */
  host(pa: number, length: number, readOnly = false): number {
    const region = this.find(pa);
    if (region === undefined || region.kind === 'mmio' || (region.kind === 'rom' && !readOnly)) return -1;
    const offset = pa - region.base;
    return length >= 0 && offset + length <= region.size ? region.host + offset : -1;
  }

  /** Reads device registers; the caller holds the BQL. Low half of the value; 0 and `status` set where nothing answers. */
  read(pa: number, size: number): number {
    const region = this.find(pa);
    this.high = 0;
    if (region === undefined || region.kind !== 'mmio') return this.#unassigned('read', pa, size);
    this.status = ACCESS_OK;
    const low = region.port.read(pa - region.base, size);
    this.high = region.port.high;
    return low;
  }

  /** Writes device registers; the caller holds the BQL. */
  write(pa: number, size: number, low: number, high = 0): void {
    const region = this.find(pa);
    if (region === undefined || region.kind !== 'mmio') return void this.#unassigned('write', pa, size);
    this.status = ACCESS_OK;
    region.port.write(pa - region.base, size, low, high);
  }

  #unassigned(what: string, pa: number, size: number): number {
    this.status = ACCESS_UNASSIGNED;
    this.#log.guestError('bus', `${size}-byte ${what} at 0x${pa.toString(16)}, where nothing answers`);
    return 0;
  }
}
