import type { GlobalDef, HelperDef } from '../ir/helper.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_DEFS, OP_NAMES, OpFlag } from '../op/table.ts';

export interface GenerateOptions {
  readonly globals: readonly GlobalDef[];
  readonly helpers: readonly HelperDef[];
  /** Where guest addresses start, and the range in bytes in which accesses fall (some of it may fault). */
  readonly guestBase: bigint;
  readonly guestBytes: number;
  /** Part of env for host loads and stores, no globals in it. */
  readonly stateOffset: number;
  readonly stateBytes: number;
  /** Distance from the pc at entry for which the jump cache may have an entry. */
  readonly near: number;
  /** About how many ops. */
  readonly size: number;
}

/** Ops that the generator takes from the table by their operand letters alone. */
export const PURE: readonly number[] = OP_DEFS.map((_, op) => op).filter((op) => {
  const def = OP_DEFS[op]!;
  return def.outs !== '' && (def.flags & (OpFlag.SIDE | OpFlag.LOAD)) === 0;
});
export const INTEGER = PURE.filter((op) => op < Op.fadd_f32);
export const HOST = OP_DEFS.map((_, op) => op).filter((op) => op >= Op.ld8u_i32 && op <= Op.st_v128);
export const TYPE: Readonly<Record<string, number>> = { i: Type.I32, l: Type.I64, v: Type.V128 };

/** Ops whose result may be a NaN of open bits: made definite at once. */
export const NAN_RESULT = new Set<number>(
  OP_DEFS.map((_, op) => op).filter((op) => {
    const def = OP_DEFS[op]!;
    return /^v?f(add|sub|mul|div|sqrt|floor|ceil|trunc|nearest)|^fcvt_f(64_f32|32_f64)$/.test(OP_NAMES[op]!) && def.outs !== '';
  }),
);
