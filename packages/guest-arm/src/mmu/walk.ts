import { load } from '@mttcg/atomic';
import { Access, Prot } from '@mttcg/softmmu';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { Feature } from '../cpu/features.ts';
import { Sctlr } from '../cpu/pstate.ts';
import { Fsc } from '../cpu/syndrome.ts';
import { MmuIdx } from '../cpu/tb-flags.ts';

/** Outcome of a translation; one per CPU object, overwritten by each walk. */
export class WalkResult {
  /** Physical address of the byte. */
  pa = 0;
  /** Prot bits for the mmu index of the walk. */
  prot = 0;
  /** Bytes of the page or block. */
  pageSize = 0;
  /** The entry belongs to the current ASID only. */
  nonGlobal = false;
  /** The address has a tag in its top byte that TBI ignores. */
  tagged = false;
  /** MAIR attribute byte and shareability (AttrIndx's byte, SH). */
  attr = 0;
  sh = 0;
  /** Fault status code with its level, after a failed walk. */
  fsc = 0;
}

const TWO_32 = 4294967296;
/** Output address bits by TCR.IPS. */
const IPS_BITS = Uint8Array.of(32, 36, 40, 42, 44, 48, 48, 48);
/** log2 of the granule by TCR.TG0 and TG1; reserved values mean 4K. */
const TG0_BITS = Uint8Array.of(12, 16, 14, 12);
const TG1_BITS = Uint8Array.of(12, 14, 12, 16);

/** TCR_EL1 bits of the high word. */
const TcrHi = { IPS_MASK: 7, AS: 1 << 4, TBI0: 1 << 5, TBI1: 1 << 6, E0PD0: 1 << 23, E0PD1: 1 << 24 } as const;
/** TCR_EL1 bits of the low word. */
const TcrLo = { EPD0: 1 << 7, EPD1: 1 << 23 } as const;

/** Bits of a descriptor's low word. */
const DescLo = { VALID: 1, TABLE: 2, AP1: 1 << 6, AP2: 1 << 7, AF: 1 << 10, NG: 1 << 11 } as const;
/** Bits of its high word; the table ones are inherited by all that lies below. */
const DescHi = { PXN: 1 << 21, UXN: 1 << 22, PXN_TABLE: 1 << 27, XN_TABLE: 1 << 28, AP_TABLE0: 1 << 29, AP_TABLE1: 1 << 30 } as const;

function fault(out: WalkResult, fsc: number): boolean {
  out.fsc = fsc;
  return false;
}

/** True for regimes with EL0's permissions. */
function isUser(mmuIdx: number): boolean {
  return mmuIdx === MmuIdx.E0 || mmuIdx === MmuIdx.E0_UNPRIV || mmuIdx === MmuIdx.E0_UNPRIV_ALT;
}

/**
 * Stage 1 translation of the EL1&0 regime (Arm ARM D8.2, AArch64.S1Translate): fills `out` and returns true, or
 * returns false with the fault status in `out.fsc`. Permissions are checked for `access`. No side effects.
 */
