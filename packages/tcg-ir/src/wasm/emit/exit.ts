import { Type } from '../../ir/helper.ts';
import { Op } from '../../op/codes.ts';
import type { Emitter } from '../emitter.ts';
import { W } from '../opcode.ts';
import {
  JUMP_CACHE_ADDR_BITS, JUMP_CACHE_ENTRY_SIZE, JUMP_CACHE_PAGE_BITS, jumpCacheHash, jumpCacheOffsetHash, TbExit, tbExitWord,
} from '../target.ts';

/** Ops that leave the function. */
export function emitExit(e: Emitter, op: number, base: number): void {
  const c = e.c;
  switch (op) {
    case Op.exit_tb:
      e.writeBack();
      c.i32Const(tbExitWord(e.tb, e.args[base]));
      break;
    case Op.goto_tb: emitJump(e, e.args[base]); break;
    default:
      emitLookup(e);
  }
  c.op(W.return);
}

/**
 * Pushes what the direct jump slot holds, or the slot's exit word while it is empty. Where the destination is known
 * beforehand, a comparison makes the result a constant: the dispatcher can then look the next function up without
 * waiting for the load of the slot (2 ns of 4 per hop on a CPU that resolves indirect calls before it follows them).
 */
function emitJump(e: Emitter, slot: number): void {
  const c = e.c;
  const next = e.scratch(Type.I32);
  const expected = slot === 0 ? e.expect0 : e.expect1;
  e.writeBack();
  c.i32Const(e.slotAddr);
  c.mem(W.i32_load, slot * 4);
  c.localTee(next);
  if (expected > 0) {
    c.i32Const(expected);
    c.op(W.i32_eq);
    c.open(W.if);
    c.i32Const(expected);
    c.op(W.return);
    c.end();
    c.localGet(next);
  }
  c.open(W.if);
  c.localGet(next);
  c.op(W.return);
  c.end();
  c.i32Const(tbExitWord(e.tb, slot === 0 ? TbExit.SLOT_0 : TbExit.SLOT_1));
}

/** Pushes the TB of the jump cache for the pc and this TB's flags, or 0. */
function emitLookup(e: Emitter): void {
  const { c, target } = e;
  const { jumpCacheEntry, insnAlignBits } = target;
  if (e.knownPc >= 0) {
    lookUpConstant(e, e.knownPc);
    return;
  }
  const known = e.knownOffset;
  let pc: number;
  if (e.pcGlobal >= 0) {
    pc = e.hold(e.pcGlobal + 1);
    e.writeBack();
  } else {
    e.writeBack();
    pc = e.scratch(Type.I64);
    c.localGet(0);
    c.mem(W.i64_load, target.env.pc);
    c.localSet(pc);
  }
  const low = e.scratch(Type.I32);
  const entry = e.scratch(Type.I32);
  const shifted = (bits: number): void => {
    c.localGet(low);
    if (bits === 0) return;
    c.i32Const(bits);
    c.op(W.i32_shr_u);
  };
  // jumpCacheHash() times the entry size of 16
  c.localGet(pc);
  c.op(W.i32_wrap_i64);
  c.localSet(low);
  shifted(12);
  shifted(12 + JUMP_CACHE_PAGE_BITS);
  c.op(W.i32_xor);
  c.i32Const((1 << JUMP_CACHE_PAGE_BITS) - 1);
  c.op(W.i32_and);
  c.i32Const(JUMP_CACHE_ADDR_BITS + 4);
  c.op(W.i32_shl);
  let inPage = 0;
  if (known >= 0) inPage = jumpCacheOffsetHash(known, insnAlignBits) * JUMP_CACHE_ENTRY_SIZE;
  else {
    shifted(insnAlignBits);
    // the bits of the page offset only
    c.localGet(low);
    c.i32Const(0xfff);
    c.op(W.i32_and);
    c.i32Const(insnAlignBits + JUMP_CACHE_ADDR_BITS);
    c.op(W.i32_shr_u);
    c.op(W.i32_xor);
    c.i32Const((1 << JUMP_CACHE_ADDR_BITS) - 1);
    c.op(W.i32_and);
    c.i32Const(4);
    c.op(W.i32_shl);
    c.op(W.i32_or);
  }
  c.localGet(0);
  c.mem(W.i32_load, target.env.jumpCache);
  c.op(W.i32_add);
  c.localTee(entry);
  c.mem(W.i32_load, inPage + jumpCacheEntry.tb);
  c.i32Const(0);
  c.localGet(entry);
  c.mem(W.i64_load, inPage + jumpCacheEntry.pc);
  c.localGet(pc);
  c.op(W.i64_eq);
  c.localGet(entry);
  c.mem(W.i32_load, inPage + jumpCacheEntry.flags);
  c.i32Const(e.tbFlags);
  c.op(W.i32_eq);
  c.op(W.i32_and);
  c.op(W.select);
}

/** The same for a pc known now: its place in the jump cache is a constant. */
function lookUpConstant(e: Emitter, pc: number): void {
  const { c, fn, target } = e;
  const { jumpCacheEntry, insnAlignBits } = target;
  const lo = fn.constLo[pc];
  const at = jumpCacheHash(lo, insnAlignBits) * JUMP_CACHE_ENTRY_SIZE;
  const cache = e.scratch(Type.I32);
  e.writeBack();
  c.localGet(0);
  c.mem(W.i32_load, target.env.jumpCache);
  c.localTee(cache);
  c.mem(W.i32_load, at + jumpCacheEntry.tb);
  c.i32Const(0);
  c.localGet(cache);
  c.mem(W.i64_load, at + jumpCacheEntry.pc);
  c.i64Const(lo, fn.constHi[pc]);
  c.op(W.i64_eq);
  c.localGet(cache);
  c.mem(W.i32_load, at + jumpCacheEntry.flags);
  c.i32Const(e.tbFlags);
  c.op(W.i32_eq);
  c.op(W.i32_and);
  c.op(W.select);
}
