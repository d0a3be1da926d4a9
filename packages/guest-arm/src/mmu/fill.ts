import { Access, CpuCommon, Prot } from '@mttcg/softmmu';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { PState } from '../cpu/pstate.ts';
import { ArmExcp, Fsc, synDataAbort, synInsnAbort, synPcAlign } from '../cpu/syndrome.ts';
import { MmuIdx } from '../cpu/tb-flags.ts';
import { claimIndex } from './asid.ts';
import { translate } from './walk.ts';

const C = CpuCommon.offset;

/** The TLB missed: see TlbClient.tlbFill(). */
export function tlbFill(
  cpu: ArmCpu, addrLo: number, addrHi: number, access: number, mmuIdx: number, _size: number, probe: boolean,
): boolean {
  const walk = cpu.walk;
  if (access === Access.FETCH && (addrLo & 3) !== 0) {
    if (!probe) raise(cpu, ArmExcp.PC_ALIGN, synPcAlign(), addrLo, addrHi);
    return false;
  }
  if (!translate(cpu, addrLo, addrHi, access, mmuIdx, walk)) {
    if (!probe) raiseAbort(cpu, addrLo, addrHi, access, walk.fsc, false);
    return false;
  }
  if (walk.nonGlobal) claimIndex(cpu, mmuIdx, addrHi);
  if (walk.tagged) cpu.i32[(cpu.env + ENV.taggedTlb) >>> 2]! |= 1 << mmuIdx;
  // Nothing is fetched through the index of LDTR and STTR.
  const unprivileged = mmuIdx === MmuIdx.E0_UNPRIV || mmuIdx === MmuIdx.E0_UNPRIV_ALT;
  const prot = unprivileged ? walk.prot & ~Prot.EXEC : walk.prot;
  cpu.host.tlb.setPage(addrLo, addrHi, walk.pa, prot, mmuIdx, walk.pageSize);
  return true;
}

function raise(cpu: ArmCpu, excp: number, syndrome: number, addrLo: number, addrHi: number): void {
  cpu.setWord(C.exceptionIndex, excp);
  cpu.setWord(ENV.excSyndrome, syndrome);
  cpu.setPair(ENV.excVaddr, addrLo, addrHi);
}

/** Sets the Data or Instruction Abort of an access at the current exception level. `cacheOp`: by DC or IC (ESR.CM). */
export function raiseAbort(
  cpu: ArmCpu, addrLo: number, addrHi: number, access: number, fsc: number, cacheOp: boolean,
): void {
  const sameEl = (cpu.word(ENV.pstate) & (3 << PState.EL_SHIFT)) !== 0;
  if (access === Access.FETCH) raise(cpu, ArmExcp.INSN_ABORT, synInsnAbort(sameEl, fsc), addrLo, addrHi);
  else {
    const syndrome = synDataAbort(sameEl, fsc, access === Access.STORE, cacheOp, false);
    raise(cpu, ArmExcp.DATA_ABORT, syndrome, addrLo, addrHi);
  }
}

export function raiseAlignment(cpu: ArmCpu, addrLo: number, addrHi: number, access: number, _mmuIdx: number): void {
  if (access === Access.FETCH) raise(cpu, ArmExcp.PC_ALIGN, synPcAlign(), addrLo, addrHi);
  else raiseAbort(cpu, addrLo, addrHi, access, Fsc.ALIGNMENT, false);
}

/** Nothing answers at the physical address: synchronous external abort. */
export function raiseExternalAbort(cpu: ArmCpu, addrLo: number, addrHi: number, access: number, _mmuIdx: number): void {
  raiseAbort(cpu, addrLo, addrHi, access, Fsc.EXTERNAL, false);
}

/** An exclusive or atomic access to Device memory (Arm ARM B2.9.2: an IMPLEMENTATION DEFINED fault). */
export function raiseUnsupportedAtomic(cpu: ArmCpu, addrLo: number, addrHi: number): void {
  raiseAbort(cpu, addrLo, addrHi, Access.STORE, Fsc.UNSUPPORTED_ATOMIC, false);
}
