import { defineLayout } from '@mttcg/atomic';
import { wordIndexes } from '../state.ts';
import type { AccessSize, DeviceLog, Dma, MmioDevice, SharedState } from '../types.ts';
import { buildItems } from './items.ts';
import type { FwCfgItems } from './items.ts';

/** Register map: QEMU documentation, "QEMU Firmware Configuration (fw_cfg) Device", MMIO variant. All big-endian. */
const DATA = 0;
const SELECTOR = 8;
const DMA_HIGH = 16;
const DMA_LOW = 20;
const WINDOW = 0x18;

/** "QEMU CFG", what the DMA register reads as. */
const DMA_SIGNATURE_HIGH = 0x51454d55;
const DMA_SIGNATURE_LOW = 0x20434647;

const DMA_ERROR = 1;
const DMA_READ = 2;
const DMA_SKIP = 4;
const DMA_SELECT = 8;
const DMA_WRITE = 16;
const DMA_DESCRIPTOR_SIZE = 16;

/** Item reads beyond an item's end give zeros; this bounds how many of them one descriptor can ask for. */
const DMA_CHUNK = 1 << 20;

const LAYOUT = defineLayout({
  name: 'fw_cfg',
  fields: {
    selected: 'u32',
    /** Next byte of the selected item. */
    offset: 'u32',
    dmaHigh: 'u32',
  },
});

export const FW_CFG_STATE_SIZE = LAYOUT.size;

export interface FwCfgFile {
  /** Up to 55 characters, `opt/...` for users' files. */
  readonly name: string;
  readonly data: Uint8Array;
}

export interface FwCfgOptions {
  readonly cpus: number;
  readonly files: readonly FwCfgFile[];
  readonly dma: Dma;
  readonly log: DeviceLog;
}

/** QEMU's firmware configuration device: a read-only store of numbered items and named files. */
export class FwCfg implements MmioDevice {
  readonly name = 'fw_cfg';
  readonly size = WINDOW;
  readonly #u32: Uint32Array;
  readonly #u8: Uint8Array;
  readonly #at: (typeof LAYOUT)['offset'];
  readonly #items: FwCfgItems;
  readonly #options: FwCfgOptions;

  constructor(state: SharedState, options: FwCfgOptions) {
    this.#u32 = state.heap.u32;
    this.#u8 = state.heap.u8;
    this.#at = wordIndexes(LAYOUT.offset, state.base);
    this.#items = buildItems(options.cpus, options.files);
    this.#options = options;
  }

  reset(): void {
    for (const at of Object.values(this.#at)) this.#u32[at] = 0;
  }

  /** Data of any width comes in the order of memory, so the first byte of the item is the lowest of a read. */
  read(offset: number, size: AccessSize): number {
    if (offset < SELECTOR) {
      let value = 0;
      for (let i = 0; i < size; i++) value |= this.#next() << (i * 8);
      return value >>> 0;
    }
    if (offset >= DMA_HIGH) {
      const word = offset < DMA_LOW ? DMA_SIGNATURE_HIGH : DMA_SIGNATURE_LOW;
      return size === 4 ? swap32(word) : swap32(word) >>> ((offset & 3) * 8);
    }
    return 0;
  }

  write(offset: number, size: AccessSize, value: number): void {
    const u32 = this.#u32;
    if (offset === SELECTOR && size === 2) return this.#select(((value & 0xff) << 8) | (value >>> 8));
    if (offset === DMA_HIGH && size === 4) {
      u32[this.#at.dmaHigh] = swap32(value);
      return;
    }
    if (offset === DMA_LOW && size === 4) {
      const high = u32[this.#at.dmaHigh];
      u32[this.#at.dmaHigh] = 0;
      return this.#transfer(high * 0x1_0000_0000 + swap32(value));
    }
    if (offset >= DATA && offset < SELECTOR) return; // The old way to write items is gone; DMA replaced it.
    this.#options.log.guestError(this.name, `${size}-byte write at offset 0x${offset.toString(16)}`);
  }

  #select(key: number): void {
    this.#u32[this.#at.selected] = key;
    this.#u32[this.#at.offset] = 0;
  }

  #next(): number {
    const at = this.#at.offset;
    const item = this.#items.get(this.#u32[this.#at.selected]);
    const offset = this.#u32[at];
    if (item === undefined || offset >= item.length) return 0;
    this.#u32[at] = offset + 1;
    return item[offset];
  }

  /** Runs the descriptor at guest physical `pa`: control, length, address (32, 32, 64 bits, big-endian). */
  #transfer(pa: number): void {
    const descriptor = this.#options.dma.host(pa, DMA_DESCRIPTOR_SIZE);
    if (descriptor < 0) return this.#options.log.guestError(this.name, `DMA descriptor outside of RAM, 0x${pa.toString(16)}`);
    const control = this.#be32(descriptor);
    const length = this.#be32(descriptor + 4);
    const target = this.#be32(descriptor + 8) * 0x1_0000_0000 + this.#be32(descriptor + 12);
    if ((control & DMA_SELECT) !== 0) this.#select(control >>> 16);

    let result = 0;
    if ((control & DMA_READ) !== 0) result = this.#copyOut(target, length);
    else if ((control & DMA_WRITE) !== 0) result = DMA_ERROR;
    else if ((control & DMA_SKIP) !== 0) this.#skip(length);

    this.#u8.set([0, 0, 0, result], descriptor);
    this.#options.dma.dirty(pa, 4);
  }

  #copyOut(target: number, length: number): number {
    for (let done = 0; done < length; ) {
      const part = Math.min(length - done, DMA_CHUNK);
      const host = this.#options.dma.host(target + done, part);
      if (host < 0) return DMA_ERROR;
      const item = this.#items.get(this.#u32[this.#at.selected]) ?? new Uint8Array(0);
      const from = Math.min(this.#u32[this.#at.offset], item.length);
      const bytes = item.subarray(from, from + part);
      this.#u8.set(bytes, host);
      this.#u8.fill(0, host + bytes.length, host + part);
      this.#options.dma.dirty(target + done, part);
      this.#skip(part);
      done += part;
    }
    return 0;
  }

  #skip(length: number): void {
    const at = this.#at.offset;
    const item = this.#items.get(this.#u32[this.#at.selected]);
    this.#u32[at] = Math.min(this.#u32[at] + length, item?.length ?? 0);
  }

  #be32(host: number): number {
    const u8 = this.#u8;
    return ((u8[host] << 24) | (u8[host + 1] << 16) | (u8[host + 2] << 8) | u8[host + 3]) >>> 0;
  }
}

function swap32(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24)) >>> 0;
}
