import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeControlPlatform } from '../../src/host/node.ts';
import type { ControlPlatform } from '../../src/host/platform.ts';
import { createMachine, type Machine, type MachineEnd, type MachineOptions } from '../../src/machine.ts';

/** How a program of this folder went. */
export interface ProgramRun {
  /** Lines it printed, without those that count what may differ from run to run. */
  readonly lines: readonly string[];
  /** Those lines, without their "~". */
  readonly counts: readonly string[];
  readonly end: MachineEnd;
}

const PATIENCE_MS = 100_000;

/** The assembled program; see build.ts. */
export function programFile(name: string): Uint8Array {
  return readFileSync(join(import.meta.dirname, 'programs', `${name}.elf`));
}

/** A machine that is going to run a program, and what it printed so far. */
export async function makeProgram(name: string, options: Partial<MachineOptions> = {}, platform: ControlPlatform = new NodeControlPlatform()): Promise<{ machine: Machine; text: () => string }> {
  const machine = await createMachine({ cpus: 1, ramBytes: 128 << 20, kernel: programFile(name), ...options }, platform);
  let text = '';
  machine.onOutput((bytes) => {
    text += Buffer.from(bytes).toString('latin1');
  });
  return { machine, text: () => text };
}

/** Waits for the machine's end. @throws Error with what it printed and its registers when that does not come */
export async function finish(machine: Machine, text: () => string): Promise<ProgramRun> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  const end = await Promise.race([machine.ended, late]);
  clearTimeout(timer);
  if (end === undefined) {
    const registers = Array.from({ length: machine.config.cpus }, (_, i) => machine.dumpCpu(i));
    machine.quit();
    throw new Error([`the program did not end within ${PATIENCE_MS / 1000} s`, ...registers, text()].join('\n'));
  }
  const lines = text().trimEnd().split('\n');
  return { end, lines: lines.filter((l) => !l.startsWith('~')), counts: lines.filter((l) => l.startsWith('~')).map((l) => l.slice(2)) };
}

/** Runs a program to its end. */
export async function runProgram(name: string, options: Partial<MachineOptions> = {}): Promise<ProgramRun> {
  const { machine, text } = await makeProgram(name, options);
  machine.start();
  return finish(machine, text);
}
