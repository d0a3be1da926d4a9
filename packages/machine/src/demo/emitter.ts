import type { Reg } from './registers.ts';

/** Where a label's address goes in an instruction: signed `bits` from bit `shift`, in units of 4 bytes. */
interface Fixup {
  readonly at: number;
  readonly label: string;
  readonly kind: 'imm26' | 'imm19' | 'imm14' | 'adr' | 'address';
}

/** `value / scale` as an unsigned field. */
export function field(name: string, value: number, bits: number, scale = 1): number {
  const scaled = value / scale;
  if (!Number.isInteger(scaled) || scaled < 0 || scaled >= 2 ** bits) throw new RangeError(`${name}: ${value} is out of range`);
  return scaled;
}

/** `value / scale` as a two's complement field. */
export function signedField(name: string, value: number, bits: number, scale = 1): number {
  const scaled = value / scale;
  if (!Number.isInteger(scaled) || scaled < -(2 ** (bits - 1)) || scaled >= 2 ** (bits - 1)) throw new RangeError(`${name}: ${value} is out of range`);
  return scaled & (2 ** bits - 1);
}

/** Bit 31 of most instructions: the operands are X registers. */
export const sf = (r: Reg): number => (r.is64 ? 0x80000000 : 0);

/** Bytes, labels, and the places that wait for labels. */
export class Emitter {
  /** Address of the first byte. */
  readonly origin: number;
  #bytes = new Uint8Array(4096);
  #length = 0;
  readonly #labels = new Map<string, number>();
  readonly #fixups: Fixup[] = [];

  constructor(origin: number) {
    this.origin = origin;
  }

  /** Address of what comes next. */
  get here(): number {
    return this.origin + this.#length;
  }

  /** Names the address of what comes next. */
  label(name: string): this {
    if (this.#labels.has(name)) throw new RangeError(`the label ${name} is there twice`);
    this.#labels.set(name, this.here);
    return this;
  }

  /** Address of a label that has been passed. */
  addressOf(name: string): number {
    const address = this.#labels.get(name);
    if (address === undefined) throw new RangeError(`there is no label ${name}`);
    return address;
  }

  // Data

  bytes(data: ArrayLike<number>): this {
    while (this.#length + data.length > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(data, this.#length);
    this.#length += data.length;
    return this;
  }

  /** 32 bits: an instruction or data. */
  word(value: number): this {
    return this.bytes([value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]);
  }

  dword(value: bigint): this {
    return this.word(Number(value & 0xffffffffn)).word(Number((value >> 32n) & 0xffffffffn));
  }

  /** 64 bits: a label's address. */
  address(label: string): this {
    this.#fixups.push({ at: this.#length, label, kind: 'address' });
    return this.dword(0n);
  }

  /** Text with a zero byte behind it. */
  asciz(text: string): this {
    return this.bytes([...new TextEncoder().encode(text), 0]);
  }

  space(bytes: number): this {
    return this.bytes(new Uint8Array(bytes));
  }

  align(to: number): this {
    return this.space((to - (this.#length % to)) % to);
  }

  /** An instruction with a label in it; `low` goes into the lowest bits. */
  protected toLabel(op: number, label: string, kind: Fixup['kind'], low: number): this {
    this.#fixups.push({ at: this.#length, label, kind });
    return this.word(op | low);
  }

  /** The program with all labels resolved. @throws RangeError for labels that are missing or too far */
  finish(): Uint8Array {
    const out = this.#bytes.slice(0, this.#length);
    const view = new DataView(out.buffer);
    for (const { at, label, kind } of this.#fixups) {
      const target = this.addressOf(label);
      const distance = target - (this.origin + at);
      const or = (bits: number): void => view.setUint32(at, view.getUint32(at, true) | bits, true);
      switch (kind) {
        case 'imm26': or(signedField(label, distance, 26, 4)); break;
        case 'imm19': or(signedField(label, distance, 19, 4) << 5); break;
        case 'imm14': or(signedField(label, distance, 14, 4) << 5); break;
        case 'adr': {
          const imm = signedField(label, distance, 21);
          or(((imm & 3) << 29) | ((imm >>> 2) << 5));
          break;
        }
        case 'address': view.setBigUint64(at, BigInt(target), true); break;
      }
    }
    return out;
  }
}
