/**
 * Exceptions of CpuCommon.exceptionIndex, and ESR_EL1 values (Arm ARM D17.2.37). Generated code raises one by storing
 * `exceptionIndex` and ENV.excSyndrome, setting pc to the preferred return address (the next instruction for SVC, HVC
 * and SMC, the instruction itself for the others) and leaving with TbExit.EXCEPTION.
 */
export const ArmExcp = {
  UNDEF: 1,
  SVC: 2,
  HVC: 3,
  SMC: 4,
  BKPT: 5,
  INSN_ABORT: 6,
  DATA_ABORT: 7,
  PC_ALIGN: 8,
  SP_ALIGN: 9,
  FP_TRAP: 10,
  SYS_TRAP: 11,
  WFX_TRAP: 12,
  ILLEGAL_STATE: 13,
  STEP: 14,
  BREAKPOINT: 15,
  WATCHPOINT: 16,
  IRQ: 17,
  FIQ: 18,
  SERROR: 19,
} as const;

/** Exception classes, ESR bits 31-26. */
export const Ec = {
  UNCATEGORIZED: 0x00,
  WFX: 0x01,
  FP_ACCESS: 0x07,
  ILLEGAL_STATE: 0x0e,
  SVC64: 0x15,
  HVC64: 0x16,
  SMC64: 0x17,
  SYSREG: 0x18,
  INSN_ABORT_LOWER: 0x20,
  INSN_ABORT: 0x21,
  PC_ALIGN: 0x22,
  DATA_ABORT_LOWER: 0x24,
  DATA_ABORT: 0x25,
  SP_ALIGN: 0x26,
  SERROR: 0x2f,
  BREAKPOINT_LOWER: 0x30,
  STEP_LOWER: 0x32,
  WATCHPOINT_LOWER: 0x34,
  BRK64: 0x3c,
} as const;

const IL = 1 << 25;

function syn(ec: number, iss: number): number {
  return (ec << 26) | IL | iss;
}

export function synUncategorized(): number {
  return syn(Ec.UNCATEGORIZED, 0);
}
export function synSvc(imm16: number): number {
  return syn(Ec.SVC64, imm16);
}
export function synHvc(imm16: number): number {
  return syn(Ec.HVC64, imm16);
}
export function synSmc(imm16: number): number {
  return syn(Ec.SMC64, imm16);
}
export function synBrk(imm16: number): number {
  return syn(Ec.BRK64, imm16);
}
/** FP or SIMD access trapped by CPACR_EL1: COND is 0b1110 with CV set for A64. */
export function synFpAccess(): number {
  return syn(Ec.FP_ACCESS, (1 << 24) | (0xe << 20));
}
/** Trapped MSR, MRS or SYS. */
export function synSysReg(
  op0: number, op1: number, crn: number, crm: number, op2: number, rt: number, isRead: boolean,
): number {
  return syn(
    Ec.SYSREG,
    (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (rt << 5) | (crm << 1) | (isRead ? 1 : 0),
  );
}
/** Trapped WFI (`wfe` false) or WFE. */
export function synWfx(wfe: boolean): number {
  return syn(Ec.WFX, (1 << 24) | (0xe << 20) | (wfe ? 1 : 0));
}
export function synIllegalState(): number {
  return syn(Ec.ILLEGAL_STATE, 0);
}
export function synPcAlign(): number {
  return syn(Ec.PC_ALIGN, 0);
}
export function synSpAlign(): number {
  return syn(Ec.SP_ALIGN, 0);
}
/** Software step; `ldex`: the stepped instruction was a load-exclusive. From EL0 unless `sameEl`. */
export function synStep(sameEl: boolean, valid: boolean, ldex: boolean): number {
  return syn(Ec.STEP_LOWER | (sameEl ? 1 : 0), (valid ? 1 << 24 : 0) | (ldex ? 1 << 6 : 0) | 0x22);
}
/** Instruction abort; `fsc` is IFSC. */
export function synInsnAbort(sameEl: boolean, fsc: number): number {
  return syn(Ec.INSN_ABORT_LOWER | (sameEl ? 1 : 0), fsc);
}
/** Data abort without instruction syndrome (ISV 0): all that is taken to EL1. */
export function synDataAbort(sameEl: boolean, fsc: number, write: boolean, cacheOp: boolean, external: boolean): number {
  return syn(
    Ec.DATA_ABORT_LOWER | (sameEl ? 1 : 0),
    fsc | (write ? 1 << 6 : 0) | (cacheOp ? 1 << 8 : 0) | (external ? 1 << 9 : 0),
  );
}

/** Fault status codes; those with a level add it (0..3). */
export const Fsc = {
  ADDRESS_SIZE: 0x00,
  TRANSLATION: 0x04,
  ACCESS_FLAG: 0x08,
  PERMISSION: 0x0c,
  EXTERNAL: 0x10,
  EXTERNAL_WALK: 0x14,
  ALIGNMENT: 0x21,
  /** Unsupported exclusive or atomic access. */
  UNSUPPORTED_ATOMIC: 0x35,
  DEBUG: 0x22,
  TLB_CONFLICT: 0x30,
} as const;
