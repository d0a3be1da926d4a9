/** 64-bit arithmetic on halves; each method leaves its result in `lo` and `hi`. Counts are 0 to 63. */
export class Pair {
  lo = 0;
  hi = 0;

  set(lo: number, hi: number): void {
    this.lo = lo | 0;
    this.hi = hi | 0;
  }

  add(aLo: number, aHi: number, bLo: number, bHi: number): void {
    const lo = (aLo >>> 0) + (bLo >>> 0);
    this.set(lo | 0, aHi + bHi + (lo > 0xffff_ffff ? 1 : 0));
  }

  sub(aLo: number, aHi: number, bLo: number, bHi: number): void {
    this.set(aLo - bLo, aHi - bHi - (aLo >>> 0 < bLo >>> 0 ? 1 : 0));
  }

  mul(aLo: number, aHi: number, bLo: number, bHi: number): void {
    this.set(Math.imul(aLo, bLo), mulHighU32(aLo, bLo) + Math.imul(aLo, bHi) + Math.imul(aHi, bLo));
  }

  shl(lo: number, hi: number, n: number): void {
    if (n === 0) this.set(lo, hi);
    else if (n < 32) this.set(lo << n, (hi << n) | (lo >>> (32 - n)));
    else this.set(0, lo << (n - 32));
  }

  shr(lo: number, hi: number, n: number): void {
    if (n === 0) this.set(lo, hi);
    else if (n < 32) this.set((lo >>> n) | (hi << (32 - n)), hi >>> n);
    else this.set(hi >>> (n - 32), 0);
  }

  sar(lo: number, hi: number, n: number): void {
    if (n === 0) this.set(lo, hi);
    else if (n < 32) this.set((lo >>> n) | (hi << (32 - n)), hi >> n);
    else this.set(hi >> (n - 32), hi >> 31);
  }

  rotl(lo: number, hi: number, n: number): void {
    if (n >= 32) {
      const t = lo;
      lo = hi;
      hi = t;
      n -= 32;
    }
    if (n === 0) this.set(lo, hi);
    else this.set((lo << n) | (hi >>> (32 - n)), (hi << n) | (lo >>> (32 - n)));
  }

  bswap(lo: number, hi: number): void {
    this.set(bswap32(hi), bswap32(lo));
  }

  /** The low `n` bits (0 to 64) set. */
  mask(n: number): void {
    if (n >= 64) this.set(-1, -1);
    else if (n >= 32) this.set(-1, n === 32 ? 0 : (1 << (n - 32)) - 1);
    else this.set((1 << n) - 1, 0);
  }
}

/** High half of the unsigned product of 32-bit values. */
export function mulHighU32(a: number, b: number): number {
  const aLo = a & 0xffff;
  const aHi = a >>> 16;
  const bLo = b & 0xffff;
  const bHi = b >>> 16;
  const mid = aHi * bLo + ((aLo * bLo) >>> 16);
  const mid2 = aLo * bHi + (mid & 0xffff);
  return (aHi * bHi + Math.floor(mid / 0x10000) + Math.floor(mid2 / 0x10000)) | 0;
}

export function bswap32(x: number): number {
  return ((x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24)) | 0;
}

/** Leading zeros of a 32- or 64-bit value. */
export function clzPair(wide: boolean, lo: number, hi: number): number {
  if (!wide) return Math.clz32(lo);
  return hi === 0 ? 32 + Math.clz32(lo) : Math.clz32(hi);
}

export function ctz32(x: number): number {
  return x === 0 ? 32 : 31 - Math.clz32(x & -x);
}

export function ctzPair(wide: boolean, lo: number, hi: number): number {
  if (!wide || lo !== 0) return ctz32(lo);
  return 32 + ctz32(hi);
}

export function popcount32(x: number): number {
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
