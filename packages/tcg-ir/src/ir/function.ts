import { OP_NAMES } from '../op/table.ts';
import { Type, type GlobalDef, type HelperDef } from './helper.ts';

/** Index of a value in the function's temp table. Temp 0 is env (i32); globals follow in the order of their definition. */
export type Temp = number;
export type Label = number;

export const TempKind = { ENV: 0, GLOBAL: 1, LOCAL: 2, CONST: 3 } as const;

/** Operands per op in `args`. */
export const STRIDE = 8;
/** Operand value for "none" (the result of a call that returns nothing). */
export const NO_TEMP = -1;

/**
 * One function of IR in flat arrays: `ops[i]` with operands `args[i * STRIDE …]`, outputs first, then inputs, then
 * immediates. `call` differs: helper index, result (or NO_TEMP), arguments.
 *
 * A temp holds its value to the end of the function, over branches and labels. Constants are interned; writing one is
 * a bug. Passes delete an op by turning it into `nop`.
 * The arrays grow when full, so read them from the function anew after emitting.
 */
export class IrFunction {
  readonly globals: readonly GlobalDef[];
  readonly helpers: readonly HelperDef[];
  /** Number of temps that are the same in every function: env and the globals. */
  readonly fixedTemps: number;

  ops: Uint16Array = new Uint16Array(1024);
  args: Int32Array = new Int32Array(1024 * STRIDE);
  nOps = 0;

  tempType: Uint8Array = new Uint8Array(256);
  tempKind: Uint8Array = new Uint8Array(256);
  /** Value of a constant: low and high word; a v128 has its words 2 and 3 in `constW2` and `constW3`. */
  constLo: Int32Array = new Int32Array(256);
  constHi: Int32Array = new Int32Array(256);
  constW2: Int32Array = new Int32Array(256);
  constW3: Int32Array = new Int32Array(256);
  nTemps = 0;
  nLabels = 0;
  /**
   * For code that runs at any address: the i64 local that holds the guest pc at which the function was entered. The pcs
   * of insn_start are then relative to it. NO_TEMP: they are absolute. Written once, before all labels and all that can
   * fault; faults read it.
   */
  pcBase: Temp = NO_TEMP;

  /** Open-addressed index of constants, by hash; entries are temp numbers, valid when `#gen` matches. */
  #constIndex = new Int32Array(256);
  #constGen = new Int32Array(256);
  #gen = 0;
  #nConsts = 0;

  constructor(globals: readonly GlobalDef[], helpers: readonly HelperDef[]) {
    this.globals = globals;
    this.helpers = helpers;
    this.fixedTemps = globals.length + 1;
    while (this.tempType.length < this.fixedTemps + 64) this.#growTemps();
    this.tempType[0] = Type.I32;
    this.tempKind[0] = TempKind.ENV;
    for (let i = 0; i < globals.length; i++) {
      this.tempType[i + 1] = globals[i]!.type;
      this.tempKind[i + 1] = TempKind.GLOBAL;
    }
    this.reset();
  }

  /** Empties the function for the next translation; keeps the arrays. */
  reset(): void {
    this.nOps = 0;
    this.nTemps = this.fixedTemps;
    this.nLabels = 0;
    this.pcBase = NO_TEMP;
    this.#gen++;
    this.#nConsts = 0;
  }

  newTemp(type: number): Temp {
    const t = this.nTemps;
    if (t === this.tempType.length) this.#growTemps();
    this.tempType[t] = type;
    this.tempKind[t] = TempKind.LOCAL;
    this.nTemps = t + 1;
    return t;
  }

  newLabel(): Label {
    return this.nLabels++;
  }

  isConst(t: Temp): boolean {
    return this.tempKind[t] === TempKind.CONST;
  }

  /** The interned constant of the given type; for i32, `hi` and the rest are 0. */
  constTemp(type: number, lo: number, hi: number, w2 = 0, w3 = 0): Temp {
    lo |= 0;
    hi |= 0;
    let h = Math.imul(lo ^ Math.imul(hi, 0x2c1b3c6d) ^ Math.imul(w2, 0x297a2d39) ^ w3 ^ (type << 29), 0x9e3779b1);
    const mask = this.#constIndex.length - 1;
    h = (h ^ (h >>> 15)) & mask;
    while (this.#constGen[h] === this.#gen) {
      const t = this.#constIndex[h]!;
      if (
        this.constLo[t] === lo && this.constHi[t] === hi && this.tempType[t] === type &&
        (type !== Type.V128 || (this.constW2[t] === (w2 | 0) && this.constW3[t] === (w3 | 0)))
      ) {
        return t;
      }
      h = (h + 1) & mask;
    }
    const t = this.newTemp(type);
    this.tempKind[t] = TempKind.CONST;
    this.constLo[t] = lo;
    this.constHi[t] = hi;
    this.constW2[t] = w2;
    this.constW3[t] = w3;
    this.#constIndex[h] = t;
    this.#constGen[h] = this.#gen;
    if (++this.#nConsts * 2 > mask) this.#growConsts();
    return t;
  }

  /** Appends an op with its operands unset and returns its index. */
  append(op: number): number {
    const i = this.nOps;
    if (i === this.ops.length) this.#growOps();
    this.ops[i] = op;
    this.nOps = i + 1;
    return i;
  }

  /** Name of op `i`, for messages. */
  opName(i: number): string {
    return OP_NAMES[this.ops[i]!]!;
  }

  #growOps(): void {
    const ops = new Uint16Array(this.ops.length * 2);
    ops.set(this.ops);
    this.ops = ops;
    const args = new Int32Array(ops.length * STRIDE);
    args.set(this.args);
    this.args = args;
  }

  #growTemps(): void {
    const n = this.tempType.length * 2;
    const bytes = (old: Uint8Array): Uint8Array => {
      const a = new Uint8Array(n);
      a.set(old);
      return a;
    };
    const words = (old: Int32Array): Int32Array => {
      const a = new Int32Array(n);
      a.set(old);
      return a;
    };
    this.tempType = bytes(this.tempType);
    this.tempKind = bytes(this.tempKind);
    this.constLo = words(this.constLo);
    this.constHi = words(this.constHi);
    this.constW2 = words(this.constW2);
    this.constW3 = words(this.constW3);
  }

  #growConsts(): void {
    const mask = this.#constIndex.length * 2 - 1;
    this.#constIndex = new Int32Array(mask + 1);
    this.#constGen = new Int32Array(mask + 1);
    this.#gen++;
    for (let t = this.fixedTemps; t < this.nTemps; t++) {
      if (this.tempKind[t] !== TempKind.CONST) continue;
      let h = Math.imul(
        this.constLo[t]! ^ Math.imul(this.constHi[t]!, 0x2c1b3c6d) ^ Math.imul(this.constW2[t]!, 0x297a2d39) ^
          this.constW3[t]! ^ (this.tempType[t]! << 29),
        0x9e3779b1,
      );
      h = (h ^ (h >>> 15)) & mask;
      while (this.#constGen[h] === this.#gen) h = (h + 1) & mask;
      this.#constIndex[h] = t;
      this.#constGen[h] = this.#gen;
    }
  }
}
