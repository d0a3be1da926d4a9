import { type IrFunction, STRIDE } from '../ir/function.ts';
import { Op } from '../op/codes.ts';
import { OP_FLAGS, OpFlag } from '../op/table.ts';

const CONTROL = OpFlag.BB_START | OpFlag.BB_END | OpFlag.EXIT;

/**
 * Removes what control cannot reach, labels that nobody branches to, branches to the place that follows, and turns
 * "branch over a branch" into the opposite condition. Repeats while a removed branch left a label without users.
 */
export class Branches {
  #users = new Int32Array(64);

  run(fn: IrFunction): void {
    if (fn.nLabels > this.#users.length) this.#users = new Int32Array(fn.nLabels * 2);
    this.#users.fill(0, 0, fn.nLabels);
    const { ops, args } = fn;
    if (fn.nLabels > 0) {
      for (let i = 0; i < fn.nOps; i++) {
        const label = target(ops[i]!, args, i);
        if (label >= 0) this.#users[label]!++;
      }
    }
    while (this.#sweep(fn));
  }

  /** One pass; true if another may find more. */
  #sweep(fn: IrFunction): boolean {
    const { ops, args } = fn;
    const users = this.#users;
    let dead = false;
    let again = false;
    for (let i = 0; i < fn.nOps; i++) {
      const op = ops[i]!;
      if (!dead && (OP_FLAGS[op]! & CONTROL) === 0) continue;
      if (op === Op.set_label) {
        if (users[args[i * STRIDE]!] === 0) {
          ops[i] = Op.nop;
        } else {
          dead = false;
        }
        continue;
      }
      const label = target(op, args, i);
      if (dead) {
        // An insn_start counts for all that follows in op order, reachable ops too.
        if (op === Op.insn_start) continue;
        // What came before may now end next to the label it branches to.
        if (op !== Op.nop) again = true;
        ops[i] = Op.nop;
        if (label >= 0) users[label]!--;
        continue;
      }
      if (label < 0) {
        dead = (OP_FLAGS[op]! & OpFlag.EXIT) !== 0;
        continue;
      }
      if (this.#follows(fn, i + 1, label)) {
        ops[i] = Op.nop;
        users[label]!--;
        again = true;
        continue;
      }
      if (op === Op.br) {
        dead = true;
        continue;
      }
      // brcond A; br B; A:  becomes  brcond !B; A:
      const next = skipNops(fn, i + 1);
      if (next < fn.nOps && ops[next] === Op.br && this.#follows(fn, next + 1, label)) {
        users[label]!--;
        args[i * STRIDE + 2]! ^= 1;
        args[i * STRIDE + 3] = args[next * STRIDE]!;
        ops[next] = Op.nop;
        again = true;
      }
    }
    return again;
  }

  /** True if only labels lie between op `i` and the label. */
  #follows(fn: IrFunction, i: number, label: number): boolean {
    const { ops, args } = fn;
    for (; i < fn.nOps; i++) {
      if (ops[i] === Op.set_label) {
        if (args[i * STRIDE] === label) return true;
      } else if (ops[i] !== Op.nop) {
        return false;
      }
    }
    return false;
  }
}

/** Label that op `i` branches to, -1 if it is no branch. */
function target(op: number, args: Int32Array, i: number): number {
  if (op === Op.br) return args[i * STRIDE]!;
  return op === Op.brcond_i32 || op === Op.brcond_i64 ? args[i * STRIDE + 3]! : -1;
}

function skipNops(fn: IrFunction, i: number): number {
  while (i < fn.nOps && fn.ops[i] === Op.nop) i++;
  return i;
}
