import {
  clearSign, fixedToFp, fpAdd, fpCompare, fpConvert, fpDiv, fpMinMax, fpMinMaxNum, fpMul, fpMulAdd, fpRecipEstimate,
  fpRecipStep, fpRecpX, fpRoundInt, fpRoundIntN, fpRSqrtEstimate, fpRSqrtStep, fpSqrt, fpSub, FpState, fpToFixed,
} from '../softfloat/index.ts';
import { FpDesc, FpOp } from './fp-desc.ts';

/** Register-wise floating point over the V registers of one vCPU at a time; one per thread, nothing allocated per call. */
export class FpUnit {
  readonly s: FpState = new FpState();
  /** Copies of the operand registers and the result, as words and as half words. */
  readonly #words: Int32Array = new Int32Array(16);
  readonly #halves: Uint16Array = new Uint16Array(this.#words.buffer);
  #lo = 0;
  #hi = 0;

  /** Reads a lane of operand register `r` (0 n, 1 m, 2 a) into #lo, #hi. */
  #lane(r: number, fmt: number, lane: number): void {
    if (fmt === 3) {
      this.#lo = this.#words[r * 4 + lane * 2]!;
      this.#hi = this.#words[r * 4 + lane * 2 + 1]!;
    } else {
      this.#lo = fmt === 2 ? this.#words[r * 4 + lane]! : this.#halves[r * 8 + lane]!;
      this.#hi = 0;
    }
  }

  #load(r: number, i32: Int32Array, at: number): void {
    const w = this.#words;
    for (let i = 0; i < 4; i++) w[r * 4 + i] = i32[at + i]!;
  }

  #store(fmt: number, lane: number): void {
    const s = this.s;
    if (fmt === 3) {
      this.#words[12 + lane * 2] = s.lo;
      this.#words[13 + lane * 2] = s.hi;
    } else if (fmt === 2) {
      this.#words[12 + lane] = s.lo;
    } else {
      this.#halves[24 + lane] = s.lo;
    }
  }

  /**
   * Executes a descriptor (fp-desc.ts) on the registers at word index `vregs`. FPCR bits are taken as given; returns the
   * exception bits raised. Lanes of Vd beyond those computed become zero (UPPER: the low half is kept).
   */
  run(i32: Int32Array, vregs: number, fpcr: number, desc: number, regs: number): number {
    const s = this.s, op = desc & 127, fmt = (desc >>> FpDesc.FMT_SHIFT) & 3, lanes = (desc >>> FpDesc.LANES_SHIFT) & 15;
    s.fpcr = fpcr;
    s.flags = 0;
    const rd = vregs + (regs & 31) * 4;
    this.#load(0, i32, vregs + ((regs >>> 5) & 31) * 4);
    this.#load(1, i32, vregs + ((regs >>> 10) & 31) * 4);
    if (op >= FpOp.MLA && op <= FpOp.NMLS) this.#load(2, i32, vregs + ((regs >>> 15) & 31) * 4);
    const w = this.#words;
    w[12] = w[13] = w[14] = w[15] = 0;
    if (op >= FpOp.TO_HALF) {
      this.#convert(i32, rd, desc, fmt, lanes);
      return s.flags;
    }
    for (let lane = 0; lane < lanes; lane++) {
      if (op >= FpOp.SQRT) this.#unary(op, fmt, lane, desc, regs >>> 20);
      else if (op >= FpOp.MLA) this.#ternary(op, fmt, lane, desc);
      else this.#binary(op, fmt, lane, lanes, desc);
      this.#store(fmt, lane);
    }
    for (let i = 0; i < 4; i++) i32[rd + i] = w[12 + i]!;
    return s.flags;
  }

  #binary(op: number, fmt: number, lane: number, lanes: number, desc: number): void {
    let alo: number, ahi: number;
    if ((desc & FpDesc.PAIR) !== 0) {
      const per = lanes >>> 1;
      const r = lanes > 1 && lane >= per ? 1 : 0;
      const first = lanes > 1 ? (lane - r * per) * 2 : 0;
      this.#lane(r, fmt, first);
      alo = this.#lo;
      ahi = this.#hi;
      this.#lane(r, fmt, first + 1);
    } else {
      this.#lane(0, fmt, lane);
      alo = this.#lo;
      ahi = this.#hi;
      if ((desc & FpDesc.ZERO) !== 0) this.#lo = this.#hi = 0;
      else this.#lane(1, fmt, (desc & FpDesc.ELEM) !== 0 ? (desc >>> FpDesc.INDEX_SHIFT) & 7 : lane);
    }
    this.binary(op, fmt, alo, ahi, this.#lo, this.#hi);
  }

  /** One two-operand operation; the result is in `s`. */
  binary(op: number, fmt: number, alo: number, ahi: number, blo: number, bhi: number): void {
    const s = this.s;
    switch (op) {
      case FpOp.ADD: fpAdd(s, fmt, alo, ahi, blo, bhi); break;
      case FpOp.SUB: fpSub(s, fmt, alo, ahi, blo, bhi); break;
      case FpOp.MUL: fpMul(s, fmt, alo, ahi, blo, bhi); break;
      case FpOp.NMUL: fpMul(s, fmt, alo, ahi, blo, bhi); this.#negate(fmt); break;
      case FpOp.MULX: fpMul(s, fmt, alo, ahi, blo, bhi, true); break;
      case FpOp.DIV: fpDiv(s, fmt, alo, ahi, blo, bhi); break;
      case FpOp.MAX: fpMinMax(s, fmt, alo, ahi, blo, bhi, true); break;
      case FpOp.MIN: fpMinMax(s, fmt, alo, ahi, blo, bhi, false); break;
      case FpOp.MAXNM: fpMinMaxNum(s, fmt, alo, ahi, blo, bhi, true); break;
      case FpOp.MINNM: fpMinMaxNum(s, fmt, alo, ahi, blo, bhi, false); break;
      case FpOp.RECPS: fpRecipStep(s, fmt, alo, ahi, blo, bhi); break;
      case FpOp.RSQRTS: fpRSqrtStep(s, fmt, alo, ahi, blo, bhi); break;
      case FpOp.ABD: fpSub(s, fmt, alo, ahi, blo, bhi); clearSign(s, fmt); break;
      case FpOp.CMEQ: this.#mask(fpCompare(s, fmt, alo, ahi, blo, bhi, false) === 0); break;
      case FpOp.CMGE: this.#mask((fpCompare(s, fmt, alo, ahi, blo, bhi, true) & ~1) === 0); break;
      case FpOp.CMGT: this.#mask(fpCompare(s, fmt, alo, ahi, blo, bhi, true) === 1); break;
      case FpOp.CMLE: this.#mask(fpCompare(s, fmt, alo, ahi, blo, bhi, true) <= 0); break;
      case FpOp.CMLT: this.#mask(fpCompare(s, fmt, alo, ahi, blo, bhi, true) < 0); break;
      default: {
        // ACGE, ACGT: magnitudes.
        if (fmt === 3) {
          ahi &= 0x7fffffff;
          bhi &= 0x7fffffff;
        } else {
          const m = fmt === 2 ? 0x7fffffff : 0x7fff;
          alo &= m;
          blo &= m;
        }
        const c = fpCompare(s, fmt, alo, ahi, blo, bhi, true);
        this.#mask(op === FpOp.ACGE ? (c & ~1) === 0 : c === 1);
      }
    }
  }

  #ternary(op: number, fmt: number, lane: number, desc: number): void {
    this.#lane(2, fmt, lane);
    const clo = this.#lo, chi = this.#hi;
    this.#lane(0, fmt, lane);
    const alo = this.#lo, ahi = this.#hi;
    this.#lane(1, fmt, (desc & FpDesc.ELEM) !== 0 ? (desc >>> FpDesc.INDEX_SHIFT) & 7 : lane);
    this.mulAdd(op, fmt, clo, chi, alo, ahi, this.#lo, this.#hi);
  }

  /** One fused multiply-add; the N forms negate the addend, the S forms (and NMLA) the product. */
  mulAdd(op: number, fmt: number, clo: number, chi: number, alo: number, ahi: number, blo: number, bhi: number): void {
    const sign = fmt === 3 ? 0x80000000 : 0, signLo = fmt === 3 ? 0 : fmt === 2 ? 0x80000000 : 0x8000;
    if (op === FpOp.NMLA || op === FpOp.NMLS) {
      chi ^= sign;
      clo ^= signLo;
    }
    if (op === FpOp.MLS || op === FpOp.NMLA) {
      ahi ^= sign;
      alo ^= signLo;
    }
    fpMulAdd(this.s, fmt, clo, chi, alo, ahi, blo, bhi);
  }

  #unary(op: number, fmt: number, lane: number, desc: number, fbits: number): void {
    const s = this.s;
    this.#lane(0, fmt, lane);
    const lo = this.#lo, hi = this.#hi;
    let mode = (desc >>> FpDesc.MODE_SHIFT) & 7;
    if (mode === 7) mode = s.rmode;
    const flag = (desc & FpDesc.SIGNED) !== 0;
    switch (op) {
      case FpOp.SQRT: fpSqrt(s, fmt, lo, hi); break;
      case FpOp.RINT: fpRoundInt(s, fmt, lo, hi, mode, flag); break;
      case FpOp.RECPE: fpRecipEstimate(s, fmt, lo, hi); break;
      case FpOp.RSQRTE: fpRSqrtEstimate(s, fmt, lo, hi); break;
      case FpOp.RECPX: fpRecpX(s, fmt, lo, hi); break;
      case FpOp.TO_INT: fpToFixed(s, fmt, lo, hi, 8 << fmt, flag, fbits, mode); break;
      case FpOp.FROM_INT:
        if (fmt === 3) fixedToFp(s, fmt, lo, hi, flag, fbits, mode);
        else if (!flag) fixedToFp(s, fmt, lo, 0, false, fbits, mode);
        else if (fmt === 2) fixedToFp(s, fmt, lo, lo >> 31, true, fbits, mode);
        else fixedToFp(s, fmt, (lo << 16) >> 16, (lo << 16) >> 31, true, fbits, mode);
        break;
      default: fpRoundIntN(s, fmt, lo, hi, mode, op === FpOp.RINT32 ? 32 : 64);
    }
  }

  #convert(i32: Int32Array, rd: number, desc: number, from: number, lanes: number): void {
    const s = this.s, w = this.#words, to = (desc & 127) - FpOp.TO_HALF + 1;
    const upper = (desc & FpDesc.UPPER) !== 0;
    let mode = (desc >>> FpDesc.MODE_SHIFT) & 7;
    if (mode === 7) mode = s.rmode;
    const narrow = to < from;
    for (let lane = 0; lane < lanes; lane++) {
      this.#lane(0, from, upper && !narrow ? lane + lanes : lane);
      fpConvert(s, from, to, this.#lo, this.#hi, mode);
      this.#store(to, lane);
    }
    if (upper && narrow) {
      i32[rd + 2] = w[12]!;
      i32[rd + 3] = w[13]!;
    } else {
      for (let i = 0; i < 4; i++) i32[rd + i] = w[12 + i]!;
    }
  }

  #mask(yes: boolean): void {
    this.s.lo = this.s.hi = yes ? -1 : 0;
  }

  #negate(fmt: number): void {
    const s = this.s;
    if (fmt === 3) s.hi ^= 0x80000000;
    else s.lo ^= fmt === 2 ? 0x80000000 : 0x8000;
  }
}
