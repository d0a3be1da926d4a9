import { COND_NAMES, FCOND_NAMES } from '../ir/cond.ts';
import { type IrFunction, NO_TEMP, STRIDE, TempKind } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_DEFS } from '../op/table.ts';

function hex(value: number, digits = 0): string {
  return (value >>> 0).toString(16).padStart(digits, '0');
}

/** Name of a temp as the text form writes it. */
export function printTemp(fn: IrFunction, t: number): string {
  switch (fn.tempKind[t]) {
    case TempKind.ENV: return 'env';
    case TempKind.GLOBAL: return fn.globals[t - 1]!.name;
    case TempKind.CONST:
      if (fn.tempType[t] === Type.I32) return `$0x${hex(fn.constLo[t]!)}:i32`;
      if (fn.tempType[t] === Type.I64) return `$0x${fn.constHi[t] === 0 ? hex(fn.constLo[t]!) : hex(fn.constHi[t]!) + hex(fn.constLo[t]!, 8)}:i64`;
      return `$0x${hex(fn.constW3[t]!, 8)}${hex(fn.constW2[t]!, 8)}${hex(fn.constHi[t]!, 8)}${hex(fn.constLo[t]!, 8)}:v128`;
    default: return `t${t}:${['i32', 'i64', 'v128'][fn.tempType[t]!]!}`;
  }
}

/** One op as a line of text. */
export function printOp(fn: IrFunction, i: number): string {
  const args = fn.args;
  const at = i * STRIDE;
  const op = fn.ops[i]!;
  if (op === Op.insn_start) return ` ---- ${hex(args[at + 1]!, 8)}${hex(args[at]!, 8)} ${hex(args[at + 2]!)}`;
  if (op === Op.set_label) return `L${args[at]!}:`;
  if (op === Op.call) {
    const list: string[] = [];
    for (let k = 2; k < STRIDE && args[at + k] !== NO_TEMP; k++) list.push(printTemp(fn, args[at + k]!));
    const ret = args[at + 1]! === NO_TEMP ? '' : `${printTemp(fn, args[at + 1]!)} = `;
    return `  ${ret}call ${fn.helpers[args[at]!]!.name}(${list.join(', ')})`;
  }
  const def = OP_DEFS[op]!;
  let k = at;
  const outs: string[] = [];
  const rest: string[] = [];
  for (let n = 0; n < def.outs.length; n++) outs.push(printTemp(fn, args[k++]!));
  for (let n = 0; n < def.ins.length; n++) rest.push(printTemp(fn, args[k++]!));
  for (const imm of def.imms) {
    const value = args[k++]!;
    if (imm === 'c') rest.push(COND_NAMES[value]!);
    else if (imm === 'f') rest.push(FCOND_NAMES[value]!);
    else if (imm === 'L') rest.push(`L${value}`);
    else if (imm === 'm') rest.push(`mem:0x${hex(value)}`);
    else rest.push(`${value}`);
  }
  return `  ${outs.length > 0 ? `${outs.join(', ')} = ` : ''}${fn.opName(i)} ${rest.join(', ')}`.trimEnd();
}

/** The function as text, an op per line; deleted ops are left out. */
export function printFunction(fn: IrFunction): string {
  const lines: string[] = [];
  for (let i = 0; i < fn.nOps; i++) if (fn.ops[i] !== Op.nop) lines.push(printOp(fn, i));
  return lines.join('\n');
}
