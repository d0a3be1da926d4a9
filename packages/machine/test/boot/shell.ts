import type { Machine } from '../../src/machine.ts';

/** What a command left. */
export interface CommandResult {
  readonly output: string;
  readonly status: number;
}

/** Milliseconds that one step may take: a machine under load must not fail a test, only a guest that hangs. */
const PATIENCE_MS = 180_000;

/** Types at a guest's shell and reads what comes. */
export class GuestShell {
  readonly #machine: Machine;
  #text = '';
  #seen = 0;
  #count = 0;
  #wake: (() => void) | undefined;

  /** Before the machine starts, so that nothing of its output is lost. */
  constructor(machine: Machine) {
    this.#machine = machine;
    const decoder = new TextDecoder();
    machine.onOutput((bytes) => {
      this.#text += decoder.decode(bytes, { stream: true });
      this.#wake?.();
    });
    void machine.ended.then(() => this.#wake?.());
  }

  /** All the guest wrote so far. */
  get text(): string {
    return this.#text;
  }

  /** Waits until `pattern` appears behind what earlier calls matched. @throws Error with the console and registers when it does not */
  async expect(pattern: RegExp, what: string): Promise<RegExpExecArray> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const match = pattern.exec(this.#text.slice(this.#seen));
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        return match;
      }
      if (this.#machine.status === 'ended') throw this.#error(`the machine ended before ${what}`);
      if (performance.now() > deadline) throw this.#error(`no ${what} within ${PATIENCE_MS / 1000} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #error(message: string): Error {
    const registers = this.#machine.config.cpus > 0 ? Array.from({ length: this.#machine.config.cpus }, (_, i) => this.#machine.dumpCpu(i)) : [];
    return new Error([message, ...registers, 'console:', this.#text.slice(-3000)].join('\n'));
  }

  /** Waits for the prompt of the first shell. */
  async prompt(): Promise<void> {
    await this.expect(/# (\x1b\[6n)?$/, 'shell prompt');
  }

  type(text: string): void {
    this.#machine.input(new TextEncoder().encode(text));
  }

  /** Runs one command line; its output with plain line ends, and its exit status. */
  async run(command: string): Promise<CommandResult> {
    const n = ++this.#count;
    // the shell echoes what is typed: there the markers have quotes in them
    this.type(`echo @"B"${n}@; ${command}; echo @"E"${n}:$?@\n`);
    const [, output, status] = await this.expect(new RegExp(`@B${n}@\r*\n([^]*?)@E${n}:(\\d+)@`), `end of "${command}"`);
    return { output: output!.replaceAll('\r', '').trimEnd(), status: Number(status) };
  }
}
