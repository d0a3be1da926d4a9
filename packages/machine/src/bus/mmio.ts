/** From a guest's memory access to the registers of a device. */
import type { DeviceLog, MmioDevice } from '../device/types.ts';

/** What an access did. */
export const ACCESS_OK = 0;
/** Nothing answers there: an external abort, if the caller wants it so; reads give 0. */
export const ACCESS_UNASSIGNED = 1;

/**
 * One device's window as the memory system calls it: `offset` within the window, any size of 1 to 8 bytes, any alignment
 * that the guest's memory type lets through. Values are u32 halves; the second half of an 8-byte read is left in
 * {@link MmioPort.high}. The caller holds the BQL.
 */
export interface MmioPort {
  readonly device: MmioDevice;
  /** Bits 63:32 of the last 8-byte read. Private to this thread's object. */
  high: number;
  /** Bits 31:0, zero-extended. */
  read(offset: number, size: number): number;
  write(offset: number, size: number, low: number, high: number): void;
}

class Port implements MmioPort {
  readonly device: MmioDevice;
  readonly #log: DeviceLog;
  high = 0;

  constructor(device: MmioDevice, log: DeviceLog) {
    this.device = device;
    this.#log = log;
  }

  read(offset: number, size: number): number {
    const { device } = this;
    this.high = 0;
    if (offset + size > device.size) return this.#outside('read', offset, size);
    if ((offset & (size - 1)) !== 0 && size !== 8) return this.#bytewise(offset, size);
    switch (size) {
      case 1: return device.read(offset, 1) & 0xff;
      case 2: return device.read(offset, 2) & 0xffff;
      case 4: return device.read(offset, 4) >>> 0;
      default: {
        if ((offset & 3) !== 0) return this.#bytewise(offset, size);
        const low = device.read(offset, 4) >>> 0;
        this.high = device.read(offset + 4, 4) >>> 0;
        return low;
      }
    }
  }

  write(offset: number, size: number, low: number, high: number): void {
    const { device } = this;
    if (offset + size > device.size) return void this.#outside('write', offset, size);
    const misaligned = size === 8 ? (offset & 3) !== 0 : (offset & (size - 1)) !== 0;
    if (misaligned) {
      for (let i = 0; i < size; i++) device.write(offset + i, 1, ((i < 4 ? low : high) >>> ((i & 3) * 8)) & 0xff);
      return;
    }
    switch (size) {
      case 1: return device.write(offset, 1, low & 0xff);
      case 2: return device.write(offset, 2, low & 0xffff);
      case 4: return device.write(offset, 4, low >>> 0);
      default:
        device.write(offset, 4, low >>> 0);
        device.write(offset + 4, 4, high >>> 0);
    }
  }

  #bytewise(offset: number, size: number): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < size; i++) {
      const byte = this.device.read(offset + i, 1) & 0xff;
      if (i < 4) low |= byte << (i * 8);
      else high |= byte << ((i - 4) * 8);
    }
    this.high = high >>> 0;
    return low >>> 0;
  }

  #outside(what: string, offset: number, size: number): number {
    this.#log.guestError(this.device.name, `${size}-byte ${what} across the end of its window, offset 0x${offset.toString(16)}`);
    return 0;
  }
}

/** Makes the adapter of one device window, for this thread. */
export function mmioPort(device: MmioDevice, log: DeviceLog): MmioPort {
  return new Port(device, log);
}

