/**
 * SHA-1 and SHA-256 steps on registers of four words (FIPS 180-4; Arm ARM shared/functions/crypto). `d` is Vd and the
 * result, `n` and `m` the other operands; the arrays are distinct.
 */
const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));
const rotr = (x: number, k: number): number => (x >>> k) | (x << (32 - k));

/** Four rounds of SHA-1: kind 0 choose, 1 parity, 2 majority. `n[0]` is e, `m` the schedule words plus constant. */
export function sha1Rounds(kind: number, d: Int32Array, n: Int32Array, m: Int32Array): void {
  let [a, b, c, e4] = [d[0]!, d[1]!, d[2]!, d[3]!];
  let e = n[0]!;
  for (let i = 0; i < 4; i++) {
    const f = kind === 0 ? (b & c) | (~b & e4) : kind === 1 ? b ^ c ^ e4 : (b & c) | (b & e4) | (c & e4);
    const t = (rotl(a, 5) + f + e + m[i]!) | 0;
    e = e4;
    e4 = c;
    c = rotl(b, 30);
    b = a;
    a = t;
  }
  d[0] = a;
  d[1] = b;
  d[2] = c;
  d[3] = e4;
}

/** SHA1SU0. */
export function sha1Schedule0(d: Int32Array, n: Int32Array, m: Int32Array): void {
  const t2 = d[2]! ^ d[0]! ^ m[0]!, t3 = d[3]! ^ d[1]! ^ m[1]!;
  d[2] = n[0]! ^ d[2]! ^ m[2]!;
  d[3] = n[1]! ^ d[3]! ^ m[3]!;
  d[0] = t2;
  d[1] = t3;
}

/** SHA1SU1. */
export function sha1Schedule1(d: Int32Array, n: Int32Array): void {
  const t0 = rotl(d[0]! ^ n[1]!, 1);
  d[1] = rotl(d[1]! ^ n[2]!, 1);
  d[2] = rotl(d[2]! ^ n[3]!, 1);
  d[3] = rotl(d[3]! ^ t0, 1);
  d[0] = t0;
}

/** SHA256H (`second` false: d is abcd, n efgh) and SHA256H2 (true: d is efgh, n abcd). */
export function sha256Rounds(second: boolean, d: Int32Array, n: Int32Array, m: Int32Array): void {
  const x = second ? n : d, y = second ? d : n;
  let [a, b, c, p] = [x[0]!, x[1]!, x[2]!, x[3]!];
  let [e, f, g, h] = [y[0]!, y[1]!, y[2]!, y[3]!];
  for (let i = 0; i < 4; i++) {
    const t1 = (h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + m[i]!) | 0;
    const t2 = ((rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (p + t1) | 0;
    p = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  d[0] = second ? e : a;
  d[1] = second ? f : b;
  d[2] = second ? g : c;
  d[3] = second ? h : p;
}

const sigma0 = (x: number): number => rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3);
const sigma1 = (x: number): number => rotr(x, 17) ^ rotr(x, 19) ^ (x >>> 10);

/** SHA256SU0. */
export function sha256Schedule0(d: Int32Array, n: Int32Array): void {
  for (let i = 0; i < 4; i++) d[i] = d[i]! + sigma0(i < 3 ? d[i + 1]! : n[0]!);
}

/** SHA256SU1. */
export function sha256Schedule1(d: Int32Array, n: Int32Array, m: Int32Array): void {
  d[0] = d[0]! + n[1]! + sigma1(m[2]!);
  d[1] = d[1]! + n[2]! + sigma1(m[3]!);
  d[2] = d[2]! + n[3]! + sigma1(d[0]!);
  d[3] = d[3]! + m[0]! + sigma1(d[1]!);
}

/** SHA-512 steps on pairs of 64-bit words. 64-bit words go through BigInt. */
export const sha512 = {
  h(d: BigUint64Array, n: BigUint64Array, m: BigUint64Array): void {
    const sum1 = (x: bigint): bigint => ror(x, 14n) ^ ror(x, 18n) ^ ror(x, 41n);
    const hi = mask((m[1]! & n[0]!) ^ (~m[1]! & n[1]!)) + sum1(m[1]!) + d[1]!;
    const tmp = mask(hi + m[0]!);
    d[1] = hi;
    d[0] = mask((tmp & m[1]!) ^ (~tmp & n[0]!)) + sum1(tmp) + d[0]!;
  },
  h2(d: BigUint64Array, n: BigUint64Array, m: BigUint64Array): void {
    const sum0 = (x: bigint): bigint => ror(x, 28n) ^ ror(x, 34n) ^ ror(x, 39n);
    const maj = (a: bigint, b: bigint, c: bigint): bigint => (a & b) ^ (a & c) ^ (b & c);
    const hi = mask(maj(n[0]!, m[1]!, m[0]!) + sum0(m[0]!) + d[1]!);
    d[1] = hi;
    d[0] = maj(hi, m[0]!, m[1]!) + sum0(hi) + d[0]!;
  },
  su0(d: BigUint64Array, n: BigUint64Array): void {
    const s = (x: bigint): bigint => ror(x, 1n) ^ ror(x, 8n) ^ (x >> 7n);
    const d0 = d[0]! + s(d[1]!);
    d[1] = d[1]! + s(n[0]!);
    d[0] = d0;
  },
  su1(d: BigUint64Array, n: BigUint64Array, m: BigUint64Array): void {
    const s = (x: bigint): bigint => ror(x, 19n) ^ ror(x, 61n) ^ (x >> 6n);
    d[1] = d[1]! + s(n[1]!) + m[1]!;
    d[0] = d[0]! + s(n[0]!) + m[0]!;
  },
};

function mask(x: bigint): bigint {
  return BigInt.asUintN(64, x);
}
function ror(x: bigint, k: bigint): bigint {
  return mask((x >> k) | (x << (64n - k)));
}
