import { STRIDE } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_NAMES } from '../op/table.ts';
import type { Facts } from './facts.ts';
import { clzPair, ctzPair, Pair } from './pair.ts';
import { isWide, ofWidth } from './width.ts';

/** Rewrites op `i` with first operands a and b; true if it did. */
type Rule = (s: Algebra, i: number, op: number, a: number, b: number) => boolean;

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

  /** Simplifies op `i` if a rule fits; its inputs are copies resolved and touched. */
  simplify(i: number, op: number): boolean {
    const rule = Algebra.#rules[op];
    if (rule === undefined) return false;
    const { args } = this.#f.fn;
    return rule(this, i, op, args[i * STRIDE + 1]!, args[i * STRIDE + 2]!);
  }

  /** By opcode; a table, because a switch of this size is slow. */
  static readonly #rules: readonly (Rule | undefined)[] = (() => {
    const table: (Rule | undefined)[] = OP_NAMES.map(() => undefined);
    const both = (op32: number, r: Rule): void => {
      table[op32] = table[op32 + 1] = r;
    };
    /** Ops whose operands may change places: the constant comes second. */
    const commutative = (op32: number, r: Rule): void => both(op32, (s, i, op, a, b) => {
      const { fn } = s.#f;
      if (!fn.isConst(a)) return r(s, i, op, a, b);
      if (fn.isConst(b)) return false;
      fn.args[i * STRIDE + 1] = b;
      fn.args[i * STRIDE + 2] = a;
      return r(s, i, op, b, a);
    });
    commutative(Op.add_i32, (s, i, _op, a, b) => s.#isZero(b) && s.#toMove(i, a));
    commutative(Op.and_i32, (s, i, _op, a, b) => s.#and(i, a, b));
    commutative(Op.or_i32, (s, i, _op, a, b) => s.#or(i, a, b));
    commutative(Op.xor_i32, (s, i, op, a, b) => s.#xor(i, op, a, b, true));
    commutative(Op.eqv_i32, (s, i, op, a, b) => s.#xor(i, op, a, b, false));
    commutative(Op.nand_i32, (s, i, op, a, b) => (a === b || s.#isOnes(b)) && s.#toUnary(i, Op.not_i32, isWide(op), a));
    commutative(Op.nor_i32, (s, i, op, a, b) => (a === b || s.#isZero(b)) && s.#toUnary(i, Op.not_i32, isWide(op), a));
    commutative(Op.mul_i32, (s, i, op, a, b) => s.#mul(i, op, a, b));
    commutative(Op.muluh_i32, (s, i, op, a, b) => s.#muluh(i, op, a, b));
    commutative(Op.mulsh_i32, (s, i, _op, _a, b) => s.#isZero(b) && s.#toMove(i, b));
    both(Op.sub_i32, (s, i, op) => s.#sub(i, op));
    both(Op.andc_i32, (s, i, op) => s.#complement(i, op));
    both(Op.orc_i32, (s, i, op) => s.#complement(i, op));
    for (const op of [Op.shl_i32, Op.shr_i32, Op.sar_i32, Op.rotl_i32, Op.rotr_i32]) both(op, (s, i, o) => s.#shift(i, o));
    for (const op of [Op.divu_i32, Op.divs_i32, Op.remu_i32, Op.rems_i32]) both(op, (s, i, o) => s.#division(i, o));
    both(Op.deposit_i32, (s, i, op) => s.#deposit(i, op));
    both(Op.extract_i32, (s, i, op) => s.#extract(i, op));
    both(Op.sextract_i32, (s, i, op) => s.#sextract(i, op));
    both(Op.extract2_i32, (s, i, op) => s.#extract2(i, op));
    table[Op.exts_i64_i32] = table[Op.extu_i64_i32] = (s, i, op) => s.#extend(i, op);
    table[Op.extrl_i32_i64] = (s, i) => s.#low(i);
    for (const op of [Op.vand, Op.vor, Op.vxor, Op.vandc, Op.vnot]) table[op] = (s, i, o, a, b) => s.#vector(i, o, a, b);
    return table;
  })();

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

  #isZero(t: number): boolean {
    return this.#is(t, 0, 0);
  }

  #isOnes(t: number): boolean {
    return this.#is(t, -1, -1);
  }

  #and(i: number, a: number, b: number): boolean {
    if (a === b || this.#coversZero(a, b, false)) return this.#toMove(i, a);
    return this.#coversZero(b, a, false) && this.#toMove(i, b);
  }

  #or(i: number, a: number, b: number): boolean {
    if (a === b || this.#coversOne(a, b, false)) return this.#toMove(i, a);
    return this.#coversOne(b, a, false) && this.#toMove(i, b);
  }

  /** xor, or its complement eqv. */
  #xor(i: number, op: number, a: number, b: number, xor: boolean): boolean {
    const wide = isWide(op);
    if (a === b) return this.#toConst(i, wide, xor ? 0 : -1, xor ? 0 : -1);
    if (xor ? this.#isZero(b) : this.#isOnes(b)) return this.#toMove(i, a);
    return (xor ? this.#isOnes(b) : this.#isZero(b)) && this.#toUnary(i, Op.not_i32, wide, a);
  }

  #mul(i: number, op: number, a: number, b: number): boolean {
    const wide = isWide(op);
    if (this.#isZero(b)) return this.#toMove(i, b);
    if (this.#isOnes(b)) return this.#toUnary(i, Op.neg_i32, wide, a);
    const log = this.#log2(b, wide);
    if (log === 0) return this.#toMove(i, a);
    return log > 0 && this.#toBinary(i, Op.shl_i32, wide, a, this.#constant(wide, log, 0));
  }

  #muluh(i: number, op: number, a: number, b: number): boolean {
    const wide = isWide(op);
    if (this.#isZero(b)) return this.#toMove(i, b);
    const log = this.#log2(b, wide);
    if (log === 0) return this.#toConst(i, wide, 0, 0);
    return log > 0 && this.#toBinary(i, Op.shr_i32, wide, a, this.#constant(wide, (wide ? 64 : 32) - log, 0));
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

  /** Bitwise vector ops of constants, and of equal operands. `vor d, a, a` is the move of vectors. */
  #vector(i: number, op: number, a: number, b: number): boolean {
    const { fn } = this.#f;
    const not = op === Op.vnot;
    if (!fn.isConst(a) || (!not && !fn.isConst(b))) {
      if (op !== Op.vand || a !== b) return false;
      fn.ops[i] = Op.vor;
      return true;
    }
    if (op === Op.vor && a === b) return false;
    const { constLo, constHi, constW2, constW3 } = fn;
    const c = fn.constTemp(
      Type.V128, bitwise(op, constLo[a]!, constLo[b]!), bitwise(op, constHi[a]!, constHi[b]!),
      bitwise(op, constW2[a]!, constW2[b]!), bitwise(op, constW3[a]!, constW3[b]!),
    );
    this.#f.touch(c);
    fn.ops[i] = Op.vor;
    fn.args[i * STRIDE + 1] = fn.args[i * STRIDE + 2] = c;
    return true;
  }
}

function bitwise(op: number, a: number, b: number): number {
  if (op === Op.vand) return a & b;
  if (op === Op.vor) return a | b;
  if (op === Op.vxor) return a ^ b;
  return op === Op.vandc ? a & ~b : ~a;
}

function divide32(a: number, b: number, unsigned: boolean, quotient: boolean): number {
  if (unsigned) {
    a >>>= 0;
    b >>>= 0;
  }
  return (quotient ? Math.trunc(a / b) : a % b) | 0;
}
