import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { EL10_MMU_MASK } from '../cpu/tb-flags.ts';

/**
 * TLBI for EL1&0. ASIDs in the operand are not looked at: entries carry none. `shared`: on all vCPUs; complete when
 * the TB has ended.
 */
export function invalidateAll(cpu: ArmCpu, shared: boolean): void {
  const { tlb } = cpu.host;
  if (shared) tlb.flushByMmuIdxAllCpusSynced(EL10_MMU_MASK);
  else tlb.flushByMmuIdx(EL10_MMU_MASK);
}

/**
 * True when some TLB concerned has entries under tagged addresses, which a flush by address would not find: then
 * everything goes. The bits stay set; tags are rare.
 */
function tagsInUse(cpu: ArmCpu, shared: boolean): boolean {
  if (!shared) return cpu.word(ENV.taggedTlb) !== 0;
  for (let i = 0; i < cpu.host.cpuCount; i++) {
    if (cpu.i32[(cpu.host.envOf(i) + ENV.taggedTlb) >>> 2] !== 0) return true;
  }
  return false;
}

/** Operand: VA[55:12] in bits 43-0. */
export function invalidatePage(cpu: ArmCpu, lo: number, hi: number, shared: boolean): void {
  if (tagsInUse(cpu, shared)) {
    invalidateAll(cpu, shared);
    return;
  }
  const { tlb } = cpu.host;
  const addrLo = lo << 12;
  const addrHi = (((hi << 12) | (lo >>> 20)) << 8) >> 8;
  if (shared) tlb.flushPageByMmuIdxAllCpusSynced(addrLo, addrHi, EL10_MMU_MASK);
  else tlb.flushPageByMmuIdx(addrLo, addrHi, EL10_MMU_MASK);
}

/** log2 of the granule by the operand's TG field; 0 is reserved. */
const TG_BITS = Uint8Array.of(0, 12, 14, 16);

/** Operand of the range forms: BaseADDR[36:0], TTL, NUM[43:39], SCALE[45:44], TG[47:46] (Arm ARM C5.5). */
export function invalidateRange(cpu: ArmCpu, lo: number, hi: number, shared: boolean): void {
  const granule = TG_BITS[(hi >>> 14) & 3]!;
  if (granule === 0) return;
  if (tagsInUse(cpu, shared)) {
    invalidateAll(cpu, shared);
    return;
  }
  const pages = (((hi >>> 7) & 31) + 1) * 2 ** (5 * ((hi >>> 12) & 3) + 1);
  // BaseADDR is signed: it counts granules from address 0.
  const base = ((hi << 27) >> 27);
  const addrLo = lo << granule;
  const addrHi = (base << granule) | (lo >>> (32 - granule));
  const bytes = pages * 2 ** granule;
  const { tlb } = cpu.host;
  if (shared) tlb.flushRangeByMmuIdxAllCpusSynced(addrLo, addrHi, bytes, EL10_MMU_MASK);
  else tlb.flushRangeByMmuIdx(addrLo, addrHi, bytes, EL10_MMU_MASK);
}
