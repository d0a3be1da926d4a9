import type { ArmCpu } from './cpu.ts';
import { ENV, xOffset } from './env.ts';
import { currentSpsr } from './exception.ts';
import { PState } from './pstate.ts';

/** Registers in a few lines, for logs and the monitor. */
export function dumpState(cpu: ArmCpu): string {
  const hex = (offset: number): string =>
    (cpu.u32[(cpu.env + offset + 4) >>> 2]!.toString(16).padStart(8, '0')) +
    cpu.u32[(cpu.env + offset) >>> 2]!.toString(16).padStart(8, '0');
  const lines: string[] = [`PC=${hex(ENV.pc)} SP=${hex(ENV.sp)}`];
  let line = '';
  for (let n = 0; n < 31; n++) {
    line += `X${String(n).padStart(2, '0')}=${hex(xOffset(n))}${n % 4 === 3 || n === 30 ? '' : ' '}`;
    if (n % 4 === 3 || n === 30) {
      lines.push(line);
      line = '';
    }
  }
  const spsr = currentSpsr(cpu);
  const flag = (bit: number, name: string): string => ((spsr & bit) !== 0 ? name : '-');
  lines.push(
    `PSTATE=${(spsr >>> 0).toString(16).padStart(8, '0')} ` +
      flag(PState.N, 'N') + flag(PState.Z, 'Z') + flag(PState.C, 'C') + flag(PState.V, 'V') +
      ` EL${(spsr >> PState.EL_SHIFT) & 3}${(spsr & PState.SPSEL) !== 0 ? 'h' : 't'} ` +
      flag(PState.D, 'D') + flag(PState.A, 'A') + flag(PState.I, 'I') + flag(PState.F, 'F') +
      ` ELR=${hex(ENV.elr)} ESR=${hex(ENV.esr)} FAR=${hex(ENV.far)}`,
    `SCTLR=${hex(ENV.sctlr)} TCR=${hex(ENV.tcr)} TTBR0=${hex(ENV.ttbr0)} TTBR1=${hex(ENV.ttbr1)} VBAR=${hex(ENV.vbar)}`,
  );
  return lines.join('\n');
}
