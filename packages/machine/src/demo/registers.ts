/** A general-purpose register as an operand. */
export interface Reg {
  /** 0 to 31; 31 is the stack pointer or zero, by `sp`. */
  readonly n: number;
  /** X registers are 64 bits wide, W registers 32. */
  readonly is64: boolean;
  readonly sp: boolean;
}

const all = (is64: boolean): readonly Reg[] => Array.from({ length: 31 }, (_, n) => ({ n, is64, sp: false }));
const xs = all(true);
const ws = all(false);

/** X0 to X30. */
export function x(n: number): Reg {
  return xs[n]!;
}

/** W0 to W30. */
export function w(n: number): Reg {
  return ws[n]!;
}

export const XZR: Reg = { n: 31, is64: true, sp: false };
export const WZR: Reg = { n: 31, is64: false, sp: false };
export const SP: Reg = { n: 31, is64: true, sp: true };

/** Condition codes in the order of their encoding (Arm ARM C1.2.4). */
export const CONDITIONS = ['eq', 'ne', 'hs', 'lo', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', 'al'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Barrier domains and types: the CRm field of DMB and DSB. */
export const BARRIERS = { oshld: 1, oshst: 2, osh: 3, nshld: 5, nshst: 6, nsh: 7, ishld: 9, ishst: 10, ish: 11, ld: 13, st: 14, sy: 15 } as const;
export type Barrier = keyof typeof BARRIERS;

/** op0, op1, CRn, CRm, op2 of a system register or instruction. */
export type SysEncoding = readonly [number, number, number, number, number];

/** Registers for MRS and MSR (Arm ARM D17.2); others can be given by their encoding. */
export const SYSTEM_REGISTERS = {
  midr_el1: [3, 0, 0, 0, 0],
  mpidr_el1: [3, 0, 0, 0, 5],
  id_aa64mmfr0_el1: [3, 0, 0, 7, 0],
  id_aa64isar0_el1: [3, 0, 0, 6, 0],
  sctlr_el1: [3, 0, 1, 0, 0],
  cpacr_el1: [3, 0, 1, 0, 2],
  ttbr0_el1: [3, 0, 2, 0, 0],
  ttbr1_el1: [3, 0, 2, 0, 1],
  tcr_el1: [3, 0, 2, 0, 2],
  spsr_el1: [3, 0, 4, 0, 0],
  elr_el1: [3, 0, 4, 0, 1],
  sp_el0: [3, 0, 4, 1, 0],
  spsel: [3, 0, 4, 2, 0],
  currentel: [3, 0, 4, 2, 2],
  esr_el1: [3, 0, 5, 2, 0],
  far_el1: [3, 0, 6, 0, 0],
  par_el1: [3, 0, 7, 4, 0],
  mair_el1: [3, 0, 10, 2, 0],
  vbar_el1: [3, 0, 12, 0, 0],
  contextidr_el1: [3, 0, 13, 0, 1],
  tpidr_el1: [3, 0, 13, 0, 4],
  ctr_el0: [3, 3, 0, 0, 1],
  dczid_el0: [3, 3, 0, 0, 7],
  nzcv: [3, 3, 4, 2, 0],
  daif: [3, 3, 4, 2, 1],
  fpcr: [3, 3, 4, 4, 0],
  fpsr: [3, 3, 4, 4, 1],
  tpidr_el0: [3, 3, 13, 0, 2],
  cntfrq_el0: [3, 3, 14, 0, 0],
  cntvct_el0: [3, 3, 14, 0, 2],
  cntp_tval_el0: [3, 3, 14, 2, 0],
  cntp_ctl_el0: [3, 3, 14, 2, 1],
  cntv_tval_el0: [3, 3, 14, 3, 0],
  cntv_ctl_el0: [3, 3, 14, 3, 1],
  cntv_cval_el0: [3, 3, 14, 3, 2],
} as const satisfies Record<string, SysEncoding>;
export type SystemRegister = keyof typeof SYSTEM_REGISTERS;

/** Cache and TLB maintenance for `sys` (Arm ARM C5.3 to C5.5). */
export const SYSTEM_INSTRUCTIONS = {
  ic_ialluis: [1, 0, 7, 1, 0],
  ic_iallu: [1, 0, 7, 5, 0],
  ic_ivau: [1, 3, 7, 5, 1],
  dc_ivac: [1, 0, 7, 6, 1],
  dc_cvac: [1, 3, 7, 10, 1],
  dc_cvau: [1, 3, 7, 11, 1],
  dc_civac: [1, 3, 7, 14, 1],
  dc_zva: [1, 3, 7, 4, 1],
  at_s1e1r: [1, 0, 7, 8, 0],
  at_s1e1w: [1, 0, 7, 8, 1],
  at_s1e0r: [1, 0, 7, 8, 2],
  at_s1e0w: [1, 0, 7, 8, 3],
  tlbi_vmalle1is: [1, 0, 8, 3, 0],
  tlbi_vae1is: [1, 0, 8, 3, 1],
  tlbi_aside1is: [1, 0, 8, 3, 2],
  tlbi_vaae1is: [1, 0, 8, 3, 3],
  tlbi_vale1is: [1, 0, 8, 3, 5],
  tlbi_vmalle1: [1, 0, 8, 7, 0],
  tlbi_vae1: [1, 0, 8, 7, 1],
  tlbi_aside1: [1, 0, 8, 7, 2],
} as const satisfies Record<string, SysEncoding>;
export type SystemInstruction = keyof typeof SYSTEM_INSTRUCTIONS;
