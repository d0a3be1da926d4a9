/** Bytes held back before the source is told to wait. */
const HIGH_WATER = 1 << 16;

/** Brings bytes to a guest that takes them at its own pace; the source waits while too many are under way. */
export class InputPump {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #onFull: (full: boolean) => void;
  #queued = 0;
  #full = false;

  /**
   * @param write types all of its bytes, in the order of calls; rejects when the guest has ended
   * @param onFull called with true when the source should wait, with false when it may go on
   */
  constructor(write: (bytes: Uint8Array) => Promise<void>, onFull: (full: boolean) => void) {
    this.#write = write;
    this.#onFull = onFull;
  }

  push(bytes: Uint8Array): void {
    this.#count(bytes.length);
    // what a guest that has ended did not take is nobody's any more
    this.#write(bytes).catch(() => undefined).then(() => this.#count(-bytes.length), () => undefined);
  }

  #count(bytes: number): void {
    this.#queued += bytes;
    const full = this.#queued > HIGH_WATER;
    if (full === this.#full) return;
    this.#full = full;
    this.#onFull(full);
  }
}
