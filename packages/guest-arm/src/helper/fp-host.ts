import type { Heap } from '@mttcg/atomic';
import { FpDesc, FpOp } from './fp-desc.ts';

/** Magnitudes between which a product and its error term are exact in double arithmetic. */
const BIG = 2 ** 500;
const SMALL = 2 ** -440;
const SPLIT = 134217729;

/**
 * Fused multiply-add of doubles and singles from the host's own double arithmetic, rounded to nearest. For callers that
 * need no flag but IXC, which is set already. Refuses whatever could be special, tiny or huge.
 */
export class HostFma {
  readonly #f64: Float64Array = new Float64Array(2);
  readonly #i32: Int32Array = new Int32Array(this.#f64.buffer);
  readonly #rf64: Float64Array = new Float64Array(2);
  readonly #rf32: Float32Array = new Float32Array(this.#rf64.buffer);
  readonly #ri32: Int32Array = new Int32Array(this.#rf64.buffer);
  #result = 0;

  /** Executes an MLA-family descriptor on the registers at host address `vregs`; false, with nothing written, to refuse. */
  run(heap: Heap, vregs: number, desc: number, regs: number): boolean {
    const fmt = (desc >>> FpDesc.FMT_SHIFT) & 3, lanes = (desc >>> FpDesc.LANES_SHIFT) & 15, op = desc & 127;
    if (fmt === 1) return false;
    const rd = vregs + (regs & 31) * 16, rn = vregs + ((regs >>> 5) & 31) * 16;
    const rm = vregs + ((regs >>> 10) & 31) * 16, ra = vregs + ((regs >>> 15) & 31) * 16;
    const elem = (desc & FpDesc.ELEM) !== 0 ? (desc >>> FpDesc.INDEX_SHIFT) & 7 : -1;
    const negA = op === FpOp.NMLA || op === FpOp.NMLS, negN = op === FpOp.MLS || op === FpOp.NMLA;
    const out = this.#ri32;
    out[0] = out[1] = out[2] = out[3] = 0;
    if (fmt === 3) {
      const f = heap.f64;
      for (let i = 0; i < lanes; i++) {
        const n = f[(rn >>> 3) + i]!, a = f[(ra >>> 3) + i]!;
        if (!this.double(negN ? -n : n, f[(rm >>> 3) + (elem >= 0 ? elem : i)]!, negA ? -a : a)) return false;
        this.#rf64[i] = this.#result;
      }
    } else {
      const f = heap.f32;
      for (let i = 0; i < lanes; i++) {
        const n = f[(rn >>> 2) + i]!, a = f[(ra >>> 2) + i]!;
        if (!this.single(negN ? -n : n, f[(rm >>> 2) + (elem >= 0 ? elem : i)]!, negA ? -a : a)) return false;
        this.#rf32[i] = this.#result;
      }
    }
    const i32 = heap.i32, d = rd >>> 2;
    i32[d] = out[0]!;
    i32[d + 1] = out[1]!;
    i32[d + 2] = out[2]!;
    i32[d + 3] = out[3]!;
    return true;
  }

  /**
   * Boldo and Melquiond: product and sum as unevaluated pairs, the low parts added with rounding to odd, so that the
   * final addition rounds once.
   */
  double(x: number, y: number, z: number): boolean {
    const ax = Math.abs(x), ay = Math.abs(y), az = Math.abs(z);
    if (!(ax < BIG && ay < BIG && az < BIG)) return false;
    if (x === 0 || y === 0) {
      this.#result = x * y + z;
      return true;
    }
    if (ax < SMALL || ay < SMALL || (az < SMALL && z !== 0)) return false;
    const xb = x * SPLIT, xh = xb - (xb - x), xl = x - xh;
    const yb = y * SPLIT, yh = yb - (yb - y), yl = y - yh;
    const uh = x * y, ul = ((xh * yh - uh) + xh * yl + xl * yh) + xl * yl;
    const th = z + ul, tb = th - z, tl = (z - (th - tb)) + (ul - tb);
    const vh = uh + th, vb = vh - uh, vl = (uh - (vh - vb)) + (th - vb);
    const f = this.#f64, w = this.#i32;
    const zh = tl + vl, zb = zh - tl, zl = (tl - (zh - zb)) + (vl - zb);
    let odd = zh;
    if (zl !== 0) {
      f[0] = zh;
      if ((w[0]! & 1) === 0) {
        // Toward the error: away from zero when the signs agree.
        if (zl > 0 === zh > 0) w[0]! |= 1;
        else if (w[0] === 0) {
          w[0] = -1;
          w[1]! -= 1;
        } else w[0]! -= 1;
        odd = f[0]!;
      }
    }
    this.#result = vh + odd;
    return true;
  }

  /** The product is exact in double; only a sum that falls on the middle between two singles could round twice. */
  single(x: number, y: number, z: number): boolean {
    const p = x * y, sum = p + z;
    if (sum === 0) {
      this.#result = sum;
      return true;
    }
    const f = this.#f64;
    f[0] = sum;
    if ((this.#i32[0]! & 0x1fffffff) === 0x10000000) {
      // Halfway: right only when the sum was exact.
      const b = sum - p;
      if ((p - (sum - b)) + (z - b) !== 0) return false;
    }
    const r = Math.fround(sum), ar = Math.abs(r);
    // 2^-125: clear of the tiny; not above the largest single.
    if (!(ar >= 2.350988701644575e-38 && ar < Infinity)) return false;
    this.#result = r;
    return true;
  }
}
