import type { ArmCpu } from './cpu.ts';
import { ENV } from './env.ts';
import { PState } from './pstate.ts';

/** N, Z, C, V of the flag globals in bits 31-28. */
export function packNzcv(cpu: ArmCpu): number {
  const { i32 } = cpu;
  const i = cpu.env >>> 2;
  const n = i32[i + ((ENV.nf + 4) >> 2)]! & PState.N;
  const z = (i32[i + (ENV.zf >> 2)]! | i32[i + ((ENV.zf + 4) >> 2)]!) === 0 ? PState.Z : 0;
  const c = i32[i + (ENV.cf >> 2)]! << 29;
  const v = (i32[i + ((ENV.vf + 4) >> 2)]! >>> 31) << 28;
  return n | z | c | v;
}

/** Sets the flag globals from bits 31-28. */
export function unpackNzcv(cpu: ArmCpu, value: number): void {
  cpu.setPair(ENV.nf, 0, value & PState.N);
  cpu.setPair(ENV.zf, (value & PState.Z) !== 0 ? 0 : 1, 0);
  cpu.setWord(ENV.cf, (value >>> 29) & 1);
  cpu.setPair(ENV.vf, 0, (value << 3) & PState.N);
}
