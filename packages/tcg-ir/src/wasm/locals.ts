import type { CodeWriter } from './code-writer.ts';

const WASM_TYPE = [0x7f, 0x7e, 0x7b];

/**
 * Numbers the locals of the function being written. Local 0 is the parameter (env). A released local is handed out
 * again only after `settle()`, so that values held during one op never share a local.
 */
export class Locals {
  count = 1;
  #types: Uint8Array = new Uint8Array(256);
  #free: Int32Array[] = [new Int32Array(64), new Int32Array(64), new Int32Array(64)];
  #nFree: Int32Array = new Int32Array(3);
  #released: Int32Array = new Int32Array(64);
  #nReleased = 0;

  reset(): void {
    this.count = 1;
    this.#nFree.fill(0);
    this.#nReleased = 0;
  }

  /** A local of an IR type (Type); its value is whatever its last user left. */
  alloc(type: number): number {
    const n = this.#nFree[type];
    if (n > 0) {
      this.#nFree[type] = n - 1;
      return this.#free[type][n - 1];
    }
    return this.fresh(type);
  }

  /** A local that nothing else uses, zero at function entry. */
  fresh(type: number): number {
    const local = this.count++;
    if (local >= this.#types.length) {
      const types = new Uint8Array(this.#types.length * 2);
      types.set(this.#types);
      this.#types = types;
    }
    this.#types[local] = type;
    return local;
  }

  release(local: number): void {
    if (this.#nReleased === this.#released.length) {
      const released = new Int32Array(this.#nReleased * 2);
      released.set(this.#released);
      this.#released = released;
    }
    this.#released[this.#nReleased++] = local;
  }

  /** Makes the released locals available. */
  settle(): void {
    if (this.#nReleased === 0) return;
    for (let i = 0; i < this.#nReleased; i++) {
      const local = this.#released[i];
      const type = this.#types[local];
      let free = this.#free[type];
      const n = this.#nFree[type]++;
      if (n === free.length) {
        const grown = new Int32Array(n * 2);
        grown.set(free);
        this.#free[type] = free = grown;
      }
      free[n] = local;
    }
    this.#nReleased = 0;
  }

  /** Writes the declarations of a function body: runs of equal types. */
  declare(out: CodeWriter): void {
    const types = this.#types;
    const n = this.count;
    let runs = 0;
    for (let i = 1; i < n; i++) if (i === 1 || types[i] !== types[i - 1]) runs++;
    out.u32(runs);
    for (let i = 1; i < n; ) {
      let j = i + 1;
      while (j < n && types[j] === types[i]) j++;
      out.u32(j - i);
      out.byte(WASM_TYPE[types[i]]);
      i = j;
    }
  }
}
