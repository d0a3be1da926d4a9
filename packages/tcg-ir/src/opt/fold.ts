import { type IrFunction, NO_TEMP, STRIDE, TempKind } from '../ir/function.ts';
import { HelperFlag, Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_FLAGS, OP_NINS, OP_NOUTS, OpFlag } from '../op/table.ts';
import { Algebra } from './algebra.ts';
import { EnvMemory } from './env-memory.ts';
import { Facts } from './facts.ts';
import { foldConditional } from './fold-cond.ts';
import { forwardLoad } from './forward.ts';
import { loadedBytes, loadedOp, storedBytes } from './host-ops.ts';
import { KnownBits } from './known-bits.ts';
import { isWide } from './width.ts';

/** What fold does with an op: a class of the table below. */
const Kind = { PLAIN: 0, MOVE: 1, LOAD: 2, STORE: 3, COND: 4, LABEL: 5, CALL: 6, DISCARD: 7, NONE: 8 } as const;

const KINDS: Uint8Array = Uint8Array.from(OP_FLAGS, (flags, op) => {
  if (op === Op.nop) return Kind.NONE;
  if (op === Op.discard) return Kind.DISCARD;
  if (op === Op.set_label) return Kind.LABEL;
  if (op === Op.call) return Kind.CALL;
  if (op === Op.mov_i32 || op === Op.mov_i64) return Kind.MOVE;
  if ((flags & OpFlag.LOAD) !== 0) return Kind.LOAD;
  if (storedBytes(op) > 0) return Kind.STORE;
  if (
    op === Op.brcond_i32 || op === Op.brcond_i64 || op === Op.setcond_i32 || op === Op.setcond_i64 ||
    op === Op.negsetcond_i32 || op === Op.negsetcond_i64 || op === Op.movcond_i32 || op === Op.movcond_i64
  ) return Kind.COND;
  return Kind.PLAIN;
});

/** One op may be rewritten this often before it is left as it is. */
const MAX_REWRITES = 6;

/**
 * Forward walk over extended basic blocks: copy propagation, constant folding, known bits, algebraic identities,
 * decided conditions, and (with `env`) loads of CPU state that was just loaded or stored.
 *
 * A label forgets everything, since control comes from elsewhere; a conditional branch forgets nothing.
 * A local that is moved to a global is from then on taken to be the copy, so that its uses read the global and its
 * computation can go straight there.
 */
export class Folder {
  /** Forward loads of env state. */
  env = true;
  readonly facts: Facts = new Facts();
  readonly #bits = new KnownBits(this.facts);
  readonly #algebra = new Algebra(this.facts);
  readonly #memory = new EnvMemory();
  #fn!: IrFunction;
  #args!: Int32Array;
  #ops!: Uint16Array;

  run(fn: IrFunction): void {
    this.#fn = fn;
    this.#args = fn.args;
    this.#ops = fn.ops;
    // Each rewrite of an op adds a constant at most.
    this.facts.begin(fn, fn.nOps * (MAX_REWRITES + 1));
    this.#memory.clear();
    const ops = this.#ops;
    const n = fn.nOps;
    for (let i = 0; i < n; i++) {
      switch (KINDS[ops[i]!]) {
        case Kind.NONE:
          break;
        case Kind.LABEL:
          this.facts.newBlock();
          this.#memory.clear();
          break;
        case Kind.CALL:
          this.#call(i);
          break;
        case Kind.DISCARD:
          // Its copies must not be read from it any more.
          this.facts.write(this.#args[i * STRIDE]!);
          break;
        default:
          this.#op(i);
      }
    }
  }

  #call(i: number): void {
    const fn = this.#fn;
    const args = this.#args;
    const facts = this.facts;
    const at = i * STRIDE;
    const helper = fn.helpers[args[at]!]!;
    const n = helper.params.length;
    for (let k = 0; k < n; k++) args[at + 2 + k] = facts.resolve(args[at + 2 + k]!);
    if ((helper.flags & HelperFlag.PURE) === 0) {
      this.#memory.clear();
      if ((helper.flags & (HelperFlag.NO_GLOBALS | HelperFlag.NO_WRITE_GLOBALS)) === 0) facts.writeGlobals();
    }
    const ret = args[at + 1]!;
    if (ret !== NO_TEMP) facts.write(ret);
  }

