import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { translate } from './walk.ts';

/** PAR_EL1 bits: F (fault), the RES1 bit 11, NS. */
const PAR_F = 1;
const PAR_RES1 = 1 << 11;
const PAR_NS = 1 << 9;

/** AT S1E*: translates for the mmu index and access and reports in PAR_EL1 (Arm ARM D17.2.110). Takes no fault. */
export function addressTranslate(cpu: ArmCpu, addrLo: number, addrHi: number, access: number, mmuIdx: number): void {
  const walk = cpu.walk;
  if (!translate(cpu, addrLo, addrHi, access, mmuIdx, walk)) {
    cpu.setPair(ENV.par, PAR_F | (walk.fsc << 1) | PAR_RES1, 0);
    return;
  }
  const page = Math.floor(walk.pa / 4096);
  const lo = (page << 12) | PAR_RES1 | PAR_NS | (walk.sh << 7);
  cpu.setPair(ENV.par, lo, Math.floor(page / 2 ** 20) | (walk.attr << 24));
}
