/** Register map of the GIC-400: Arm Generic Interrupt Controller Architecture version 2.0 (IHI 0048B), chapter 4. */

/** Distributor: byte offsets. Each of the bitmap registers is an array of words, one bit per interrupt. */
export const GICD = {
  CTLR: 0x000,
  TYPER: 0x004,
  IIDR: 0x008,
  IGROUPR: 0x080,
  ISENABLER: 0x100,
  ICENABLER: 0x180,
  ISPENDR: 0x200,
  ICPENDR: 0x280,
  ISACTIVER: 0x300,
  ICACTIVER: 0x380,
  IPRIORITYR: 0x400,
  ITARGETSR: 0x800,
  ICFGR: 0xc00,
  SGIR: 0xf00,
  CPENDSGIR: 0xf10,
  SPENDSGIR: 0xf20,
  PIDR4: 0xfd0,
} as const;

/** CPU interface: byte offsets. */
export const GICC = {
  CTLR: 0x000,
  PMR: 0x004,
  BPR: 0x008,
  IAR: 0x00c,
  EOIR: 0x010,
  RPR: 0x014,
  HPPIR: 0x018,
  ABPR: 0x01c,
  AIAR: 0x020,
  AEOIR: 0x024,
  AHPPIR: 0x028,
  APR0: 0x0d0,
  NSAPR0: 0x0e0,
  IIDR: 0x0fc,
  DIR: 0x1000,
} as const;

/** GICD_CTLR and the low bits of GICC_CTLR. */
export const ENABLE_GRP0 = 1;
export const ENABLE_GRP1 = 2;

/** GICC_CTLR without the Security Extensions. The bypass bits (5 to 8) are not implemented and read as zero. */
export const CTLR_ACK_CTL = 1 << 2;
export const CTLR_FIQ_EN = 1 << 3;
export const CTLR_CBPR = 1 << 4;
export const CTLR_EOI_MODE = 1 << 9;
export const CTLR_MASK = ENABLE_GRP0 | ENABLE_GRP1 | CTLR_ACK_CTL | CTLR_FIQ_EN | CTLR_CBPR | CTLR_EOI_MODE;

/** Special interrupt ids that acknowledging can return. */
export const INTID_GROUP1_ONLY = 1022;
export const INTID_SPURIOUS = 1023;

/** Implementer Arm, as QEMU's model identifies itself; drivers do not look at the product and revision fields. */
export const GICD_IIDR_VALUE = 0x0000043b;
export const GICC_IIDR_VALUE = 0x0002043b;

/** GICD PIDR4 to PIDR7, PIDR0 to PIDR3, CIDR0 to CIDR3 (GIC-400 TRM, table 3-2), one per word from 0xfd0. */
export const ID_REGISTERS: readonly number[] = [0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1];
