import { CpuCommon } from '@mttcg/softmmu';
import type { ArmCpu } from './cpu.ts';
import { ArmEnv, ENV, PowerState } from './env.ts';
import { CNTFRQ_HZ, idSlot, IdSlot } from './models.ts';
import { PState } from './pstate.ts';
import { disarmTimers } from './timers.ts';

const C = CpuCommon.offset;

/** SCTLR_EL1 at reset: the RES1 bits, SPAN and nTWI, nTWE; MMU and caches off, little-endian. */
const SCTLR_RESET = 0x00c50838;

/** vCPUs of one cluster: as many as a GICv2 has. */
const CLUSTER = 8;

export function mpidrOf(cpuIndex: number): number {
  return (0x80000000 | (Math.floor(cpuIndex / CLUSTER) << 8) | (cpuIndex % CLUSTER)) | 0;
}

/**
 * Cold reset to EL1h, all exceptions masked, at pc 0. vCPU 0 is powered on, the others wait for PSCI CPU_ON. The
 * machine sets pc and the boot arguments afterwards.
 */
export function resetCpu(cpu: ArmCpu): void {
  const { env, host, model } = cpu;
  const primary = host.cpuIndex === 0;
  host.lock();
  cpu.heap.u8.fill(0, env + ENV.vregs, env + ENV.vregs + ArmEnv.size);
  cpu.setWord(ENV.powerState, primary ? PowerState.ON : PowerState.OFF);
  cpu.setWord(C.halted, primary ? 0 : 1);
  cpu.setWord(C.exceptionIndex, -1);
  cpu.setWord(ENV.pstate, PState.MODE_EL1H | PState.DAIF);
  cpu.setPair(ENV.exclusiveAddr, -1, -1);
  cpu.setWord(ENV.sctlr, SCTLR_RESET);
  cpu.setWord(ENV.pmcr, model.pmcr);
  // The OS lock is implemented (OSLM) and locked.
  cpu.setWord(ENV.oslsr, 0xa);
  const id = (slot: number, lo: number, hi = 0): void => cpu.setPair(ENV.idRegs + slot * 8, lo, hi);
  for (const [crm, op2, hi, lo] of model.id) id(idSlot(crm, op2), lo, hi);
  id(IdSlot.MIDR, model.midr);
  id(IdSlot.MPIDR, mpidrOf(host.cpuIndex));
  id(IdSlot.CLIDR, model.clidr);
  id(IdSlot.CTR, model.ctr);
  id(IdSlot.DCZID, 4);
  id(IdSlot.CNTFRQ, CNTFRQ_HZ);
  cpu.updateTbFlags();
  disarmTimers(cpu);
  host.unlock();
}
