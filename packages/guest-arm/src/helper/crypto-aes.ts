/** AES round steps over the 16 bytes of a register (FIPS 197). Tables are computed, once per thread. */
export class Aes {
  readonly #sbox: Uint8Array = new Uint8Array(256);
  readonly #inverse: Uint8Array = new Uint8Array(256);
  readonly #t: Uint8Array = new Uint8Array(16);

  constructor() {
    // Inverses in GF(2^8) from powers of the generator 3, then the affine map.
    const exp = new Uint8Array(256), log = new Uint8Array(256);
    for (let i = 0, x = 1; i < 255; i++) {
      exp[i] = x;
      log[x] = i;
      x ^= double(x);
    }
    for (let i = 0; i < 256; i++) {
      const inv = i < 2 ? i : exp[(255 - log[i]!) % 255]!;
      let s = inv;
      for (let k = 1; k < 5; k++) s ^= ((inv << k) | (inv >> (8 - k))) & 0xff;
      this.#sbox[i] = s ^ 0x63;
      this.#inverse[s ^ 0x63] = i;
    }
  }

  /** AESE: add round key, shift rows, substitute. */
  encrypt(state: Uint8Array, key: Uint8Array): void {
    this.#round(state, key, this.#sbox, 5);
  }

  /** AESD: the inverse steps. */
  decrypt(state: Uint8Array, key: Uint8Array): void {
    this.#round(state, key, this.#inverse, 13);
  }

  /** Row r of column c comes from column c + r (c - r for the inverse): byte stride 5 or 13 modulo 16. */
  #round(state: Uint8Array, key: Uint8Array, box: Uint8Array, stride: number): void {
    const t = this.#t;
    for (let i = 0; i < 16; i++) t[i] = box[state[i]! ^ key[i]!]!;
    for (let c = 0; c < 4; c++) {
      for (let r = 0; r < 4; r++) state[4 * c + r] = t[(4 * c + stride * r) & 15]!;
    }
  }

  /** AESMC. */
  mixColumns(s: Uint8Array): void {
    for (let c = 0; c < 16; c += 4) {
      const a = s[c]!, b = s[c + 1]!, d = s[c + 2]!, e = s[c + 3]!, all = a ^ b ^ d ^ e;
      s[c] = a ^ all ^ double(a ^ b);
      s[c + 1] = b ^ all ^ double(b ^ d);
      s[c + 2] = d ^ all ^ double(d ^ e);
      s[c + 3] = e ^ all ^ double(e ^ a);
    }
  }

  /** AESIMC: the inverse matrix is the forward one times {04}x^2 + {05}. */
  inverseMixColumns(s: Uint8Array): void {
    for (let c = 0; c < 16; c += 4) {
      const u = double(double(s[c]! ^ s[c + 2]!)), v = double(double(s[c + 1]! ^ s[c + 3]!));
      s[c]! ^= u;
      s[c + 1]! ^= v;
      s[c + 2]! ^= u;
      s[c + 3]! ^= v;
    }
    this.mixColumns(s);
  }
}

/** Times x in GF(2^8). */
function double(x: number): number {
  return ((x << 1) ^ (x & 0x80 ? 0x11b : 0)) & 0xff;
}
