import { STRIDE, TempKind } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_FLAGS, OP_NINS, OP_NOUTS, OpFlag } from '../op/table.ts';
import type { CompileUnit } from './compiler.ts';
import { emitValue } from './emit/value.ts';
import { FaultExits } from './fault.ts';
import type { ImportTable } from './imports.ts';
import { W } from './opcode.ts';
import { MAX_CACHED, SEVERAL } from './scan.ts';
import { FunctionState } from './state.ts';
import type { WasmTarget } from './target.ts';

/** Pending trees of more ops than this are put into a local. */
const MAX_TREE = 40;
const PAGE_OFFSET_MASK = 0xfff;

/**
 * The operations that all op emitters share: pushing operands and storing results.
 *
 * A pure op whose result has a single definition and is used in its own block only is not emitted where it stands: it
 * is *pending*, and its tree is emitted by its first use (kept in a local if there are more). Before anything that a
 * pending tree reads is overwritten, the tree is put into a local. Operands may therefore be pushed only where control
 * flow is the same as at the op's beginning: inside an arm of an `if` only `hold`-ed ones may be used.
 */
export class Emitter extends FunctionState {
  readonly faults: FaultExits;
  /** Position in `c` after the last integer-from-float reinterpretation, to drop it if its inverse follows. */
  lastReinterpret = -1;

  /** Per temp: local, pending op, and what its pending tree reads. */
  #local: Int32Array = new Int32Array(512);
  #pending: Int32Array = new Int32Array(512);
  #readsLo: Int32Array = new Int32Array(512);
  #readsHi: Int32Array = new Int32Array(512);
  #readsMemory: Uint8Array = new Uint8Array(512);
  #size: Uint8Array = new Uint8Array(512);
  #list: Int32Array = new Int32Array(1024);
  #nList = 0;
  #allLo = 0;
  #allHi = 0;
  #allMemory = 0;

  constructor(target: WasmTarget, imports: ImportTable) {
    super(target, imports);
    this.faults = new FaultExits(this);
  }

  begin(unit: CompileUnit): void {
    this.beginFunction(unit);
    const fn = unit.fn;
    const n = fn.nTemps;
    if (this.#local.length < n) {
      const size = fn.tempType.length;
      this.#local = new Int32Array(size);
      this.#pending = new Int32Array(size);
      this.#readsLo = new Int32Array(size);
      this.#readsHi = new Int32Array(size);
      this.#readsMemory = new Uint8Array(size);
      this.#size = new Uint8Array(size);
    }
    const local = this.#local;
    const pending = this.#pending;
    for (let t = fn.fixedTemps; t < n; t++) local[t] = pending[t] = -1;
    this.lastReinterpret = -1;
    this.startBlock();
  }

  /** Forgets pending trees: none may be used beyond its block. */
  startBlock(): void {
    this.#nList = 0;
    this.#allLo = this.#allHi = this.#allMemory = 0;
    this.knownPc = this.knownOffset = -1;
  }

  // Pending trees

  /** The temp is a local one that lives in one block and has one definition. */
  isTransient(t: number): boolean {
    return t >= this.fn.fixedTemps && this.#transient(t);
  }

