import { Cond, swapCond } from '../ir/cond.ts';
import { STRIDE } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { decideCond } from './cond.ts';
import type { Facts } from './facts.ts';
import { comparesWide, ofWidth } from './width.ts';

/**
 * Simplifies the conditional op `i` (brcond, setcond, negsetcond, movcond), whose inputs are copies resolved and
 * touched. True if the op was changed and may be simplified further.
 */
export function foldConditional(f: Facts, i: number): boolean {
  const { fn } = f;
  const { args, ops } = fn;
  const op = ops[i]!;
  const wide = comparesWide(op);
  const at = i * STRIDE;
  const branch = op === Op.brcond_i32 || op === Op.brcond_i64;
  const move = op === Op.movcond_i32 || op === Op.movcond_i64;
  const ka = at + (branch ? 0 : 1);
  const kc = ka + (move ? 4 : 2);
  const a = args[ka]!;
  const b = args[ka + 1]!;
  const r = decideCond(f, args[kc]!, wide, a, b);
  if (r >= 0) {
    decided(f, i, op, r === 1);
    return true;
  }
  if (move && args[at + 3] === args[at + 4]) {
    ops[i] = ofWidth(Op.mov_i32, wide);
    args[at + 1] = args[at + 3]!;
    return true;
  }
  if (canonical(f, ka, kc, wide)) return true;
  if (throughSetcond(f, i, op, ka, kc, branch, move, wide)) return true;
  if (move) return moveToSet(f, i, op);
  // A value of 0 or 1 that is compared with 0 is its own truth value.
  if (
    op === Op.setcond_i32 && args[kc] === Cond.NE && isConst(f, b, 0, 0) && (f.zLo[a]! | 1) === -1
  ) {
    ops[i] = Op.mov_i32;
    return true;
  }
  return false;
}

function decided(f: Facts, i: number, op: number, holds: boolean): void {
  const { args, ops } = f.fn;
  const at = i * STRIDE;
  switch (op) {
    case Op.brcond_i32:
    case Op.brcond_i64:
      ops[i] = holds ? Op.br : Op.nop;
      args[at] = args[at + 3]!;
      return;
    case Op.movcond_i32:
    case Op.movcond_i64:
      ops[i] = op === Op.movcond_i32 ? Op.mov_i32 : Op.mov_i64;
      args[at + 1] = args[at + (holds ? 3 : 4)]!;
      return;
    case Op.negsetcond_i64:
      ops[i] = Op.mov_i64;
      args[at + 1] = constant(f, Type.I64, holds ? -1 : 0, holds ? -1 : 0);
      return;
    case Op.negsetcond_i32:
      ops[i] = Op.mov_i32;
      args[at + 1] = constant(f, Type.I32, holds ? -1 : 0, 0);
      return;
    default:
      ops[i] = Op.mov_i32;
      args[at + 1] = constant(f, Type.I32, holds ? 1 : 0, 0);
  }
}

function constant(f: Facts, type: number, lo: number, hi: number): number {
  const t = f.fn.constTemp(type, lo, hi);
  f.touch(t);
  return t;
}

function isConst(f: Facts, t: number, lo: number, hi: number): boolean {
  const { fn } = f;
  return fn.isConst(t) && fn.constLo[t] === lo && (fn.tempType[t] === Type.I32 || fn.constHi[t] === hi);
}

const MIN = 0x8000_0000 | 0;

/** Constant to the right; comparisons next to zero become comparisons with zero. */
function canonical(f: Facts, ka: number, kc: number, wide: boolean): boolean {
  const { fn } = f;
  const { args } = fn;
  const a = args[ka]!;
  const b = args[ka + 1]!;
  const cond = args[kc]!;
  if (fn.isConst(a) && !fn.isConst(b)) {
    args[ka] = b;
    args[ka + 1] = a;
    args[kc] = swapCond(cond);
    return true;
  }
  const c = withZero(f, cond, wide, a, b);
  if (c < 0) return false;
  args[ka + 1] = constant(f, wide ? Type.I64 : Type.I32, 0, 0);
  args[kc] = c;
  return true;
}

