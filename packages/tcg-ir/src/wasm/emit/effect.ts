import { Mo } from '../../ir/cond.ts';
import { NO_TEMP, STRIDE } from '../../ir/function.ts';
import { HelperFlag } from '../../ir/helper.ts';
import { Op } from '../../op/codes.ts';
import { OP_DEFS, OpFlag } from '../../op/table.ts';
import type { Emitter } from '../emitter.ts';
import { W } from '../opcode.ts';
import { emitGuestCmpxchg, emitGuestRmw } from './atomic.ts';
import { emitExit } from './exit.ts';
import { emitGuestLoad, emitGuestPair, emitGuestStore, pairedAccess } from './guest.ts';
import { emitCarry } from './integer.ts';
import { HOST_MEMORY } from './tables.ts';
import { pushBase } from './value.ts';

/** By opcode: 1 for pure ops with one result. */
const PURE: Uint8Array = Uint8Array.from(OP_DEFS, (d) => (d.outs.length === 1 && (d.flags & ~OpFlag.LOAD) === 0 ? 1 : 0));

/** Translates op `i`, any but a branch, and returns the index of the op to go on with. */
export function emitOp(e: Emitter, i: number): number {
  const op = e.ops[i];
  if (PURE[op] !== 0) {
    e.pureOp(i);
    return i + 1;
  }
  const base = i * STRIDE;
  let last = i;
  switch (op) {
    case Op.insn_start: e.insn = base; return i + 1;
    case Op.nop: case Op.discard: case Op.set_label: return i + 1;
    case Op.mb: emitBarrier(e, e.args[base]); break;
    case Op.call: emitCall(e, base); break;
    case Op.goto_tb: case Op.goto_ptr: case Op.exit_tb: emitExit(e, op, base); break;
    case Op.guest_ld_i32: case Op.guest_ld_i64: case Op.guest_ld_v128:
    case Op.guest_st_i32: case Op.guest_st_i64: case Op.guest_st_v128: {
      const second = pairedAccess(e, i);
      if (second >= 0) {
        emitGuestPair(e, i, second);
        last = second;
      } else if (op <= Op.guest_ld_v128) {
        emitGuestLoad(e, op, base);
      } else {
        emitGuestStore(e, op, base);
      }
      break;
    }
    case Op.guest_rmw_i32: case Op.guest_rmw_i64: emitGuestRmw(e, op, base); break;
    case Op.guest_cmpxchg_i32: case Op.guest_cmpxchg_i64: emitGuestCmpxchg(e, op, base); break;
    case Op.st8_i32: case Op.st16_i32: case Op.st_i32: case Op.st8_i64: case Op.st16_i64: case Op.st32_i64:
    case Op.st_i64: case Op.st_v128: {
      const { args, c } = e;
      const offset = pushBase(e, args[base + 1], args[base + 2]);
      e.push(args[base]);
      e.flushMemory();
      c.mem(HOST_MEMORY[op], offset);
      break;
    }
    case Op.addc_i32: case Op.addc_i64: case Op.subb_i32: case Op.subb_i64: emitCarry(e, op, base); break;
    default:
      throw new Error(`op ${e.fn.opName(i)} is not handled`);
  }
  e.locals.settle();
  return last + 1;
}

/**
 * Only store-load order needs an instruction of the host; the rest is order against the engine, which never moves
 * anything over an atomic access.
 */
function emitBarrier(e: Emitter, mask: number): void {
  const c = e.c;
  if ((mask & Mo.ALL) === 0) return;
  e.flushMemory();
  if ((mask & Mo.ST_LD) !== 0) {
    c.fence();
    return;
  }
  c.localGet(0);
  c.mem(W.i32_atomic_load, e.target.env.exitRequest, 2);
  c.op(W.drop);
}

function emitCall(e: Emitter, base: number): void {
  const { args, c, fn } = e;
  const index = args[base];
  const helper = fn.helpers[index];
  const ret = args[base + 1];
  const { flags, params } = helper;
  if ((flags & HelperFlag.PURE) !== 0 && (ret === NO_TEMP || e.unused(ret))) {
    for (let k = 0; k < params.length; k++) e.skip(args[base + 2 + k]);
    return;
  }
  const js = helper.kind === 'js';
  for (let k = 0; k < params.length; k++) {
    const t = args[base + 2 + k];
    if (!js || params[k] !== 'l') {
      e.push(t);
    } else if (e.isConst(t)) {
      c.i32Const(fn.constLo[t]);
      c.i32Const(fn.constHi[t]);
    } else {
      const h = e.hold(t);
      e.pushHeld(h);
      c.op(W.i32_wrap_i64);
      e.pushHeld(h);
      c.i64ConstS(32);
      c.op(W.i64_shr_u);
      c.op(W.i32_wrap_i64);
    }
  }
  const touches = (flags & HelperFlag.NO_GLOBALS) === 0;
  if (touches) {
    e.flushAll();
    e.writeBack();
  } else if ((flags & HelperFlag.PURE) === 0) {
    e.flushMemory();
  }
  if ((flags & HelperFlag.CAN_FAULT) !== 0) {
    e.faults.mark();
    c.call(e.imports.helper(index));
    e.faults.branchIf();
  } else {
    c.call(e.imports.helper(index));
  }
  if (touches && (flags & HelperFlag.NO_WRITE_GLOBALS) === 0) {
    e.setGlobals(0, 0, 0, 0);
    e.knownPc = e.knownOffset = -1;
  }
  if (helper.ret === '' || (flags & HelperFlag.CAN_FAULT) !== 0) return;
  if (js && helper.ret === 'l') {
    if (ret === NO_TEMP) return;
    c.localGet(0);
    c.mem(W.i64_load, e.target.env.scratch);
  }
  if (ret === NO_TEMP) c.op(W.drop);
  else e.setTemp(ret);
}
