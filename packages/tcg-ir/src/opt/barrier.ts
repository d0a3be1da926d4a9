import { type IrFunction, STRIDE } from '../ir/function.ts';
import { Op } from '../op/codes.ts';
import { OP_FLAGS, OpFlag } from '../op/table.ts';

const FORGET = OpFlag.BB_START | OpFlag.BB_END | OpFlag.EXIT | OpFlag.FAULT | OpFlag.CALL;

/**
 * Merges consecutive barriers into the first of them, at the strength of both. The remembered barrier is forgotten at
 * guest memory accesses, calls and block ends: what lies between two barriers must stay between them.
 */
export function mergeBarriers(fn: IrFunction): void {
  const { ops, args } = fn;
  let last = -1;
  for (let i = 0; i < fn.nOps; i++) {
    const op = ops[i]!;
    if (op === Op.mb) {
      if (last >= 0) {
        args[last * STRIDE]! |= args[i * STRIDE]!;
        ops[i] = Op.nop;
      } else {
        last = i;
      }
    } else if ((OP_FLAGS[op]! & FORGET) !== 0) {
      last = -1;
    }
  }
}
