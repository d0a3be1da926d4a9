import { type IrFunction, NO_TEMP, STRIDE, TempKind } from '../ir/function.ts';
import { HelperFlag } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_FLAGS, OP_NINS, OP_NOUTS, OpFlag } from '../op/table.ts';
import { DeadStores } from './dead-stores.ts';
import { loadedBytes, storedBytes } from './host-ops.ts';
import { isWide } from './width.ts';

/** Ops that the walk handles apart. */
const Kind = { PLAIN: 0, SKIP: 1, LABEL: 2, BRANCH: 3, EXIT: 4, CALL: 5, FAULT: 6, HOST: 7, MOVE: 8, DISCARD: 9 } as const;

const KINDS: Uint8Array = Uint8Array.from(OP_FLAGS, (flags, op) => {
  if (op === Op.nop || op === Op.insn_start || op === Op.mb) return Kind.SKIP;
  if (op === Op.set_label) return Kind.LABEL;
  if (op === Op.discard) return Kind.DISCARD;
  if (op === Op.call) return Kind.CALL;
  if (op === Op.mov_i32 || op === Op.mov_i64) return Kind.MOVE;
  if ((flags & OpFlag.BB_END) !== 0) return Kind.BRANCH;
  if ((flags & OpFlag.EXIT) !== 0) return Kind.EXIT;
  if ((flags & OpFlag.FAULT) !== 0) return Kind.FAULT;
  return loadedBytes(op) > 0 || storedBytes(op) > 0 ? Kind.HOST : Kind.PLAIN;
});

/**
 * Liveness, backward: deletes ops whose results nobody reads and stores to env that are overwritten unseen, narrows
 * add and sub with carry whose carry is dead, and (with `coalesce`) lets an op write straight to the global that its
 * result is moved to.
 *
 * All globals, and the pc base, are live at exits, fault points and helpers that read them, and at the labels of loops, where a region
 * may leave to answer an exit request. Locals are dead at exits. One walk is enough unless the function has backward
 * branches; then walks that only look go first, until the sets at the labels stand still.
 */
export class DeadCode {
  /** Let ops write directly to a global. */
  coalesce = true;
  #live: Int32Array = new Int32Array(16);
  /** Live temps at each label, `#words` words each. */
  #atLabel: Int32Array = new Int32Array(64);
  /** 1 for labels that a later branch goes back to. */
  #loop: Uint8Array = new Uint8Array(16);
  readonly #stores = new DeadStores();
  #words = 0;
  #globalWords = 0;
  #globalRest = 0;
  #fn!: IrFunction;
  #changed = false;
  #commit = false;
  /** A move from a local that dies there to a global, not yet merged into the local's definition; -1 for none. */
  #moveAt = -1;
  #moveFrom = 0;
  #moveTo = 0;

