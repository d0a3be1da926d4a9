import { type Builder, Cond, FCond, type Temp } from '@mttcg/tcg-ir';
import { FpOp } from '../../helper/fp-desc.ts';
import { fastOrSlow, guardInexact } from './fp-core.ts';
import { splat, stv, v2, zeroV } from './simd-core.ts';
import { allLanes, magnitudeV, requireOrdinary } from './simd-fp-core.ts';

/**
 * Fused multiply-add of doubles without a fused instruction, after Boldo and Melquiond, "Emulation of FMA and correctly
 * rounded sums" (IEEE Transactions on Computers 57, 2008): the product and the sum with the addend as exact pairs of
 * doubles; the two low parts added with rounding to odd; then one addition, which rounds once and rightly.
 *
 * On both lanes of a v128 at a time; scalars use lane 0, and `q` = 0 ignores the other. The result stands when it is
 * ordinary and the product is large enough for its error to be a double; overflow in the splitting makes a NaN, which is
 * not ordinary. `slow` does the rest.
 */
export function fusedDouble(b: Builder, op: number, q: number, rd: number, addend: Temp, n: Temp, m: Temp, slow: () => void): void {
  const add = (x: Temp, y: Temp): Temp => v2(b, (d) => b.vfadd(d, x, y, 3));
  const sub = (x: Temp, y: Temp): Temp => v2(b, (d) => b.vfsub(d, x, y, 3));
  const mul = (x: Temp, y: Temp): Temp => v2(b, (d) => b.vfmul(d, x, y, 3));
  const neg = (x: Temp): Temp => v2(b, (d) => b.vfneg(d, x, 3));
  fastOrSlow(b, (slowLabel) => {
    guardInexact(b, slowLabel);
    const x = op === FpOp.MLS || op === FpOp.NMLA ? neg(n) : n;
    const z = op === FpOp.NMLA || op === FpOp.NMLS ? neg(addend) : addend;
    const uh = mul(x, m);
    // 2^-900 and up: no part of the product lies below the smallest denormal.
    const big = v2(b, (d) => b.vcmp(d, magnitudeV(b, uh, 3), splat(b, 3, 0, (1023 - 900) << 20), 3, Cond.GE));
    allLanes(b, big, 3, q, slowLabel);
    const split = splat(b, 3, 0x02000000, 0x41a00000); // 2^27 + 1
    const high = (v: Temp): Temp => {
      const t = mul(v, split);
      return sub(t, sub(t, v));
    };
    const xh = high(x), xl = sub(x, xh), mh = high(m), ml = sub(m, mh);
    const ul = add(add(add(sub(mul(xh, mh), uh), mul(xh, ml)), mul(xl, mh)), mul(xl, ml));
    const low = (s: Temp, p: Temp, r: Temp): Temp => {
      // The rounding error of s = p + r.
      const rr = sub(s, p);
      return add(sub(p, sub(s, rr)), sub(r, rr));
    };
    const th = add(z, ul), tl = low(th, z, ul);
    const vh = add(uh, th), vl = low(vh, uh, th);
    const wh = add(tl, vl), wl = low(wh, tl, vl);
    // To odd: an inexact even sum moves one place toward its error, away from zero when the signs agree.
    const one = splat(b, 3, 1, 0);
    const inexact = v2(b, (d) => b.vfcmp(d, wl, zeroV(b), 3, FCond.NE));
    const even = v2(b, (d) => b.vcmp(d, v2(b, (t) => b.vand(t, wh, one)), zeroV(b), 3, Cond.EQ));
    const differ = v2(b, (d) => b.vsar(d, v2(b, (t) => b.vxor(t, wh, wl)), b.constI32(63), 3));
    const step = v2(b, (d) => b.vand(d, v2(b, (t) => b.vor(t, differ, one)), v2(b, (t) => b.vand(t, inexact, even))));
    const r = add(vh, v2(b, (d) => b.vadd(d, wh, step, 3)));
    requireOrdinary(b, r, 3, q, 0, slowLabel);
    stv(b, rd, r, q);
  }, slow);
}
