/** A position in encoded WebAssembly. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.at++];
  }

  /** Four bytes, little-endian. */
  u32(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  /** Unsigned LEB128 of up to 32 bits. */
  leb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** Signed LEB128. */
  signed(bits: 32 | 33 | 64): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      return BigInt.asIntN(bits, (byte & 0x40) !== 0 ? value - (1n << (shift + 7n)) : value);
    }
  }

  name(): string {
    const length = this.leb();
    this.at += length;
    return new TextDecoder().decode(this.bytes.slice(this.at - length, this.at));
  }

  vector<T>(item: () => T): T[] {
    return Array.from({ length: this.leb() }, item);
  }
}
