import { Cond } from '../../ir/cond.ts';
import { Op } from '../../op/codes.ts';
import { OP_NINS } from '../../op/table.ts';
import type { Emitter } from '../emitter.ts';
import { W } from '../opcode.ts';
import { VECTOR_COMPARE, VECTOR_OP } from './tables.ts';

const EXTRACT_U = [W.i8x16_extract_lane_u, W.i16x8_extract_lane_u, W.i32x4_extract_lane];
const EXTRACT_S = [W.i8x16_extract_lane_s, W.i16x8_extract_lane_s, W.i32x4_extract_lane];
const REPLACE = [W.i8x16_replace_lane, W.i16x8_replace_lane, W.i32x4_replace_lane];
/** f32x4 and f64x2 comparisons begin here, in the order of FCond. */
const FLOAT_COMPARE = [W.f32x4_eq, W.f64x2_eq];

/** Vector ops other than those without immediates. */
export function emitVector(e: Emitter, op: number, base: number): void {
  const { args, c } = e;
  switch (op) {
    case Op.vshuffle: {
      const bytes = args[base + 3];
      if (!e.isConst(bytes)) throw new Error('vshuffle needs a constant third operand');
      const fn = e.fn;
      e.push(args[base + 1]);
      e.push(args[base + 2]);
      c.op(W.i8x16_shuffle);
      c.word(fn.constLo[bytes]);
      c.word(fn.constHi[bytes]);
      c.word(fn.constW2[bytes]);
      c.word(fn.constW3[bytes]);
      return;
    }
    case Op.vextractu_i32:
    case Op.vextracts_i32:
      e.push(args[base + 1]);
      c.lane((op === Op.vextractu_i32 ? EXTRACT_U : EXTRACT_S)[args[base + 2]], args[base + 3]);
      return;
    case Op.vextract_i64:
      e.push(args[base + 1]);
      c.lane(W.i64x2_extract_lane, args[base + 2]);
      return;
    case Op.vinsert_i32:
      e.push(args[base + 1]);
      e.push(args[base + 2]);
      c.lane(REPLACE[args[base + 3]], args[base + 4]);
      return;
    case Op.vinsert_i64:
      e.push(args[base + 1]);
      e.push(args[base + 2]);
      c.lane(W.i64x2_replace_lane, args[base + 3]);
      return;
    case Op.vcmp: compare(e, args[base + 1], args[base + 2], args[base + 3], args[base + 4]); return;
    case Op.vfcmp:
      e.push(args[base + 1]);
      e.push(args[base + 2]);
      c.op(FLOAT_COMPARE[args[base + 3] - 2] + args[base + 4]);
      return;
  }
  const nIns = OP_NINS[op];
  const lane = args[base + 1 + nIns];
  const code = VECTOR_OP[op * 4 + lane];
  if (code === 0) {
    missing(e, op, base, lane);
    return;
  }
  for (let k = base + 1; k <= base + nIns; k++) e.push(args[k]);
  c.op(code);
}

/** Lane widths that wasm lacks and the IR has nothing against. */
function missing(e: Emitter, op: number, base: number, lane: number): void {
  const { args, c } = e;
  if (op === Op.vmul && lane === 0) {
    // Even and odd bytes as 16-bit products.
    const a = e.hold(args[base + 1]);
    const b = e.hold(args[base + 2]);
    e.pushHeld(a); e.pushHeld(b); c.op(W.i16x8_mul);
    c.v128Const(0x00ff00ff, 0x00ff00ff, 0x00ff00ff, 0x00ff00ff); c.op(W.v128_and);
    e.pushHeld(a); c.i32Const(8); c.op(W.i16x8_shr_u);
    e.pushHeld(b); c.i32Const(8); c.op(W.i16x8_shr_u);
    c.op(W.i16x8_mul); c.i32Const(8); c.op(W.i16x8_shl);
    c.op(W.v128_or);
    return;
  }
  if (lane === 3 && op >= Op.vmins && op <= Op.vmaxu) {
    const a = e.hold(args[base + 1]);
    const b = e.hold(args[base + 2]);
    const least = op === Op.vmins || op === Op.vminu;
    e.pushHeld(least ? a : b);
    e.pushHeld(least ? b : a);
    // Where a < b the first is chosen.
    const unsigned = op === Op.vminu || op === Op.vmaxu;
    pushOrdered(e, a, unsigned);
    pushOrdered(e, b, unsigned);
    c.op(W.i64x2_lt_s);
    c.op(W.v128_bitselect);
    return;
  }
  throw new Error(`vector op ${op} has no lanes of ${8 << lane} bits`);
}

function compare(e: Emitter, a: number, b: number, lane: number, cond: number): void {
  const c = e.c;
  switch (cond) {
    case Cond.NEVER:
    case Cond.ALWAYS: {
      e.skip(a);
      e.skip(b);
      const all = cond === Cond.ALWAYS ? -1 : 0;
      c.v128Const(all, all, all, all);
      return;
    }
    case Cond.TSTEQ:
    case Cond.TSTNE:
      e.push(a);
      e.push(b);
      c.op(W.v128_and);
      c.v128Const(0, 0, 0, 0);
      c.op(VECTOR_COMPARE[lane * 12 + (cond === Cond.TSTEQ ? Cond.EQ : Cond.NE)]);
      return;
  }
  const code = VECTOR_COMPARE[lane * 12 + cond];
  if (code !== 0) {
    e.push(a);
    e.push(b);
    c.op(code);
    return;
  }
  // Unsigned order of 64-bit lanes: the signed one after flipping the top bits.
  pushOrdered(e, e.hold(a), true);
  pushOrdered(e, e.hold(b), true);
  c.op(VECTOR_COMPARE[3 * 12 + cond - 4]);
}

/** Pushes a held vector of 64-bit lanes, for a signed comparison that stands for an unsigned one. */
function pushOrdered(e: Emitter, handle: number, unsigned: boolean): void {
  e.pushHeld(handle);
  if (!unsigned) return;
  e.c.v128Const(0, 0x80000000 | 0, 0, 0x80000000 | 0);
  e.c.op(W.v128_xor);
}
