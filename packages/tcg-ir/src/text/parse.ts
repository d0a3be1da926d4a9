import { COND_NAMES, FCOND_NAMES } from '../ir/cond.ts';
import { IrFunction, NO_TEMP, STRIDE, type Temp } from '../ir/function.ts';
import { type GlobalDef, type HelperDef, Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_DEFS, OP_NAMES } from '../op/table.ts';
import { parseBarrier, parseMemOp, parseRmw } from './names.ts';

/** A line of text IR that cannot be read; `line` counts from 1. */
export class IrSyntaxError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'IrSyntaxError';
    this.line = line;
  }
}

const TYPE_OF_LETTER: Readonly<Record<string, number>> = { i: Type.I32, l: Type.I64, v: Type.V128 };
const BITS = [32, 64, 128];

/**
 * Reads what `printFunction` writes, into a new function. `#` starts a comment, empty lines are passed over. A local
 * has the type of the operand position where it first appears; constants may also be decimal and negative.
 * Throws IrSyntaxError. Only what the text needs to be readable is checked; the rest is the verifier's.
 */
export function parseFunction(text: string, globals: readonly GlobalDef[], helpers: readonly HelperDef[]): IrFunction {
  return new Parser(text, globals, helpers).run();
}

class Parser {
  readonly #fn: IrFunction;
  readonly #lines: string[];
  readonly #globals: ReadonlyMap<string, Temp>;
  /** Temps of t0, t1, …: all are made before the first constant, so that they keep their numbers. */
  readonly #locals: Temp[] = [];
  #line = 0;

  constructor(text: string, globals: readonly GlobalDef[], helpers: readonly HelperDef[]) {
    this.#fn = new IrFunction(globals, helpers);
    this.#lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
    this.#globals = new Map(globals.map((g, i) => [g.name, i + 1]));
  }

  run(): IrFunction {
    this.#makeLocals();
    this.#eachLine((line) => this.#op(line));
    return this.#fn;
  }

