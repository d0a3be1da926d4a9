import { STRIDE } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import type { Facts } from './facts.ts';
import { clzPair, ctzPair, Pair } from './pair.ts';
import { isWide, ofWidth } from './width.ts';

/**
 * Identities and strength reduction of integer ops without constant operands on both sides (those fall out of the
 * known bits). Each method that returns true has rewritten the op into a simpler one.
 */
export class Algebra {
  readonly #f: Facts;
  readonly #p = new Pair();

  constructor(facts: Facts) {
    this.#f = facts;
  }

  simplify(i: number, op: number): boolean {
    switch (op) {
      case Op.add_i32: case Op.add_i64: case Op.mul_i32: case Op.mul_i64: case Op.and_i32: case Op.and_i64:
      case Op.or_i32: case Op.or_i64: case Op.xor_i32: case Op.xor_i64: case Op.eqv_i32: case Op.eqv_i64:
      case Op.nand_i32: case Op.nand_i64: case Op.nor_i32: case Op.nor_i64:
      case Op.muluh_i32: case Op.muluh_i64: case Op.mulsh_i32: case Op.mulsh_i64:
        return this.#commutative(i, op);
      case Op.sub_i32: case Op.sub_i64: return this.#sub(i, op);
      case Op.andc_i32: case Op.andc_i64: case Op.orc_i32: case Op.orc_i64: return this.#complement(i, op);
      case Op.shl_i32: case Op.shl_i64: case Op.shr_i32: case Op.shr_i64: case Op.sar_i32: case Op.sar_i64:
      case Op.rotl_i32: case Op.rotl_i64: case Op.rotr_i32: case Op.rotr_i64:
        return this.#shift(i, op);
      case Op.divu_i32: case Op.divu_i64: case Op.divs_i32: case Op.divs_i64:
      case Op.remu_i32: case Op.remu_i64: case Op.rems_i32: case Op.rems_i64:
        return this.#division(i, op);
      case Op.deposit_i32: case Op.deposit_i64: return this.#deposit(i, op);
      case Op.extract_i32: case Op.extract_i64: return this.#extract(i, op);
      case Op.sextract_i32: case Op.sextract_i64: return this.#sextract(i, op);
      case Op.extract2_i32: case Op.extract2_i64: return this.#extract2(i, op);
      case Op.exts_i64_i32: case Op.extu_i64_i32: return this.#extend(i, op);
      case Op.extrl_i32_i64: return this.#low(i);
      case Op.vand: return this.#sameVectors(i);
      case Op.vor: return false;
      default: return false;
    }
  }

  // Rewriting

