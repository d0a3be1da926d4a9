import { defineLayout } from '@mttcg/atomic';
import { ENV_ARCH_OFFSET } from '@mttcg/softmmu';
import { type GlobalDef, Type } from '@mttcg/tcg-ir';

/** Read-only identification registers kept per vCPU, in the order of sysreg/id-list.ts. */
export const ID_REG_SLOTS = 64;
/** Breakpoint and watchpoint pairs with storage; the model says how many exist. */
export const DEBUG_SLOTS = 16;
/** PMU event counters of all models (PMCR_EL0.N). */
export const PMU_SLOTS = 6;

/**
 * The Arm part of a vCPU's state block; it starts ENV_ARCH_OFFSET bytes after env. Use `ENV` for offsets from env.
 *
 * Condition flags are kept apart: N is bit 63 of `nf`, Z is set when all 64 bits of `zf` are zero, C is `cf` (0 or 1),
 * V is bit 63 of `vf`. So a 64-bit flag-setting result goes unchanged into nf and zf; a 32-bit one sign-extended.
 *
 * System registers are 64 bits wide here even where the architectural register has 32, so that one MRS/MSR path does.
 */
export const ArmEnv = defineLayout({
  name: 'ArmEnv',
  align: 64,
  fields: {
    /** V0-V31, 16 bytes each, byte 0 first. */
    vregs: ['v128', 32],
    x: ['u64', 31],
    /** The current stack pointer; the other one is in its bank (`spBank`). */
    sp: 'u64',
    pc: 'u64',
    nf: 'u64',
    zf: 'u64',
    vf: 'u64',
    /** Address of the exclusive monitor, all ones when open. */
    exclusiveAddr: 'u64',
    /** Value seen by the load-exclusive; `Hi` for pairs of 64 bits. */
    exclusiveVal: 'u64',
    exclusiveHigh: 'u64',
    cf: 'u32',
    /** FPCR and FPSR as the architecture has them. */
    fpcr: 'u32',
    fpsr: 'u32',
    /** PSTATE without NZCV, bits as in SPSR_EL1: M[4:0], DAIF, IL, SS, PAN, UAO, ... */
    pstate: 'u32',
    /** Cached translation flags (ArmTbFlag); written by updateTbFlags() only. */
    tbFlags: 'u32',
    /** ESR value of the exception in CpuCommon.exceptionIndex. */
    excSyndrome: 'u32',
    /** FAR value of it. */
    excVaddr: 'u64',

    /** Software step: 1 from an ERET that armed it (SPSR.SS) to the next exception; the address it went to. */
    stepArmed: 'u32',
    spare0: 'u32',
    stepPc: 'u64',

    // Power state (PSCI). Written by other vCPUs under the big lock.
    /** PowerState. */
    powerState: 'u32',
    /** 1: apply onEntry/onContext at the next look at interrupts. */
    onPending: 'u32',
    onEntry: 'u64',
    onContext: 'u64',

    /** Per mmu index: ASID + 1 of its non-global TLB entries, 0 when there are none. Owner only. */
    asidOwner: ['u32', 8],
    /** Mmu indexes with non-global entries in the upper address range, a bit each. */
    upperNg: 'u32',
    /** Set of EL1's mmu indexes in use: 0 or ALT_BANK. */
    asidBank: 'u32',
    /** Nonzero once an entry was made under an address with a tag in its top byte (TBI), per mmu index a bit. */
    taggedTlb: 'u32',
    /** Words of the FP helpers. */
    fpScratch: ['u32', 7],

    // System registers (EL1 unless named otherwise)
    spBank: ['u64', 2],
    elr: 'u64',
    spsr: 'u64',
    sctlr: 'u64',
    actlr: 'u64',
    cpacr: 'u64',
    ttbr0: 'u64',
    ttbr1: 'u64',
    tcr: 'u64',
    esr: 'u64',
    far: 'u64',
    afsr0: 'u64',
    afsr1: 'u64',
    par: 'u64',
    mair: 'u64',
    amair: 'u64',
    vbar: 'u64',
    contextidr: 'u64',
    tpidrEl0: 'u64',
    tpidrroEl0: 'u64',
    tpidrEl1: 'u64',
    csselr: 'u64',
    /** CNTKCTL_EL1; the timers' control (bits 0 and 1 only, ISTATUS is computed) and compare values. */
    cntkctl: 'u64',
    cntvCtl: 'u64',
    cntvCval: 'u64',
    cntpCtl: 'u64',
    cntpCval: 'u64',
    /** Debug registers, storage only. */
    mdscr: 'u64',
    mdccint: 'u64',
    osdlr: 'u64',
    oslsr: 'u64',
    osdtrrx: 'u64',
    osdtrtx: 'u64',
    oseccr: 'u64',
    dbgclaim: 'u64',
    dbgbvr: ['u64', DEBUG_SLOTS],
    dbgbcr: ['u64', DEBUG_SLOTS],
    dbgwvr: ['u64', DEBUG_SLOTS],
    dbgwcr: ['u64', DEBUG_SLOTS],
    /** PMU. Event counters do not count; the cycle counter runs at 1 GHz of virtual time. */
    pmcr: 'u64',
    pmcnten: 'u64',
    pmovs: 'u64',
    pmselr: 'u64',
    pmuserenr: 'u64',
    pminten: 'u64',
    pmccfiltr: 'u64',
    /** Cycle count: the value itself when stopped, its difference to virtual time (f64 ns) when running. */
    pmccntr: 'f64',
    pmevcntr: ['u64', PMU_SLOTS],
    pmevtyper: ['u64', PMU_SLOTS],
    /** Registers without a use of their own, addressed by sysreg rows (implementation defined ones). */
    spare: ['u64', 8],
    idRegs: ['u64', ID_REG_SLOTS],
  },
});

