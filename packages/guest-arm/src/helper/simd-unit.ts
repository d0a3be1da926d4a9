import { unsignedRecipEstimate, unsignedRSqrtEstimate } from '../softfloat/index.ts';
import { SimdDesc, SimdOp } from './simd-desc.ts';
import { carrylessMul64, reverseBits32 } from './simd-bits.ts';
import { Wide } from './simd-wide.ts';

/** A 16-byte register with views of every lane width. */
class Lanes {
  readonly i32: Int32Array = new Int32Array(4);
  readonly u32: Uint32Array = new Uint32Array(this.i32.buffer);
  readonly i16: Int16Array = new Int16Array(this.i32.buffer);
  readonly u16: Uint16Array = new Uint16Array(this.i32.buffer);
  readonly i8: Int8Array = new Int8Array(this.i32.buffer);
  readonly u8: Uint8Array = new Uint8Array(this.i32.buffer);
  readonly i64: BigInt64Array = new BigInt64Array(this.i32.buffer);
  readonly u64: BigUint64Array = new BigUint64Array(this.i32.buffer);

  /** Lane of 8 to 32 bits. */
  get(size: number, lane: number, signed: boolean): number {
    if (size === 0) return signed ? this.i8[lane]! : this.u8[lane]!;
    if (size === 1) return signed ? this.i16[lane]! : this.u16[lane]!;
    return signed ? this.i32[lane]! : this.u32[lane]!;
  }

  /** Stores the value modulo 2^width. */
  set(size: number, lane: number, value: number): void {
    if (size === 0) this.u8[lane] = value;
    else if (size === 1) this.u16[lane] = value;
    else this.i32[lane] = value;
  }

  load(i32: Int32Array, at: number): void {
    for (let i = 0; i < 4; i++) this.i32[i] = i32[at + i]!;
  }
}

/**
 * AdvSIMD integer operations that WebAssembly has no vector instruction for, lane by lane over env memory. One per
 * thread. 64-bit lanes go through BigInt: they are rare (saturating arithmetic of doublewords).
 */
export class SimdUnit {
  readonly n: Lanes = new Lanes();
  readonly m: Lanes = new Lanes();
  readonly d: Lanes = new Lanes();
  readonly r: Lanes = new Lanes();
  /** Set by any lane that saturated (FPSR.QC). */
  saturated = false;
  readonly #wide: Wide = new Wide(this);

  /** Executes a descriptor (simd-desc.ts) on the registers at word index `vregs`. True when a lane saturated. */
  run(i32: Int32Array, vregs: number, desc: number, regs: number): boolean {
    const op = desc & 127, size = (desc >>> SimdDesc.SIZE_SHIFT) & 3, lanes = (desc >>> SimdDesc.LANES_SHIFT) & 31;
    const rd = vregs + (regs & 31) * 4, r = this.r.i32;
    this.n.load(i32, vregs + ((regs >>> 5) & 31) * 4);
    this.m.load(i32, vregs + ((regs >>> 10) & 31) * 4);
    this.d.load(i32, rd);
    r[0] = r[1] = r[2] = r[3] = 0;
    this.saturated = false;
    const imm = regs >>> 20;
    if (op === SimdOp.PMULL) this.#pmull(size, lanes, (desc & SimdDesc.UPPER) !== 0);
    else if (op === SimdOp.DOT) this.#dot(lanes, desc);
    else if (op === SimdOp.MMLA) this.#mmla(desc);
    else if (op === SimdOp.SHR_NARROW || op === SimdOp.NARROW) {
      for (let i = 0; i < lanes; i++) this.#narrow(size, i, desc, op === SimdOp.NARROW ? 0 : imm);
    } else if (op >= SimdOp.DMULL && op <= SimdOp.DMLSL) {
      const from = (desc & SimdDesc.UPPER) !== 0 ? lanes : 0;
      for (let i = 0; i < lanes; i++) this.#wide.doubleLong(op, size, i, from + i, this.#second(desc, from + i));
    } else if (size === 3) {
      for (let i = 0; i < lanes; i++) this.#wide.lane(op, i, desc, imm);
    } else {
      for (let i = 0; i < lanes; i++) this.#lane(op, size, i, desc, imm);
    }
    if (op === SimdOp.SHR_NARROW || op === SimdOp.NARROW) {
      if ((desc & SimdDesc.UPPER) !== 0) {
        i32[rd + 2] = r[0]!;
        i32[rd + 3] = r[1]!;
        return this.saturated;
      }
    }
    for (let i = 0; i < 4; i++) i32[rd + i] = r[i]!;
    return this.saturated;
  }

