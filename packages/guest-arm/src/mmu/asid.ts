import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { MMU_INDEXES, MmuIdx } from '../cpu/tb-flags.ts';

/**
 * ASIDs without ASID tags in the TLB. Each mmu index remembers the ASID of its non-global entries (asidOwner); before
 * it is used with another ASID its entries go. Indexes that EL1 uses are checked when the ASID changes; EL0's own
 * (MmuIdx.E0) only on the way back to EL0. So a kernel that parks the ASID on every entry and restores it before the
 * return (as Linux does without hardware PAN) keeps the entries of EL0, and an index with global entries only keeps
 * them across every switch. QEMU flushes all of EL1&0 at each change instead.
 */

/** TCR_EL1.A1: TTBR1 holds the ASID. */
const TCR_A1 = 1 << 22;
/** TCR_EL1.AS (high word): 16 bits. */
const TCR_AS_HI = 1 << 4;

export function currentAsid(cpu: ArmCpu): number {
  const ttbrHi = cpu.word(((cpu.word(ENV.tcr) & TCR_A1) !== 0 ? ENV.ttbr1 : ENV.ttbr0) + 4);
  return (ttbrHi >>> 16) & ((cpu.word(ENV.tcr + 4) & TCR_AS_HI) !== 0 ? 0xffff : 0xff);
}

function flushForeign(cpu: ArmCpu, mmuIdx: number, owner: number): number {
  const at = (cpu.env + ENV.asidOwner + mmuIdx * 4) >>> 2;
  const old = cpu.i32[at]!;
  if (old === 0 || old === owner) return 0;
  cpu.i32[at] = 0;
  return 1 << mmuIdx;
}

/** After a write that may have changed the ASID (TTBR0, TTBR1). At EL1. */
export function asidChanged(cpu: ArmCpu): void {
  const owner = currentAsid(cpu) + 1;
  let mask = 0;
  for (let idx = MmuIdx.E1; idx < MMU_INDEXES; idx++) mask |= flushForeign(cpu, idx, owner);
  if (mask !== 0) cpu.host.tlb.flushByMmuIdx(mask);
}

/** On the return to EL0. */
export function enterEl0(cpu: ArmCpu): void {
  const mask = flushForeign(cpu, MmuIdx.E0, currentAsid(cpu) + 1);
  if (mask !== 0) cpu.host.tlb.flushByMmuIdx(mask);
}

/** A non-global entry is about to be made in the index. */
export function claimIndex(cpu: ArmCpu, mmuIdx: number): void {
  const owner = currentAsid(cpu) + 1;
  const mask = flushForeign(cpu, mmuIdx, owner);
  if (mask !== 0) cpu.host.tlb.flushByMmuIdx(mask);
  cpu.i32[(cpu.env + ENV.asidOwner + mmuIdx * 4) >>> 2] = owner;
}
