import { FCond } from '../ir/cond.ts';
import type { PureFn, PureOp } from './pure.ts';

/** The value of the bit pattern. */
export function toFloat(w: number, bits: bigint): number {
  const v = new DataView(new ArrayBuffer(8));
  if (w === 32) {
    v.setUint32(0, Number(bits));
    return v.getFloat32(0);
  }
  v.setBigUint64(0, bits);
  return v.getFloat64(0);
}

/** The bit pattern of `x`, rounded to the width. A NaN gives the default one: the op table leaves its bits open. */
export function fromFloat(w: number, x: number): bigint {
  if (Number.isNaN(x)) return w === 32 ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
  const v = new DataView(new ArrayBuffer(8));
  if (w === 32) {
    v.setFloat32(0, x);
    return BigInt(v.getUint32(0));
  }
  v.setFloat64(0, x);
  return v.getBigUint64(0);
}

export function roundNearestEven(x: number): number {
  const a = Math.abs(x);
  if (!(a < 2 ** 52)) return x;
  const r = a + 2 ** 52 - 2 ** 52;
  return x < 0 || Object.is(x, -0) ? -r : r;
}

export function fcondHolds(cond: number, a: number, b: number): boolean {
  switch (cond) {
    case FCond.EQ: return a === b;
    case FCond.NE: return a !== b;
    case FCond.LT: return a < b;
    case FCond.GT: return a > b;
    case FCond.LE: return a <= b;
    case FCond.GE: return a >= b;
  }
  throw new Error(`no such float condition: ${cond}`);
}

/** Integer to float with one rounding; a double cannot hold every 64-bit integer, so shift with a sticky bit first. */
function intToFloat(w: number, x: bigint): bigint {
  if (w === 64) return fromFloat(64, Number(x));
  let m = x < 0n ? -x : x;
  let shift = 0;
  for (; m >= 1n << 48n; shift++) m = (m >> 1n) | (m & 1n);
  const r = Math.fround(Number(m)) * 2 ** shift;
  return fromFloat(32, x < 0n ? -r : r);
}

/** Float to integer of `bits` bits, toward zero, saturating; NaN gives 0. */
function floatToInt(x: number, bits: number, isSigned: boolean): bigint {
  if (Number.isNaN(x)) return 0n;
  const max = isSigned ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  const min = isSigned ? -(1n << BigInt(bits - 1)) : 0n;
  if (x === Infinity) return max;
  if (x === -Infinity) return BigInt.asUintN(bits, min);
  const n = BigInt(Math.trunc(x));
  return BigInt.asUintN(bits, n > max ? max : n < min ? min : n);
}

/**
 * Arithmetic by lane width. A sum, product, quotient or square root of floats that is rounded to double and then to
 * float equals the one rounded once.
 */
export function floatOps(w: 32 | 64) {
  const sign = 1n << BigInt(w - 1);
  const un = (f: (a: number) => number) => (a: bigint): bigint => fromFloat(w, f(toFloat(w, a)));
  const bin = (f: (a: number, b: number) => number) => (a: bigint, b: bigint): bigint =>
    fromFloat(w, f(toFloat(w, a), toFloat(w, b)));
  return {
    fadd: bin((a, b) => a + b),
    fsub: bin((a, b) => a - b),
    fmul: bin((a, b) => a * b),
    fdiv: bin((a, b) => a / b),
    fsqrt: un(Math.sqrt),
    fabs: (a: bigint): bigint => a & ~sign,
    fneg: (a: bigint): bigint => a ^ sign,
    ffloor: un(Math.floor),
    fceil: un(Math.ceil),
    ftrunc: un(Math.trunc),
    fnearest: un(roundNearestEven),
    fcond: (a: bigint, b: bigint, cond: number): boolean => fcondHolds(cond, toFloat(w, a), toFloat(w, b)),
  };
}

const F32 = floatOps(32);
const F64 = floatOps(64);
const un = (f: (a: bigint) => bigint): PureFn => ([a]) => [f(a!)];
const bin = (f: (a: bigint, b: bigint) => bigint): PureFn => ([a, b]) => [f(a!, b!)];
const toInt = (w: number, bits: number, isSigned: boolean): PureFn => ([a]) => [floatToInt(toFloat(w, a!), bits, isSigned)];
const fromInt = (w: number, bits: number, isSigned: boolean): PureFn => ([a]) => [
  intToFloat(w, isSigned ? BigInt.asIntN(bits, a!) : a!),
];

export const FLOAT_OPS: Record<Extract<PureOp, `f${string}`>, PureFn> = {
  fadd_f32: bin(F32.fadd),
  fsub_f32: bin(F32.fsub),
  fmul_f32: bin(F32.fmul),
  fdiv_f32: bin(F32.fdiv),
  fsqrt_f32: un(F32.fsqrt),
  fabs_f32: un(F32.fabs),
  fneg_f32: un(F32.fneg),
  ffloor_f32: un(F32.ffloor),
  fceil_f32: un(F32.fceil),
  ftrunc_f32: un(F32.ftrunc),
  fnearest_f32: un(F32.fnearest),
  fsetcond_f32: ([a, b], [c]) => [F32.fcond(a!, b!, c!) ? 1n : 0n],
  fadd_f64: bin(F64.fadd),
  fsub_f64: bin(F64.fsub),
  fmul_f64: bin(F64.fmul),
  fdiv_f64: bin(F64.fdiv),
  fsqrt_f64: un(F64.fsqrt),
  fabs_f64: un(F64.fabs),
  fneg_f64: un(F64.fneg),
  ffloor_f64: un(F64.ffloor),
  fceil_f64: un(F64.fceil),
  ftrunc_f64: un(F64.ftrunc),
  fnearest_f64: un(F64.fnearest),
  fsetcond_f64: ([a, b], [c]) => [F64.fcond(a!, b!, c!) ? 1n : 0n],
  fcvt_f64_f32: ([a]) => [fromFloat(64, toFloat(32, a!))],
  fcvt_f32_f64: ([a]) => [fromFloat(32, toFloat(64, a!))],
  fcvt_f32_i32s: fromInt(32, 32, true),
  fcvt_i32s_f32: toInt(32, 32, true),
  fcvt_f32_i32u: fromInt(32, 32, false),
  fcvt_i32u_f32: toInt(32, 32, false),
  fcvt_f32_i64s: fromInt(32, 64, true),
  fcvt_i64s_f32: toInt(32, 64, true),
  fcvt_f32_i64u: fromInt(32, 64, false),
  fcvt_i64u_f32: toInt(32, 64, false),
  fcvt_f64_i32s: fromInt(64, 32, true),
  fcvt_i32s_f64: toInt(64, 32, true),
  fcvt_f64_i32u: fromInt(64, 32, false),
  fcvt_i32u_f64: toInt(64, 32, false),
  fcvt_f64_i64s: fromInt(64, 64, true),
  fcvt_i64s_f64: toInt(64, 64, true),
  fcvt_f64_i64u: fromInt(64, 64, false),
  fcvt_i64u_f64: toInt(64, 64, false),
};
