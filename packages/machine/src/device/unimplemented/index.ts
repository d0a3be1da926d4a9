import type { AccessSize, DeviceLog, MmioDevice } from '../types.ts';

/** A window where a device should be: reads as zero, ignores writes, and says so in the log each time. */
export class Unimplemented implements MmioDevice {
  readonly name: string;
  readonly size: number;
  readonly #log: DeviceLog;

  constructor(name: string, size: number, log: DeviceLog) {
    this.name = name;
    this.size = size;
    this.#log = log;
  }

  reset(): void {}

  read(offset: number, size: AccessSize): number {
    this.#log.unimp(this.name, `${size}-byte read at offset 0x${offset.toString(16)}`);
    return 0;
  }

  write(offset: number, size: AccessSize, value: number): void {
    this.#log.unimp(this.name, `${size}-byte write of 0x${value.toString(16)} at offset 0x${offset.toString(16)}`);
  }
}
