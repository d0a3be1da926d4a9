import { type IrFunction, NO_TEMP, STRIDE, TempKind } from '../ir/function.ts';
import { HelperFlag } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_FLAGS, OP_NINS, OP_NOUTS, OpFlag } from '../op/table.ts';

/** Globals that are cached in wasm locals: the first 64. Later ones are read and written in env at each use. */
export const MAX_CACHED = 64;

/** Values of `Scan.tempBlock` that are not a block number. */
const UNSEEN = -1;
export const SEVERAL = -2;

/** Facts of `Scan.flags` about a block. */
export const BlockFlag = {
  /** Ends with an op that leaves the function. */
  EXIT: 1,
  /** Has a call before which the dirty globals are written back. */
  FLUSH: 2,
  /** Has a call after which globals must be loaded again. */
  INVALIDATE: 4,
  /** Has a point where dirty globals may be written back: a fault, a flushing call, an exit. */
  WRITE_BACK: 8,
  /** Has a flushing call or an exit before it defines the pc: these write a dirty pc back, faults do not. */
  PC: 16,
} as const;

/**
 * First pass of the backend over a function: how often temps are used and defined and whether in one block only, the
 * basic blocks, and what each block does to the globals. Global sets are bit masks in two words (`lo`: 0-31, `hi`:
 * 32-63). The arrays are reused from function to function.
 */
export class Scan {
  /** Per temp: uses, definitions (saturating), block of all of them or SEVERAL. */
  uses: Int32Array = new Int32Array(512);
  defs: Uint8Array = new Uint8Array(512);
  tempBlock: Int32Array = new Int32Array(512);

  nBlocks = 0;
  /** Op range of each block; `end` is exclusive and includes the terminator. */
  start: Int32Array = new Int32Array(64);
  end: Int32Array = new Int32Array(64);
  /** Successors: branch target and fall-through, -1 for none. An unconditional branch has only `taken`. */
  taken: Int32Array = new Int32Array(64);
  next: Int32Array = new Int32Array(64);
  /** Index of the last insn_start before the block's first op, -1 for none. */
  insnAt: Int32Array = new Int32Array(64);
  flags: Uint8Array = new Uint8Array(64);
  /** Used before defined; defined; defined since the last flush; defined before the first write-back point. */
  useLo: Int32Array = new Int32Array(64);
  useHi: Int32Array = new Int32Array(64);
  defLo: Int32Array = new Int32Array(64);
  defHi: Int32Array = new Int32Array(64);
  genLo: Int32Array = new Int32Array(64);
  genHi: Int32Array = new Int32Array(64);
  earlyLo: Int32Array = new Int32Array(64);
  earlyHi: Int32Array = new Int32Array(64);
  labelBlock: Int32Array = new Int32Array(64);

  /** A branch goes to an earlier label. */
  cyclic = false;
  /** Fault points whose set of dirty globals may differ from the one before. */
  faultSets = 0;
  faultPoints = 0;
  /** First insn_start, -1 for none; whether all have the same frontend word. */
  firstInsn = -1;
  oneWord = true;