  #op(i: number): void {
    const facts = this.facts;
    const args = this.#args;
    const ops = this.#ops;
    const at = i * STRIDE;
    let op = ops[i]!;
    const first = at + OP_NOUTS[op]!;
    const last = first + OP_NINS[op]!;
    for (let k = first; k < last; k++) {
      const t = facts.resolve(args[k]!);
      facts.touch(t);
      args[k] = t;
    }
    for (let n = 0; n < MAX_REWRITES; n++) {
      let changed = false;
      switch (KINDS[op]) {
        case Kind.COND:
          changed = foldConditional(facts, i);
          break;
        case Kind.LOAD:
          changed = this.env && forwardLoad(this.facts, this.#memory, i);
          break;
        case Kind.PLAIN:
          if ((OP_FLAGS[op]! & OpFlag.SIDE) === 0) changed = this.#algebra.simplify(i, op);
          break;
      }
      if (!changed) break;
      op = ops[i]!;
    }
    this.#define(i, op);
  }

  /** Notes what op `i`, in its final form, does to its outputs; makes it a move if its result is known. */
  #define(i: number, op: number): void {
    const facts = this.facts;
    const args = this.#args;
    const at = i * STRIDE;
    const kind = KINDS[op]!;
    if (kind === Kind.STORE) {
      if (this.env) this.#store(i, op);
      return;
    }
    const nOuts = OP_NOUTS[op]!;
    if (nOuts === 0) return;
    const d = args[at]!;
    if (kind === Kind.MOVE || (op === Op.vor && args[at + 1] === args[at + 2])) {
      this.#move(i, d, args[at + 1]!);
      return;
    }
    const wide = isWide(op);
    const bits = this.#bits;
    bits.compute(i, op, wide);
    if (nOuts === 1 && (OP_FLAGS[op]! & (OpFlag.SIDE | OpFlag.LOAD)) === 0 && (bits.zLo | bits.oLo) === -1 && this.#fn.tempType[d] !== Type.V128) {
      if (!wide || (bits.zHi | bits.oHi) === -1) {
        const c = this.#fn.constTemp(wide ? Type.I64 : Type.I32, bits.oLo, wide ? bits.oHi : 0);
        this.#ops[i] = wide ? Op.mov_i64 : Op.mov_i32;
        args[at + 1] = c;
        facts.touch(c);
        this.#move(i, d, c);
        return;
      }
    }
    const in0 = args[at + nOuts]!;
    const in1 = OP_NINS[op]! > 1 ? args[at + nOuts + 1]! : in0;
    const version0 = facts.version[in0]!;
    const version1 = facts.version[in1]!;
    for (let k = 0; k < nOuts; k++) facts.write(args[at + k]!);
    facts.zLo[d] = bits.zLo;
    facts.zHi[d] = bits.zHi;
    facts.oLo[d] = bits.oLo;
    facts.oHi[d] = bits.oHi;
    facts.sign[d] = bits.sign;
    if (nOuts === 2) {
      if (args[at + 1] !== d) {
        facts.zLo[args[at + 1]!] = -2;
        facts.sign[args[at + 1]!] = 31;
      } else {
        facts.write(d);
      }
      return;
    }
    if (op === Op.extrl_i32_i64) facts.setLow(in0, d);
    else if (op === Op.extu_i64_i32 || op === Op.exts_i64_i32 || op === Op.concat_i64) facts.setLow(d, in0);
    if (kind === Kind.LOAD) {
      if (this.env && args[at + 1] === 0) this.#memory.note(facts, op, args[at + 2]!, loadedBytes(op), d);
    } else {
      facts.setDef(d, i, version0, version1);
    }
  }

  #move(i: number, d: number, s: number): void {
    const facts = this.facts;
    if (facts.resolve(d) === s || d === s) {
      this.#ops[i] = Op.nop;
      return;
    }
    const { tempKind } = this.#fn;
    facts.write(d);
    facts.copyKnowledge(d, s);
    if (tempKind[s] === TempKind.LOCAL && tempKind[d] === TempKind.GLOBAL) facts.setCopy(s, d);
    else facts.setCopy(d, s);
  }

  /** A store of what is there already is dropped; other stores make known what is there. */
  #store(i: number, op: number): void {
    const args = this.#args;
    const at = i * STRIDE;
    if (args[at + 1] !== 0) {
      this.#memory.clear();
      return;
    }
    const offset = args[at + 2]!;
    const load = loadedOp(op);
    if (load !== Op.nop) {
      const found = this.#memory.find(this.facts, load, offset);
      if (found >= 0 && this.facts.resolve(found) === args[at]) {
        this.#ops[i] = Op.nop;
        return;
      }
    }
    const bytes = storedBytes(op);
    this.#memory.kill(offset, bytes);
    if (load !== Op.nop) this.#memory.note(this.facts, load, offset, bytes, args[at]!);
  }
}
