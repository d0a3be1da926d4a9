import { Cond, COND_NAMES, FCOND_NAMES, RMW_NAMES, Rmw } from '../ir/cond.ts';
import { type IrFunction, NO_TEMP, STRIDE, type Temp, TempKind } from '../ir/function.ts';
import { HelperFlag, Type } from '../ir/helper.ts';
import { MemOp } from '../ir/memop.ts';
import { Op } from '../op/codes.ts';
import { OP_DEFS, OpFlag } from '../op/table.ts';
import { printOp, tempNames } from '../text/print.ts';
import { checkDefined } from './defined.ts';
import { IMM_RANGES } from './ranges.ts';

const TYPE_OF_LETTER: Readonly<Record<string, number>> = { i: Type.I32, l: Type.I64, v: Type.V128 };
const TYPE_NAMES = ['i32', 'i64', 'v128'];
const BYTES = [4, 8, 16];

/**
 * Checks a function and returns what is wrong with it, an empty list if nothing. The invariants:
 *
 * Operands
 *  1. opcodes are those of the table, temps exist, and each has the type that the table (or the helper) asks for
 *  2. outputs are locals or globals: never env or a constant; the two outputs of an op differ
 *  3. `discard` names a local
 *  4. conditions exist; vcmp takes EQ to GTU, and no unsigned order for 64-bit lanes
 *  5. immediates are in range: lanes and lane indexes, bit fields inside the width, jump slots, exit codes, barriers
 *  6. MemOps have a size that the op's type can hold (guest_*_v128: 16 bytes exactly), only known bits, SIGN only on
 *     loads and atomics and narrower results or the full width, and with ORDERED the alignment of the size;
 *     atomics demand their size's alignment
 *  7. read-modify-write kinds exist
 *  8. the pattern of vshuffle is a constant with bytes 0 to 31
 *  9. loads and stores at offsets from env do not touch a global (which may be newer in a wasm local)
 * Calls
 * 10. the helper exists; there is a result operand exactly if the helper returns a value; arguments are as many as its
 *     definition says and the rest of the operands is NO_TEMP; a CAN_FAULT helper returns no value
 * Control
 * 11. a branch goes to a label that is set, and no label is set twice; label numbers are below nLabels
 * 12. control cannot run off the end of the function
 * 13. an insn_start comes before (in op order) everything that can fault
 * 14. the pc base is an i64 local, and its only definition comes before all labels and everything that can fault
 * 15. a local is written before it is read, on every path from the start (what control cannot reach is not looked at)
 */
export function verify(fn: IrFunction): string[] {
  const problems: string[] = [];
  new Verifier(fn, problems).run();
  // Without sound operands and labels, paths mean nothing.
  if (problems.length === 0) checkDefined(fn, (i, message) => problems.push(describe(fn, i, message)));
  return problems;
}

/** Throws with all problems and names `when` they were found (after which pass, …). */
export function assertValid(fn: IrFunction, when = 'verify'): void {
  const problems = verify(fn);
  if (problems.length > 0) throw new Error(`${when}: invalid IR\n${problems.join('\n')}`);
}

function describe(fn: IrFunction, i: number, message: string): string {
  if (i >= fn.nOps) return `end: ${message}`;
  return `op ${i} (${OP_DEFS[fn.ops[i]!] ? printOp(fn, i, tempNames(fn)).trim() : fn.ops[i]}): ${message}`;
}

class Verifier {
  readonly #fn: IrFunction;
  readonly #problems: string[];
  #i = 0;

  constructor(fn: IrFunction, problems: string[]) {
    this.#fn = fn;
    this.#problems = problems;
  }

