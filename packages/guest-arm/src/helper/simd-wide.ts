import { SimdDesc, SimdOp } from './simd-desc.ts';
import type { SimdUnit } from './simd-unit.ts';

const MAX_S = 0x7fffffffffffffffn, MIN_S = -0x8000000000000000n, MAX_U = 0xffffffffffffffffn;

/** The operations of SimdUnit whose values need more than a double's 53 bits. */
export class Wide {
  readonly #u: SimdUnit;

  constructor(unit: SimdUnit) {
    this.#u = unit;
  }

  #clamp(v: bigint, min: bigint, max: bigint): bigint {
    if (v > max || v < min) {
      this.#u.saturated = true;
      return v > max ? max : min;
    }
    return v;
  }

  #clamp64(v: bigint, signed: boolean): bigint {
    return signed ? this.#clamp(v, MIN_S, MAX_S) : this.#clamp(v, 0n, MAX_U);
  }

  /** 64-bit lanes. */
  lane(op: number, i: number, desc: number, imm: number): void {
    const { n, m, d, r } = this.#u;
    const signed = (desc & SimdDesc.SIGNED) !== 0;
    const a = signed ? n.i64[i]! : n.u64[i]!, b = signed ? m.i64[i]! : m.u64[i]!;
    let v: bigint;
    switch (op) {
      case SimdOp.ADD: v = this.#clamp64(a + b, signed); break;
      case SimdOp.SUB: v = this.#clamp64(a - b, signed); break;
      case SimdOp.SHL: v = this.#shift(a, m.i8[i * 8]!, desc); break;
      case SimdOp.SHL_IMM: v = this.#shift(a, imm, desc); break;
      case SimdOp.ABS: v = this.#clamp64(n.i64[i]! < 0n ? -n.i64[i]! : n.i64[i]!, true); break;
      case SimdOp.NEG: v = this.#clamp64(-n.i64[i]!, true); break;
      case SimdOp.ADD_MIXED:
        v = this.#clamp64((signed ? n.u64[i]! : n.i64[i]!) + (signed ? d.i64[i]! : d.u64[i]!), signed);
        break;
      default: throw new Error(`simd_op: no 64-bit operation ${op}`);
    }
    r.i64[i] = v;
  }

  #shift(a: bigint, count: number, desc: number): bigint {
    const signed = (desc & SimdDesc.SIGNED) !== 0;
    if (count < 0) {
      const n = BigInt(-count);
      return (desc & SimdDesc.ROUND) !== 0 ? (a + (1n << (n - 1n))) >> n : a >> n;
    }
    if ((desc & SimdDesc.SATURATE) !== 0) {
      return this.#clamp64(a << BigInt(Math.min(count, 64)), signed && (desc & SimdDesc.UNSIGNED_RESULT) === 0);
    }
    return count >= 64 ? 0n : a << BigInt(count);
  }

  /** SQDMULH, SQRDMULH, SQRDMLAH, SQRDMLSH on 32-bit lanes. */
  doubleHigh(op: number, i: number, k: number, desc: number): void {
    const { n, m, d, r } = this.#u;
    let v = 2n * BigInt(n.i32[i]!) * BigInt(m.i32[k]!);
    if (op === SimdOp.DMLSH) v = -v;
    if (op !== SimdOp.DMULH) v += BigInt(d.i32[i]!) << 32n;
    if ((desc & SimdDesc.ROUND) !== 0) v += 0x80000000n;
    r.i32[i] = Number(this.#clamp(v >> 32n, -0x80000000n, 0x7fffffffn));
  }

  /** SQDMULL, SQDMLAL, SQDMLSL: lanes of `size` into lanes twice as wide; product and sum saturate one after the other. */
  doubleLong(op: number, size: number, i: number, from: number, k: number): void {
    const u = this.#u;
    const wide = size === 2;
    const min = wide ? MIN_S : -0x80000000n, max = wide ? MAX_S : 0x7fffffffn;
    let v = 2n * BigInt(u.n.get(size, from, true)) * BigInt(u.m.get(size, k, true));
    v = this.#clamp(v, min, max);
    if (op !== SimdOp.DMULL) {
      const acc = wide ? u.d.i64[i]! : BigInt(u.d.i32[i]!);
      v = this.#clamp(op === SimdOp.DMLSL ? acc - v : acc + v, min, max);
    }
    if (wide) u.r.i64[i] = v;
    else u.r.i32[i] = Number(v);
  }

  /** Narrowing of 64-bit lanes to 32. */
  narrow(i: number, desc: number, shift: number): void {
    const { n, r } = this.#u;
    const signed = (desc & SimdDesc.SIGNED) !== 0;
    let v = signed ? n.i64[i]! : n.u64[i]!;
    if (shift > 0) v = (v + ((desc & SimdDesc.ROUND) !== 0 ? 1n << BigInt(shift - 1) : 0n)) >> BigInt(shift);
    const resultSigned = signed && (desc & SimdDesc.UNSIGNED_RESULT) === 0;
    v = resultSigned ? this.#clamp(v, -0x80000000n, 0x7fffffffn) : this.#clamp(v, 0n, 0xffffffffn);
    r.i32[i] = Number(BigInt.asIntN(32, v));
  }
}