  run(fn: IrFunction): void {
    this.#fn = fn;
    const words = (fn.nTemps + 31) >> 5;
    this.#words = words;
    this.#globalWords = fn.fixedTemps >> 5;
    this.#globalRest = (1 << (fn.fixedTemps & 31)) - 1;
    if (this.#live.length < words) this.#live = new Int32Array(words * 2);
    const cyclic = fn.nLabels > 0 && this.#findLoops(fn);
    if (cyclic) {
      this.#atLabel.fill(0, 0, fn.nLabels * words);
      this.#commit = false;
      do {
        this.#changed = false;
        this.#walk();
      } while (this.#changed);
    }
    this.#commit = true;
    this.#walk();
  }

  /** Marks the labels of loops; true if there are any. */
  #findLoops(fn: IrFunction): boolean {
    const n = fn.nLabels;
    if (this.#atLabel.length < n * this.#words) this.#atLabel = new Int32Array(n * this.#words * 2);
    if (this.#loop.length < n) this.#loop = new Uint8Array(n * 2);
    const loop = this.#loop;
    loop.fill(0, 0, n);
    const { ops, args } = fn;
    let found = false;
    // A branch that comes after its label goes back.
    for (let i = 0; i < fn.nOps; i++) {
      const op = ops[i]!;
      if (op === Op.set_label) {
        loop[args[i * STRIDE]!] = 2;
      } else if (KINDS[op] === Kind.BRANCH) {
        const label = args[i * STRIDE + (op === Op.br ? 0 : 3)]!;
        if (loop[label] !== 0) {
          loop[label] = 1;
          found = true;
        }
      }
    }
    return found;
  }

  #walk(): void {
    const fn = this.#fn;
    const { ops } = fn;
    this.#live.fill(0, 0, this.#words);
    this.#stores.clear();
    this.#moveAt = -1;
    for (let i = fn.nOps - 1; i >= 0; i--) {
      switch (KINDS[ops[i]!]) {
        case Kind.SKIP: break;
        case Kind.LABEL: this.#label(i); break;
        case Kind.BRANCH: this.#branch(i); break;
        case Kind.EXIT:
          this.#live.fill(0, 0, this.#words);
          this.#globalsLive();
          this.#forget();
          break;
        case Kind.CALL: this.#call(i); break;
        case Kind.HOST: this.#host(i); break;
        case Kind.MOVE: this.#move(i); break;
        case Kind.DISCARD:
          this.#clear(fn.args[i * STRIDE]!);
          this.#delete(i);
          break;
        default: this.#op(i);
      }
    }
  }

  #isLive(t: number): boolean {
    return (this.#live[t >> 5]! & (1 << (t & 31))) !== 0;
  }

  #set(t: number): void {
    this.#live[t >> 5]! |= 1 << (t & 31);
  }

  #clear(t: number): void {
    this.#live[t >> 5]! &= ~(1 << (t & 31));
  }

  #globalsLive(): void {
    const live = this.#live;
    const n = this.#globalWords;
    for (let k = 0; k < n; k++) live[k] = -1;
    if (this.#globalRest !== 0) live[n]! |= this.#globalRest;
    if (this.#fn.pcBase !== NO_TEMP) this.#set(this.#fn.pcBase);
  }

  /** State may be seen from outside here, or control may come from elsewhere. */
  #forget(): void {
    this.#stores.clear();
    this.#moveAt = -1;
  }

  #label(i: number): void {
    const label = this.#fn.args[i * STRIDE]!;
    const live = this.#live;
    const words = this.#words;
    const at = this.#atLabel;
    const base = label * words;
    this.#forget();
    if (this.#loop[label] === 1) this.#globalsLive();
    for (let k = 0; k < words; k++) {
      if (at[base + k] !== live[k]) {
        at[base + k] = live[k]!;
        this.#changed = true;
      }
    }
  }

