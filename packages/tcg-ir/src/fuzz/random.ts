/** Seeded generator of 32-bit numbers (xorshift with a multiplicative scrambler). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) | 1;
    for (let i = 0; i < 4; i++) this.u32();
  }

  u32(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.imul(x, 0x2c1b3c6d) >>> 0;
  }

  /** 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * n);
  }

  /** True once in n. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** Numbers that are likely to matter: small, near powers of two, repeated bytes, or anything. */
  word(): number {
    switch (this.below(8)) {
      case 0: return 0;
      case 1: return -1;
      case 2: return this.below(8) - 4;
      case 3: return (1 << this.below(32)) - this.below(2);
      case 4: return Math.imul(this.below(256), 0x01010101);
      case 5: return this.pick(FLOATS32);
      default: return this.u32() | 0;
    }
  }

  /** The same for 64 bits: [low, high]. */
  pair(): [number, number] {
    switch (this.below(6)) {
      case 0: {
        const w = this.word();
        return [w, w >> 31];
      }
      case 1: return [0, this.word()];
      case 2: return [this.word(), 0];
      case 3: return [0, this.pick(FLOATS64_HI)];
      default: return [this.word(), this.word()];
    }
  }
}

/** 0.5, 1, -1.5, 2^31, 2^63, infinity, NaN, a denormal. */
const FLOATS32 = [0x3f000000, 0x3f800000, 0xbfc00000 | 0, 0x4f000000, 0x5f000000, 0x7f800000, 0x7fc12345, 0x00000123, 0x80000000 | 0];
const FLOATS64_HI = [0x3fe00000, 0x3ff00000, 0xbff80000 | 0, 0x41e00000, 0x43e00000, 0x7ff00000, 0x7ff80001, 0x00000012, 0x80000000 | 0];
