import { Cond } from '../ir/cond.ts';
import { type IrFunction, NO_TEMP, STRIDE, TempKind } from '../ir/function.ts';
import { HelperFlag, Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_FLAGS, OP_NINS, OP_NOUTS, OpFlag } from '../op/table.ts';
import { evalCond32, evalCond64 } from './eval.ts';

/**
 * Forward walk over extended basic blocks: copy propagation, constant folding, algebraic identities. A label forgets
 * everything; a conditional branch forgets nothing, since what holds before it holds after it.
 *
 * What a temp equals is kept as (source, version of the source): a write to the source makes the note stale.
 */
export class Folder {
  #source = new Int32Array(512);
  #sourceVersion = new Uint32Array(512);
  #version = new Uint32Array(512);
  /** Epoch in which the note was made: a new one at each label. */
  #epochOf = new Uint32Array(512);
  #epoch = 0;
  #fn!: IrFunction;

  run(fn: IrFunction): void {
    this.#fn = fn;
    // constants may be added while folding: one per op at most
    const need = fn.nTemps + fn.nOps * 2;
    if (need > this.#source.length) {
      const n = need * 2;
      this.#source = new Int32Array(n);
      this.#sourceVersion = new Uint32Array(n);
      this.#version = new Uint32Array(n);
      this.#epochOf = new Uint32Array(n);
      this.#epoch = 0;
    }
    this.#epoch++;
    const { ops } = fn;
    for (let i = 0; i < fn.nOps; i++) {
      const op = ops[i]!;
      if (op === Op.nop) continue;
      if (op === Op.set_label) {
        this.#epoch++;
        continue;
      }
      if (op === Op.call) {
        this.#call(i);
        continue;
      }
      this.#propagate(i, op);
      this.#simplify(i, op);
      this.#define(i);
    }
  }

  /** What `t` is known to equal: itself if nothing better. */
  #copyOf(t: number): number {
    if (this.#epochOf[t] !== this.#epoch) return t;
    const s = this.#source[t]!;
    return this.#version[s] === this.#sourceVersion[t] ? s : t;
  }

