import { floatOps } from './float.ts';
import { condHolds, popCount } from './integer.ts';
import type { PureFn, PureOp } from './pure.ts';

/** The lanes of a 128-bit value, lane 0 first, as unsigned values of `bits` bits. */
function lanes(bits: number, v: bigint): bigint[] {
  const out: bigint[] = [];
  for (let at = 0; at < 128; at += bits) out.push(BigInt.asUintN(bits, v >> BigInt(at)));
  return out;
}

function join(bits: number, values: readonly bigint[]): bigint {
  let v = 0n;
  values.forEach((x, i) => {
    v |= BigInt.asUintN(bits, x) << BigInt(i * bits);
  });
  return v;
}

/** Bits of a lane given as log2 of its bytes. */
const laneBits = (lane: number): number => 8 << lane;
const clamp = (x: bigint, min: bigint, max: bigint): bigint => (x < min ? min : x > max ? max : x);
const minS = (bits: number): bigint => -(1n << BigInt(bits - 1));
const maxS = (bits: number): bigint => (1n << BigInt(bits - 1)) - 1n;
const maxU = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

type Lane2 = (a: bigint, b: bigint, bits: number) => bigint;
type Lane1 = (a: bigint, bits: number) => bigint;

const map1 = (f: Lane1): PureFn => ([a], [lane]) => {
  const bits = laneBits(lane!);
  return [join(bits, lanes(bits, a!).map((x) => f(x, bits)))];
};
const map2 = (f: Lane2): PureFn => ([a, b], [lane]) => {
  const bits = laneBits(lane!);
  const bs = lanes(bits, b!);
  return [join(bits, lanes(bits, a!).map((x, i) => f(x, bs[i]!, bits)))];
};
/** The same with signed lanes. */
const map1s = (f: Lane1): PureFn => map1((a, bits) => f(BigInt.asIntN(bits, a), bits));
const map2s = (f: Lane2): PureFn => map2((a, b, bits) => f(BigInt.asIntN(bits, a), BigInt.asIntN(bits, b), bits));
const shift = (f: (a: bigint, count: bigint, bits: number) => bigint): PureFn => ([a, count], [lane]) => {
  const bits = laneBits(lane!);
  return [join(bits, lanes(bits, a!).map((x) => f(x, count! % BigInt(bits), bits)))];
};
const whole1 = (f: (a: bigint) => bigint): PureFn => ([a]) => [BigInt.asUintN(128, f(a!))];
const whole2 = (f: (a: bigint, b: bigint) => bigint): PureFn => ([a, b]) => [BigInt.asUintN(128, f(a!, b!))];

const as = (isSigned: boolean, bits: number, x: bigint): bigint => (isSigned ? BigInt.asIntN(bits, x) : x);
const half = (v: bigint, high: boolean): bigint => (high ? v >> 64n : BigInt.asUintN(64, v));
const halfLanes = (v: bigint, high: boolean, isSigned: boolean, bits: number): bigint[] =>
  lanes(bits, half(v, high)).slice(0, 64 / bits).map((x) => as(isSigned, bits, x));

const widen = (high: boolean, isSigned: boolean): PureFn => ([a], [lane]) => {
  const bits = laneBits(lane!);
  return [join(2 * bits, halfLanes(a!, high, isSigned, bits))];
};
const widenMul = (high: boolean, isSigned: boolean): PureFn => ([a, b], [lane]) => {
  const bits = laneBits(lane!);
  const bs = halfLanes(b!, high, isSigned, bits);
  return [join(2 * bits, halfLanes(a!, high, isSigned, bits).map((x, i) => x * bs[i]!))];
};
const narrow = (min: (bits: number) => bigint, max: (bits: number) => bigint): PureFn => ([a, b], [lane]) => {
  const from = laneBits(lane!);
  const to = from / 2;
  const all = [...lanes(from, a!), ...lanes(from, b!)];
  return [join(to, all.map((x) => clamp(BigInt.asIntN(from, x), min(to), max(to))))];
};
const addPairs = (isSigned: boolean): PureFn => ([a], [lane]) => {
  const bits = laneBits(lane!);
  const xs = lanes(bits, a!).map((x) => as(isSigned, bits, x));
  return [join(2 * bits, xs.filter((_, i) => i % 2 === 0).map((x, i) => x + xs[2 * i + 1]!))];
};

const F32 = floatOps(32);
const F64 = floatOps(64);
type FloatOps = typeof F32;
const float1 = (pick: (f: FloatOps) => (a: bigint) => bigint): PureFn =>
  map1((a, bits) => pick(bits === 32 ? F32 : F64)(a));
const float2 = (pick: (f: FloatOps) => (a: bigint, b: bigint) => bigint): PureFn =>
  map2((a, b, bits) => pick(bits === 32 ? F32 : F64)(a, b));

