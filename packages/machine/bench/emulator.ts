import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a guest is made of; the same for both emulators. */
export interface GuestSetup {
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
  readonly cpus: number;
  readonly mib: number;
  readonly cpuModel: string;
}

/** An emulator to measure: a program with the guest's serial port on its standard input and output. */
export interface Emulator {
  readonly name: string;
  command(setup: GuestSetup): readonly string[];
}

/** This project's machine: its sources, or with `built` what the package would publish. */
export function ours(built: boolean): Emulator {
  const vm = fileURLToPath(new URL('./vm.ts', import.meta.url));
  return {
    name: 'mttcg',
    command: (setup) => [process.execPath, ...(built ? [] : ['--conditions=@mttcg/source']), vm, JSON.stringify(setup)],
  };
}

/** qemu-system-aarch64 of the PATH with its version; undefined when there is none. */
export function qemu(): Emulator | undefined {
  const { status, stdout } = spawnSync('qemu-system-aarch64', ['--version'], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  return {
    name: `QEMU ${/version (\S+)/.exec(stdout)?.[1] ?? ''}`.trim(),
    command: (s) => [
      'qemu-system-aarch64', '-M', 'virt', '-cpu', s.cpuModel, '-smp', `${s.cpus}`, '-m', `${s.mib}`, '-accel', 'tcg,thread=multi',
      '-nodefaults', '-display', 'none', '-serial', 'stdio', '-kernel', s.kernel, '-initrd', s.initrd, '-append', s.append,
    ],
  };
}

const PATIENCE_MS = 300_000;

/** A running emulator whose guest has a shell on its serial port. */
export class GuestProcess {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #started = performance.now();
  #text = '';
  #seen = 0;
  #count = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(emulator: Emulator, setup: GuestSetup) {
    const [program, ...args] = emulator.command(setup);
    this.#child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.pid = this.#child.pid!;
    this.#child.stdout!.on('data', (bytes: Buffer) => {
      this.#text += bytes.toString('latin1');
      this.#wake?.();
    });
    this.#child.once('exit', () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  /** Waits for output that matches, behind what matched before. */
  async expect(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const match = pattern.exec(this.#text.slice(this.#seen));
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        return match;
      }
      if (this.#ended || performance.now() > deadline) {
        throw new Error(`${this.#ended ? 'the emulator ended' : 'nothing came'} while waiting for ${pattern}:\n${this.#text.slice(-2000)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Seconds from the start of the process until the guest says that it is up. */
  async boot(): Promise<number> {
    await this.expect(/mttcg-guest ready:/);
    const seconds = (performance.now() - this.#started) / 1000;
    await this.expect(/# (\x1b\[6n)?$/);
    return seconds;
  }

  /** Runs a command line in the guest's shell; what it printed. */
  async run(command: string): Promise<string> {
    const n = ++this.#count;
    this.#child.stdin!.write(`echo @"B"${n}@; ${command}; echo @"E"${n}@\n`);
    const match = await this.expect(new RegExp(`@B${n}@\r*\n([^]*?)@E${n}@`));
    return match[1]!.replaceAll('\r', '');
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
