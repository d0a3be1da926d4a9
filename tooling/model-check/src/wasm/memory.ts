/** Loads and stores of WebAssembly, plain and atomic, by opcode; each is a step when an execution is in progress. */
import { atomicAccess, fence, notify, plainLoad, plainStore, wait } from '../access.ts';
import { type Codec, codecOf, CONSTRUCTORS, type ViewName } from '../element.ts';
import { ModelError } from '../error.ts';
import type { Host } from '../views.ts';
import type { Value } from './numeric.ts';

interface Access {
  readonly codec: Codec;
  /** Whether the value on the stack is an i64. */
  readonly wide: boolean;
}

const access = (view: ViewName, wide: boolean): Access => ({ codec: codecOf(view), wide });

const LOADS: Readonly<Record<number, Access>> = {
  0x28: access('Int32Array', false), 0x29: access('BigInt64Array', true),
  0x2c: access('Int8Array', false), 0x2d: access('Uint8Array', false), 0x2e: access('Int16Array', false), 0x2f: access('Uint16Array', false),
  0x30: access('Int8Array', true), 0x31: access('Uint8Array', true), 0x32: access('Int16Array', true), 0x33: access('Uint16Array', true),
  0x34: access('Int32Array', true), 0x35: access('Uint32Array', true),
};

const STORES: Readonly<Record<number, Access>> = {
  0x36: access('Int32Array', false), 0x37: access('BigInt64Array', true),
  0x3a: access('Int8Array', false), 0x3b: access('Int16Array', false), 0x3c: access('Int8Array', true), 0x3d: access('Int16Array', true), 0x3e: access('Int32Array', true),
};

/** The seven widths that every group of atomic instructions has, in the order of their opcodes. */
const ATOMIC: readonly Access[] = [
  access('Int32Array', false), access('BigInt64Array', true), access('Uint8Array', false), access('Uint16Array', false),
  access('Uint8Array', true), access('Uint16Array', true), access('Uint32Array', true),
];

/** Read-modify-writes in the order of their groups: how many operands, and the new value. */
const GROUPS: readonly { readonly name: string; readonly update: (old: bigint, operand: bigint) => bigint }[] = [
  { name: 'add', update: (old, operand) => old + operand },
  { name: 'sub', update: (old, operand) => old - operand },
  { name: 'and', update: (old, operand) => old & operand },
  { name: 'or', update: (old, operand) => old | operand },
  { name: 'xor', update: (old, operand) => old ^ operand },
  { name: 'exchange', update: (_, operand) => operand },
];

export const isLoad = (opcode: number): boolean => LOADS[opcode] !== undefined;
export const isStore = (opcode: number): boolean => STORES[opcode] !== undefined;

const widen = (value: Value, wide: boolean): Value => (wide ? BigInt.asIntN(64, BigInt(value)) : Number(BigInt.asIntN(32, BigInt(value))));
/** A value of the kind that the codec's view wants, cut to its width. */
const narrow = (value: bigint, codec: Codec): Value => (codec.size === 8 ? value : Number(BigInt.asIntN(32, value)));

export class WasmMemory {
  readonly #host: Host;
  readonly #napMs: number;

  constructor(host: Host, napMs = 1) {
    this.#host = host;
    this.#napMs = napMs;
  }

  /** Pages of 64 KiB. */
  get pages(): number {
    return this.#host.buffer.byteLength >>> 16;
  }

