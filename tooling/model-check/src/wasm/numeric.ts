/** Integer instructions, by opcode. i32 values are signed numbers, i64 values signed bigints. */
export type Value = number | bigint;

const trap = (message: string): never => {
  throw new WebAssembly.RuntimeError(message);
};

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const i64 = (value: bigint): bigint => BigInt.asIntN(64, value);

/** Comparisons in the order of their opcodes, from `eq` on. */
type Compare = (a: never, b: never) => boolean;

const COMPARE32: readonly Compare[] = [
  (a: number, b: number) => a === b, (a: number, b: number) => a !== b,
  (a: number, b: number) => a < b, (a: number, b: number) => a >>> 0 < b >>> 0, (a: number, b: number) => a > b, (a: number, b: number) => a >>> 0 > b >>> 0,
  (a: number, b: number) => a <= b, (a: number, b: number) => a >>> 0 <= b >>> 0, (a: number, b: number) => a >= b, (a: number, b: number) => a >>> 0 >= b >>> 0,
];

const COMPARE64: readonly Compare[] = [
  (a: bigint, b: bigint) => a === b, (a: bigint, b: bigint) => a !== b,
  (a: bigint, b: bigint) => a < b, (a: bigint, b: bigint) => u64(a) < u64(b), (a: bigint, b: bigint) => a > b, (a: bigint, b: bigint) => u64(a) > u64(b),
  (a: bigint, b: bigint) => a <= b, (a: bigint, b: bigint) => u64(a) <= u64(b), (a: bigint, b: bigint) => a >= b, (a: bigint, b: bigint) => u64(a) >= u64(b),
];

function popcount(value: bigint): number {
  let count = 0;
  for (let rest = value; rest !== 0n; rest &= rest - 1n) count++;
  return count;
}

const bitLength = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);
const trailing = (value: bigint, bits: number): number => (value === 0n ? bits : bitLength(value & -value) - 1);

const nonzero = <T>(value: T): T => (value === 0 || value === 0n ? trap('divide by zero') : value);

type Unary = (a: never) => Value;
type Binary = (a: never, b: never) => Value;

/** 0x67 to 0x69. */
const UNARY32: readonly Unary[] = [
  (a: number) => Math.clz32(a), (a: number) => trailing(BigInt(a >>> 0), 32), (a: number) => popcount(BigInt(a >>> 0)),
];

/** 0x6a to 0x78. */
const BINARY32: readonly Binary[] = [
  (a: number, b: number) => (a + b) | 0, (a: number, b: number) => (a - b) | 0, (a: number, b: number) => Math.imul(a, b),
  (a: number, b: number) => (a === -0x80000000 && b === -1 ? trap('divide result unrepresentable') : (a / nonzero(b)) | 0),
  (a: number, b: number) => ((a >>> 0) / nonzero(b >>> 0)) | 0,
  (a: number, b: number) => (a % nonzero(b)) | 0, (a: number, b: number) => ((a >>> 0) % nonzero(b >>> 0)) | 0,
  (a: number, b: number) => a & b, (a: number, b: number) => a | b, (a: number, b: number) => a ^ b,
  (a: number, b: number) => a << b, (a: number, b: number) => a >> b, (a: number, b: number) => (a >>> b) | 0,
  (a: number, b: number) => (a << b) | (a >>> -b), (a: number, b: number) => (a >>> b) | (a << -b),
];

/** 0x79 to 0x7b. */
const UNARY64: readonly Unary[] = [
  (a: bigint) => BigInt(64 - bitLength(u64(a))), (a: bigint) => BigInt(trailing(u64(a), 64)), (a: bigint) => BigInt(popcount(u64(a))),
];

const rotl = (a: bigint, by: bigint): bigint => i64((u64(a) << by) | (u64(a) >> (64n - by)));

/** 0x7c to 0x8a. */
const BINARY64: readonly Binary[] = [
  (a: bigint, b: bigint) => i64(a + b), (a: bigint, b: bigint) => i64(a - b), (a: bigint, b: bigint) => i64(a * b),
  (a: bigint, b: bigint) => (a === -(1n << 63n) && b === -1n ? trap('divide result unrepresentable') : a / nonzero(b)),
  (a: bigint, b: bigint) => i64(u64(a) / nonzero(u64(b))),
  (a: bigint, b: bigint) => a % nonzero(b), (a: bigint, b: bigint) => i64(u64(a) % nonzero(u64(b))),
  (a: bigint, b: bigint) => a & b, (a: bigint, b: bigint) => a | b, (a: bigint, b: bigint) => a ^ b,
  (a: bigint, b: bigint) => i64(a << (b & 63n)), (a: bigint, b: bigint) => a >> (b & 63n), (a: bigint, b: bigint) => i64(u64(a) >> (b & 63n)),
  (a: bigint, b: bigint) => rotl(a, b & 63n), (a: bigint, b: bigint) => rotl(a, -b & 63n),
];

const CONVERT: Readonly<Record<number, Unary>> = {
  0xa7: (a: bigint) => Number(BigInt.asIntN(32, a)),
  0xac: (a: number) => BigInt(a),
  0xad: (a: number) => BigInt(a >>> 0),
  0xc0: (a: number) => (a << 24) >> 24,
  0xc1: (a: number) => (a << 16) >> 16,
  0xc2: (a: bigint) => BigInt.asIntN(8, a),
  0xc3: (a: bigint) => BigInt.asIntN(16, a),
  0xc4: (a: bigint) => BigInt.asIntN(32, a),
};

/** How to do an instruction that takes one operand; undefined for all others. */
export function unary(opcode: number): ((a: Value) => Value) | undefined {
  if (opcode === 0x45 || opcode === 0x50) return (a) => Number(a === 0 || a === 0n);
  const all = CONVERT[opcode] ?? UNARY32[opcode - 0x67] ?? UNARY64[opcode - 0x79];
  return all as ((a: Value) => Value) | undefined;
}

/** How to do an instruction that takes two operands; undefined for all others. */
export function binary(opcode: number): ((a: Value, b: Value) => Value) | undefined {
  const compare = (COMPARE32[opcode - 0x46] ?? COMPARE64[opcode - 0x51]) as ((a: Value, b: Value) => boolean) | undefined;
  if (compare !== undefined) return (a, b) => Number(compare(a, b));
  return (BINARY32[opcode - 0x6a] ?? BINARY64[opcode - 0x7c]) as ((a: Value, b: Value) => Value) | undefined;
}