export const VECTOR_OPS: Record<Extract<PureOp, `v${string}`>, PureFn> = {
  vadd: map2((a, b) => a + b),
  vsub: map2((a, b) => a - b),
  vmul: map2((a, b) => a * b),
  vneg: map1((a) => -a),
  vabs: map1s((a) => (a < 0n ? -a : a)),
  vand: whole2((a, b) => a & b),
  vor: whole2((a, b) => a | b),
  vxor: whole2((a, b) => a ^ b),
  vandc: whole2((a, b) => a & ~b),
  vnot: whole1((a) => ~a),
  vbitsel: ([a, b, c]) => [(a! & c!) | (b! & BigInt.asUintN(128, ~c!))],
  vshl: shift((a, n) => a << n),
  vshr: shift((a, n) => a >> n),
  vsar: shift((a, n, bits) => BigInt.asIntN(bits, a) >> n),
  vcmp: ([a, b], [lane, cond]) => map2((x, y, bits) => (condHolds(cond!, bits, x, y) ? -1n : 0n))([a!, b!], [lane!]),
  vmins: map2s((a, b) => (a < b ? a : b)),
  vminu: map2((a, b) => (a < b ? a : b)),
  vmaxs: map2s((a, b) => (a > b ? a : b)),
  vmaxu: map2((a, b) => (a > b ? a : b)),
  vaddss: map2s((a, b, bits) => clamp(a + b, minS(bits), maxS(bits))),
  vaddus: map2((a, b, bits) => clamp(a + b, 0n, maxU(bits))),
  vsubss: map2s((a, b, bits) => clamp(a - b, minS(bits), maxS(bits))),
  vsubus: map2((a, b, bits) => clamp(a - b, 0n, maxU(bits))),
  vavgu: map2((a, b) => (a + b + 1n) >> 1n),
  vsplat_i32: ([a], [lane]) => map1(() => a!)([0n], [lane!]),
  vsplat_i64: ([a]) => [(a! << 64n) | a!],
  vextractu_i32: ([a], [lane, index]) => [lanes(laneBits(lane!), a!)[index!]!],
  vextracts_i32: ([a], [lane, index]) => {
    const bits = laneBits(lane!);
    return [BigInt.asUintN(32, BigInt.asIntN(bits, lanes(bits, a!)[index!]!))];
  },
  vextract_i64: ([a], [index]) => [lanes(64, a!)[index!]!],
  vinsert_i32: ([a, b], [lane, index]) => {
    const bits = laneBits(lane!);
    return [join(bits, lanes(bits, a!).map((x, i) => (i === index ? b! : x)))];
  },
  vinsert_i64: ([a, b], [index]) => [join(64, lanes(64, a!).map((x, i) => (i === index ? b! : x)))],
  vshuffle: ([a, b, c]) => {
    const bytes = [...lanes(8, a!), ...lanes(8, b!)];
    return [join(8, lanes(8, c!).map((i) => bytes[Number(i)]!))];
  },
  vswizzle: ([a, b]) => {
    const bytes = lanes(8, a!);
    return [join(8, lanes(8, b!).map((i) => bytes[Number(i)] ?? 0n))];
  },
  vpopcnt: ([a]) => map1((x) => popCount(x))([a!], [0]),
  vextls: widen(false, true),
  vextlu: widen(false, false),
  vexths: widen(true, true),
  vexthu: widen(true, false),
  vnarrows: narrow(minS, maxS),
  vnarrowu: narrow(() => 0n, maxU),
  vmulls: widenMul(false, true),
  vmullu: widenMul(false, false),
  vmulhs: widenMul(true, true),
  vmulhu: widenMul(true, false),
  vaddps: addPairs(true),
  vaddpu: addPairs(false),
  vdot16: ([a, b]) => {
    const s = (v: bigint): bigint[] => lanes(16, v).map((x) => BigInt.asIntN(16, x));
    const xs = s(a!);
    const ys = s(b!);
    return [join(32, [0, 2, 4, 6].map((i) => xs[i]! * ys[i]! + xs[i + 1]! * ys[i + 1]!))];
  },
  vbitmask: ([a], [lane]) => {
    const bits = laneBits(lane!);
    return [lanes(bits, a!).reduce((m, x, i) => m | ((x >> BigInt(bits - 1)) << BigInt(i)), 0n)];
  },
  vanytrue: ([a]) => [a === 0n ? 0n : 1n],
  valltrue: ([a], [lane]) => [lanes(laneBits(lane!), a!).every((x) => x !== 0n) ? 1n : 0n],
  vfadd: float2((f) => f.fadd),
  vfsub: float2((f) => f.fsub),
  vfmul: float2((f) => f.fmul),
  vfdiv: float2((f) => f.fdiv),
  vfsqrt: float1((f) => f.fsqrt),
  vfabs: float1((f) => f.fabs),
  vfneg: float1((f) => f.fneg),
  vffloor: float1((f) => f.ffloor),
  vfceil: float1((f) => f.fceil),
  vftrunc: float1((f) => f.ftrunc),
  vfnearest: float1((f) => f.fnearest),
  vfcmp: ([a, b], [lane, cond]) =>
    map2((x, y, bits) => ((bits === 32 ? F32 : F64).fcond(x, y, cond!) ? -1n : 0n))([a!, b!], [lane!]),
};