/** The condition c for which c(a, 0) is cond(a, b), -1 if there is none or b is 0 already. */
function withZero(f: Facts, cond: number, wide: boolean, a: number, b: number): number {
  if (cond >= Cond.TSTEQ) {
    if (a === b || isConst(f, b, -1, -1)) return cond === Cond.TSTEQ ? Cond.EQ : Cond.NE;
    if (wide ? isConst(f, b, 0, MIN) : isConst(f, b, MIN, 0)) return cond === Cond.TSTEQ ? Cond.GE : Cond.LT;
    return -1;
  }
  if (!f.fn.isConst(b) || cond <= Cond.NE) return -1;
  if (isConst(f, b, 0, 0)) {
    if (cond === Cond.LEU) return Cond.EQ;
    if (cond === Cond.GTU) return Cond.NE;
  } else if (isConst(f, b, 1, 0)) {
    if (cond === Cond.LTU) return Cond.EQ;
    if (cond === Cond.GEU) return Cond.NE;
    if (cond === Cond.LT) return Cond.LE;
    if (cond === Cond.GE) return Cond.GT;
  } else if (isConst(f, b, -1, -1)) {
    if (cond === Cond.GT) return Cond.GE;
    if (cond === Cond.LE) return Cond.LT;
  }
  return -1;
}

/** A test of a setcond's result against 0 becomes that setcond's own condition, if its operands still hold. */
function throughSetcond(
  f: Facts, i: number, op: number, ka: number, kc: number, branch: boolean, move: boolean, wide: boolean,
): boolean {
  const { fn } = f;
  const { args, ops } = fn;
  const cond = args[kc]!;
  if ((cond !== Cond.EQ && cond !== Cond.NE) || !isConst(f, args[ka + 1]!, 0, 0)) return false;
  const a = args[ka]!;
  const def = f.def(a);
  if (def < 0) return false;
  const inner = ops[def]!;
  if (inner !== Op.setcond_i32 && inner !== Op.setcond_i64 && inner !== Op.negsetcond_i32 && inner !== Op.negsetcond_i64) {
    return false;
  }
  const innerWide = comparesWide(inner);
  // The results of movcond and negsetcond have the width of what they compare.
  if (innerWide !== wide && op !== Op.setcond_i32 && op !== Op.setcond_i64 && !branch) return false;
  const x = args[def * STRIDE + 1]!;
  const y = args[def * STRIDE + 2]!;
  if (!f.defInputHolds(a, 0, x) || !f.defInputHolds(a, 1, y)) return false;
  args[ka] = x;
  args[ka + 1] = y;
  args[kc] = args[def * STRIDE + 3]! ^ (cond === Cond.EQ ? 1 : 0);
  f.touch(x);
  f.touch(y);
  if (branch) ops[i] = ofWidth(Op.brcond_i32, innerWide);
  else if (!move && (op === Op.setcond_i32 || op === Op.setcond_i64)) ops[i] = ofWidth(Op.setcond_i32, innerWide);
  return true;
}

/** movcond of 1 and 0 or of -1 and 0. */
function moveToSet(f: Facts, i: number, op: number): boolean {
  const { args, ops } = f.fn;
  const at = i * STRIDE;
  const c = args[at + 3]!;
  const d = args[at + 4]!;
  const cond = args[at + 5]!;
  const zeroC = isConst(f, c, 0, 0);
  if (!zeroC && !isConst(f, d, 0, 0)) return false;
  const other = zeroC ? d : c;
  if (isConst(f, other, -1, -1)) ops[i] = op === Op.movcond_i32 ? Op.negsetcond_i32 : Op.negsetcond_i64;
  else if (op === Op.movcond_i32 && isConst(f, other, 1, 0)) ops[i] = Op.setcond_i32;
  else return false;
  args[at + 3] = zeroC ? cond ^ 1 : cond;
  return true;
}
