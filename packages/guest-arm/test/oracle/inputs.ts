/**
 * Inputs of single-instruction tests, made from a seed so that a recorded vector needs only the instruction, the seed
 * and a hash of the outcome.
 */
export const STATE_BYTES = 432;

/** What lanes of the V registers hold. */
export const Kind = { INT: 0, HALF: 1, SINGLE: 2, DOUBLE: 3 } as const;

/** xorshift32; never 0. */
export class Rng {
  #s: number;
  constructor(seed: number) {
    this.#s = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) | 1;
    for (let i = 0; i < 4; i++) this.next();
  }
  next(): number {
    let s = this.#s;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#s = s;
    return s >>> 0;
  }
  below(n: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * n);
  }
}

const EXP_BITS = [0, 5, 8, 11];
const WIDTH = [0, 16, 32, 64];

/** A random float of the kind as [lo, hi]: specials, denormals, edges of the exponent range, short significands. */
function float(r: Rng, kind: number, near: number): [number, number] {
  const eb = EXP_BITS[kind]!, w = WIDTH[kind]!, fb = w - 1 - eb, emax = (1 << eb) - 1, bias = emax >> 1;
  const sign = r.next() & 1;
  let e: number, fracMode = r.below(5);
  switch (r.below(12)) {
    case 0: e = 0; break;
    case 1: e = 0; fracMode = 0; break;
    case 2: e = emax; break;
    case 3: e = emax; fracMode = 0; break;
    case 4: e = r.below(4); break;
    case 5: e = emax - 1 - r.below(3); break;
    case 6: e = r.below(emax + 1); break;
    case 7: e = bias + r.below(70) - 3; break;
    case 8: e = bias + r.below(4) - 2; break;
    default: e = bias + near + r.below(2 * fb + 4) - fb - 2; break;
  }
  e = Math.min(emax, Math.max(0, e));
  let lo = r.next(), hi = r.next();
  if (fracMode === 0) lo = hi = 0;
  else if (fracMode === 1) { lo = 0xffffffff; hi = 0xffffffff; }
  else if (fracMode === 2) { const k = r.below(fb); lo = k < 32 ? 1 << k : 0; hi = k >= 32 ? 1 << (k - 32) : 0; }
  else if (fracMode === 3 && kind === Kind.DOUBLE) { lo = r.next() & 1 ? 0 : lo & 0xe0000000; }
  if (kind === Kind.DOUBLE) return [lo | 0, (sign << 31) | (e << 20) | (hi & 0xfffff)];
  if (kind === Kind.SINGLE) return [(sign << 31) | (e << 23) | (lo & 0x7fffff), 0];
  return [(sign << 15) | (e << 10) | (lo & 0x3ff), 0];
}

/** An integer of interesting shape. */
function word(r: Rng): number {
  switch (r.below(8)) {
    case 0: return 0;
    case 1: return -1;
    case 2: return 0x80008000 | 0;
    case 3: return 0x7fff807f;
    case 4: return (1 << r.below(32)) | 0;
    case 5: return r.next() & 0x0f0f1f07;
    default: return r.next() | 0;
  }
}

/**
 * Fills `out` (432 bytes: insn, fpcr, fpsr, nzcv, X0-X3, V0-V7, 256 bytes of memory) from a seed. The seed's low two
 * bits are the Kind; bit 2 asks for random FPCR bits.
 */
export function makeInput(out: Int32Array, insn: number, seed: number): void {
  const r = new Rng(seed), kind = seed & 3;
  out[0] = insn;
  out[1] = 0;
  if ((seed & 4) !== 0) {
    out[1] = r.below(4) << 22;
    if (r.below(3) === 0) out[1]! |= 1 << 24;
    if (r.below(3) === 0) out[1]! |= 1 << 25;
    if (r.below(3) === 0) out[1]! |= 1 << 19;
    if (r.below(3) === 0) out[1]! |= 1 << 26;
  }
  out[2] = r.below(3) !== 0 ? 0x10 : 0;
  out[3] = r.next() & 0xf0000000;
  for (let i = 4; i < 12; i++) out[i] = word(r);
  const near = r.below(7) - 3;
  for (let i = 12; i < 44; ) {
    if (kind === Kind.INT) {
      out[i++] = word(r);
    } else if (kind === Kind.DOUBLE) {
      const [lo, hi] = float(r, kind, near);
      out[i++] = lo;
      out[i++] = hi;
    } else if (kind === Kind.SINGLE) {
      out[i++] = float(r, kind, near)[0];
    } else {
      const lo = float(r, kind, near)[0];
      out[i++] = lo | (float(r, kind, near)[0] << 16);
    }
  }
  // A third of the cases has equal operands somewhere, for compares and cancellation.
  const copy = r.below(6);
  if (copy === 0) for (let i = 0; i < 4; i++) out[20 + i] = out[16 + i]!;
  if (copy === 1) for (let i = 0; i < 4; i++) out[20 + i] = out[16 + i]! ^ (kind === Kind.DOUBLE ? (i & 1) << 31 : 0x80000000);
  for (let i = 44; i < 108; i++) out[i] = r.next();
}

/** Hash of the outcome: ok, fpsr, nzcv, X4 delta, X0-X3, V0-V7, memory. */
export function hashState(words: Int32Array): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < 108; i++) {
    h = Math.imul(h ^ words[i]!, 0x01000193);
    h ^= h >>> 15;
  }
  return h;
}
