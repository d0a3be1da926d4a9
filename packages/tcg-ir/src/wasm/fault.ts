import { NO_TEMP } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import type { Emitter } from './emitter.ts';
import { W } from './opcode.ts';
import { TbExit, tbExitWord } from './target.ts';

/** Most sets of dirty globals that get an exit of their own; others write back on the spot. */
const MAX_EXITS = 16;

/**
 * The function's common fault exit. All wasm blocks of the function lie inside `root`, whose end stores the pc and the
 * frontend word of the current guest instruction and returns EXCEPTION. Inside `root` lie blocks for the sets of
 * globals that are dirty at fault points: the end of block k stores those globals of its set that its parent (a block
 * further out with a subset) does not store, and goes on to the parent. So a fault point costs one branch, and only
 * what is dirty there is stored.
 */
export class FaultExits {
  readonly #e: Emitter;
  #capacity = 0;
  #count = 0;
  readonly #lo = new Int32Array(MAX_EXITS);
  readonly #hi = new Int32Array(MAX_EXITS);
  readonly #parent = new Int32Array(MAX_EXITS);
  /** Locals: offset of the faulting instruction's pc from that of the first; its word; 1 if the exit is a poll's. */
  #pc = -1;
  #word = -1;
  #poll = -1;

  constructor(e: Emitter) {
    this.#e = e;
  }

  /** Opens the blocks; `points` = number of fault points, `sets` = how many sets of dirty globals they may have. */
  open(points: number, sets: number): void {
    const e = this.#e;
    this.#count = 0;
    this.#pc = this.#word = this.#poll = -1;
    this.#capacity = points === 0 ? -1 : Math.min(sets, MAX_EXITS);
    for (let k = -1; k < this.#capacity; k++) e.c.open(W.block);
    e.level += this.#capacity + 1;
  }

  /** Says which instruction faults, for the branch that follows; belongs on the slow path. */
  mark(): void {
    const e = this.#e;
    if (e.insn < 0) return;
    const { args, scan } = e;
    const first = scan.firstInsn;
    if (this.#pc < 0) this.#pc = e.locals.fresh(Type.I64);
    const lo = (args[e.insn] - args[first]) | 0;
    const borrow = args[e.insn] >>> 0 < args[first] >>> 0 ? 1 : 0;
    e.c.i64Const(lo, (args[e.insn + 1] - args[first + 1] - borrow) | 0);
    e.c.localSet(this.#pc);
    if (scan.oneWord) return;
    if (this.#word < 0) this.#word = e.locals.fresh(Type.I32);
    e.c.i32Const(args[e.insn + 2]);
    e.c.localSet(this.#word);
  }

  /** Leaves through the fault exit when the i32 on the stack is not zero. */
  branchIf(): void {
    const e = this.#e;
    const level = this.#exit();
    if (level >= 0) {
      e.c.brIf(e.level - 1 - level);
      return;
    }
    e.c.open(W.if);
    e.store(this.#dirtyLo(), this.#dirtyHi());
    e.c.br(e.level);
    e.c.end();
  }

  /** Leaves when the exit request is set, with the pc of the current instruction and MAIN_LOOP. */
  poll(): void {
    const e = this.#e;
    if (this.#poll < 0) this.#poll = e.locals.fresh(Type.I32);
    e.c.localGet(0);
    e.c.mem(W.i32_atomic_load, e.target.env.exitRequest, 2);
    e.c.hint(false);
    e.c.open(W.if);
    e.level++;
    this.mark();
    e.c.i32Const(1);
    e.c.localTee(this.#poll);
    this.branchIf();
    e.level--;
    e.c.end();
  }

  #dirtyLo(): number {
    const { dirtyLo, pcGlobal } = this.#e;
    return pcGlobal >= 0 && pcGlobal < 32 ? dirtyLo & ~(1 << pcGlobal) : dirtyLo;
  }

  #dirtyHi(): number {
    const { dirtyHi, pcGlobal } = this.#e;
    return pcGlobal >= 32 ? dirtyHi & ~(1 << pcGlobal) : dirtyHi;
  }

  /** Level of the block to leave for the present dirty set, -1 if there is none. */
  #exit(): number {
    const e = this.#e;
    const dirtyLo = this.#dirtyLo();
    const dirtyHi = this.#dirtyHi();
    if ((dirtyLo | dirtyHi) === 0) return 0;
    let parent = -1;
    let covered = 0;
    for (let k = this.#count - 1; k >= 0; k--) {
      const lo = this.#lo[k];
      const hi = this.#hi[k];
      if (((dirtyLo & ~lo) | (dirtyHi & ~hi)) === 0) {
        // A set with more globals does too if those are in their locals.
        if (((lo & ~e.validLo) | (hi & ~e.validHi)) === 0) return k + 1;
      } else if (((lo & ~dirtyLo) | (hi & ~dirtyHi)) === 0) {
        const n = bits(lo) + bits(hi);
        if (n > covered) {
          covered = n;
          parent = k;
        }
      }
    }
    if (this.#count === this.#capacity) return -1;
    const k = this.#count++;
    this.#lo[k] = dirtyLo;
    this.#hi[k] = dirtyHi;
    this.#parent[k] = parent;
    return k + 1;
  }

  /** Ends the function, whose code so far does not run off its end. */
  close(): void {
    const e = this.#e;
    const c = e.c;
    c.op(W.unreachable);
    if (this.#capacity < 0) return;
    for (let k = this.#capacity - 1; k >= 0; k--) {
      c.end();
      if (k >= this.#count) continue;
      const parent = this.#parent[k];
      if (parent < 0) e.store(this.#lo[k], this.#hi[k]);
      else e.store(this.#lo[k] & ~this.#lo[parent], this.#hi[k] & ~this.#hi[parent]);
      if (parent !== k - 1) c.br(k - 1 - parent);
    }
    c.end();
    e.level = 0;
    if (this.#pc >= 0) {
      const { args, scan, target } = e;
      c.localGet(0);
      c.localGet(this.#pc);
      c.i64Const(args[scan.firstInsn], args[scan.firstInsn + 1]);
      c.op(W.i64_add);
      if (e.fn.pcBase !== NO_TEMP) {
        e.push(e.fn.pcBase);
        c.op(W.i64_add);
      }
      c.mem(W.i64_store, target.env.pc);
      c.localGet(0);
      if (scan.oneWord) c.i32Const(args[scan.firstInsn + 2]);
      else c.localGet(this.#word);
      c.mem(W.i32_store, target.env.insnWord);
    }
    c.i32Const(tbExitWord(e.tb, TbExit.EXCEPTION));
    if (this.#poll >= 0) {
      // MAIN_LOOP = EXCEPTION - 1, so its exit word is one more.
      c.localGet(this.#poll);
      c.op(W.i32_add);
    }
  }
}

function bits(mask: number): number {
  let n = 0;
  for (let m = mask; m !== 0; m &= m - 1) n++;
  return n;
}
