import { type Builder, Cond, type Label, type Temp } from '@mttcg/tcg-ir';
import { byteMask, splat, v2, zeroV } from './simd-core.ts';

/** Constant with lanes beyond the register's width all ones, for "all lanes" tests; 0 bytes when Q = 1. */
function ignoreUpper(b: Builder, q: number, mask: Temp): Temp {
  if (q !== 0) return mask;
  return v2(b, (d) => b.vor(d, mask, v2(b, (t) => b.vnot(t, byteMask(b, 8)))));
}

/** Magnitude bits of every lane. */
export function magnitudeV(b: Builder, v: Temp, size: number): Temp {
  return v2(b, (d) => b.vand(d, v, size === 3 ? b.constV128(-1, 0x7fffffff, -1, 0x7fffffff) : splat(b, 2, 0x7fffffff)));
}

/**
 * Jumps to `slow` unless every lane is ordinary (see jumpOrdinary) or is zero where `zeroOk` (a lane mask; 0: all
 * zeros are exact) allows it.
 */
export function requireOrdinary(b: Builder, v: Temp, size: number, q: number, zeroOk: Temp, slow: Label): void {
  const mag = magnitudeV(b, v, size);
  let ok: Temp;
  if (size === 3) {
    // Magnitudes are positive, so signed orders do.
    const low = v2(b, (d) => b.vcmp(d, mag, splat(b, 3, 0, 0x00200000), 3, Cond.GE));
    const high = v2(b, (d) => b.vcmp(d, mag, splat(b, 3, 0, 0x7ff00000), 3, Cond.LT));
    ok = v2(b, (d) => b.vand(d, low, high));
  } else {
    const t = v2(b, (d) => b.vsub(d, mag, splat(b, 2, 0x01000000), 2));
    ok = v2(b, (d) => b.vcmp(d, t, splat(b, 2, 0x7e800000), 2, Cond.LTU));
  }
  let zero = v2(b, (d) => b.vcmp(d, mag, zeroV(b), size, Cond.EQ));
  if (zeroOk !== 0) {
    const z = zero;
    zero = v2(b, (d) => b.vand(d, z, zeroOk));
  }
  allLanes(b, v2(b, (d) => b.vor(d, ok, zero)), size, q, slow);
}

/** Jumps to `slow` unless every lane of the mask is set. */
export function allLanes(b: Builder, mask: Temp, size: number, q: number, slow: Label): void {
  const all = b.newI32();
  b.valltrue(all, ignoreUpper(b, q, mask), size);
  b.brcondI32(all, b.constI32(0), Cond.EQ, slow);
}
