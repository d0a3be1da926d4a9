import type { Facts } from './facts.ts';

const ENTRIES = 32;

/**
 * What CPU state in env memory that is no global is known to hold: the last values loaded or stored at offsets from
 * env, to turn a load into a copy and to drop a store of what is there already. Only the owner of the state writes it
 * while generated code runs (and helpers, which make everything unknown), so guest accesses change nothing.
 */
export class EnvMemory {
  readonly #offset = new Int32Array(ENTRIES);
  readonly #bytes = new Int32Array(ENTRIES);
  /** The load op that would yield the value. */
  readonly #load = new Int32Array(ENTRIES);
  readonly #value = new Int32Array(ENTRIES);
  readonly #version = new Uint32Array(ENTRIES);
  #count = 0;
  #next = 0;

  clear(): void {
    this.#count = 0;
    this.#next = 0;
  }

  /** The temp that holds what load op `load` at `offset` would yield, -1 if unknown. */
  find(f: Facts, load: number, offset: number): number {
    for (let k = 0; k < this.#count; k++) {
      if (this.#offset[k] === offset && this.#load[k] === load) {
        const t = this.#value[k]!;
        return f.version[t] === this.#version[k] ? t : -1;
      }
    }
    return -1;
  }

  /** Notes that load op `load` of `bytes` at `offset` would yield temp `value`. */
  note(f: Facts, load: number, offset: number, bytes: number, value: number): void {
    let k = 0;
    while (k < this.#count && (this.#offset[k] !== offset || this.#load[k] !== load)) k++;
    if (k === ENTRIES) {
      k = this.#next;
      this.#next = (k + 1) % ENTRIES;
    } else if (k === this.#count) {
      this.#count++;
    }
    this.#offset[k] = offset;
    this.#bytes[k] = bytes;
    this.#load[k] = load;
    this.#value[k] = value;
    this.#version[k] = f.version[value]!;
  }

  /** Forgets what a store of `bytes` at `offset` overlaps. */
  kill(offset: number, bytes: number): void {
    for (let k = this.#count - 1; k >= 0; k--) {
      if (this.#offset[k]! >= offset + bytes || this.#offset[k]! + this.#bytes[k]! <= offset) continue;
      const last = --this.#count;
      this.#offset[k] = this.#offset[last]!;
      this.#bytes[k] = this.#bytes[last]!;
      this.#load[k] = this.#load[last]!;
      this.#value[k] = this.#value[last]!;
      this.#version[k] = this.#version[last]!;
    }
    this.#next = 0;
  }
}