  /** `pcGlobal`: index of the pc among the globals, -1 for none. */
  run(fn: IrFunction, pcGlobal: number): void {
    const nTemps = fn.nTemps;
    if (this.uses.length < nTemps) {
      const n = fn.tempType.length;
      this.uses = new Int32Array(n);
      this.defs = new Uint8Array(n);
      this.tempBlock = new Int32Array(n);
    }
    const { ops, args, tempKind, fixedTemps, helpers } = fn;
    const { uses, defs, tempBlock } = this;
    // A loop beats three calls of fill() for the few temps that a TB has.
    for (let t = fixedTemps; t < nTemps; t++) {
      uses[t] = 0;
      defs[t] = 0;
      tempBlock[t] = UNSEEN;
    }
    if (this.labelBlock.length < fn.nLabels) this.labelBlock = new Int32Array(fn.nLabels * 2);
    for (let l = 0; l < fn.nLabels; l++) this.labelBlock[l] = -1;
    this.cyclic = false;
    this.faultSets = 0;
    this.faultPoints = 0;
    this.firstInsn = -1;
    this.oneWord = true;
    let block = 0;
    this.#begin(0, 0, -1);
    let insn = -1;
    let fresh = true;
    let useLo = 0, useHi = 0, defLo = 0, defHi = 0, genLo = 0, genHi = 0, earlyLo = 0, earlyHi = 0, flags = 0;
    let pcDefined = false;
    const pcTemp = pcGlobal + 1;
    const nOps = fn.nOps;
    for (let i = 0; i < nOps; i++) {
      const op = ops[i];
      if (op === Op.nop || op === Op.discard) continue;
      const base = i * STRIDE;
      const opFlags = OP_FLAGS[op];
      if (op === Op.set_label || block === this.nBlocks) {
        if (block < this.nBlocks) {
          this.next[block] = block + 1;
          this.#close(block, i, useLo, useHi, defLo, defHi, genLo, genHi, earlyLo, earlyHi, flags);
          block++;
        }
        useLo = useHi = defLo = defHi = genLo = genHi = earlyLo = earlyHi = flags = 0;
        fresh = true;
        pcDefined = false;
        this.#begin(block, i, insn);
        if (op === Op.set_label) {
          this.labelBlock[args[base]] = block;
          continue;
        }
      }
      let first: number;
      let last: number;
      let outFirst = base;
      let outLast: number;
      if (op === Op.call) {
        const helper = helpers[args[base]];
        first = base + 2;
        last = first + helper.params.length;
        outFirst = base + 1;
        outLast = args[base + 1] === NO_TEMP ? outFirst : base + 2;
      } else {
        outLast = first = base + OP_NOUTS[op];
        last = first + OP_NINS[op];
      }
      for (let k = first; k < last; k++) {
        const t = args[k];
        if (t >= fixedTemps) {
          if (tempKind[t] === TempKind.CONST) continue;
          uses[t]++;
          const b = tempBlock[t];
          if (b !== block) tempBlock[t] = b === UNSEEN ? block : SEVERAL;
          // Used before its definition in the same block: the value comes around a loop, or is undefined.
          if (defs[t] === 0) tempBlock[t] = SEVERAL;
        } else if (t > 0 && (flags & BlockFlag.INVALIDATE) === 0) {
          if (t <= 32) useLo |= (1 << (t - 1)) & ~defLo;
          else if (t <= MAX_CACHED) useHi |= (1 << (t - 33)) & ~defHi;
        }
      }
      if (op === Op.call) {
        const f = helpers[args[base]].flags;
        if ((f & HelperFlag.NO_GLOBALS) === 0) {
          if ((flags & BlockFlag.WRITE_BACK) === 0) {
            earlyLo = defLo;
            earlyHi = defHi;
          }
          flags |= BlockFlag.FLUSH | BlockFlag.WRITE_BACK;
          if (!pcDefined) flags |= BlockFlag.PC;
          if ((f & HelperFlag.NO_WRITE_GLOBALS) === 0) flags |= BlockFlag.INVALIDATE;
          genLo = genHi = 0;
          fresh = true;
        }
      }
      if ((opFlags & (OpFlag.FAULT | OpFlag.EXIT)) !== 0 || (op === Op.call && (helpers[args[base]].flags & HelperFlag.CAN_FAULT) !== 0)) {
        if ((flags & BlockFlag.WRITE_BACK) === 0) {
          earlyLo = defLo;
          earlyHi = defHi;
          flags |= BlockFlag.WRITE_BACK;
        }
        if ((opFlags & OpFlag.EXIT) === 0) {
          this.faultPoints++;
          if (fresh) this.faultSets++;
          fresh = false;
        }
      }
      for (let k = outFirst; k < outLast; k++) {
        const t = args[k];
        if (t >= fixedTemps) {
          if (defs[t] < 2) defs[t]++;
          const b = tempBlock[t];
          if (b !== block) tempBlock[t] = b === UNSEEN ? block : SEVERAL;
        } else if (t > 0) {
          fresh = true;
          if (t === pcTemp) pcDefined = true;
          if (t <= 32) {
            defLo |= 1 << (t - 1);
            genLo |= 1 << (t - 1);
          } else if (t <= MAX_CACHED) {
            defHi |= 1 << (t - 33);
            genHi |= 1 << (t - 33);
          }
        }
      }
      if (op === Op.insn_start) {
        if (this.firstInsn < 0) this.firstInsn = base;
        else if (args[base + 2] !== args[this.firstInsn + 2]) this.oneWord = false;
        insn = i;
      } else if ((opFlags & (OpFlag.BB_END | OpFlag.EXIT)) !== 0) {
        if ((opFlags & OpFlag.EXIT) !== 0) {
          flags |= pcDefined ? BlockFlag.EXIT : BlockFlag.EXIT | BlockFlag.PC;
        } else {
          const label = op === Op.br ? args[base] : args[base + 3];
          if (this.labelBlock[label] >= 0) this.cyclic = true;
          // Resolved in #link; the block of a forward label is not known yet.
          this.taken[block] = label;
          if (op !== Op.br) this.next[block] = block + 1;
        }
        this.#close(block, i + 1, useLo, useHi, defLo, defHi, genLo, genHi, earlyLo, earlyHi, flags);
        block++;
      }
    }
    if (fn.pcBase !== NO_TEMP) {
      // the fault exit reads it, at the function's end
      uses[fn.pcBase]++;
      tempBlock[fn.pcBase] = SEVERAL;
    }
    if (block < this.nBlocks) {
      this.#close(block, nOps, useLo, useHi, defLo, defHi, genLo, genHi, earlyLo, earlyHi, flags);
    }
    this.#link();
  }

