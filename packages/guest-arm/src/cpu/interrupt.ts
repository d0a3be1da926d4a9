import { and, load } from '@mttcg/atomic';
import { CpuCommon, InterruptBit } from '@mttcg/softmmu';
import type { ArmCpu } from './cpu.ts';
import { ENV, PowerState } from './env.ts';
import { takeException, Vector } from './exception.ts';
import { applyPowerOn } from './psci.ts';
import { PState } from './pstate.ts';

const C = CpuCommon.offset;

function pending(cpu: ArmCpu): number {
  return load(cpu.i32, (cpu.env + C.interruptRequest) >>> 2);
}

/**
 * Takes the highest interrupt that PSTATE does not mask (big lock held). The GIC's lines are levels: the bits in
 * interruptRequest stay until the guest has acknowledged the interrupt at the controller.
 */
export function takeInterrupt(cpu: ArmCpu): boolean {
  // its only purpose was to bring the vCPU here
  and(cpu.i32, (cpu.env + C.interruptRequest) >>> 2, ~InterruptBit.EXIT_TB);
  if (cpu.word(ENV.onPending) !== 0) {
    applyPowerOn(cpu);
    return true;
  }
  if (cpu.isPoweredOff) return false;
  const bits = pending(cpu);
  const pstate = cpu.word(ENV.pstate);
  if ((bits & InterruptBit.FIQ) !== 0 && (pstate & PState.F) === 0) {
    if (cpu.logsInt) cpu.host.log('int', 'FIQ');
    takeException(cpu, Vector.FIQ);
    return true;
  }
  if ((bits & InterruptBit.HARD) !== 0 && (pstate & PState.I) === 0) {
    if (cpu.logsInt) cpu.host.log('int', 'IRQ');
    takeException(cpu, Vector.IRQ);
    return true;
  }
  return false;
}

/** WFI wakes for an interrupt even when PSTATE masks it; a vCPU that is off wakes for CPU_ON alone. */
export function hasPendingWork(cpu: ArmCpu): boolean {
  if (cpu.word(ENV.onPending) !== 0) return true;
  if (cpu.word(ENV.powerState) !== PowerState.ON) return false;
  return (pending(cpu) & (InterruptBit.HARD | InterruptBit.FIQ)) !== 0;
}