  #branch(i: number): void {
    const { ops, args } = this.#fn;
    const live = this.#live;
    const words = this.#words;
    const jump = ops[i] === Op.br;
    const base = args[i * STRIDE + (jump ? 0 : 3)]! * words;
    const at = this.#atLabel;
    this.#forget();
    if (jump) {
      for (let k = 0; k < words; k++) live[k] = at[base + k]!;
      return;
    }
    for (let k = 0; k < words; k++) live[k]! |= at[base + k]!;
    this.#set(args[i * STRIDE]!);
    this.#set(args[i * STRIDE + 1]!);
  }

  #call(i: number): void {
    const fn = this.#fn;
    const { args } = fn;
    const at = i * STRIDE;
    const helper = fn.helpers[args[at]!]!;
    const { flags } = helper;
    const ret = args[at + 1]!;
    const pure = (flags & HelperFlag.PURE) !== 0;
    if (pure && (ret === NO_TEMP || !this.#isLive(ret))) {
      this.#delete(i);
      return;
    }
    if (ret !== NO_TEMP) this.#clear(ret);
    if (!pure) this.#forget();
    else this.#moveAt = -1;
    if ((flags & HelperFlag.NO_GLOBALS) === 0 || (flags & HelperFlag.CAN_FAULT) !== 0) this.#globalsLive();
    for (let k = 0; k < helper.params.length; k++) this.#set(args[at + 2 + k]!);
  }

  /** Loads from and stores to host memory. */
  #host(i: number): void {
    const { ops, args } = this.#fn;
    const at = i * STRIDE;
    const op = ops[i]!;
    const env = args[at + 1] === 0;
    const stored = storedBytes(op);
    if (stored > 0) {
      if (env && this.#stores.covered(args[at + 2]!, stored)) {
        this.#delete(i);
        return;
      }
    } else if (this.#isLive(args[at]!)) {
      if (env) this.#stores.read(args[at + 2]!, loadedBytes(op));
      else this.#stores.clear();
    }
    this.#op(i);
  }

  /** mov: a candidate for writing directly to its destination. */
  #move(i: number): void {
    const fn = this.#fn;
    const { args, tempKind } = fn;
    const d = args[i * STRIDE]!;
    const s = args[i * STRIDE + 1]!;
    if (!this.#isLive(d)) {
      this.#delete(i);
      return;
    }
    const dies = this.coalesce && this.#commit && tempKind[s] === TempKind.LOCAL && !this.#isLive(s);
    this.#op(i);
    const to = args[i * STRIDE]!;
    if (!dies || tempKind[to] !== TempKind.GLOBAL) return;
    this.#moveAt = i;
    this.#moveFrom = s;
    this.#moveTo = to;
  }

  #op(i: number): void {
    const fn = this.#fn;
    const { args } = fn;
    const op = fn.ops[i]!;
    const flags = OP_FLAGS[op]!;
    const at = i * STRIDE;
    const nOuts = OP_NOUTS[op]!;
    const last = at + nOuts + OP_NINS[op]!;
    if (nOuts > 0 && (flags & OpFlag.SIDE) === 0) {
      const wanted = this.#isLive(args[at]!) || (nOuts > 1 && this.#isLive(args[at + 1]!));
      if (!wanted) {
        this.#delete(i);
        return;
      }
    }
    if (this.#moveAt >= 0) this.#merge(at, nOuts, last);
    if (nOuts > 0) {
      if (nOuts > 1 && this.#commit && this.#narrow(i, op)) {
        this.#op(i);
        return;
      }
      this.#clear(args[at]!);
      if (nOuts > 1) this.#clear(args[at + 1]!);
    }
    if ((flags & OpFlag.FAULT) !== 0) {
      this.#globalsLive();
      this.#forget();
    }
    for (let k = at + nOuts; k < last; k++) this.#set(args[k]!);
  }

  /** Looks whether the op at `at` is the definition that the pending move can be merged into, or what forbids it. */
  #merge(at: number, nOuts: number, last: number): void {
    const fn = this.#fn;
    const { args, ops } = fn;
    const from = this.#moveFrom;
    const to = this.#moveTo;
    if (nOuts === 1 && args[at] === from) {
      args[at] = to;
      ops[this.#moveAt] = Op.nop;
      this.#clear(from);
      this.#set(to);
      this.#moveAt = -1;
      return;
    }
    for (let k = at; k < last; k++) {
      if (args[k] === from || args[k] === to) {
        this.#moveAt = -1;
        return;
      }
    }
  }

  /** Add and sub with carry of which only one result is wanted and no carry comes in. */
  #narrow(i: number, op: number): boolean {
    const fn = this.#fn;
    const { args, ops } = fn;
    const at = i * STRIDE;
    const carry = args[at + 4]!;
    if (!fn.isConst(carry) || fn.constLo[carry] !== 0 || args[at] === args[at + 1]) return false;
    if (this.#isLive(args[at + 1]!)) return false;
    const wide = isWide(op);
    if (op === Op.addc_i32 || op === Op.addc_i64) ops[i] = wide ? Op.add_i64 : Op.add_i32;
    else ops[i] = wide ? Op.sub_i64 : Op.sub_i32;
    args[at + 1] = args[at + 2]!;
    args[at + 2] = args[at + 3]!;
    return true;
  }

  #delete(i: number): void {
    if (this.#commit) this.#fn.ops[i] = Op.nop;
  }
}