type EnvField = keyof typeof ArmEnv.offset;

/** Offset from env of every field of ArmEnv. */
export const ENV: { readonly [K in EnvField]: number } = fromEnv();

/** Bytes of the whole state block, from env. */
export const ENV_SIZE: number = ENV_ARCH_OFFSET + ArmEnv.size;

function fromEnv(): { readonly [K in EnvField]: number } {
  const out: Record<string, number> = {};
  for (const [name, offset] of Object.entries(ArmEnv.offset)) out[name] = ENV_ARCH_OFFSET + offset;
  return Object.freeze(out) as { readonly [K in EnvField]: number };
}

/** Offset from env of general register n (0..30). */
export function xOffset(n: number): number {
  return ENV.x + n * 8;
}

/** Offset from env of vector register n (0..31), 16-aligned. */
export function vOffset(n: number): number {
  return ENV.vregs + n * 16;
}

function makeGlobals(): readonly GlobalDef[] {
  const globals: GlobalDef[] = [];
  for (let n = 0; n < 31; n++) globals.push({ name: `x${n}`, type: Type.I64, offset: xOffset(n) });
  const add = (name: string, offset: number, type: number = Type.I64): void => {
    globals.push({ name, type, offset });
  };
  add('sp', ENV.sp);
  add('pc', ENV.pc);
  add('NF', ENV.nf);
  add('ZF', ENV.zf);
  add('CF', ENV.cf, Type.I32);
  add('VF', ENV.vf);
  add('exclusive_addr', ENV.exclusiveAddr);
  add('exclusive_val', ENV.exclusiveVal);
  add('exclusive_high', ENV.exclusiveHigh);
  return Object.freeze(globals);
}

/** Globals of the IR; global k is temp k + 1. */
export const ARM_GLOBALS: readonly GlobalDef[] = makeGlobals();

/** Temp number of X0..X30. */
export function X(n: number): number {
  return n + 1;
}
export const SP = 32;
export const PC = 33;
export const NF = 34;
export const ZF = 35;
/** i32, 0 or 1. */
export const CF = 36;
export const VF = 37;
export const EXCLUSIVE_ADDR = 38;
export const EXCLUSIVE_VAL = 39;
export const EXCLUSIVE_HIGH = 40;

/** Values of ArmEnv.powerState, as PSCI's AFFINITY_INFO reports them. */
export const PowerState = { ON: 0, OFF: 1, ON_PENDING: 2 } as const;
