const ENTRIES = 16;

/**
 * Backward companion of EnvMemory: which bytes of env are stored again before anybody can look at them. Only stores
 * at constant offsets from env; the list is forgotten at everything that may see the state.
 */
export class DeadStores {
  readonly #offset = new Int32Array(ENTRIES);
  readonly #end = new Int32Array(ENTRIES);
  #count = 0;

  clear(): void {
    this.#count = 0;
  }

  /** A load sees these bytes. */
  read(offset: number, bytes: number): void {
    for (let k = this.#count - 1; k >= 0; k--) {
      if (this.#offset[k]! >= offset + bytes || this.#end[k]! <= offset) continue;
      const last = --this.#count;
      this.#offset[k] = this.#offset[last]!;
      this.#end[k] = this.#end[last]!;
    }
  }

  /** A store (earlier than all noted ones): true if a later one covers it; otherwise it is noted. */
  covered(offset: number, bytes: number): boolean {
    for (let k = 0; k < this.#count; k++) {
      if (this.#offset[k]! <= offset && this.#end[k]! >= offset + bytes) return true;
    }
    if (this.#count < ENTRIES) {
      this.#offset[this.#count] = offset;
      this.#end[this.#count++] = offset + bytes;
    }
    return false;
  }
}