  #toMove(i: number, source: number): boolean {
    const { fn } = this.#f;
    fn.ops[i] = fn.tempType[source] === Type.I64 ? Op.mov_i64 : Op.mov_i32;
    fn.args[i * STRIDE + 1] = source;
    return true;
  }

  #toConst(i: number, wide: boolean, lo: number, hi: number): boolean {
    return this.#toMove(i, this.#constant(wide, lo, hi));
  }

  #toUnary(i: number, op32: number, wide: boolean, a: number): boolean {
    const { fn } = this.#f;
    fn.ops[i] = ofWidth(op32, wide);
    fn.args[i * STRIDE + 1] = a;
    return true;
  }

  #toBinary(i: number, op32: number, wide: boolean, a: number, b: number): boolean {
    const { fn } = this.#f;
    fn.ops[i] = ofWidth(op32, wide);
    fn.args[i * STRIDE + 1] = a;
    fn.args[i * STRIDE + 2] = b;
    return true;
  }

  #constant(wide: boolean, lo: number, hi: number): number {
    const t = this.#f.fn.constTemp(wide ? Type.I64 : Type.I32, lo, wide ? hi : 0);
    this.#f.touch(t);
    return t;
  }

  #is(t: number, lo: number, hi: number): boolean {
    const { fn } = this.#f;
    return fn.isConst(t) && fn.constLo[t] === lo && (fn.tempType[t] === Type.I32 || fn.constHi[t] === hi);
  }

  /** log2 of a constant that is a power of two, else -1. */
  #log2(t: number, wide: boolean): number {
    const { fn } = this.#f;
    if (!fn.isConst(t)) return -1;
    const lo = fn.constLo[t]!;
    const hi = wide ? fn.constHi[t]! : 0;
    const one = (lo & (lo - 1)) === 0 && (hi & (hi - 1)) === 0 && (lo === 0) !== (hi === 0);
    return one ? ctzPair(wide, lo, hi) : -1;
  }

  #commutative(i: number, op: number): boolean {
    const { fn } = this.#f;
    const { args } = fn;
    const at = i * STRIDE;
    let a = args[at + 1]!;
    let b = args[at + 2]!;
    if (fn.isConst(a)) {
      if (fn.isConst(b)) return false;
      args[at + 1] = b;
      args[at + 2] = a;
      a = args[at + 1]!;
      b = args[at + 2]!;
    }
    const wide = isWide(op);
    const zero = this.#is(b, 0, 0);
    const ones = !zero && this.#is(b, -1, -1);
    switch (op) {
      case Op.add_i32: case Op.add_i64:
        return zero && this.#toMove(i, a);
      case Op.and_i32: case Op.and_i64:
        if (a === b || ones || this.#coversZero(a, b, false)) return this.#toMove(i, a);
        return !fn.isConst(b) && this.#coversZero(b, a, false) && this.#toMove(i, b);
      case Op.or_i32: case Op.or_i64:
        if (a === b || zero || this.#coversOne(a, b, false)) return this.#toMove(i, a);
        return !fn.isConst(b) && this.#coversOne(b, a, false) && this.#toMove(i, b);
      case Op.xor_i32: case Op.xor_i64:
        if (a === b) return this.#toConst(i, wide, 0, 0);
        if (zero) return this.#toMove(i, a);
        return ones && this.#toUnary(i, Op.not_i32, wide, a);
      case Op.eqv_i32: case Op.eqv_i64:
        if (a === b) return this.#toConst(i, wide, -1, -1);
        if (ones) return this.#toMove(i, a);
        return zero && this.#toUnary(i, Op.not_i32, wide, a);
      case Op.nand_i32: case Op.nand_i64:
        return (a === b || ones) && this.#toUnary(i, Op.not_i32, wide, a);
      case Op.nor_i32: case Op.nor_i64:
        return (a === b || zero) && this.#toUnary(i, Op.not_i32, wide, a);
      case Op.mul_i32: case Op.mul_i64: {
        if (zero) return this.#toMove(i, b);
        if (ones) return this.#toUnary(i, Op.neg_i32, wide, a);
        const log = this.#log2(b, wide);
        if (log === 0) return this.#toMove(i, a);
        return log > 0 && this.#toBinary(i, Op.shl_i32, wide, a, this.#constant(wide, log, 0));
      }
      default: {
        // High halves of products
        if (zero) return this.#toMove(i, b);
        if (op === Op.mulsh_i32 || op === Op.mulsh_i64) return false;
        const log = this.#log2(b, wide);
        if (log === 0) return this.#toConst(i, wide, 0, 0);
        return log > 0 && this.#toBinary(i, Op.shr_i32, wide, a, this.#constant(wide, (wide ? 64 : 32) - log, 0));
      }
    }
  }

  /** Every bit that may be one in `a` is known to be one in `b` (zero, if `inverted`): a & b is a. */
  #coversZero(a: number, b: number, inverted: boolean): boolean {
    const f = this.#f;
    const lo = f.zLo[a]! | (inverted ? f.zLo[b]! : f.oLo[b]!);
    const hi = f.zHi[a]! | (inverted ? f.zHi[b]! : f.oHi[b]!);
    return lo === -1 && (f.fn.tempType[a] === Type.I32 || hi === -1);
  }

  /** Every bit that may be zero in `a` is known to be zero in `b` (one, if `inverted`): a | b is a. */
  #coversOne(a: number, b: number, inverted: boolean): boolean {
    const f = this.#f;
    const lo = f.oLo[a]! | (inverted ? f.oLo[b]! : f.zLo[b]!);
    const hi = f.oHi[a]! | (inverted ? f.oHi[b]! : f.zHi[b]!);
    return lo === -1 && (f.fn.tempType[a] === Type.I32 || hi === -1);
  }

  #sub(i: number, op: number): boolean {
    const { args } = this.#f.fn;
    const a = args[i * STRIDE + 1]!;
    const b = args[i * STRIDE + 2]!;
    const wide = isWide(op);
    if (a === b) return this.#toConst(i, wide, 0, 0);
    if (this.#is(b, 0, 0)) return this.#toMove(i, a);
    if (this.#is(a, 0, 0)) return this.#toUnary(i, Op.neg_i32, wide, b);
    return this.#is(a, -1, -1) && this.#toUnary(i, Op.not_i32, wide, b);
  }

  /** andc, orc: a constant second operand is complemented at once. */
  #complement(i: number, op: number): boolean {
    const { fn } = this.#f;
    const a = fn.args[i * STRIDE + 1]!;
    const b = fn.args[i * STRIDE + 2]!;
    const wide = isWide(op);
    const and = op === Op.andc_i32 || op === Op.andc_i64;
    if (fn.isConst(b)) {
      const c = this.#constant(wide, ~fn.constLo[b]!, ~fn.constHi[b]!);
      return this.#toBinary(i, and ? Op.and_i32 : Op.or_i32, wide, a, c);
    }
    if (a === b) return this.#toConst(i, wide, and ? 0 : -1, and ? 0 : -1);
    if (and ? this.#is(a, -1, -1) : this.#is(a, 0, 0)) return this.#toUnary(i, Op.not_i32, wide, b);
    return (and ? this.#coversZero(a, b, true) : this.#coversOne(a, b, true)) && this.#toMove(i, a);
  }

  #shift(i: number, op: number): boolean {
    const f = this.#f;
    const { fn } = f;
    const a = fn.args[i * STRIDE + 1]!;
    const b = fn.args[i * STRIDE + 2]!;
    const wide = isWide(op);
    const width = wide ? 64 : 32;
    if (this.#is(a, 0, 0)) return this.#toMove(i, a);
    // All bits equal: only shifts that bring in zeros change it.
    const shifts = op === Op.shl_i32 || op === Op.shl_i64 || op === Op.shr_i32 || op === Op.shr_i64;
    if (!shifts && f.sign[a] === width) return this.#toMove(i, a);
    if (!fn.isConst(b)) return false;
    const n = fn.constLo[b]! & (width - 1);
    if (n === 0) return this.#toMove(i, a);
    if (n !== fn.constLo[b] || (wide && fn.constHi[b] !== 0)) {
      fn.args[i * STRIDE + 2] = this.#constant(wide, n, 0);
      return true;
    }
    return false;
  }

  #division(i: number, op: number): boolean {
    const f = this.#f;
    const { fn } = f;
    const a = fn.args[i * STRIDE + 1]!;
    const b = fn.args[i * STRIDE + 2]!;
    const wide = isWide(op);
    const quotient = op === Op.divu_i32 || op === Op.divu_i64 || op === Op.divs_i32 || op === Op.divs_i64;
    const unsigned = op === Op.divu_i32 || op === Op.divu_i64 || op === Op.remu_i32 || op === Op.remu_i64;
    if (!fn.isConst(b)) return false;
    if (this.#is(b, 0, 0)) return quotient ? this.#toMove(i, b) : this.#toMove(i, a);
    if (this.#is(b, 1, 0)) return quotient ? this.#toMove(i, a) : this.#toConst(i, wide, 0, 0);
    if (!wide && fn.isConst(a)) return this.#toConst(i, false, divide32(fn.constLo[a]!, fn.constLo[b]!, unsigned, quotient), 0);
    const log = unsigned ? this.#log2(b, wide) : -1;
    if (log < 0) return false;
    if (quotient) return this.#toBinary(i, Op.shr_i32, wide, a, this.#constant(wide, log, 0));
    this.#p.mask(log);
    return this.#toBinary(i, Op.and_i32, wide, a, this.#constant(wide, this.#p.lo, this.#p.hi));
  }

  #deposit(i: number, op: number): boolean {
    const { fn } = this.#f;
    const { args, ops } = fn;
    const at = i * STRIDE;
    const a = args[at + 1]!;
    const b = args[at + 2]!;
    const pos = args[at + 3]!;
    const len = args[at + 4]!;
    const wide = isWide(op);
    const width = wide ? 64 : 32;
    if (len === width) return this.#toMove(i, b);
    if (a === b && pos === 0) return this.#toMove(i, a);
    const p = this.#p;
    if (this.#is(b, 0, 0)) {
      p.mask(len);
      p.shl(p.lo, p.hi, pos);
      return this.#toBinary(i, Op.and_i32, wide, a, this.#constant(wide, ~p.lo, ~p.hi));
    }
    p.mask(len);
    if (this.#is(b, p.lo, p.hi)) {
      p.shl(p.lo, p.hi, pos);
      return this.#toBinary(i, Op.or_i32, wide, a, this.#constant(wide, p.lo, p.hi));
    }
    if (!this.#is(a, 0, 0)) return false;
    if (pos === 0) {
      ops[i] = ofWidth(Op.extract_i32, wide);
      args[at + 1] = b;
      args[at + 2] = 0;
      args[at + 3] = len;
      return true;
    }
    return pos + len === width && this.#toBinary(i, Op.shl_i32, wide, b, this.#constant(wide, pos, 0));
  }

  /** Number of top bits of `a` that are known to be zero. */
  #leadingZeros(a: number, wide: boolean): number {
    const f = this.#f;
    return clzPair(wide, ~f.zLo[a]!, ~f.zHi[a]!);
  }

  #extract(i: number, op: number): boolean {
    const { args } = this.#f.fn;
    const at = i * STRIDE;
    const a = args[at + 1]!;
    const pos = args[at + 2]!;
    const len = args[at + 3]!;
    const wide = isWide(op);
    const width = wide ? 64 : 32;
    const top = width - pos - len;
    // Nothing to mask off
    if (this.#leadingZeros(a, wide) < top) return false;
    if (pos === 0) return this.#toMove(i, a);
    return this.#toBinary(i, Op.shr_i32, wide, a, this.#constant(wide, pos, 0));
  }

  #sextract(i: number, op: number): boolean {
    const f = this.#f;
    const { args } = f.fn;
    const at = i * STRIDE;
    const a = args[at + 1]!;
    const pos = args[at + 2]!;
    const len = args[at + 3]!;
    const wide = isWide(op);
    const width = wide ? 64 : 32;
    if (f.sign[a]! <= width - pos - len) return false;
    if (pos === 0) return this.#toMove(i, a);
    return this.#toBinary(i, Op.sar_i32, wide, a, this.#constant(wide, pos, 0));
  }

  #extract2(i: number, op: number): boolean {
    const { args } = this.#f.fn;
    const at = i * STRIDE;
    const lo = args[at + 1]!;
    const hi = args[at + 2]!;
    const pos = args[at + 3]!;
    const wide = isWide(op);
    const width = wide ? 64 : 32;
    if (pos === 0) return this.#toMove(i, lo);
    if (pos === width) return this.#toMove(i, hi);
    if (lo === hi) return this.#toBinary(i, Op.rotr_i32, wide, lo, this.#constant(wide, pos, 0));
    if (this.#is(hi, 0, 0)) return this.#toBinary(i, Op.shr_i32, wide, lo, this.#constant(wide, pos, 0));
    return this.#is(lo, 0, 0) && this.#toBinary(i, Op.shl_i32, wide, hi, this.#constant(wide, width - pos, 0));
  }

  /** The extension of the low half of an i64 that is already extended is that i64. */
  #extend(i: number, op: number): boolean {
    const f = this.#f;
    const { fn } = f;
    const a = fn.args[i * STRIDE + 1]!;
    const def = f.def(a);
    if (def < 0 || fn.ops[def] !== Op.extrl_i32_i64) return false;
    const x = fn.args[def * STRIDE + 1]!;
    if (!f.defInputHolds(a, 0, x)) return false;
    f.touch(x);
    const same = op === Op.extu_i64_i32 ? f.zHi[x] === -1 : f.sign[x]! >= 33;
    return same && this.#toMove(i, x);
  }

  #low(i: number): boolean {
    const f = this.#f;
    const a = f.fn.args[i * STRIDE + 1]!;
    const low = f.low(a);
    if (low < 0) return false;
    const t = f.resolve(low);
    f.touch(t);
    return this.#toMove(i, t);
  }

  #sameVectors(i: number): boolean {
    const { fn } = this.#f;
    if (fn.args[i * STRIDE + 1] !== fn.args[i * STRIDE + 2]) return false;
    fn.ops[i] = Op.vor;
    return true;
  }
}

function divide32(a: number, b: number, unsigned: boolean, quotient: boolean): number {
  if (unsigned) {
    a >>>= 0;
    b >>>= 0;
  }
  return (quotient ? Math.trunc(a / b) : a % b) | 0;
}
