import { type IrFunction, type Label, NO_TEMP, STRIDE, type Temp } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';

/**
 * Temps, constants, labels, calls. The op methods are in the subclasses, one per group of ops.
 * A builder appends to one IrFunction; `begin` takes the next one.
 */
export class BuilderCore {
  fn: IrFunction;
  /** Host address of the CPU state, an i32. */
  readonly env: Temp = 0;

  constructor(fn: IrFunction) {
    this.fn = fn;
  }

  /** Empties `fn` (or the current function) and builds into it from here on. */
  begin(fn: IrFunction = this.fn): void {
    this.fn = fn;
    fn.reset();
  }

  newI32(): Temp { return this.fn.newTemp(Type.I32); }
  newI64(): Temp { return this.fn.newTemp(Type.I64); }
  newV128(): Temp { return this.fn.newTemp(Type.V128); }

  constI32(value: number): Temp { return this.fn.constTemp(Type.I32, value, 0); }
  constI64(lo: number, hi: number): Temp { return this.fn.constTemp(Type.I64, lo, hi); }
  /** i64 constant of a safe integer (negative ones in two's complement). */
  constI64n(value: number): Temp { return this.fn.constTemp(Type.I64, value | 0, Math.floor(value / 0x1_0000_0000) | 0); }
  constV128(w0: number, w1: number, w2: number, w3: number): Temp {
    return this.fn.constTemp(Type.V128, w0, w1, w2, w3);
  }

  newLabel(): Label { return this.fn.newLabel(); }
  setLabel(label: Label): void { this.emit1(Op.set_label, label); }

  /**
   * Guest instruction boundary. A fault in what follows stores this pc in the pc global, and `word` (frontend's own
   * use: syndrome bits, condexec, …) at the target's insnWord offset. In a function with a pc base, the pc counts from it.
   */
  insnStart(pcLo: number, pcHi: number, word = 0): void { this.emit3(Op.insn_start, pcLo, pcHi, word); }

  /** Calls helper `index` of the function's helper list; `ret` is NO_TEMP for a helper without a result. */
  call(index: number, ret: Temp, a0?: Temp, a1?: Temp, a2?: Temp, a3?: Temp, a4?: Temp, a5?: Temp): void {
    const i = this.fn.append(Op.call) * STRIDE;
    const args = this.fn.args;
    args[i] = index;
    args[i + 1] = ret;
    args[i + 2] = a0 ?? NO_TEMP;
    args[i + 3] = a1 ?? NO_TEMP;
    args[i + 4] = a2 ?? NO_TEMP;
    args[i + 5] = a3 ?? NO_TEMP;
    args[i + 6] = a4 ?? NO_TEMP;
    args[i + 7] = a5 ?? NO_TEMP;
  }

  protected emit0(op: number): void {
    this.fn.append(op);
  }

  protected emit1(op: number, a: number): void {
    const i = this.fn.append(op) * STRIDE;
    this.fn.args[i] = a;
  }

  protected emit2(op: number, a: number, b: number): void {
    const i = this.fn.append(op) * STRIDE;
    const args = this.fn.args;
    args[i] = a;
    args[i + 1] = b;
  }

  protected emit3(op: number, a: number, b: number, c: number): void {
    const i = this.fn.append(op) * STRIDE;
    const args = this.fn.args;
    args[i] = a;
    args[i + 1] = b;
    args[i + 2] = c;
  }

  protected emit4(op: number, a: number, b: number, c: number, d: number): void {
    const i = this.fn.append(op) * STRIDE;
    const args = this.fn.args;
    args[i] = a;
    args[i + 1] = b;
    args[i + 2] = c;
    args[i + 3] = d;
  }

  protected emit5(op: number, a: number, b: number, c: number, d: number, e: number): void {
    const i = this.fn.append(op) * STRIDE;
    const args = this.fn.args;
    args[i] = a;
    args[i + 1] = b;
    args[i + 2] = c;
    args[i + 3] = d;
    args[i + 4] = e;
  }

  protected emit6(op: number, a: number, b: number, c: number, d: number, e: number, f: number): void {
    const i = this.fn.append(op) * STRIDE;
    const args = this.fn.args;
    args[i] = a;
    args[i + 1] = b;
    args[i + 2] = c;
    args[i + 3] = d;
    args[i + 4] = e;
    args[i + 5] = f;
  }
}
