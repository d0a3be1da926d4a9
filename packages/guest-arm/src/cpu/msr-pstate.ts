import type { ArmCpu } from './cpu.ts';
import { ENV } from './env.ts';
import { loadSp, saveSp } from './exception.ts';
import { PState } from './pstate.ts';
import { PStateField } from '../helper/system-defs.ts';

/**
 * MSR to a PSTATE field. DAIF_SET and DAIF_CLR take the 4-bit immediate (D, A, I, F from bit 3 down); DAIF the
 * register's bits 9-6; the others 0 or 1.
 */
export function writePstateField(cpu: ArmCpu, field: number, value: number): void {
  const old = cpu.word(ENV.pstate);
  const bit = (mask: number): number => (value & 1 ? old | mask : old & ~mask);
  let pstate = old;
  switch (field) {
    case PStateField.SPSEL:
      saveSp(cpu);
      cpu.setWord(ENV.pstate, bit(PState.SPSEL));
      loadSp(cpu);
      cpu.updateTbFlags();
      return;
    case PStateField.DAIF_SET:
      pstate = old | ((value & 15) << 6);
      break;
    case PStateField.DAIF_CLR:
      pstate = old & ~((value & 15) << 6);
      break;
    case PStateField.DAIF:
      pstate = (old & ~PState.DAIF) | (value & PState.DAIF);
      break;
    case PStateField.PAN:
      pstate = bit(PState.PAN);
      break;
    case PStateField.UAO:
      pstate = bit(PState.UAO);
      break;
    case PStateField.DIT:
      pstate = bit(PState.DIT);
      break;
    case PStateField.SSBS:
      pstate = bit(PState.SSBS);
      break;
    default:
      break;
  }
  cpu.setWord(ENV.pstate, pstate);
  cpu.updateTbFlags();
}
