/** Takes what it has room for and says how much that was. */
export type Sink = (bytes: Uint8Array) => number;

/** Milliseconds between tries while the guest does not read. */
const RETRY_MS = 10;
/** Bytes held back before the source is told to wait. */
const HIGH_WATER = 1 << 16;

/** Brings bytes to a guest that takes them at its own pace, in order and without loss. */
export class InputPump {
  readonly #sink: Sink;
  readonly #onFull: (full: boolean) => void;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #full = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param onFull called with true when the source should wait, with false when it may go on */
  constructor(sink: Sink, onFull: (full: boolean) => void) {
    this.#sink = sink;
    this.#onFull = onFull;
  }

  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    this.#run();
  }

  /** Drops what is left. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue = [];
    this.#queued = 0;
  }

  #run(): void {
    if (this.#timer !== undefined) return;
    while (this.#queue.length > 0) {
      const bytes = this.#queue[0]!;
      const taken = this.#sink(bytes);
      this.#queued -= taken;
      if (taken < bytes.length) {
        this.#queue[0] = bytes.subarray(taken);
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.#run();
        }, RETRY_MS);
        break;
      }
      this.#queue.shift();
    }
    const full = this.#queued > HIGH_WATER;
    if (full !== this.#full) {
      this.#full = full;
      this.#onFull(full);
    }
  }
}
