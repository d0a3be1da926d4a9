import { type IrFunction, NO_TEMP, STRIDE, TempKind } from '../ir/function.ts';
import { Op } from '../op/codes.ts';
import { OP_NINS, OP_NOUTS, OP_FLAGS, OpFlag } from '../op/table.ts';

/**
 * Follows all paths from the start and reports locals that may be read before they are written, and ends of the
 * function that control can reach. `report` gets an op index (nOps for the end) and a message.
 */
export function checkDefined(fn: IrFunction, report: (i: number, message: string) => void): void {
  const words = (fn.nTemps + 31) >> 5;
  const labelAt = new Int32Array(fn.nLabels).fill(-1);
  for (let i = 0; i < fn.nOps; i++) if (fn.ops[i] === Op.set_label) labelAt[fn.args[i * STRIDE]!] = i;
  // Locals written on every path to a label; undefined until a path reaches it.
  const atLabel: (Int32Array | undefined)[] = new Array(fn.nLabels);
  const reported = new Set<number>();
  const say = (i: number, message: string): void => {
    if (reported.has(i)) return;
    reported.add(i);
    report(i, message);
  };
  const work: number[] = [];
  const reach = (label: number, defined: Int32Array): void => {
    const old = atLabel[label];
    if (!old) {
      atLabel[label] = defined.slice();
      work.push(label);
      return;
    }
    let changed = false;
    for (let k = 0; k < words; k++) {
      const both = old[k]! & defined[k]!;
      if (both !== old[k]) {
        old[k] = both;
        changed = true;
      }
    }
    if (changed) work.push(label);
  };
  const walk = (start: number, defined: Int32Array): void => {
    for (let i = start; ; i++) {
      if (i >= fn.nOps) {
        say(fn.nOps, 'control runs off the end of the function');
        return;
      }
      const op = fn.ops[i]!;
      const arg = (k: number): number => fn.args[i * STRIDE + k]!;
      if (op === Op.set_label && i !== start) {
        reach(arg(0), defined);
        return;
      }
      const call = op === Op.call;
      const nOuts = call ? (arg(1) === NO_TEMP ? 0 : 1) : OP_NOUTS[op]!;
      const first = call ? 2 : nOuts;
      const nIns = call ? fn.helpers[arg(0)]!.params.length : op === Op.discard ? 0 : OP_NINS[op]!;
      for (let k = 0; k < nIns; k++) {
        const t = arg(first + k);
        if (fn.tempKind[t] === TempKind.LOCAL && !(defined[t >> 5]! & (1 << (t & 31)))) {
          say(i, `operand ${first + k - (call ? 1 : 0)} may be read before it is written`);
        }
      }
      for (let k = 0; k < nOuts; k++) {
        const t = arg(call ? 1 : k);
        defined[t >> 5]! |= 1 << (t & 31);
      }
      if (op === Op.discard) defined[arg(0) >> 5]! &= ~(1 << (arg(0) & 31));
      if (op === Op.br) {
        reach(arg(0), defined);
        return;
      }
      if (op === Op.brcond_i32 || op === Op.brcond_i64) reach(arg(3), defined);
      if (OP_FLAGS[op]! & OpFlag.EXIT) return;
    }
  };
  walk(0, new Int32Array(words));
  while (work.length > 0) {
    const label = work.pop()!;
    walk(labelAt[label]!, atLabel[label]!.slice());
  }
}