  #second(desc: number, lane: number): number {
    return (desc & SimdDesc.ELEM) !== 0 ? (desc >>> SimdDesc.INDEX_SHIFT) & 15 : lane;
  }

  /** Clamps to the range of a lane. */
  clamp(v: number, size: number, signed: boolean): number {
    const bits = 8 << size;
    const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1, min = signed ? -(2 ** (bits - 1)) : 0;
    if (v > max || v < min) {
      this.saturated = true;
      return v > max ? max : min;
    }
    return v;
  }

  #lane(op: number, size: number, i: number, desc: number, imm: number): void {
    const n = this.n, m = this.m;
    const signed = (desc & SimdDesc.SIGNED) !== 0;
    const a = n.get(size, i, signed);
    let v = 0;
    switch (op) {
      case SimdOp.ADD: v = this.clamp(a + m.get(size, i, signed), size, signed); break;
      case SimdOp.SUB: v = this.clamp(a - m.get(size, i, signed), size, signed); break;
      case SimdOp.SHL: v = this.#shift(a, m.i8[i << size]!, size, desc); break;
      case SimdOp.SHL_IMM: v = this.#shift(a, imm, size, desc); break;
      case SimdOp.ABS: v = this.clamp(Math.abs(a), size, true); break;
      case SimdOp.NEG: v = this.clamp(-a, size, true); break;
      // SUQADD: signed Vd plus unsigned Vn; USQADD the other way round. SIGNED speaks of the result.
      case SimdOp.ADD_MIXED: v = this.clamp(n.get(size, i, !signed) + this.d.get(size, i, signed), size, signed); break;
      case SimdOp.DMULH: case SimdOp.DMLAH: case SimdOp.DMLSH:
        if (size === 2) {
          this.#wide.doubleHigh(op, i, this.#second(desc, i), desc);
          return;
        }
        v = this.#doubleHigh16(op, i, this.#second(desc, i), desc);
        break;
      // The signed word: a value over 2^31 would send the engine's optimiser round in circles.
      case SimdOp.CLZ: v = Math.clz32(size === 2 ? n.i32[i]! : n.get(size, i, false)) - (32 - (8 << size)); break;
      case SimdOp.CLS: {
        const x = n.get(size, i, true);
        v = Math.clz32(x < 0 ? ~x : x) - 1 - (32 - (8 << size));
        break;
      }
      case SimdOp.RBIT: v = reverseBits32(n.get(size, i, false)) >>> (32 - (8 << size)); break;
      case SimdOp.PMUL: {
        const y = m.u8[i]!;
        for (let k = 0; k < 8; k++) if (y & (1 << k)) v ^= n.u8[i]! << k;
        break;
      }
      case SimdOp.RECPE: v = unsignedRecipEstimate(n.i32[i]!); break;
      case SimdOp.RSQRTE: v = unsignedRSqrtEstimate(n.i32[i]!); break;
      default: throw new Error(`simd_op: no operation ${op}`);
    }
    this.r.set(size, i, v);
  }

  /** Shift left by a signed count; right with a negative one, rounded if asked. */
  #shift(a: number, count: number, size: number, desc: number): number {
    const signed = (desc & SimdDesc.SIGNED) !== 0, bits = 8 << size;
    const resultSigned = signed && (desc & SimdDesc.UNSIGNED_RESULT) === 0;
    if (count < 0) {
      const n = -count;
      if ((desc & SimdDesc.ROUND) === 0) return Math.floor(a / 2 ** n);
      return n > bits + 1 ? 0 : Math.floor((a + 2 ** (n - 1)) / 2 ** n);
    }
    if ((desc & SimdDesc.SATURATE) !== 0) {
      // A shift by the width or more overflows whatever is not zero.
      return this.clamp(a * 2 ** Math.min(count, bits), size, resultSigned);
    }
    return count >= bits ? 0 : a * 2 ** count;
  }

  #doubleHigh16(op: number, i: number, k: number, desc: number): number {
    const p = 2 * this.n.i16[i]! * this.m.i16[k]!;
    const round = (desc & SimdDesc.ROUND) !== 0 ? 0x8000 : 0;
    const base = op === SimdOp.DMULH ? 0 : this.d.i16[i]! * 0x10000;
    return this.clamp(Math.floor((base + (op === SimdOp.DMLSH ? -p : p) + round) / 0x10000), 1, true);
  }

  /** One lane of `size` bytes log2 from the doubled width in Vn. */
  #narrow(size: number, i: number, desc: number, shift: number): void {
    if (size === 2) {
      this.#wide.narrow(i, desc, shift);
      return;
    }
    const signed = (desc & SimdDesc.SIGNED) !== 0;
    let v = this.n.get(size + 1, i, signed);
    if (shift > 0) v = Math.floor((v + ((desc & SimdDesc.ROUND) !== 0 ? 2 ** (shift - 1) : 0)) / 2 ** shift);
    this.r.set(size, i, this.clamp(v, size, signed && (desc & SimdDesc.UNSIGNED_RESULT) === 0));
  }

  #pmull(size: number, lanes: number, upper: boolean): void {
    const { n, m, r } = this;
    if (size === 3) {
      const k = upper ? 2 : 0;
      carrylessMul64(r.i32, n.i32[k]!, n.i32[k + 1]!, m.i32[k]!, m.i32[k + 1]!);
      return;
    }
    for (let i = 0; i < lanes; i++) {
      const k = upper ? i + 8 : i;
      let p = 0;
      const b = m.u8[k]!;
      for (let j = 0; j < 8; j++) if (b & (1 << j)) p ^= n.u8[k]! << j;
      r.u16[i] = p;
    }
  }

  #dot(lanes: number, desc: number): void {
    const { n, m, d, r } = this;
    const sn = (desc & SimdDesc.SIGNED) !== 0, sm = (desc & SimdDesc.SIGNED_M) !== 0;
    for (let i = 0; i < lanes; i++) {
      const k = this.#second(desc, i);
      let sum = d.i32[i]!;
      for (let j = 0; j < 4; j++) sum += n.get(0, 4 * i + j, sn) * m.get(0, 4 * k + j, sm);
      r.i32[i] = sum;
    }
  }

  /** 2x8 by 8x2 matrices of bytes, added to a 2x2 of words. */
  #mmla(desc: number): void {
    const { n, m, d, r } = this;
    const sn = (desc & SimdDesc.SIGNED) !== 0, sm = (desc & SimdDesc.SIGNED_M) !== 0;
    for (let i = 0; i < 4; i++) {
      let sum = d.i32[i]!;
      for (let j = 0; j < 8; j++) sum += n.get(0, (i >> 1) * 8 + j, sn) * m.get(0, (i & 1) * 8 + j, sm);
      r.i32[i] = sum;
    }
  }
}
