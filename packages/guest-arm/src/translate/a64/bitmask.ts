/** A 64-bit constant as two i32. */
export interface Mask {
  readonly lo: number;
  readonly hi: number;
}

/** `n` ones from bit 0 (1..64). */
function ones(n: number): Mask {
  return { lo: n >= 32 ? -1 : (1 << n) - 1, hi: n <= 32 ? 0 : n === 64 ? -1 : (1 << (n - 32)) - 1 };
}

/** Value of a bitmask immediate (Arm ARM, DecodeBitMasks); undefined where the encoding is not allocated. */
export function bitMask(sf: number, n: number, immr: number, imms: number): Mask | undefined {
  if (sf === 0 && n !== 0) return undefined;
  const len = n !== 0 ? 6 : 31 - Math.clz32(~imms & 0x3f);
  if (len < 1) return undefined;
  const size = 1 << len;
  const s = imms & (size - 1);
  const r = immr & (size - 1);
  if (s === size - 1) return undefined;
  if (size === 64) return rotate64(ones(s + 1), r);
  const element = ones(s + 1).lo;
  let word = (element >>> r) | (element << (size - r));
  if (r === 0) word = element;
  if (size < 32) word &= (1 << size) - 1;
  for (let w = size; w < 32; w *= 2) word |= word << w;
  return { lo: word | 0, hi: sf !== 0 ? word | 0 : 0 };
}

function rotate64(v: Mask, r: number): Mask {
  let { lo, hi } = v;
  if (r >= 32) [lo, hi] = [hi, lo];
  r &= 31;
  if (r === 0) return { lo, hi };
  return { lo: (lo >>> r) | (hi << (32 - r)), hi: (hi >>> r) | (lo << (32 - r)) };
}