  #link(): void {
    const n = this.nBlocks;
    for (let b = 0; b < n; b++) {
      if (this.taken[b] >= 0) {
        const target = this.labelBlock[this.taken[b]];
        if (target < 0) throw new Error(`branch to label ${this.taken[b]}, which is not set`);
        this.taken[b] = target;
      }
      if (this.next[b] >= n) this.next[b] = -1;
    }
  }

  #begin(block: number, op: number, insn: number): void {
    if (block === this.start.length) this.#grow();
    this.start[block] = op;
    this.insnAt[block] = insn;
    this.taken[block] = -1;
    this.next[block] = -1;
    this.nBlocks = block + 1;
  }

  #close(
    block: number, end: number, useLo: number, useHi: number, defLo: number, defHi: number, genLo: number, genHi: number,
    earlyLo: number, earlyHi: number, flags: number,
  ): void {
    this.end[block] = end;
    this.flags[block] = flags;
    this.useLo[block] = useLo;
    this.useHi[block] = useHi;
    this.defLo[block] = defLo;
    this.defHi[block] = defHi;
    this.genLo[block] = genLo;
    this.genHi[block] = genHi;
    this.earlyLo[block] = earlyLo;
    this.earlyHi[block] = earlyHi;
  }

  #grow(): void {
    const n = this.start.length * 2;
    const words = (old: Int32Array): Int32Array => {
      const a = new Int32Array(n);
      a.set(old);
      return a;
    };
    this.start = words(this.start);
    this.end = words(this.end);
    this.taken = words(this.taken);
    this.next = words(this.next);
    this.insnAt = words(this.insnAt);
    this.useLo = words(this.useLo);
    this.useHi = words(this.useHi);
    this.defLo = words(this.defLo);
    this.defHi = words(this.defHi);
    this.genLo = words(this.genLo);
    this.genHi = words(this.genHi);
    this.earlyLo = words(this.earlyLo);
    this.earlyHi = words(this.earlyHi);
    const flags = new Uint8Array(n);
    flags.set(this.flags);
    this.flags = flags;
  }
}
