import { fwCfg, pl011, pl031, pl061, unimplemented, virtioMmio } from './parts.ts';
import type { Part } from './parts.ts';
import { VIRT } from './virt-map.ts';

/** One device of a board. */
export interface BoardLine {
  readonly name: string;
  readonly part: Part;
  /** Physical address. */
  readonly base: number;
  /** Shared peripheral interrupt, 0 up. */
  readonly spi?: number;
  /** Which virtio-mmio slot this is. */
  readonly slot?: number;
}

/** The devices of `virt`, beside the interrupt controller that all of them are wired to. */
export const VIRT_PARTS: readonly BoardLine[] = [
  { name: 'flash', part: unimplemented('flash', VIRT.FLASH.size), base: VIRT.FLASH.base },
  { name: 'uart', part: pl011, ...VIRT.UART },
  { name: 'rtc', part: pl031, ...VIRT.RTC },
  { name: 'fw-cfg', part: fwCfg, ...VIRT.FW_CFG },
  { name: 'gpio', part: pl061, ...VIRT.GPIO },
  ...Array.from({ length: VIRT.VIRTIO.count }, (_, slot) => ({
    name: `virtio${slot}`, part: virtioMmio, slot, base: VIRT.VIRTIO.base + slot * VIRT.VIRTIO.size, spi: VIRT.VIRTIO.spi + slot,
  })),
];