  /** For local temps: the wasm local of a transient one is its own and can be given back. */
  #transient(t: number): boolean {
    return this.scan.defs[t] === 1 && this.scan.tempBlock[t] !== SEVERAL;
  }

  /** Nothing reads the temp after its definition. */
  unused(t: number): boolean {
    return this.isTransient(t) && this.scan.uses[t] === 0;
  }

  /** A transient temp with a single use, which is still to come. */
  usedOnce(t: number): boolean {
    return this.isTransient(t) && this.scan.uses[t] === 1;
  }

  /**
   * Takes a pure op with one result: makes it pending, or emits it at once if its result is a global or lives long.
   */
  pureOp(i: number): void {
    const { args, fn } = this;
    const base = i * STRIDE;
    const d = args[base];
    if (d < fn.fixedTemps || !this.#transient(d)) {
      this.#eager(i, d);
      return;
    }
    if (this.scan.uses[d] === 0) return;
    const op = this.ops[i];
    let lo = 0;
    let hi = 0;
    let memory = OP_FLAGS[op] & OpFlag.LOAD;
    let size = 1;
    const first = base + OP_NOUTS[op];
    const last = first + OP_NINS[op];
    for (let k = first; k < last; k++) {
      const t = args[k];
      if (t < fn.fixedTemps) {
        if (t === 0) continue;
        if (t > MAX_CACHED) memory = 1;
        if (((t - 1) & 32) === 0) lo |= 1 << (t - 1);
        else hi |= 1 << (t - 1);
      } else if (this.#pending[t] >= 0) {
        lo |= this.#readsLo[t];
        hi |= this.#readsHi[t];
        memory |= this.#readsMemory[t];
        size += this.#size[t];
      } else if (fn.tempKind[t] !== TempKind.CONST && !this.#transient(t)) {
        if ((t & 32) === 0) lo |= 1 << t;
        else hi |= 1 << t;
      }
    }
    if (size > MAX_TREE) {
      this.#eager(i, d);
      return;
    }
    this.#pending[d] = i;
    this.#readsLo[d] = lo;
    this.#readsHi[d] = hi;
    this.#readsMemory[d] = memory === 0 ? 0 : 1;
    this.#size[d] = size;
    this.#allLo |= lo;
    this.#allHi |= hi;
    this.#allMemory |= memory;
    if (this.#nList === this.#list.length) {
      const list = new Int32Array(this.#nList * 2);
      list.set(this.#list);
      this.#list = list;
    }
    this.#list[this.#nList++] = d;
  }

  #eager(i: number, d: number): void {
    emitValue(this, i);
    this.setTemp(d);
    this.locals.settle();
    if (d === this.pcGlobal + 1) this.#notePc(i);
  }

  /** Op `i` has set the pc: what is known of it now. */
  #notePc(i: number): void {
    const { args, fn } = this;
    const source = args[i * STRIDE + 1];
    switch (this.ops[i]) {
      case Op.mov_i64:
        if (this.isConst(source)) this.knownPc = source;
        else if (source === fn.pcBase) this.knownOffset = this.pageOffset;
        break;
      case Op.add_i64: {
        const added = args[i * STRIDE + 2];
        if (source === fn.pcBase && this.pageOffset >= 0 && this.isConst(added)) this.knownOffset = (this.pageOffset + fn.constLo[added]) & PAGE_OFFSET_MASK;
        break;
      }
    }
  }

  /** Index of the op whose tree would be emitted for the temp, -1 if it is not pending. */
  pendingOp(t: number): number {
    return this.#pending[t];
  }

  protected override flush(lo: number, hi: number, memory: number): void {
    if (((this.#allLo & lo) | (this.#allHi & hi) | (this.#allMemory & memory)) === 0) return;
    let kept = 0;
    this.#allLo = this.#allHi = this.#allMemory = 0;
    const n = this.#nList;
    for (let k = 0; k < n; k++) {
      const t = this.#list[k];
      if (this.#pending[t] < 0) continue;
      if (((this.#readsLo[t] & lo) | (this.#readsHi[t] & hi) | (this.#readsMemory[t] & memory)) !== 0) {
        this.#materialize(t);
      } else {
        this.#list[kept++] = t;
        this.#allLo |= this.#readsLo[t];
        this.#allHi |= this.#readsHi[t];
        this.#allMemory |= this.#readsMemory[t];
      }
    }
    this.#nList = kept;
  }

  /** Before a store, a call, a guest access: puts pending trees with loads into locals. */
  flushMemory(): void {
    this.flush(0, 0, 0xff);
  }

  /** Before a call that may change globals: puts everything that reads memory or globals into locals. */
  flushAll(): void {
    this.flush(-1, -1, 0xff);
  }

  #materialize(t: number): void {
    const i = this.#pending[t];
    this.#pending[t] = -1;
    emitValue(this, i);
    const local = this.locals.alloc(this.fn.tempType[t]);
    this.#local[t] = local;
    this.c.localSet(local);
  }

  // Operands

  /** Pushes the value of a temp. */
  push(t: number): void {
    const { fn, c } = this;
    if (t < fn.fixedTemps) {
      if (t === 0) c.localGet(0);
      else this.pushGlobal(t - 1);
      return;
    }
    if (fn.tempKind[t] === TempKind.CONST) {
      this.pushConst(t);
      return;
    }
    const uses = this.scan.uses;
    const left = --uses[t];
    const local = this.#local[t];
    if (local >= 0) {
      c.localGet(local);
      if (left === 0 && this.#transient(t)) this.locals.release(local);
      return;
    }
    const i = this.#pending[t];
    if (i < 0) {
      c.localGet(this.#longLocal(t));
      return;
    }
    this.#pending[t] = -1;
    emitValue(this, i);
    if (left > 0) {
      const fresh = this.locals.alloc(fn.tempType[t]);
      this.#local[t] = fresh;
      c.localTee(fresh);
    }
  }

  /** Forgets one use of a temp without pushing it. */
  skip(t: number): void {
    const fn = this.fn;
    if (t < fn.fixedTemps || fn.tempKind[t] === TempKind.CONST) return;
    if (--this.scan.uses[t] === 0 && this.#local[t] >= 0 && this.#transient(t)) this.locals.release(this.#local[t]);
  }

  pushConst(t: number): void {
    const { fn, c } = this;
    switch (fn.tempType[t]) {
      case Type.I32: c.i32Const(fn.constLo[t]); break;
      case Type.I64: c.i64Const(fn.constLo[t], fn.constHi[t]); break;
      default: c.v128Const(fn.constLo[t], fn.constHi[t], fn.constW2[t], fn.constW3[t]);
    }
  }

  /**
   * Makes the value available for any number of `pushHeld` until the end of the op, also under conditions. The handle
   * is a local, or the complement of a constant's temp number.
   */
  hold(t: number): number {
    const { fn, c } = this;
    if (t < fn.fixedTemps) {
      if (t === 0) return 0;
      if (t <= MAX_CACHED) {
        this.needGlobal(t - 1);
        return this.globalLocal[t - 1];
      }
    } else {
      if (fn.tempKind[t] === TempKind.CONST) return ~t;
      if (this.#local[t] < 0) {
        if (this.#pending[t] >= 0) this.#materialize(t);
        else this.#longLocal(t);
      }
      this.skip(t);
      return this.#local[t];
    }
    this.push(t);
    const local = this.scratch(fn.tempType[t]);
    c.localSet(local);
    return local;
  }

  pushHeld(handle: number): void {
    if (handle < 0) this.pushConst(~handle);
    else this.c.localGet(handle);
  }

  /** Pops the value on the stack into temp `d`. */
  setTemp(d: number): void {
    const { fn, c } = this;
    if (d < fn.fixedTemps) {
      this.setGlobal(d - 1);
      return;
    }
    if (this.#transient(d)) {
      if (this.scan.uses[d] === 0) {
        c.op(W.drop);
        return;
      }
      const local = this.locals.alloc(fn.tempType[d]);
      this.#local[d] = local;
      c.localSet(local);
      return;
    }
    const bit = 1 << d;
    if ((d & 32) === 0) this.flush(bit, 0, 0);
    else this.flush(0, bit, 0);
    c.localSet(this.#longLocal(d));
  }

  #longLocal(t: number): number {
    let local = this.#local[t];
    if (local < 0) this.#local[t] = local = this.locals.fresh(this.fn.tempType[t]);
    return local;
  }
}