  #eachLine(visit: (line: string) => void): void {
    this.#lines.forEach((line, i) => {
      this.#line = i + 1;
      if (line !== '') visit(line);
    });
  }

  #fail(message: string): never {
    throw new IrSyntaxError(this.#line, message);
  }

  /** Splits an op line and pairs its temp operands with the letters of their types. */
  #split(line: string): { op: number; words: string[]; letters: string } {
    const m = /^(\w+)(?:\s+(.*))?$/.exec(line);
    const op = m ? (Op as Readonly<Record<string, number>>)[m[1]!] : undefined;
    if (op === undefined) this.#fail(`no such op: ${line}`);
    const words = m![2]?.split(',').map((w) => w.trim()) ?? [];
    const def = OP_DEFS[op]!;
    if (op !== Op.call) {
      const expected = def.outs.length + def.ins.length + def.imms.length;
      if (words.length !== expected) this.#fail(`${m![1]} takes ${expected} operands`);
      return { op, words, letters: def.outs + def.ins };
    }
    const helper = this.#fn.helpers.find((h) => h.name === words[0]);
    if (!helper) this.#fail(`no such helper: ${words[0]}`);
    const expected = helper.params.length + helper.ret.length;
    if (words.length !== 1 + expected) this.#fail(`helper ${helper.name} takes ${expected} operands`);
    return { op, words, letters: helper.ret + helper.params };
  }

  #makeLocals(): void {
    const types: (number | undefined)[] = [];
    this.#eachLine((line) => {
      if (line.startsWith('----') || line.startsWith('pc_base ') || line.endsWith(':')) return;
      const { op, words, letters } = this.#split(line);
      const temps = op === Op.call ? words.slice(1) : words;
      for (let k = 0; k < letters.length; k++) {
        const m = /^t(\d+)$/.exec(temps[k]!);
        if (!m || this.#globals.has(temps[k]!)) continue;
        const n = Number(m[1]);
        if (n > 100_000) this.#fail(`no local beyond t100000: ${temps[k]}`);
        types[n] ??= TYPE_OF_LETTER[letters[k]!];
      }
    });
    for (let n = 0; n < types.length; n++) this.#locals.push(this.#fn.newTemp(types[n] ?? Type.I32));
  }

  #op(line: string): void {
    const fn = this.#fn;
    const label = /^L(\d+):$/.exec(line);
    if (label) {
      const i = fn.append(Op.set_label);
      fn.args[i * STRIDE] = this.#label(label[1]!);
      return;
    }
    if (line.startsWith('----')) {
      const m = /^---- ([0-9a-f]{8})([0-9a-f]{8})(?: ([0-9a-f]{8}))?$/.exec(line);
      if (!m) this.#fail(`want ---- and 16 hexadecimal digits: ${line}`);
      const i = fn.append(Op.insn_start);
      fn.args.set([parseInt(m[2]!, 16), parseInt(m[1]!, 16), parseInt(m[3] ?? '0', 16)], i * STRIDE);
      return;
    }
    if (line.startsWith('pc_base ')) {
      const local = /^pc_base t(\d+)$/.exec(line);
      fn.pcBase = this.#locals[Number(local?.[1])] ?? this.#fail(`want pc_base and a local: ${line}`);
      return;
    }
    const { op, words, letters } = this.#split(line);
    const args: number[] = [];
    if (op === Op.call) {
      const index = fn.helpers.findIndex((h) => h.name === words[0]);
      const helper = fn.helpers[index]!;
      const temps = words.slice(1).map((w, k) => this.#temp(w, letters[k]!));
      if (helper.ret === '') temps.unshift(NO_TEMP);
      args.push(index, ...temps);
      while (args.length < STRIDE) args.push(NO_TEMP);
    } else {
      const imms = OP_DEFS[op]!.imms;
      words.forEach((w, k) => args.push(k < letters.length ? this.#temp(w, letters[k]!) : this.#imm(op, imms[k - letters.length]!, w)));
    }
    const i = fn.append(op);
    fn.args.set(args, i * STRIDE);
  }

  #label(digits: string): number {
    const label = Number(digits);
    if (label > 100_000) this.#fail(`no label beyond L100000: L${digits}`);
    this.#fn.nLabels = Math.max(this.#fn.nLabels, label + 1);
    return label;
  }

  #temp(word: string, letter: string): Temp {
    if (word === 'env') return 0;
    if (word.startsWith('$')) return this.#constant(word.slice(1), letter);
    const global = this.#globals.get(word);
    if (global !== undefined) return global;
    const local = /^t(\d+)$/.exec(word);
    if (!local) this.#fail(`no such temp: ${word}`);
    return this.#locals[Number(local[1])]!;
  }

  #constant(word: string, letter: string): Temp {
    const m = /^(-?)(0x[0-9a-f]+|\d+)$/.exec(word);
    const type = TYPE_OF_LETTER[letter];
    if (!m || type === undefined) this.#fail(`not a constant: $${word}`);
    const value = m[1] ? -BigInt(m[2]!) : BigInt(m[2]!);
    const bits = BITS[type]!;
    if (value >= 1n << BigInt(bits) || value < -(1n << BigInt(bits - 1))) this.#fail(`$${word} does not fit ${bits} bits`);
    const w = (k: number): number => Number(BigInt.asIntN(32, value >> BigInt(32 * k)));
    return this.#fn.constTemp(type, w(0), type === Type.I32 ? 0 : w(1), type === Type.V128 ? w(2) : 0, type === Type.V128 ? w(3) : 0);
  }

  #imm(op: number, letter: string, word: string): number {
    let value: number | undefined;
    if (letter === 'c') value = numbered(COND_NAMES, 'cond', word);
    else if (letter === 'f') value = numbered(FCOND_NAMES, 'fcond', word);
    else if (letter === 'm') value = parseMemOp(word);
    else if (letter === 'L') value = /^L\d+$/.test(word) ? this.#label(word.slice(1)) : undefined;
    else if (op === Op.mb) value = parseBarrier(word);
    else if (op === Op.guest_rmw_i32 || op === Op.guest_rmw_i64) value = parseRmw(word);
    else if (/^-?\d+$/.test(word)) value = Number(word) | 0;
    if (value === undefined) this.#fail(`${OP_NAMES[op]} cannot take ${word}`);
    return value;
  }
}

/** Index of a name, or the number in `cond:77` (which the verifier then refuses). */
function numbered(names: readonly string[], prefix: string, word: string): number | undefined {
  const index = names.indexOf(word);
  if (index >= 0) return index;
  const m = /^(\w+):(\d+)$/.exec(word);
  return m?.[1] === prefix ? Number(m[2]) : undefined;
}
