import { STRIDE } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import type { EnvMemory } from './env-memory.ts';
import type { Facts } from './facts.ts';

/**
 * Turns load op `i` from env into a computation on temps that are known to hold those bytes: the same value, a part of
 * a wider one, or a vector whose low half is one and whose high half is a constant (what a scalar write to a vector
 * register leaves; loading it back from two narrower stores would stall the host). True if it did.
 */
export function forwardLoad(f: Facts, memory: EnvMemory, i: number): boolean {
  const { args, ops } = f.fn;
  const at = i * STRIDE;
  if (args[at + 1] !== 0) return false;
  const op = ops[i]!;
  const offset = args[at + 2]!;
  const same = memory.find(f, op, offset);
  if (same >= 0) return move(f, i, same);
  switch (op) {
    case Op.ld_v128: return fromHalves(f, memory, i, offset);
    case Op.ld_i64: {
      for (let k = 0; k < 2; k++) {
        const v = memory.find(f, Op.ld_v128, offset - 8 * k);
        if (v < 0) continue;
        ops[i] = Op.vextract_i64;
        args[at + 1] = operand(f, v);
        args[at + 2] = k;
        return true;
      }
      return false;
    }
    case Op.ld_i32: {
      for (let k = 0; k < 2; k++) {
        const wide = memory.find(f, Op.ld_i64, offset - 4 * k);
        if (wide < 0) continue;
        ops[i] = k === 0 ? Op.extrl_i32_i64 : Op.extrh_i32_i64;
        args[at + 1] = operand(f, wide);
        return true;
      }
      for (let k = 0; k < 4; k++) {
        const v = memory.find(f, Op.ld_v128, offset - 4 * k);
        if (v < 0) continue;
        ops[i] = Op.vextractu_i32;
        args[at + 1] = operand(f, v);
        args[at + 2] = 2;
        args[at + 3] = k;
        return true;
      }
      return false;
    }
    default:
      return false;
  }
}

function operand(f: Facts, t: number): number {
  const s = f.resolve(t);
  f.touch(s);
  return s;
}

function move(f: Facts, i: number, found: number): boolean {
  const { args, ops, tempType } = f.fn;
  const at = i * STRIDE;
  const s = operand(f, found);
  args[at + 1] = s;
  switch (tempType[s]) {
    case Type.I32: ops[i] = Op.mov_i32; break;
    case Type.I64: ops[i] = Op.mov_i64; break;
    default:
      // There is no move of vectors: a | a is its form.
      ops[i] = Op.vor;
      args[at + 2] = s;
  }
  return true;
}

function fromHalves(f: Facts, memory: EnvMemory, i: number, offset: number): boolean {
  const low = memory.find(f, Op.ld_i64, offset);
  if (low < 0) return false;
  const high = memory.find(f, Op.ld_i64, offset + 8);
  if (high < 0) return false;
  const { fn } = f;
  const h = operand(f, high);
  if (!fn.isConst(h)) return false;
  const at = i * STRIDE;
  fn.ops[i] = Op.vinsert_i64;
  fn.args[at + 1] = fn.constTemp(Type.V128, 0, 0, fn.constLo[h]!, fn.constHi[h]!);
  fn.args[at + 2] = operand(f, low);
  fn.args[at + 3] = 0;
  f.touch(fn.args[at + 1]!);
  return true;
}
