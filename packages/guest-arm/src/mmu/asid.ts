import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { ALT_BANK, MmuIdx } from '../cpu/tb-flags.ts';

/**
 * ASIDs without ASID tags in the TLB. Each mmu index remembers the ASID of its non-global entries (asidOwner); before
 * it is used with another one its entries go. An index with global entries only keeps them across every change. EL1's
 * indexes are checked when the ASID changes, EL0's only on the way back to EL0.
 *
 * A kernel that maps itself non-global and shows EL0 a stub of itself under a second ASID (Linux's page table
 * isolation: the ASIDs of a process differ in bit 0, the odd one is EL0's) would lose all its entries at each system
 * call. So EL1 has its indexes twice. The second set is used while the ASID is the odd partner of the one that owns
 * non-global entries of the upper range in the first; only the stub runs there. Which set is in use is in the
 * translation flags (the mmu index), so code is translated for each apart.
 *
 * QEMU flushes all of EL1&0 at each change instead.
 */

/** TCR_EL1.A1: TTBR1 holds the ASID. */
const TCR_A1 = 1 << 22;
/** TCR_EL1.AS (high word): 16 bits. */
const TCR_AS_HI = 1 << 4;

export function currentAsid(cpu: ArmCpu): number {
  const ttbrHi = cpu.word(((cpu.word(ENV.tcr) & TCR_A1) !== 0 ? ENV.ttbr1 : ENV.ttbr0) + 4);
  return (ttbrHi >>> 16) & ((cpu.word(ENV.tcr + 4) & TCR_AS_HI) !== 0 ? 0xffff : 0xff);
}

/** Bit of the index if its non-global entries are another ASID's: the caller flushes it. */
function disown(cpu: ArmCpu, mmuIdx: number, owner: number): number {
  const at = (cpu.env + ENV.asidOwner + mmuIdx * 4) >>> 2;
  const old = cpu.i32[at]!;
  if (old === 0 || old === owner) return 0;
  cpu.i32[at] = 0;
  cpu.setWord(ENV.upperNg, cpu.word(ENV.upperNg) & ~(1 << mmuIdx));
  return 1 << mmuIdx;
}

/** True when EL1 goes on in its second set of indexes: see above. */
function isStub(cpu: ArmCpu, owner: number): boolean {
  const asid = owner - 1;
  const upper = cpu.word(ENV.upperNg);
  if ((asid & 1) === 0) return false;
  for (let idx = MmuIdx.E1; idx <= MmuIdx.E1_PAN; idx++) {
    if ((upper & (1 << idx)) !== 0 && cpu.word(ENV.asidOwner + idx * 4) - 1 === (asid ^ 1)) return true;
  }
  return false;
}

/** After a write that may have changed the ASID (TTBR0, TTBR1). At EL1. */
export function asidChanged(cpu: ArmCpu): void {
  const owner = currentAsid(cpu) + 1;
  const bank = isStub(cpu, owner) ? ALT_BANK : 0;
  let mask = 0;
  for (let idx = MmuIdx.E1; idx <= MmuIdx.E0_UNPRIV; idx++) mask |= disown(cpu, idx + bank, owner);
  if (mask !== 0) cpu.host.tlb.flushByMmuIdx(mask);
  if (cpu.word(ENV.asidBank) !== bank) {
    cpu.setWord(ENV.asidBank, bank);
    cpu.updateTbFlags();
  }
}

/** On the return to EL0. */
export function enterEl0(cpu: ArmCpu): void {
  const mask = disown(cpu, MmuIdx.E0, currentAsid(cpu) + 1);
  if (mask !== 0) cpu.host.tlb.flushByMmuIdx(mask);
}

/** A non-global entry for an address with high word `addrHi` is about to be made in the index. */
export function claimIndex(cpu: ArmCpu, mmuIdx: number, addrHi: number): void {
  const owner = currentAsid(cpu) + 1;
  const mask = disown(cpu, mmuIdx, owner);
  if (mask !== 0) cpu.host.tlb.flushByMmuIdx(mask);
  cpu.setWord(ENV.asidOwner + mmuIdx * 4, owner);
  if (addrHi < 0) cpu.setWord(ENV.upperNg, cpu.word(ENV.upperNg) | (1 << mmuIdx));
}