  #bad(message: string): void {
    this.#problems.push(describe(this.#fn, this.#i, message));
  }

  #arg(k: number): number {
    return this.#fn.args[this.#i * STRIDE + k]!;
  }

  run(): void {
    const fn = this.#fn;
    const setAt = this.#labels();
    if (fn.pcBase !== NO_TEMP) this.#pcBase();
    let started = false;
    for (this.#i = 0; this.#i < fn.nOps; this.#i++) {
      const op = fn.ops[this.#i]!;
      const def = OP_DEFS[op];
      if (!def) {
        this.#bad('no such op');
        continue;
      }
      if (op === Op.insn_start) started = true;
      if (!started && this.#canFault(op)) {
        this.#bad('can fault, with no insn_start before it');
        started = true;
      }
      if (op === Op.call) {
        this.#call();
        continue;
      }
      let at = 0;
      for (const letter of def.outs) this.#output(this.#arg(at++), letter);
      if (def.outs.length === 2 && this.#arg(0) === this.#arg(1)) this.#bad('both results go to the same temp');
      for (const letter of def.ins) this.#input(this.#arg(at++), letter);
      this.#immediates(op, at, setAt);
      this.#special(op);
    }
  }

  #pcBase(): void {
    const fn = this.#fn;
    this.#i = 0;
    if (fn.tempKind[fn.pcBase] !== TempKind.LOCAL || fn.tempType[fn.pcBase] !== Type.I64) {
      this.#bad('the pc base is no i64 local');
      return;
    }
    let defined = false;
    let late = false;
    for (; this.#i < fn.nOps; this.#i++) {
      const op = fn.ops[this.#i]!;
      late ||= op === Op.set_label || this.#canFault(op);
      const call = op === Op.call;
      const writes = call ? this.#arg(1) === fn.pcBase : [...(OP_DEFS[op]?.outs ?? '')].some((_, k) => this.#arg(k) === fn.pcBase);
      if (!writes) continue;
      if (defined) this.#bad('defines the pc base again');
      else if (late) this.#bad('defines the pc base behind a label or what can fault');
      defined = true;
    }
    if (!defined) this.#bad('the pc base is never defined');
  }

  #canFault(op: number): boolean {
    if (op !== Op.call) return ((OP_DEFS[op]?.flags ?? 0) & OpFlag.FAULT) !== 0;
    return ((this.#fn.helpers[this.#arg(0)]?.flags ?? 0) & HelperFlag.CAN_FAULT) !== 0;
  }

  #labels(): Map<number, number> {
    const fn = this.#fn;
    const setAt = new Map<number, number>();
    for (this.#i = 0; this.#i < fn.nOps; this.#i++) {
      if (fn.ops[this.#i] !== Op.set_label) continue;
      if (setAt.has(this.#arg(0))) this.#bad(`L${this.#arg(0)} is set twice`);
      setAt.set(this.#arg(0), this.#i);
    }
    return setAt;
  }

  #temp(t: Temp, letter: string): boolean {
    const fn = this.#fn;
    if (!(t >= 0 && t < fn.nTemps)) {
      this.#bad(`no such temp: ${t}`);
      return false;
    }
    const wanted = TYPE_OF_LETTER[letter];
    if (wanted === undefined || fn.tempType[t] === wanted) return true;
    this.#bad(`${tempNames(fn)[t]} is ${TYPE_NAMES[fn.tempType[t]!]}, not ${TYPE_NAMES[wanted]}`);
    return false;
  }

  #input(t: Temp, letter: string): void {
    this.#temp(t, letter);
  }

  #output(t: Temp, letter: string): void {
    if (!this.#temp(t, letter)) return;
    const kind = this.#fn.tempKind[t];
    if (kind === TempKind.CONST) this.#bad('writes a constant');
    if (kind === TempKind.ENV) this.#bad('writes env');
  }

  #immediates(op: number, at: number, setAt: ReadonlyMap<number, number>): void {
    const fn = this.#fn;
    const def = OP_DEFS[op]!;
    let n = 0;
    for (const letter of def.imms) {
      const value = this.#arg(at++);
      switch (letter) {
        case 'c':
          if (!(value in COND_NAMES) || (op === Op.vcmp && (value < Cond.EQ || value > Cond.GTU))) this.#bad(`condition ${value}`);
          break;
        case 'f':
          if (!(value in FCOND_NAMES)) this.#bad(`float condition ${value}`);
          break;
        case 'L':
          if (value < 0 || value >= fn.nLabels) this.#bad(`no such label: L${value}`);
          else if (!setAt.has(value)) this.#bad(`L${value} is not set`);
          break;
        case 'm':
          this.#memOp(op, value);
          break;
        default: {
          const range = IMM_RANGES[op]?.[n++];
          if (range && (value < range[0] || value > range[1])) this.#bad(`${value} is not in ${range[0]}..${range[1]}`);
        }
      }
    }
  }

  #memOp(op: number, memop: number): void {
    const def = OP_DEFS[op]!;
    const size = memop & MemOp.SIZE_MASK;
    const known = MemOp.SIZE_MASK | MemOp.SIGN | MemOp.BSWAP | MemOp.ALIGN_MASK | MemOp.ORDERED | MemOp.MMU_MASK;
    if ((memop & ~known) !== 0) this.#bad(`unknown bits in the MemOp: 0x${(memop & ~known).toString(16)}`);
    const store = def.outs === '';
    const type = TYPE_OF_LETTER[store ? def.ins[0]! : def.outs[0]!]!;
    const vector = type === Type.V128;
    if (vector ? size !== MemOp.SIZE_128 : 1 << size > BYTES[type]!) this.#bad(`access of ${1 << size} bytes`);
    if (memop & MemOp.SIGN && (store || vector)) this.#bad('SIGN on what is not sign-extended');
    const align = (memop & MemOp.ALIGN_MASK) >> MemOp.ALIGN_SHIFT;
    const atomic = op >= Op.guest_rmw_i32 && op <= Op.guest_cmpxchg_i64;
    if (memop & MemOp.ORDERED && (vector || align !== size)) this.#bad('ORDERED needs the alignment of its size, and no vector');
    if (atomic && align < size) this.#bad('an atomic needs the alignment of its size');
  }

  /** Rules of single ops. */
  #special(op: number): void {
    const fn = this.#fn;
    switch (op) {
      case Op.discard:
        if (fn.tempKind[this.#arg(0)] !== TempKind.LOCAL) this.#bad('discards what is no local');
        return;
      case Op.deposit_i32: this.#field(this.#arg(3), this.#arg(4), 32); return;
      case Op.deposit_i64: this.#field(this.#arg(3), this.#arg(4), 64); return;
      case Op.extract_i32: case Op.sextract_i32: this.#field(this.#arg(2), this.#arg(3), 32); return;
      case Op.extract_i64: case Op.sextract_i64: this.#field(this.#arg(2), this.#arg(3), 64); return;
      case Op.vextractu_i32: case Op.vextracts_i32: this.#lane(this.#arg(2), this.#arg(3)); return;
      case Op.vinsert_i32: this.#lane(this.#arg(3), this.#arg(4)); return;
      case Op.vcmp:
        if (this.#arg(3) === 3 && this.#arg(4) >= Cond.LTU) this.#bad('no unsigned order of 64-bit lanes');
        return;
      case Op.vshuffle: {
        const p = this.#arg(3);
        if (!fn.isConst(p)) this.#bad('the pattern is no constant');
        else if (((fn.constLo[p]! | fn.constHi[p]! | fn.constW2[p]! | fn.constW3[p]!) & 0xe0e0e0e0) !== 0) this.#bad('a byte of the pattern is over 31');
        return;
      }
      case Op.guest_rmw_i32:
      case Op.guest_rmw_i64:
        if (!((this.#arg(4) & ~Rmw.RETURN_NEW) in RMW_NAMES)) this.#bad(`read-modify-write kind ${this.#arg(4)}`);
        return;
    }
    if (op >= Op.ld8u_i32 && op <= Op.st_v128 && this.#arg(1) === 0) this.#envAccess(op);
  }

  #field(pos: number, len: number, width: number): void {
    if (pos + len > width) this.#bad(`bits ${pos} to ${pos + len - 1} of ${width}`);
  }

  #lane(lane: number, index: number): void {
    if (index >= 16 >> lane) this.#bad(`lane ${index} of ${16 >> lane}`);
  }

  #envAccess(op: number): void {
    const name = this.#fn.opName(this.#i);
    const m = /^(?:ld|st)(\d*)[su]?_[iv](\d+)$/.exec(name)!;
    const bytes = Number(m[1] || m[2]) / 8;
    const offset = this.#arg(2);
    for (const g of this.#fn.globals) {
      if (offset < g.offset + BYTES[g.type]! && g.offset < offset + bytes) this.#bad(`${OP_DEFS[op]!.outs === '' ? 'stores to' : 'loads from'} the global ${g.name}`);
    }
  }

  #call(): void {
    const fn = this.#fn;
    const helper = fn.helpers[this.#arg(0)];
    if (!helper) {
      this.#bad(`no such helper: ${this.#arg(0)}`);
      return;
    }
    const ret = this.#arg(1);
    if (helper.ret === '' && ret !== NO_TEMP) this.#bad(`helper ${helper.name} returns nothing`);
    if (helper.ret !== '') {
      if (ret === NO_TEMP) this.#bad(`the result of helper ${helper.name} is not taken`);
      else this.#output(ret, helper.ret);
    }
    if (helper.flags & HelperFlag.CAN_FAULT && helper.ret !== '') this.#bad(`helper ${helper.name} can fault and returns a value`);
    for (let k = 0; k < STRIDE - 2; k++) {
      const t = this.#arg(2 + k);
      if (k < helper.params.length) this.#input(t, helper.params[k]!);
      else if (t !== NO_TEMP) this.#bad(`more arguments than helper ${helper.name} takes`);
    }
  }
}
