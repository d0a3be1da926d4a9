/** Register map of the PL011 UART: PrimeCell UART (PL011) Technical Reference Manual, DDI 0183G, chapter 3. */
export const DR = 0x00;
/** Reads UARTRSR, writes UARTECR. */
export const RSR = 0x04;
export const FR = 0x18;
export const ILPR = 0x20;
export const IBRD = 0x24;
export const FBRD = 0x28;
export const LCR_H = 0x2c;
export const CR = 0x30;
export const IFLS = 0x34;
export const IMSC = 0x38;
export const RIS = 0x3c;
export const MIS = 0x40;
export const ICR = 0x44;
export const DMACR = 0x48;
export const PERIPH_ID0 = 0xfe0;

export const FR_RXFE = 0x10;
export const FR_RXFF = 0x40;
export const FR_TXFE = 0x80;

export const LCR_H_BRK = 1;
export const LCR_H_FEN = 1 << 4;
export const CR_LBE = 1 << 7;

/** Bits of UARTIMSC, UARTRIS, UARTMIS and UARTICR. */
export const INT_RX = 1 << 4;
export const INT_TX = 1 << 5;
export const INT_OE = 1 << 10;
export const INT_MASK = 0x7ff;

/** Error bits beside a received byte in UARTDR. */
export const DR_BE = 1 << 10;
export const DR_OE = 1 << 11;

export const CR_RESET = 0x300;
export const IFLS_RESET = 0x12;

/** UARTPeriphID0 to 3, UARTPCellID0 to 3, one per word from 0xfe0. */
export const ID_REGISTERS: readonly number[] = [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];