export function translate(
  cpu: ArmCpu, addrLo: number, addrHi: number, access: number, mmuIdx: number, out: WalkResult,
): boolean {
  const { i32 } = cpu;
  const base = cpu.env >>> 2;
  const tcrLo = i32[base + (ENV.tcr >> 2)]!;
  const tcrHi = i32[base + ((ENV.tcr + 4) >> 2)]!;
  const sctlr = i32[base + (ENV.sctlr >> 2)]!;
  const upper = (addrHi & (1 << 23)) !== 0;
  const tbi = (tcrHi & (upper ? TcrHi.TBI1 : TcrHi.TBI0)) !== 0;
  out.tagged = tbi && addrHi >> 24 !== (upper ? -1 : 0);
  if ((sctlr & Sctlr.M) === 0) return translateOff(cpu, addrLo, tbi ? addrHi & 0xffffff : addrHi, out);

  const tsz = upper ? (tcrLo >> 16) & 63 : tcrLo & 63;
  const inputBits = 64 - tsz;
  if (tsz < 16 || tsz > 39) return fault(out, Fsc.TRANSLATION);
  if ((tcrLo & (upper ? TcrLo.EPD1 : TcrLo.EPD0)) !== 0) return fault(out, Fsc.TRANSLATION);
  if (
    (tcrHi & (upper ? TcrHi.E0PD1 : TcrHi.E0PD0)) !== 0 && isUser(mmuIdx) && (cpu.features & Feature.E0PD) !== 0
  ) {
    return fault(out, Fsc.TRANSLATION);
  }
  // Bits above the input size must all be equal to bit 55 (the tag byte aside). inputBits is 25 to 48.
  const vaHi = tbi ? (addrHi << 8) >> 8 : addrHi;
  const sign = upper ? -1 : 0;
  if (inputBits >= 32 ? vaHi >> (inputBits - 32) !== sign : vaHi !== sign || addrLo >> inputBits !== sign) {
    return fault(out, Fsc.TRANSLATION);
  }

  let granule = upper ? TG1_BITS[tcrLo >>> 30]! : TG0_BITS[(tcrLo >> 14) & 3]!;
  if ((cpu.model.granules & (granule === 14 ? 2 : granule === 16 ? 4 : 1)) === 0) granule = 12;
  const stride = granule - 3;
  const outBits = Math.min(IPS_BITS[tcrHi & TcrHi.IPS_MASK]!, cpu.model.paBits);
  const outLimit = 2 ** outBits;

  let level = 4 - Math.ceil((inputBits - granule) / stride);
  let shift = granule + stride * (3 - level);
  let indexBits = inputBits - shift;
  const ttbr = base + ((upper ? ENV.ttbr1 : ENV.ttbr0) >> 2);
  // bit 0 is CnP
  let table = (i32[ttbr + 1]! & 0xffff) * TWO_32 + ((i32[ttbr]! & ~1 & (-1 << (indexBits + 3))) >>> 0);
  if (table >= outLimit) return fault(out, Fsc.ADDRESS_SIZE);

  let inherited = 0;
  const swap = (sctlr & Sctlr.EE) !== 0;
  for (;;) {
    const index = bits(addrLo, vaHi, shift) & ((1 << indexBits) - 1);
    const host = cpu.host.ramHost(table + index * 8, 8);
    if (host === -1) return fault(out, Fsc.EXTERNAL_WALK + level);
    const at = host >>> 2;
    // The two halves of one store: another vCPU may change the descriptor between the loads. The second look at the
    // low half must not be merged with the first, so it is atomic.
    let lo = i32[at]!;
    let hi = i32[at + 1]!;
    for (let again = load(i32, at); again !== lo; again = load(i32, at)) {
      lo = again;
      hi = i32[at + 1]!;
    }
    if (swap) {
      const t = bswap(lo);
      lo = bswap(hi);
      hi = t;
    }
    if ((lo & DescLo.VALID) === 0) return fault(out, Fsc.TRANSLATION + level);
    const next = (hi & 0xffff) * TWO_32 + ((lo & (-1 << granule)) >>> 0);
    const isTable = (lo & DescLo.TABLE) !== 0;
    if (isTable && level < 3) {
      if (next >= outLimit) return fault(out, Fsc.ADDRESS_SIZE + level);
      inherited |= hi;
      table = next;
      level++;
      shift -= stride;
      indexBits = stride;
      continue;
    }
    // Blocks: 4K at levels 1 and 2, 16K and 64K at level 2.
    if (!isTable && (level === 3 || level === 0 || (level === 1 && granule !== 12))) {
      return fault(out, Fsc.TRANSLATION + level);
    }
    const blockLo = lo & (-1 << shift);
    const page = (hi & 0xffff) * TWO_32 + (blockLo >>> 0);
    if (page >= outLimit) return fault(out, Fsc.ADDRESS_SIZE + level);
    if ((lo & DescLo.AF) === 0) return fault(out, Fsc.ACCESS_FLAG + level);
    out.pa = page + ((addrLo & ~(-1 << shift)) >>> 0);
    out.pageSize = 2 ** shift;
    out.nonGlobal = (lo & DescLo.NG) !== 0;
    const attrIndex = (lo >> 2) & 7;
    out.attr = cpu.heap.u8[cpu.env + ENV.mair + attrIndex]!;
    out.sh = (lo >> 8) & 3;
    out.prot = permissions(lo, hi, inherited, mmuIdx, sctlr);
    if ((out.prot & (1 << access)) === 0) return fault(out, Fsc.PERMISSION + level);
    return true;
  }
}

/** 32 bits of the address from bit `shift` (1 to 63) up. */
function bits(lo: number, hi: number, shift: number): number {
  return shift >= 32 ? hi >>> (shift - 32) : (lo >>> shift) | (hi << (32 - shift));
}

function bswap(x: number): number {
  return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}

/** MMU off: flat, everything allowed, Device-nGnRnE for data (Arm ARM D8.2.10). */
function translateOff(cpu: ArmCpu, addrLo: number, addrHi: number, out: WalkResult): boolean {
  const pa = (addrHi >>> 0) * TWO_32 + (addrLo >>> 0);
  if (pa >= 2 ** cpu.model.paBits) return fault(out, Fsc.ADDRESS_SIZE);
  out.pa = pa;
  out.pageSize = 4096;
  out.prot = Prot.READ | Prot.WRITE | Prot.EXEC;
  out.nonGlobal = false;
  out.attr = 0;
  out.sh = 0;
  return true;
}

/** Rights of a leaf descriptor for a regime (Arm ARM D8.4.1, stage 1 of EL1&0, direct permissions). */
function permissions(lo: number, hi: number, inherited: number, mmuIdx: number, sctlr: number): number {
  const readOnly = (lo & DescLo.AP2) !== 0 || (inherited & DescHi.AP_TABLE1) !== 0;
  const userAccess = (lo & DescLo.AP1) !== 0 && (inherited & DescHi.AP_TABLE0) === 0;
  const uxn = (hi & DescHi.UXN) !== 0 || (inherited & DescHi.XN_TABLE) !== 0;
  const pxn = (hi & DescHi.PXN) !== 0 || (inherited & DescHi.PXN_TABLE) !== 0;
  const wxn = (sctlr & Sctlr.WXN) !== 0;
  const userWrite = userAccess && !readOnly;
  let prot = 0;
  if (isUser(mmuIdx)) {
    if (userAccess) prot = readOnly ? Prot.READ : Prot.READ | Prot.WRITE;
    if (!uxn && !(wxn && userWrite)) prot |= Prot.EXEC;
    return prot;
  }
  const pan = mmuIdx === MmuIdx.E1_PAN || mmuIdx === MmuIdx.E1_PAN_ALT;
  if (!pan || !userAccess) prot = readOnly ? Prot.READ : Prot.READ | Prot.WRITE;
  // What EL0 can write, EL1 cannot execute.
  if (!pxn && !userWrite && !(wxn && !readOnly)) prot |= Prot.EXEC;
  return prot;
}

// permissions are tested as prot & (1 << access)
const _check: readonly [0, 1, 2] = [Access.LOAD, Access.STORE, Access.FETCH];
void _check;
