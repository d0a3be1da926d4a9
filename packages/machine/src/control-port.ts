import type { SerialPort } from './io/serial-port.ts';

export type OutputListener = (bytes: Uint8Array) => void;

/** The control thread's end of a serial port. */
export class ControlPort {
  readonly #port: SerialPort;
  readonly #ended: () => boolean;
  readonly #warn: (message: string) => void;
  readonly #listeners = new Set<OutputListener>();
  /** The end of the last write(), so that writes do not mix. */
  #tail: Promise<void> = Promise.resolve();

  constructor(port: SerialPort, ended: () => boolean, warn: (message: string) => void) {
    this.#port = port;
    this.#ended = ended;
    this.#warn = warn;
  }

  onOutput(listener: OutputListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Hands what the guest wrote to the listeners; an error of one is not the machine's. */
  drain(): void {
    const bytes = this.#port.out.takeAll();
    if (bytes.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(bytes);
      } catch (error) {
        this.#warn(`a listener of the serial port failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
      }
    }
  }

  /** Types as many bytes as there is room for; returns their number. */
  input(bytes: Uint8Array): number {
    if (this.#ended()) return 0;
    let n = 0;
    while (n < bytes.length && this.#port.in.push(bytes[n])) n++;
    return n;
  }

  /** Types all of them, behind those of earlier calls. Rejects when the machine ends first. */
  async write(bytes: Uint8Array): Promise<void> {
    const before = this.#tail;
    const done = (async (): Promise<void> => {
      await before.catch(() => undefined);
      for (let at = 0; at < bytes.length; ) {
        if (this.#ended()) throw new Error('the machine has ended');
        at += this.input(at === 0 ? bytes : bytes.subarray(at));
        if (at < bytes.length) await this.#port.in.roomAsync();
      }
    })();
    this.#tail = done;
    return done;
  }

  /** The machine has ended: writes that wait fail. */
  close(): void {
    this.#port.in.wakeProducer();
  }
}
