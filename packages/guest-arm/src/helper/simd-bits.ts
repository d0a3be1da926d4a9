/** Bits of a word in reverse order, as an unsigned number. */
export function reverseBits32(v: number): number {
  v = ((v >>> 1) & 0x55555555) | ((v & 0x55555555) << 1);
  v = ((v >>> 2) & 0x33333333) | ((v & 0x33333333) << 2);
  v = ((v >>> 4) & 0x0f0f0f0f) | ((v & 0x0f0f0f0f) << 4);
  v = ((v >>> 8) & 0x00ff00ff) | ((v & 0x00ff00ff) << 8);
  return ((v >>> 16) | (v << 16)) >>> 0;
}

/** out (4 words) = carry-less product of two 64-bit numbers. */
export function carrylessMul64(out: Int32Array, alo: number, ahi: number, blo: number, bhi: number): void {
  let r0 = 0, r1 = 0, r2 = 0, r3 = 0;
  for (let i = 31; i >= 0; i--) {
    r3 = (r3 << 1) | (r2 >>> 31);
    r2 = (r2 << 1) | (r1 >>> 31);
    r1 = (r1 << 1) | (r0 >>> 31);
    r0 <<= 1;
    const m0 = -((blo >>> i) & 1), m1 = -((bhi >>> i) & 1);
    r0 ^= alo & m0;
    r1 ^= (ahi & m0) ^ (alo & m1);
    r2 ^= ahi & m1;
  }
  out[0] = r0;
  out[1] = r1;
  out[2] = r2;
  out[3] = r3;
}
