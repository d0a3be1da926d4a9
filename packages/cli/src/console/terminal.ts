import type { ReadStream } from 'node:tty';

/** A keyboard: standard input, or a stand-in for tests. */
export type InputStream = NodeJS.ReadableStream & Pick<ReadStream, 'isTTY' | 'setRawMode'> & { unref?: () => void };

/**
 * Raw mode of a terminal from creation to restore(). However the process ends short of SIGKILL, the terminal gets its
 * mode back: 'exit' comes after errors and process.exit() too. Nothing is done when input is no terminal.
 */
export class RawTerminal {
  readonly #input: InputStream;
  readonly #restore = (): void => this.restore();
  readonly #again = (): void => {
    this.#input.setRawMode(true);
  };
  #raw = false;

  constructor(input: InputStream) {
    this.#input = input;
    if (input.isTTY !== true) return;
    this.#raw = true;
    process.on('exit', this.#restore);
    // the shell has set its own mode while we were stopped
    process.on('SIGCONT', this.#again);
    input.setRawMode(true);
  }

  get isTerminal(): boolean {
    return this.#input.isTTY === true;
  }

  restore(): void {
    if (!this.#raw) return;
    this.#raw = false;
    process.off('exit', this.#restore);
    process.off('SIGCONT', this.#again);
    this.#input.setRawMode(false);
  }
}
