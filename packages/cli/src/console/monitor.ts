import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { KEYS_HELP } from './keys.ts';

/** What the monitor needs of a machine. */
export interface MonitoredMachine {
  readonly config: { readonly cpus: number };
  readonly status: 'running' | 'paused' | 'ended';
  readonly statistics: { readonly tbs: number; readonly modules: number; readonly invalidations: number; readonly flushes: number };
  dumpCpu(index: number): string;
  pause(): Promise<void>;
  resume(): void;
  reset(): void;
  quit(): void;
}

const HELP = `help                  this help
info status           whether the machine runs
info cpus             CPUs and where they are
info registers [cpu]  registers of all CPUs, or of one
info jit              translation counters
stop                  stop all CPUs
cont                  let them go on
system_reset          press the reset button
quit                  end the emulator
`;

/** Runs one line typed into the monitor; the text to print. */
export async function monitorCommand(machine: MonitoredMachine, line: string): Promise<string> {
  const words = line.trim().split(/\s+/).filter((w) => w !== '');
  const [command, ...rest] = words;
  switch (command) {
    case undefined: return '';
    case 'help': case '?': return HELP + KEYS_HELP;
    case 'info': return info(machine, rest);
    case 'stop': case 's': await machine.pause(); return '';
    case 'cont': case 'c': machine.resume(); return '';
    case 'system_reset': machine.reset(); return '';
    case 'quit': case 'q': machine.quit(); return '';
    default: return `unknown command: ${command}; help lists them\n`;
  }
}

async function info(machine: MonitoredMachine, [what, ...rest]: readonly string[]): Promise<string> {
  switch (what) {
    case 'status': return `VM status: ${machine.status}\n`;
    case 'registers': {
      const index = rest[0] === undefined ? undefined : Number(rest[0]);
      if (index !== undefined && !(Number.isInteger(index) && index >= 0 && index < machine.config.cpus)) {
        return `info registers: CPUs are 0 to ${machine.config.cpus - 1}\n`;
      }
      return stopped(machine, () => dumps(machine).filter((_, cpu) => index === undefined || cpu === index)
        .map((text, i) => `CPU#${index ?? i}\n${text.trimEnd()}\n`).join('\n'));
    }
    case 'cpus': return stopped(machine, () => dumps(machine).map((text, i) => `CPU #${i}: ${/\bPC\s*=?\s*[0-9a-fx]+/i.exec(text)?.[0] ?? ''}\n`).join(''));
    case 'jit': {
      const { tbs, modules, invalidations, flushes } = machine.statistics;
      return `translation blocks  ${tbs}\nmodules             ${modules}\ninvalidations       ${invalidations}\ncode buffer flushes ${flushes}\n`;
    }
    default: return 'info: status, cpus, registers or jit\n';
  }
}

function dumps(machine: MonitoredMachine): string[] {
  return Array.from({ length: machine.config.cpus }, (_, i) => machine.dumpCpu(i));
}

/** Stops a running machine for as long as `look` takes. */
async function stopped(machine: MonitoredMachine, look: () => string): Promise<string> {
  if (machine.status !== 'running') return look();
  await machine.pause();
  try {
    return look();
  } finally {
    machine.resume();
  }
}

/** The monitor on a terminal: line editing by readline, fed with what is typed while it is in front. */
export class Monitor {
  readonly #input = new PassThrough();
  readonly #lines: Interface;

  constructor(machine: MonitoredMachine, output: NodeJS.WritableStream, onLeave: () => void) {
    this.#lines = createInterface({ input: this.#input, output, terminal: true, prompt: '(mttcg) ', historySize: 100 });
    this.#lines.on('line', (line) => {
      void monitorCommand(machine, line).then((text) => {
        output.write(text.replaceAll('\n', '\r\n'));
        if (machine.status !== 'ended') this.#lines.prompt();
      });
    });
    // Ctrl-C clears the line, Ctrl-D leaves, as a shell has it
    this.#lines.on('SIGINT', () => {
      output.write('^C\r\n');
      this.#lines.write(null, { ctrl: true, name: 'e' });
      this.#lines.write(null, { ctrl: true, name: 'u' });
      this.#lines.prompt();
    });
    this.#lines.on('close', onLeave);
    output.write('\r\n');
    this.#lines.prompt();
  }

  type(bytes: Uint8Array): void {
    this.#input.write(bytes);
  }

  close(): void {
    this.#lines.removeAllListeners('close');
    this.#lines.close();
  }
}
