/** Memory map and interrupt numbers of the board `virt`, QEMU's. Addresses are physical; SPI numbers start at 0. */
export const VIRT = {
  FLASH: { base: 0, size: 0x0800_0000 },
  GICD: { base: 0x0800_0000, size: 0x1_0000 },
  GICC: { base: 0x0801_0000, size: 0x1_0000 },
  UART: { base: 0x0900_0000, size: 0x1000, spi: 1 },
  RTC: { base: 0x0901_0000, size: 0x1000, spi: 2 },
  FW_CFG: { base: 0x0902_0000, size: 0x18 },
  GPIO: { base: 0x0903_0000, size: 0x1000, spi: 7 },
  VIRTIO: { base: 0x0a00_0000, size: 0x200, spi: 16, count: 32 },
  RAM: { base: 0x4000_0000 },
} as const;

/** Interrupt ids of the generic timers, as private peripheral interrupts. */
export const TIMER_PPI = { SECURE_PHYS: 29, PHYS: 30, VIRT: 27, HYP: 26 } as const;

/** GPIO line of the power button. */
export const VIRT_POWER_KEY_LINE = 3;
