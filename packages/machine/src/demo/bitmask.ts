/**
 * Encodes a bitmask immediate (Arm ARM, DecodeBitMasks): a run of ones, rotated, repeated every 2 to 64 bits.
 * @returns N:immr:imms (13 bits), or undefined for a value that has no encoding
 */
export function encodeBitmask(value: bigint, is64: boolean): number | undefined {
  const width = is64 ? 64 : 32;
  const mask = (1n << BigInt(width)) - 1n;
  const v = value & mask;
  if (v === 0n || v === mask) return undefined;
  for (let size = 2; size <= width; size *= 2) {
    const element = v & ((1n << BigInt(size)) - 1n);
    if (repeat(element, size, width) !== v) continue;
    for (let rotation = 0; rotation < size; rotation++) {
      const run = rotateLeft(element, rotation, size);
      const ones = run.toString(2).length;
      if (run !== (1n << BigInt(ones)) - 1n || ones === size) continue;
      const imms = (~(size * 2 - 1) & 0x3f) | (ones - 1);
      return (size === 64 ? 1 << 12 : 0) | (rotation << 6) | imms;
    }
  }
  return undefined;
}

function repeat(element: bigint, size: number, width: number): bigint {
  let out = 0n;
  for (let at = 0; at < width; at += size) out |= element << BigInt(at);
  return out;
}

function rotateLeft(value: bigint, by: number, size: number): bigint {
  const all = (1n << BigInt(size)) - 1n;
  return ((value << BigInt(by)) | (value >> BigInt(size - by))) & all;
}
