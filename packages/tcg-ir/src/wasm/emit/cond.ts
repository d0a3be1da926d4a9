import { Cond } from '../../ir/cond.ts';
import type { Emitter } from '../emitter.ts';
import { W } from '../opcode.ts';

/** Comparison opcodes by condition, EQ to GTU. */
const COMPARE_32 = [
  0, 0, W.i32_eq, W.i32_ne, W.i32_lt_s, W.i32_ge_s, W.i32_le_s, W.i32_gt_s, W.i32_lt_u, W.i32_ge_u, W.i32_le_u, W.i32_gt_u,
];
const COMPARE_64 = [
  0, 0, W.i64_eq, W.i64_ne, W.i64_lt_s, W.i64_ge_s, W.i64_le_s, W.i64_gt_s, W.i64_lt_u, W.i64_ge_u, W.i64_le_u, W.i64_gt_u,
];

/**
 * Pushes cond(a, b) as an i32: 1 or 0, or with `truthy` any nonzero number for true (what br_if, if and select want).
 */
export function pushCond(e: Emitter, cond: number, wide: boolean, a: number, b: number, truthy: boolean): void {
  const c = e.c;
  switch (cond) {
    case Cond.NEVER:
    case Cond.ALWAYS:
      e.skip(a);
      e.skip(b);
      c.i32Const(cond);
      return;
    case Cond.EQ:
      if (!e.isZero(b)) break;
      e.push(a);
      c.op(wide ? W.i64_eqz : W.i32_eqz);
      return;
    case Cond.NE:
      if (!e.isZero(b) || wide || !truthy) break;
      e.push(a);
      return;
    case Cond.TSTEQ:
    case Cond.TSTNE:
      e.push(a);
      if (a === b) {
        e.skip(b);
      } else {
        e.push(b);
        c.op(wide ? W.i64_and : W.i32_and);
      }
      if (cond === Cond.TSTEQ) {
        c.op(wide ? W.i64_eqz : W.i32_eqz);
      } else if (wide) {
        c.i64ConstS(0);
        c.op(W.i64_ne);
      } else if (!truthy) {
        c.i32Const(0);
        c.op(W.i32_ne);
      }
      return;
  }
  e.push(a);
  e.push(b);
  c.op(wide ? COMPARE_64[cond] : COMPARE_32[cond]);
}
