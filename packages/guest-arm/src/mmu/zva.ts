import { Access } from '@mttcg/softmmu';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { Fsc } from '../cpu/syndrome.ts';
import { flagsMmuIdx } from '../cpu/tb-flags.ts';
import { raiseAbort } from './fill.ts';
import { translate } from './walk.ts';

/** Bytes that DC ZVA zeroes (DCZID_EL0.BS = 4). */
const BLOCK = 64;

/**
 * DC ZVA: zeroes the aligned block around the address. 1 when a fault is pending. FAR gets the address as given; on
 * what is not plain RAM the instruction takes an Alignment fault, as on Device memory, and where there is nothing an
 * external abort.
 */
export function zeroBlock(cpu: ArmCpu, addrLo: number, addrHi: number): number {
  const { tlb } = cpu.host;
  const mmuIdx = flagsMmuIdx(cpu.word(ENV.tbFlags));
  const start = addrLo & -BLOCK;
  let host = tlb.probe(start, addrHi, BLOCK, Access.STORE, mmuIdx, false);
  if (host === 0) {
    cpu.setPair(ENV.excVaddr, addrLo, addrHi);
    return 1;
  }
  if (host === -1) {
    const { walk } = cpu;
    const mapped = !translate(cpu, addrLo, addrHi, Access.STORE, mmuIdx, walk) || cpu.host.isMapped?.(walk.pa) !== false;
    raiseAbort(cpu, addrLo, addrHi, Access.STORE, mapped ? Fsc.ALIGNMENT : Fsc.EXTERNAL, false);
    return 1;
  }
  const f64 = cpu.f64;
  host >>>= 3;
  for (let i = 0; i < BLOCK / 8; i++) f64[host + i] = 0;
  return 0;
}
