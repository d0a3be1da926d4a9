/** High word of the unsigned 64-bit product of two 32-bit words, as i32. */
export function umulh(a: number, b: number): number {
  const al = a & 0xffff, ah = a >>> 16, bl = b & 0xffff, bh = b >>> 16;
  const ll = Math.imul(al, bl) >>> 0;
  const m1 = (Math.imul(ah, bl) >>> 0) + (ll >>> 16);
  const m2 = (Math.imul(al, bh) >>> 0) + (m1 & 0xffff);
  return (Math.imul(ah, bh) + (m1 >>> 16) + (m2 >>> 16)) | 0;
}

/** w (4 limbs, least significant first) = unsigned product of two 64-bit numbers. */
export function mul64(w: Int32Array, ahi: number, alo: number, bhi: number, blo: number): void {
  w[0] = Math.imul(alo, blo);
  let t = (umulh(alo, blo) >>> 0) + (Math.imul(ahi, blo) >>> 0) + (Math.imul(alo, bhi) >>> 0);
  w[1] = t | 0;
  t = Math.floor(t / 0x1_0000_0000) + (umulh(ahi, blo) >>> 0) + (umulh(alo, bhi) >>> 0) + (Math.imul(ahi, bhi) >>> 0);
  w[2] = t | 0;
  t = Math.floor(t / 0x1_0000_0000) + (umulh(ahi, bhi) >>> 0);
  w[3] = t | 0;
}

/** Shifts w right by n; bits shifted out are ORed into bit 0. */
export function shiftRightJam128(w: Int32Array, n: number): void {
  let sticky = 0;
  while (n >= 32) {
    sticky |= w[0]!;
    w[0] = w[1]!;
    w[1] = w[2]!;
    w[2] = w[3]!;
    w[3] = 0;
    n -= 32;
    if ((w[0]! | w[1]! | w[2]!) === 0) {
      w[0] = sticky !== 0 ? 1 : 0;
      return;
    }
  }
  if (n !== 0) {
    sticky |= w[0]! << (32 - n);
    w[0] = (w[0]! >>> n) | (w[1]! << (32 - n));
    w[1] = (w[1]! >>> n) | (w[2]! << (32 - n));
    w[2] = (w[2]! >>> n) | (w[3]! << (32 - n));
    w[3] = w[3]! >>> n;
  }
  if (sticky !== 0) w[0]! |= 1;
}

/** w += x, over 128 bits. */
export function add128(w: Int32Array, x: Int32Array): void {
  let c = 0;
  for (let i = 0; i < 4; i++) {
    const t = (w[i]! >>> 0) + (x[i]! >>> 0) + c;
    w[i] = t | 0;
    c = t > 0xffff_ffff ? 1 : 0;
  }
}

/** w -= x, over 128 bits. Returns 1 when x was larger. */
export function sub128(w: Int32Array, x: Int32Array): number {
  let c = 0;
  for (let i = 0; i < 4; i++) {
    const t = (w[i]! >>> 0) - (x[i]! >>> 0) - c;
    w[i] = t | 0;
    c = t < 0 ? 1 : 0;
  }
  return c;
}

/** w = -w, over 128 bits. */
export function neg128(w: Int32Array): void {
  let c = 1;
  for (let i = 0; i < 4; i++) {
    const t = (~w[i]! >>> 0) + c;
    w[i] = t | 0;
    c = t > 0xffff_ffff ? 1 : 0;
  }
}

/** Shifts a nonzero w left until bit 127 is set; returns the count. */
export function normalize128(w: Int32Array): number {
  let n = 0;
  while (w[3] === 0) {
    w[3] = w[2]!;
    w[2] = w[1]!;
    w[1] = w[0]!;
    w[0] = 0;
    n += 32;
  }
  const k = Math.clz32(w[3]!);
  if (k !== 0) {
    w[3] = (w[3]! << k) | (w[2]! >>> (32 - k));
    w[2] = (w[2]! << k) | (w[1]! >>> (32 - k));
    w[1] = (w[1]! << k) | (w[0]! >>> (32 - k));
    w[0] = w[0]! << k;
  }
  return n + k;
}
