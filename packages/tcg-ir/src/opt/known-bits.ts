import { STRIDE } from '../ir/function.ts';
import { MemOp } from '../ir/memop.ts';
import { Op } from '../op/codes.ts';
import type { Facts } from './facts.ts';
import { KNOWN_RULES } from './known-rules.ts';
import { clzPair, ctzPair, Pair, popcount32 } from './pair.ts';
import { isWide } from './width.ts';

/**
 * Forward transfer of known bits: `compute` says which bits of the first result of an op are known to be zero (`z`) or
 * one (`o`), and how many of its top bits are equal (`sign`). Constant folding falls out of it: a result of which all
 * bits are known is a constant.
 */
export class KnownBits {
  zLo = 0;
  zHi = 0;
  oLo = 0;
  oHi = 0;
  sign = 1;
  readonly facts: Facts;
  readonly #p = new Pair();

  constructor(facts: Facts) {
    this.facts = facts;
  }

  #exact(lo: number, hi: number): void {
    this.oLo = lo | 0;
    this.oHi = hi | 0;
    this.zLo = ~lo;
    this.zHi = ~hi;
  }

  /** The low `n` bits (0 to 64) may be anything, the others are zero. */
  atMost(n: number): void {
    this.#p.mask(n);
    this.zLo = ~this.#p.lo;
    this.zHi = ~this.#p.hi;
  }

  /** Op `i`, whose inputs are `touch`ed. `wide`: the result is i64. */
  compute(i: number, op: number, wide: boolean): void {
    this.zLo = this.zHi = this.oLo = this.oHi = 0;
    this.sign = 1;
    const rule = KNOWN_RULES[op];
    if (rule === undefined) return;
    const { args } = this.facts.fn;
    const at = i * STRIDE;
    rule(this, op, args[at + 1]!, args[at + 2]!, args[at + 3]!, args[at + 4]!);
    if ((this.zLo | this.zHi | this.oLo | this.oHi) !== 0 || this.sign !== 1) this.#normalize(wide);
  }

  #normalize(wide: boolean): void {
    const width = wide ? 64 : 32;
    const zeros = clzPair(wide, ~this.zLo, ~this.zHi);
    const ones = clzPair(wide, ~this.oLo, ~this.oHi);
    let sign = this.sign;
    if (zeros > sign) sign = zeros;
    if (ones > sign) sign = ones;
    this.sign = sign;
    if (sign > 1 && (zeros > 0 || ones > 0)) {
      this.#p.mask(width - sign);
      const lo = wide || sign < 32 ? ~this.#p.lo : -1;
      const hi = wide ? ~this.#p.hi : 0;
      if (zeros > 0) {
        this.zLo |= lo;
        this.zHi |= hi;
      } else {
        this.oLo |= lo;
        this.oHi |= hi;
      }
    }
  }

  copy(a: number): void {
    const f = this.facts;
    this.zLo = f.zLo[a]!;
    this.zHi = f.zHi[a]!;
    this.oLo = f.oLo[a]!;
    this.oHi = f.oHi[a]!;
    this.sign = f.sign[a]!;
  }

  and(a: number, b: number, not: boolean): void {
    const f = this.facts;
    this.zLo = f.zLo[a]! | (not ? f.oLo[b]! : f.zLo[b]!);
    this.zHi = f.zHi[a]! | (not ? f.oHi[b]! : f.zHi[b]!);
    this.oLo = f.oLo[a]! & (not ? f.zLo[b]! : f.oLo[b]!);
    this.oHi = f.oHi[a]! & (not ? f.zHi[b]! : f.oHi[b]!);
    this.sign = Math.min(f.sign[a]!, f.sign[b]!);
  }

  or(a: number, b: number, not: boolean): void {
    const f = this.facts;
    this.oLo = f.oLo[a]! | (not ? f.zLo[b]! : f.oLo[b]!);
    this.oHi = f.oHi[a]! | (not ? f.zHi[b]! : f.oHi[b]!);
    this.zLo = f.zLo[a]! & (not ? f.oLo[b]! : f.zLo[b]!);
    this.zHi = f.zHi[a]! & (not ? f.oHi[b]! : f.zHi[b]!);
    this.sign = Math.min(f.sign[a]!, f.sign[b]!);
  }

  xor(a: number, b: number): void {
    const f = this.facts;
    this.oLo = (f.oLo[a]! & f.zLo[b]!) | (f.zLo[a]! & f.oLo[b]!);
    this.oHi = (f.oHi[a]! & f.zHi[b]!) | (f.zHi[a]! & f.oHi[b]!);
    this.zLo = (f.oLo[a]! & f.oLo[b]!) | (f.zLo[a]! & f.zLo[b]!);
    this.zHi = (f.oHi[a]! & f.oHi[b]!) | (f.zHi[a]! & f.zHi[b]!);
    this.sign = Math.min(f.sign[a]!, f.sign[b]!);
  }

  invert(): void {
    const { zLo, zHi } = this;
    this.zLo = this.oLo;
    this.zHi = this.oHi;
    this.oLo = zLo;
    this.oHi = zHi;
  }

  shift(op: number, a: number, b: number): void {
    const f = this.facts;
    const { fn } = f;
    const wide = isWide(op);
    const zLo = f.zLo[a]!;
    const zHi = f.zHi[a]!;
    const oLo = f.oLo[a]!;
    const oHi = f.oHi[a]!;
    const p = this.#p;
    if (!fn.isConst(b)) {
      // The count is unknown: a logical right shift keeps leading zeros, an arithmetic one copies of the sign.
      if (op === Op.shr_i32 || op === Op.shr_i64) {
        const width = wide ? 64 : 32;
        const zeros = clzPair(wide, ~zLo, ~zHi);
        if (zeros > 0) this.atMost(width - zeros);
      } else if (op === Op.sar_i32 || op === Op.sar_i64) {
        this.sign = f.sign[a]!;
      }
      return;
    }
    const n = fn.constLo[b]! & (wide ? 63 : 31);
    switch (op) {
      case Op.shl_i32:
        this.zLo = (zLo << n) | ((1 << n) - 1);
        this.oLo = oLo << n;
        this.sign = Math.max(1, f.sign[a]! - n);
        return;
      case Op.shr_i32:
        this.zLo = n === 0 ? zLo : (zLo >>> n) | (-1 << (32 - n));
        this.oLo = oLo >>> n;
        return;
      case Op.sar_i32:
        this.zLo = zLo >> n;
        this.oLo = oLo >> n;
        this.sign = Math.min(32, f.sign[a]! + n);
        return;
      case Op.rotl_i32:
      case Op.rotr_i32: {
        const left = op === Op.rotl_i32 ? n : (32 - n) & 31;
        this.zLo = left === 0 ? zLo : (zLo << left) | (zLo >>> (32 - left));
        this.oLo = left === 0 ? oLo : (oLo << left) | (oLo >>> (32 - left));
        return;
      }
      case Op.shl_i64:
        p.shl(oLo, oHi, n);
        this.oLo = p.lo;
        this.oHi = p.hi;
        p.shl(~zLo, ~zHi, n);
        this.zLo = ~p.lo;
        this.zHi = ~p.hi;
        this.sign = Math.max(1, f.sign[a]! - n);
        return;
      case Op.shr_i64:
        p.shr(oLo, oHi, n);
        this.oLo = p.lo;
        this.oHi = p.hi;
        p.shr(~zLo, ~zHi, n);
        this.zLo = ~p.lo;
        this.zHi = ~p.hi;
        return;
      case Op.sar_i64:
        p.sar(oLo, oHi, n);
        this.oLo = p.lo;
        this.oHi = p.hi;
        p.sar(zLo, zHi, n);
        this.zLo = p.lo;
        this.zHi = p.hi;
        this.sign = Math.min(64, f.sign[a]! + n);
        return;
      default: {
        const left = op === Op.rotl_i64 ? n : (64 - n) & 63;
        p.rotl(oLo, oHi, left);
        this.oLo = p.lo;
        this.oHi = p.hi;
        p.rotl(zLo, zHi, left);
        this.zLo = p.lo;
        this.zHi = p.hi;
      }
    }
  }

  count(op: number, a: number): void {
    const f = this.facts;
    const { fn } = f;
    const wide = isWide(op);
    if (!fn.isConst(a)) {
      this.atMost(wide ? 7 : 6);
      return;
    }
    const lo = fn.constLo[a]!;
    const hi = fn.constHi[a]!;
    if (op === Op.clz_i32 || op === Op.clz_i64) this.#exact(clzPair(wide, lo, hi), 0);
    else if (op === Op.ctz_i32 || op === Op.ctz_i64) this.#exact(ctzPair(wide, lo, hi), 0);
    else this.#exact(popcount32(lo) + (wide ? popcount32(hi) : 0), 0);
  }

  deposit(a: number, b: number, pos: number, len: number): void {
    const f = this.facts;
    const p = this.#p;
    p.mask(len);
    p.shl(p.lo, p.hi, pos);
    const mLo = p.lo;
    const mHi = p.hi;
    p.shl(f.zLo[b]!, f.zHi[b]!, pos);
    this.zLo = (f.zLo[a]! & ~mLo) | (p.lo & mLo);
    this.zHi = (f.zHi[a]! & ~mHi) | (p.hi & mHi);
    p.shl(f.oLo[b]!, f.oHi[b]!, pos);
    this.oLo = (f.oLo[a]! & ~mLo) | (p.lo & mLo);
    this.oHi = (f.oHi[a]! & ~mHi) | (p.hi & mHi);
  }

  extract(a: number, pos: number, len: number): void {
    const f = this.facts;
    const p = this.#p;
    p.shr(f.zLo[a]!, f.zHi[a]!, pos);
    const zLo = p.lo;
    const zHi = p.hi;
    p.shr(f.oLo[a]!, f.oHi[a]!, pos);
    const oLo = p.lo;
    const oHi = p.hi;
    p.mask(len);
    this.zLo = zLo | ~p.lo;
    this.zHi = zHi | ~p.hi;
    this.oLo = oLo & p.lo;
    this.oHi = oHi & p.hi;
  }

  sextract(wide: boolean, a: number, pos: number, len: number): void {
    const f = this.facts;
    const p = this.#p;
    const width = wide ? 64 : 32;
    // Both masks go up so that the field's top bit is bit 63, and come down with it repeated.
    p.shl(f.zLo[a]!, f.zHi[a]!, 64 - len - pos);
    p.sar(p.lo, p.hi, 64 - len);
    this.zLo = p.lo;
    this.zHi = p.hi;
    p.shl(f.oLo[a]!, f.oHi[a]!, 64 - len - pos);
    p.sar(p.lo, p.hi, 64 - len);
    this.oLo = p.lo;
    this.oHi = p.hi;
    this.sign = width - len + 1;
  }

  extract2(wide: boolean, a: number, b: number, pos: number): void {
    const f = this.facts;
    const p = this.#p;
    const width = wide ? 64 : 32;
    if (pos === 0 || pos === width) {
      const s = pos === 0 ? a : b;
      this.zLo = f.zLo[s]!;
      this.zHi = f.zHi[s]!;
      this.oLo = f.oLo[s]!;
      this.oHi = f.oHi[s]!;
    } else if (wide) {
      p.shr(f.zLo[a]!, f.zHi[a]!, pos);
      this.zLo = p.lo;
      this.zHi = p.hi;
      p.shl(f.zLo[b]!, f.zHi[b]!, 64 - pos);
      this.zLo |= p.lo;
      this.zHi |= p.hi;
      p.shr(f.oLo[a]!, f.oHi[a]!, pos);
      this.oLo = p.lo;
      this.oHi = p.hi;
      p.shl(f.oLo[b]!, f.oHi[b]!, 64 - pos);
      this.oLo |= p.lo;
      this.oHi |= p.hi;
    } else {
      this.zLo = (f.zLo[a]! >>> pos) | (f.zLo[b]! << (32 - pos));
      this.oLo = (f.oLo[a]! >>> pos) | (f.oLo[b]! << (32 - pos));
    }
  }

  loaded(wide: boolean, memop: number): void {
    const bits = 8 << (memop & MemOp.SIZE_MASK);
    const width = wide ? 64 : 32;
    if (bits >= width) return;
    if (memop & MemOp.SIGN) this.sign = width - bits + 1;
    else this.atMost(bits);
  }

  arithmetic(op: number, a: number, b: number): void {
    const f = this.facts;
    const { fn } = f;
    const neg = op === Op.neg_i32 || op === Op.neg_i64;
    if (!fn.isConst(a) || (!neg && !fn.isConst(b))) return;
    const aLo = fn.constLo[a]!;
    const aHi = fn.constHi[a]!;
    const p = this.#p;
    switch (op) {
      case Op.neg_i32:
      case Op.neg_i64:
        p.sub(0, 0, aLo, aHi);
        break;
      case Op.add_i32:
      case Op.add_i64:
        p.add(aLo, aHi, fn.constLo[b]!, fn.constHi[b]!);
        break;
      case Op.sub_i32:
      case Op.sub_i64:
        p.sub(aLo, aHi, fn.constLo[b]!, fn.constHi[b]!);
        break;
      default:
        p.mul(aLo, aHi, fn.constLo[b]!, fn.constHi[b]!);
    }
    this.#exact(p.lo, p.hi);
  }
}
