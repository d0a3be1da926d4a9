import { Op } from '../../op/codes.ts';
import { OP_NINS } from '../../op/table.ts';
import type { Emitter } from '../emitter.ts';
import { W } from '../opcode.ts';
import { FLOAT_IN, FLOAT_OP, FLOAT_OUT } from './tables.ts';

/** Comparisons by FCond. */
const COMPARE_F32 = [W.f32_eq, W.f32_ne, W.f32_lt, W.f32_gt, W.f32_le, W.f32_ge];
const COMPARE_F64 = [W.f64_eq, W.f64_ne, W.f64_lt, W.f64_gt, W.f64_le, W.f64_ge];

/** Floating point on bit patterns. */
export function emitFloat(e: Emitter, op: number, base: number): void {
  const { args, c } = e;
  if (op === Op.fsetcond_f32 || op === Op.fsetcond_f64) {
    const kind = op === Op.fsetcond_f32 ? 1 : 2;
    pushFloat(e, args[base + 1], kind);
    pushFloat(e, args[base + 2], kind);
    c.op((kind === 1 ? COMPARE_F32 : COMPARE_F64)[args[base + 3]]);
    return;
  }
  const kind = FLOAT_IN[op];
  const last = base + OP_NINS[op];
  for (let k = base + 1; k <= last; k++) pushFloat(e, args[k], kind);
  c.op(FLOAT_OP[op]);
  const out = FLOAT_OUT[op];
  if (out === 0) return;
  c.op(out === 1 ? W.i32_reinterpret_f32 : W.i64_reinterpret_f64);
  e.lastReinterpret = c.pos;
}

/** Pushes a bit pattern as the float it is (0: as an integer). */
function pushFloat(e: Emitter, t: number, kind: number): void {
  e.push(t);
  if (kind === 0) return;
  const c = e.c;
  // A float result straight from another float op: take its reinterpretation back.
  if (e.lastReinterpret === c.pos) {
    c.pos--;
    e.lastReinterpret = -1;
  } else {
    c.op(kind === 1 ? W.f32_reinterpret_i32 : W.f64_reinterpret_i64);
  }
}
