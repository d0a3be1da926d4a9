import { COND_NAMES, FCOND_NAMES } from '../ir/cond.ts';
import { type IrFunction, NO_TEMP, STRIDE, TempKind } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_DEFS } from '../op/table.ts';
import { barrierName, memOpName, rmwName } from './names.ts';

const hex8 = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');

/** `$0x1f`, in the width of the type; a v128 has all its digits, most significant first. */
export function constText(type: number, lo: number, hi: number, w2: number, w3: number): string {
  if (type === Type.V128) return `$0x${hex8(w3)}${hex8(w2)}${hex8(hi)}${hex8(lo)}`;
  if (type === Type.I32 || hi === 0) return `$0x${(lo >>> 0).toString(16)}`;
  return `$0x${(hi >>> 0).toString(16)}${hex8(lo)}`;
}

/**
 * Names of the function's temps: `env`, the globals' names, `t0`, `t1`, … for locals in the order of their creation,
 * constants by value. Valid until temps are added.
 */
export function tempNames(fn: IrFunction): string[] {
  const names: string[] = [];
  let locals = 0;
  for (let t = 0; t < fn.nTemps; t++) {
    switch (fn.tempKind[t]) {
      case TempKind.ENV: names.push('env'); break;
      case TempKind.GLOBAL: names.push(fn.globals[t - 1]!.name); break;
      case TempKind.CONST: names.push(constText(fn.tempType[t]!, fn.constLo[t]!, fn.constHi[t]!, fn.constW2[t]!, fn.constW3[t]!)); break;
      default: names.push(`t${locals++}`);
    }
  }
  return names;
}

/** Text of op `i` without a line end; `names` from `tempNames`. */
export function printOp(fn: IrFunction, i: number, names: readonly string[]): string {
  const op = fn.ops[i]!;
  const def = OP_DEFS[op]!;
  const arg = (k: number): number => fn.args[i * STRIDE + k]!;
  const temp = (t: number): string => names[t] ?? `?${t}`;
  if (op === Op.set_label) return `L${arg(0)}:`;
  if (op === Op.insn_start) {
    return ` ---- ${hex8(arg(1))}${hex8(arg(0))}${arg(2) === 0 ? '' : ` ${hex8(arg(2))}`}`;
  }
  const operands: string[] = [];
  if (op === Op.call) {
    const helper = fn.helpers[arg(0)];
    operands.push(helper?.name ?? `helper:${arg(0)}`);
    if (arg(1) !== NO_TEMP) operands.push(temp(arg(1)));
    for (let k = 0; k < (helper?.params.length ?? 0); k++) operands.push(temp(arg(2 + k)));
  } else {
    let at = 0;
    while (at < def.outs.length + def.ins.length) operands.push(temp(arg(at++)));
    for (const letter of def.imms) operands.push(immText(op, letter, arg(at++)));
  }
  return ` ${fn.opName(i)}${operands.length > 0 ? ` ${operands.join(', ')}` : ''}`;
}

function immText(op: number, letter: string, value: number): string {
  switch (letter) {
    case 'c': return COND_NAMES[value] ?? `cond:${value}`;
    case 'f': return FCOND_NAMES[value] ?? `fcond:${value}`;
    case 'L': return `L${value}`;
    case 'm': return memOpName(value);
  }
  if (op === Op.mb) return barrierName(value);
  if (op === Op.guest_rmw_i32 || op === Op.guest_rmw_i64) return rmwName(value);
  return String(value);
}

/** The function as text, one op per line, deleted ops left out, behind a line `pc_base t0` if it has a pc base. `parseFunction` reads it back. */
export function printFunction(fn: IrFunction): string {
  const names = tempNames(fn);
  let text = fn.pcBase === NO_TEMP ? '' : ` pc_base ${names[fn.pcBase]}\n`;
  for (let i = 0; i < fn.nOps; i++) {
    if (fn.ops[i] !== Op.nop) text += `${printOp(fn, i, names)}\n`;
  }
  return text;
}
