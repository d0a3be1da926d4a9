import { Cond } from '../ir/cond.ts';
import type { PureFn, PureOp } from './pure.ts';

const signed = (w: number, x: bigint): bigint => BigInt.asIntN(w, x);
const unsigned = (w: number, x: bigint): bigint => BigInt.asUintN(w, x);

/** Whether cond(a, b) holds for unsigned w-bit values. */
export function condHolds(cond: number, w: number, a: bigint, b: bigint): boolean {
  const sa = signed(w, a);
  const sb = signed(w, b);
  switch (cond) {
    case Cond.NEVER: return false;
    case Cond.ALWAYS: return true;
    case Cond.EQ: return a === b;
    case Cond.NE: return a !== b;
    case Cond.LT: return sa < sb;
    case Cond.GE: return sa >= sb;
    case Cond.LE: return sa <= sb;
    case Cond.GT: return sa > sb;
    case Cond.LTU: return a < b;
    case Cond.GEU: return a >= b;
    case Cond.LEU: return a <= b;
    case Cond.GTU: return a > b;
    case Cond.TSTEQ: return (a & b) === 0n;
    case Cond.TSTNE: return (a & b) !== 0n;
  }
  throw new Error(`no such condition: ${cond}`);
}

function countLeadingZeros(w: number, a: bigint): bigint {
  let n = 0;
  while (n < w && ((a >> BigInt(w - 1 - n)) & 1n) === 0n) n++;
  return BigInt(n);
}

function countTrailingZeros(w: number, a: bigint): bigint {
  let n = 0;
  while (n < w && ((a >> BigInt(n)) & 1n) === 0n) n++;
  return BigInt(n);
}

export function popCount(a: bigint): bigint {
  let n = 0n;
  for (; a !== 0n; a >>= 1n) n += a & 1n;
  return n;
}

export function swapBytes(bytes: number, a: bigint): bigint {
  let r = 0n;
  for (let i = 0; i < bytes; i++) r = (r << 8n) | ((a >> BigInt(8 * i)) & 0xffn);
  return r;
}

/** One-result ops, for a width of 32 or 64 bits; results are cut to the width by the caller. */
function widthOps(w: 32 | 64) {
  const W = BigInt(w);
  const ones = (1n << W) - 1n;
  const s = (x: bigint): bigint => signed(w, x);
  const field = (len: number): bigint => (1n << BigInt(len)) - 1n;
  const cut = (f: (ins: readonly bigint[], imms: readonly number[]) => bigint): PureFn =>
    (ins, imms) => [unsigned(w, f(ins, imms))];
  return {
    mov: cut(([a]) => a!),
    add: cut(([a, b]) => a! + b!),
    sub: cut(([a, b]) => a! - b!),
    mul: cut(([a, b]) => a! * b!),
    mulsh: cut(([a, b]) => (s(a!) * s(b!)) >> W),
    muluh: cut(([a, b]) => (a! * b!) >> W),
    divs: cut(([a, b]) => (b === 0n ? 0n : s(a!) / s(b!))),
    divu: cut(([a, b]) => (b === 0n ? 0n : a! / b!)),
    rems: cut(([a, b]) => (b === 0n ? a! : s(a!) % s(b!))),
    remu: cut(([a, b]) => (b === 0n ? a! : a! % b!)),
    neg: cut(([a]) => -a!),
    not: cut(([a]) => ~a!),
    and: cut(([a, b]) => a! & b!),
    or: cut(([a, b]) => a! | b!),
    xor: cut(([a, b]) => a! ^ b!),
    andc: cut(([a, b]) => a! & ~b!),
    orc: cut(([a, b]) => a! | ~b!),
    eqv: cut(([a, b]) => ~(a! ^ b!)),
    nand: cut(([a, b]) => ~(a! & b!)),
    nor: cut(([a, b]) => ~(a! | b!)),
    shl: cut(([a, b]) => a! << (b! % W)),
    shr: cut(([a, b]) => a! >> (b! % W)),
    sar: cut(([a, b]) => s(a!) >> (b! % W)),
    rotl: cut(([a, b]) => (a! << (b! % W)) | (a! >> ((W - (b! % W)) % W))),
    rotr: cut(([a, b]) => (a! >> (b! % W)) | (a! << ((W - (b! % W)) % W))),
    clz: cut(([a]) => countLeadingZeros(w, a!)),
    ctz: cut(([a]) => countTrailingZeros(w, a!)),
    ctpop: cut(([a]) => popCount(a!)),
    bswap16: cut(([a]) => swapBytes(2, a!)),
    bswap32: cut(([a]) => swapBytes(4, a!)),
    deposit: cut(([a, b], [pos, len]) => {
      const mask = field(len!) << BigInt(pos!);
      return (a! & ~mask) | ((b! << BigInt(pos!)) & mask);
    }),
    extract: cut(([a], [pos, len]) => (a! >> BigInt(pos!)) & field(len!)),
    sextract: cut(([a], [pos, len]) => signed(len!, a! >> BigInt(pos!))),
    extract2: cut(([lo, hi], [pos]) => ((hi! << W) | lo!) >> BigInt(pos!)),
    negsetcond: cut(([a, b], [c]) => (condHolds(c!, w, a!, b!) ? -1n : 0n)),
    movcond: cut(([a, b, x, y], [c]) => (condHolds(c!, w, a!, b!) ? x! : y!)),
    setcond: (([a, b], [c]) => [condHolds(c!, w, a!, b!) ? 1n : 0n]) satisfies PureFn,
    addc: (([a, b, carry]) => {
      const sum = a! + b! + carry!;
      return [sum & ones, sum >> W];
    }) satisfies PureFn,
    subb: (([a, b, borrow]) => {
      const diff = a! - b! - borrow!;
      return [unsigned(w, diff), diff < 0n ? 1n : 0n];
    }) satisfies PureFn,
  };
}

type Both<K extends string> = `${K}_i32` | `${K}_i64`;
type WidthOp = Both<keyof ReturnType<typeof widthOps>>;

function bothWidths(): Record<WidthOp, PureFn> {
  const table: Record<string, PureFn> = {};
  for (const [name, fn] of Object.entries(widthOps(32))) table[`${name}_i32`] = fn;
  for (const [name, fn] of Object.entries(widthOps(64))) table[`${name}_i64`] = fn;
  return table as Record<WidthOp, PureFn>;
}

type SizeOp = 'bswap64_i64' | 'exts_i64_i32' | 'extu_i64_i32' | 'extrl_i32_i64' | 'extrh_i32_i64' | 'concat_i64';

const SIZE_OPS: Record<SizeOp, PureFn> = {
  bswap64_i64: ([a]) => [swapBytes(8, a!)],
  exts_i64_i32: ([a]) => [unsigned(64, signed(32, a!))],
  extu_i64_i32: ([a]) => [a!],
  extrl_i32_i64: ([a]) => [unsigned(32, a!)],
  extrh_i32_i64: ([a]) => [a! >> 32n],
  concat_i64: ([lo, hi]) => [(hi! << 32n) | lo!],
};

export const INTEGER_OPS: Record<Extract<PureOp, WidthOp | SizeOp>, PureFn> = { ...bothWidths(), ...SIZE_OPS };
