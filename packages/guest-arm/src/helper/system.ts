import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import { CpuCommon, Excp } from '@mttcg/softmmu';
import type { ArmCpu } from '../cpu/cpu.ts';
import { zeroBlock } from '../mmu/zva.ts';
import { writePstateField } from '../cpu/msr-pstate.ts';
import { SYSREGS } from '../sysreg/table.ts';

const C = CpuCommon.offset;

/** The helpers of SYSTEM_HELPERS for one thread. */
export function makeSystemHelpers(current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  return {
    sysreg_read(index): void {
      const cpu = current.cpu;
      const reg = SYSREGS[index]!;
      cpu.valHi = 0;
      const lo = reg.read !== undefined ? reg.read(cpu, reg) : cpu.load64(reg.offset);
      cpu.setPair(C.scratch, lo, cpu.valHi);
    },
    sysreg_write(index, lo, hi): void {
      const cpu = current.cpu;
      const reg = SYSREGS[index]!;
      if (reg.write !== undefined) reg.write(cpu, lo, hi, reg);
      else cpu.setPair(reg.offset, lo & reg.maskLo, hi & reg.maskHi);
    },
    dc_zva(addrLo, addrHi): number {
      return zeroBlock(current.cpu, addrLo, addrHi);
    },
    msr_pstate(field, value): void {
      writePstateField(current.cpu, field, value);
    },
    exception_return(): void {
      current.cpu.exceptionReturn();
    },
    wfi(): number {
      const cpu = current.cpu;
      cpu.host.lock();
      const busy = cpu.hasWork();
      cpu.host.unlock();
      if (busy) return 0;
      cpu.setWord(C.halted, 1);
      cpu.setWord(C.exceptionIndex, Excp.HLT);
      return 1;
    },
  };
}