  #propagate(i: number, op: number): void {
    const args = this.#fn.args;
    const first = i * STRIDE + OP_NOUTS[op]!;
    const end = first + OP_NINS[op]!;
    if (op === Op.discard) return;
    for (let k = first; k < end; k++) args[k] = this.#copyOf(args[k]!);
  }

  #call(i: number): void {
    const fn = this.#fn;
    const at = i * STRIDE;
    for (let k = 2; k < STRIDE && fn.args[at + k] !== NO_TEMP; k++) fn.args[at + k] = this.#copyOf(fn.args[at + k]!);
    const flags = fn.helpers[fn.args[at]!]!.flags;
    if ((flags & (HelperFlag.NO_GLOBALS | HelperFlag.NO_WRITE_GLOBALS | HelperFlag.PURE)) === 0) {
      for (let t = 1; t < fn.fixedTemps; t++) this.#written(t);
    }
    if (fn.args[at + 1] !== NO_TEMP) this.#written(fn.args[at + 1]!);
  }

  #written(t: number): void {
    this.#version[t]!++;
    this.#epochOf[t] = 0;
  }

  /** Notes what op `i`, as it stands now, does to its outputs. */
  #define(i: number): void {
    const fn = this.#fn;
    const op = fn.ops[i]!;
    const at = i * STRIDE;
    const d = fn.args[at]!;
    if (op === Op.mov_i32 || op === Op.mov_i64) {
      const s = fn.args[at + 1]!;
      if (s === d) {
        fn.ops[i] = Op.nop;
        return;
      }
      this.#written(d);
      this.#source[d] = s;
      this.#sourceVersion[d] = this.#version[s]!;
      this.#epochOf[d] = this.#epoch;
      // a global in d, computed in a local: later uses of the local may read the global's local just as well
      return;
    }
    for (let k = 0; k < OP_NOUTS[op]!; k++) this.#written(fn.args[at + k]!);
  }

  #toMov(i: number, type: number, source: number): void {
    const fn = this.#fn;
    fn.ops[i] = type === Type.I32 ? Op.mov_i32 : Op.mov_i64;
    fn.args[i * STRIDE + 1] = source;
  }

  #const32(i: number, value: number): void {
    this.#toMov(i, Type.I32, this.#fn.constTemp(Type.I32, value, 0));
  }

  #const64(i: number, lo: number, hi: number): void {
    this.#toMov(i, Type.I64, this.#fn.constTemp(Type.I64, lo, hi));
  }

  #simplify(i: number, op: number): void {
    if ((OP_FLAGS[op]! & (OpFlag.SIDE | OpFlag.LOAD)) !== 0 && op !== Op.brcond_i32 && op !== Op.brcond_i64) return;
    const fn = this.#fn;
    const { args, tempKind } = fn;
    const at = i * STRIDE;
    const nOuts = OP_NOUTS[op]!;
    const nIns = OP_NINS[op]!;
    if (nIns === 0 || nOuts > 1) return;
    const a = args[at + nOuts]!;
    const b = nIns > 1 ? args[at + nOuts + 1]! : a;
    const ca = tempKind[a] === TempKind.CONST;
    const cb = tempKind[b] === TempKind.CONST;
    switch (op) {
      case Op.brcond_i32:
      case Op.brcond_i64:
        this.#branch(i, op, a, b, ca, cb);
        return;
      case Op.setcond_i32:
      case Op.setcond_i64:
      case Op.negsetcond_i32:
      case Op.negsetcond_i64:
      case Op.movcond_i32:
      case Op.movcond_i64:
        this.#condition(i, op, a, b, ca, cb);
        return;
      default:
        break;
    }
    if (nIns === 1) {
      if (ca) this.#unary(i, op, a);
      return;
    }
    if (nIns !== 2) return;
    if (ca && cb) {
      if (fn.tempType[a] === Type.I32) this.#fold32(i, op, fn.constLo[a]!, fn.constLo[b]!);
      else if (fn.tempType[a] === Type.I64) this.#fold64(i, op, a, b);
    } else if (cb) {
      this.#identityRight(i, op, a, b);
    } else if (ca) {
      this.#identityLeft(i, op, a, b);
    } else if (a === b) {
      this.#same(i, op, a);
    }
  }

  #decide(op32: boolean, cond: number, a: number, b: number, ca: boolean, cb: boolean): number {
    const { constLo, constHi } = this.#fn;
    if (ca && cb) {
      const r = op32 ? evalCond32(cond, constLo[a]!, constLo[b]!) : evalCond64(cond, constLo[a]!, constHi[a]!, constLo[b]!, constHi[b]!);
      return r ? 1 : 0;
    }
    if (a === b) {
      switch (cond) {
        case Cond.EQ: case Cond.GE: case Cond.LE: case Cond.GEU: case Cond.LEU: return 1;
        case Cond.NE: case Cond.LT: case Cond.GT: case Cond.LTU: case Cond.GTU: return 0;
        default: return -1;
      }
    }
    if (cond === Cond.ALWAYS) return 1;
    return cond === Cond.NEVER ? 0 : -1;
  }

  #branch(i: number, op: number, a: number, b: number, ca: boolean, cb: boolean): void {
    const fn = this.#fn;
    const at = i * STRIDE;
    const r = this.#decide(op === Op.brcond_i32, fn.args[at + 2]!, a, b, ca, cb);
    if (r === 0) fn.ops[i] = Op.nop;
    else if (r === 1) {
      fn.ops[i] = Op.br;
      fn.args[at] = fn.args[at + 3]!;
    }
  }

  #condition(i: number, op: number, a: number, b: number, ca: boolean, cb: boolean): void {
    const fn = this.#fn;
    const at = i * STRIDE;
    const is32 = op === Op.setcond_i32 || op === Op.negsetcond_i32 || op === Op.movcond_i32;
    const isMov = op === Op.movcond_i32 || op === Op.movcond_i64;
    const r = this.#decide(is32, fn.args[at + (isMov ? 5 : 3)]!, a, b, ca, cb);
    if (isMov) {
      if (r >= 0) this.#toMov(i, is32 ? Type.I32 : Type.I64, fn.args[at + (r === 1 ? 3 : 4)]!);
      else if (fn.args[at + 3] === fn.args[at + 4]) this.#toMov(i, is32 ? Type.I32 : Type.I64, fn.args[at + 3]!);
      return;
    }
    if (r < 0) return;
    if (op === Op.negsetcond_i64) this.#const64(i, -r, -r);
    else if (op === Op.negsetcond_i32) this.#const32(i, -r);
    else this.#const32(i, r);
  }

  #unary(i: number, op: number, a: number): void {
    const fn = this.#fn;
    const lo = fn.constLo[a]!;
    const hi = fn.constHi[a]!;
    const at = i * STRIDE;
    const pos = fn.args[at + 2]!;
    const len = fn.args[at + 3]!;
    switch (op) {
      case Op.neg_i32: this.#const32(i, -lo); return;
      case Op.not_i32: this.#const32(i, ~lo); return;
      case Op.neg_i64: this.#const64(i, -lo, ~hi + (lo === 0 ? 1 : 0)); return;
      case Op.not_i64: this.#const64(i, ~lo, ~hi); return;
      case Op.extract_i32: this.#const32(i, len === 32 ? lo : (lo >>> pos) & ((1 << len) - 1)); return;
      case Op.sextract_i32: this.#const32(i, (lo << (32 - len - pos)) >> (32 - len)); return;
      case Op.exts_i64_i32: this.#const64(i, lo, lo >> 31); return;
      case Op.extu_i64_i32: this.#const64(i, lo, 0); return;
      case Op.extrl_i32_i64: this.#const32(i, lo); return;
      case Op.extrh_i32_i64: this.#const32(i, hi); return;
      case Op.extract_i64:
        if (pos + len <= 32 && len < 32) this.#const64(i, (lo >>> pos) & ((1 << len) - 1), 0);
        return;
      default:
    }
  }

  #fold32(i: number, op: number, a: number, b: number): void {
    switch (op) {
      case Op.add_i32: this.#const32(i, a + b); return;
      case Op.sub_i32: this.#const32(i, a - b); return;
      case Op.mul_i32: this.#const32(i, Math.imul(a, b)); return;
      case Op.and_i32: this.#const32(i, a & b); return;
      case Op.or_i32: this.#const32(i, a | b); return;
      case Op.xor_i32: this.#const32(i, a ^ b); return;
      case Op.andc_i32: this.#const32(i, a & ~b); return;
      case Op.shl_i32: this.#const32(i, a << b); return;
      case Op.shr_i32: this.#const32(i, a >>> b); return;
      case Op.sar_i32: this.#const32(i, a >> b); return;
      case Op.concat_i64: this.#const64(i, a, b); return;
      default:
    }
  }

  #fold64(i: number, op: number, ta: number, tb: number): void {
    const { constLo, constHi } = this.#fn;
    const aLo = constLo[ta]!;
    const aHi = constHi[ta]!;
    const bLo = constLo[tb]!;
    const bHi = constHi[tb]!;
    switch (op) {
      case Op.add_i64: {
        const lo = (aLo + bLo) | 0;
        this.#const64(i, lo, aHi + bHi + (lo >>> 0 < aLo >>> 0 ? 1 : 0));
        return;
      }
      case Op.sub_i64: this.#const64(i, aLo - bLo, aHi - bHi - (aLo >>> 0 < bLo >>> 0 ? 1 : 0)); return;
      case Op.and_i64: this.#const64(i, aLo & bLo, aHi & bHi); return;
      case Op.or_i64: this.#const64(i, aLo | bLo, aHi | bHi); return;
      case Op.xor_i64: this.#const64(i, aLo ^ bLo, aHi ^ bHi); return;
      case Op.andc_i64: this.#const64(i, aLo & ~bLo, aHi & ~bHi); return;
      case Op.shl_i64: {
        const n = bLo & 63;
        if (n === 0) this.#const64(i, aLo, aHi);
        else if (n < 32) this.#const64(i, aLo << n, (aHi << n) | (aLo >>> (32 - n)));
        else this.#const64(i, 0, aLo << (n - 32));
        return;
      }
      case Op.shr_i64: {
        const n = bLo & 63;
        if (n === 0) this.#const64(i, aLo, aHi);
        else if (n < 32) this.#const64(i, (aLo >>> n) | (aHi << (32 - n)), aHi >>> n);
        else this.#const64(i, aHi >>> (n - 32), 0);
        return;
      }
      default:
    }
  }

  #isZero(t: number): boolean {
    return this.#fn.constLo[t] === 0 && this.#fn.constHi[t] === 0;
  }

  #isOnes(t: number): boolean {
    return this.#fn.constLo[t] === -1 && (this.#fn.tempType[t] === Type.I32 || this.#fn.constHi[t] === -1);
  }

  #identityRight(i: number, op: number, a: number, b: number): void {
    const type = this.#fn.tempType[a]!;
    switch (op) {
      case Op.add_i32: case Op.add_i64: case Op.sub_i32: case Op.sub_i64: case Op.or_i32: case Op.or_i64:
      case Op.xor_i32: case Op.xor_i64: case Op.shl_i32: case Op.shl_i64: case Op.shr_i32: case Op.shr_i64:
      case Op.sar_i32: case Op.sar_i64: case Op.rotl_i32: case Op.rotl_i64: case Op.rotr_i32: case Op.rotr_i64:
      case Op.andc_i32: case Op.andc_i64:
        if (this.#isZero(b)) this.#toMov(i, type, a);
        return;
      case Op.and_i32: case Op.and_i64:
        if (this.#isZero(b)) this.#toMov(i, type, b);
        else if (this.#isOnes(b)) this.#toMov(i, type, a);
        return;
      case Op.mul_i32: case Op.mul_i64:
        if (this.#isZero(b)) this.#toMov(i, type, b);
        return;
      default:
    }
  }

  #identityLeft(i: number, op: number, a: number, b: number): void {
    const fn = this.#fn;
    const type = fn.tempType[b]!;
    switch (op) {
      case Op.add_i32: case Op.add_i64: case Op.or_i32: case Op.or_i64: case Op.xor_i32: case Op.xor_i64:
        if (this.#isZero(a)) this.#toMov(i, type, b);
        return;
      case Op.and_i32: case Op.and_i64: case Op.mul_i32: case Op.mul_i64:
        if (this.#isZero(a)) this.#toMov(i, type, a);
        else if (this.#isOnes(a) && (op === Op.and_i32 || op === Op.and_i64)) this.#toMov(i, type, b);
        return;
      case Op.sub_i32: case Op.sub_i64:
        if (this.#isZero(a)) {
          fn.ops[i] = op === Op.sub_i32 ? Op.neg_i32 : Op.neg_i64;
          fn.args[i * STRIDE + 1] = b;
        }
        return;
      default:
    }
  }

  /** Both operands are the same temp. */
  #same(i: number, op: number, a: number): void {
    switch (op) {
      case Op.xor_i32: case Op.sub_i32: case Op.andc_i32: this.#const32(i, 0); return;
      case Op.xor_i64: case Op.sub_i64: case Op.andc_i64: this.#const64(i, 0, 0); return;
      case Op.and_i32: case Op.or_i32: this.#toMov(i, Type.I32, a); return;
      case Op.and_i64: case Op.or_i64: this.#toMov(i, Type.I64, a); return;
      default:
    }
  }
}