  load(opcode: number, base: number, offset: number): Value {
    const { codec, wide } = LOADS[opcode];
    const address = this.#address(base, offset, codec.size);
    const run = this.#host.execution;
    return widen(run === undefined ? this.#read(codec, address) : plainLoad(run, codec, address), wide);
  }

  store(opcode: number, base: number, offset: number, value: Value): void {
    const { codec } = STORES[opcode];
    const address = this.#address(base, offset, codec.size);
    const run = this.#host.execution;
    const cut = narrow(BigInt(value), codec);
    if (run === undefined) this.#write(codec, address, cut);
    else plainStore(run, codec, address, cut);
  }

  /** How many operands an atomic instruction takes, its address included; undefined for what is none. */
  static operands(opcode: number): number | undefined {
    if (opcode === 0x00) return 2;
    if (opcode === 0x01 || opcode === 0x02) return 3;
    if (opcode < 0x10 || opcode > 0x4e) return undefined;
    return opcode < 0x17 ? 1 : opcode < 0x48 ? 2 : 3;
  }

  /** @returns its result; undefined for a store */
  atomic(opcode: number, base: number, offset: number, operands: readonly Value[]): Value | undefined {
    if (opcode < 0x10) return this.#futex(opcode, base, offset, operands);
    const { codec, wide } = ATOMIC[(opcode - 0x10) % 7];
    const address = this.#aligned(base, offset, codec.size);
    const values = operands.map((value) => BigInt(value));
    if (opcode < 0x17) return widen(this.#update('load', codec, address, () => undefined), wide);
    if (opcode < 0x1e) {
      this.#update('store', codec, address, () => narrow(values[0], codec));
      return undefined;
    }
    if (opcode >= 0x48) {
      // compared in full: an expected value that is too wide never matches
      const expected = wide ? BigInt.asUintN(64, values[0]) : BigInt.asUintN(32, values[0]);
      const equal = (old: Value): boolean => BigInt.asUintN(wide ? 64 : 32, BigInt(old)) === expected;
      return widen(this.#update('compareExchange', codec, address, (old) => (equal(old) ? narrow(values[1], codec) : undefined)), wide);
    }
    const { name, update } = GROUPS[Math.floor((opcode - 0x1e) / 7)];
    return widen(this.#update(name, codec, address, (old) => narrow(BigInt.asIntN(64, update(BigInt(old), values[0])), codec)), wide);
  }

  fence(): void {
    if (this.#host.execution !== undefined) fence(this.#host.execution);
  }

  #futex(opcode: number, base: number, offset: number, operands: readonly Value[]): number {
    const address = this.#aligned(base, offset, opcode === 0x02 ? 8 : 4);
    const run = this.#host.execution;
    if (opcode === 0x00) return run === undefined ? 0 : notify(run, address, Number(operands[0]) >>> 0);
    if (run === undefined) throw new ModelError('ERR_UNSUPPORTED', 'wasm: a wait outside of the threads: nobody else runs');
    const ns = operands[1] as bigint;
    const result = wait(run, codecOf(opcode === 0x01 ? 'Int32Array' : 'BigInt64Array'), address, operands[0], ns < 0n ? Infinity : Number(ns) / 1e6, this.#napMs);
    return ['ok', 'not-equal', 'timed-out'].indexOf(result);
  }

  #update(name: string, codec: Codec, address: number, update: (old: Value) => Value | undefined): Value {
    const run = this.#host.execution;
    if (run !== undefined) return atomicAccess(run, { name, codec, address, update });
    const old = this.#read(codec, address);
    const next = update(old);
    if (next !== undefined) this.#write(codec, address, next);
    return old;
  }

  #read(codec: Codec, address: number): Value {
    return codec.decode(new CONSTRUCTORS.Uint8Array(this.#host.buffer).slice(address, address + codec.size));
  }

  #write(codec: Codec, address: number, value: Value): void {
    new CONSTRUCTORS.Uint8Array(this.#host.buffer).set(codec.encode(value), address);
  }

  #aligned(base: number, offset: number, size: number): number {
    const address = this.#address(base, offset, size);
    if (address % size !== 0) throw new WebAssembly.RuntimeError('operation does not support unaligned accesses');
    return address;
  }

  #address(base: number, offset: number, size: number): number {
    const address = (base >>> 0) + offset;
    if (address + size > this.#host.buffer.byteLength) throw new WebAssembly.RuntimeError('memory access out of bounds');
    return address;
  }
}
