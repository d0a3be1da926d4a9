import { type IrFunction, NO_TEMP, STRIDE } from '../ir/function.ts';
import { HelperFlag } from '../ir/helper.ts';
import { Op } from '../op/codes.ts';
import { OP_FLAGS, OP_NINS, OP_NOUTS, OpFlag } from '../op/table.ts';

/**
 * Backward walk that deletes ops without effect: outputs dead and no side effect. Globals are live at block ends, exits,
 * fault points and calls that read them; a local is live at block ends only if more than one block names it.
 */
export class DeadCode {
  /** 1: live. */
  #live = new Uint8Array(512);
  /** Block that names the local first, +1; -1 when several do. */
  #block = new Int32Array(512);

  run(fn: IrFunction): void {
    const n = fn.nTemps;
    if (n > this.#live.length) {
      this.#live = new Uint8Array(n * 2);
      this.#block = new Int32Array(n * 2);
    }
    const oneBlock = this.#findShared(fn);
    this.#live.fill(0, 0, n);
    this.#blockEnd(fn, oneBlock);
    for (let i = fn.nOps - 1; i >= 0; i--) this.#op(fn, i, oneBlock);
  }

  /** True when the function has one block only. */
  #findShared(fn: IrFunction): boolean {
    const { ops, args } = fn;
    const block = this.#block;
    block.fill(0, 0, fn.nTemps);
    let current = 1;
    for (let i = 0; i < fn.nOps; i++) {
      const op = ops[i]!;
      const flags = OP_FLAGS[op]!;
      if ((flags & OpFlag.BB_START) !== 0) current++;
      const at = i * STRIDE;
      let first = at;
      let end = at + OP_NOUTS[op]! + OP_NINS[op]!;
      if (op === Op.call) {
        first = at + 1;
        end = at + STRIDE;
      }
      for (let k = first; k < end; k++) {
        const t = args[k]!;
        if (t === NO_TEMP) continue;
        if (block[t] === 0) block[t] = current;
        else if (block[t] !== current) block[t] = -1;
      }
      if ((flags & (OpFlag.BB_END | OpFlag.EXIT)) !== 0) current++;
    }
    return current <= 2;
  }

  #blockEnd(fn: IrFunction, oneBlock: boolean): void {
    const live = this.#live;
    live.fill(1, 0, fn.fixedTemps);
    if (oneBlock) {
      live.fill(0, fn.fixedTemps, fn.nTemps);
      return;
    }
    for (let t = fn.fixedTemps; t < fn.nTemps; t++) live[t] = this.#block[t] === -1 ? 1 : 0;
  }

  #op(fn: IrFunction, i: number, oneBlock: boolean): void {
    const op = fn.ops[i]!;
    if (op === Op.nop) return;
    const flags = OP_FLAGS[op]!;
    const { args } = fn;
    const live = this.#live;
    const at = i * STRIDE;
    if ((flags & (OpFlag.BB_START | OpFlag.BB_END | OpFlag.EXIT)) !== 0) this.#blockEnd(fn, oneBlock);
    if (op === Op.call) {
      this.#call(fn, i);
      return;
    }
    const nOuts = OP_NOUTS[op]!;
    if (nOuts > 0) {
      if ((flags & OpFlag.SIDE) === 0) {
        let wanted = 0;
        for (let k = 0; k < nOuts; k++) wanted |= live[args[at + k]!]!;
        if (wanted === 0) {
          fn.ops[i] = Op.nop;
          return;
        }
      }
      for (let k = 0; k < nOuts; k++) live[args[at + k]!] = 0;
    }
    if ((flags & OpFlag.FAULT) !== 0) live.fill(1, 0, fn.fixedTemps);
    if (op === Op.discard) return;
    const end = at + nOuts + OP_NINS[op]!;
    for (let k = at + nOuts; k < end; k++) live[args[k]!] = 1;
  }

  #call(fn: IrFunction, i: number): void {
    const { args } = fn;
    const live = this.#live;
    const at = i * STRIDE;
    const flags = fn.helpers[args[at]!]!.flags;
    const ret = args[at + 1]!;
    if (ret !== NO_TEMP) {
      if ((flags & HelperFlag.PURE) !== 0 && live[ret] === 0) {
        fn.ops[i] = Op.nop;
        return;
      }
      live[ret] = 0;
    }
    if ((flags & (HelperFlag.NO_GLOBALS | HelperFlag.PURE)) === 0 || (flags & HelperFlag.CAN_FAULT) !== 0) live.fill(1, 0, fn.fixedTemps);
    for (let k = 2; k < STRIDE && args[at + k] !== NO_TEMP; k++) live[args[at + k]!] = 1;
  }
}

/** Deletes what follows an unconditional branch or an exit up to the next label that something branches to. */
export class Unreachable {
  #used = new Uint8Array(64);

  run(fn: IrFunction): void {
    if (fn.nLabels === 0) {
      this.#sweep(fn);
      return;
    }
    if (fn.nLabels > this.#used.length) this.#used = new Uint8Array(fn.nLabels * 2);
    this.#used.fill(0, 0, fn.nLabels);
    const { ops, args } = fn;
    for (let i = 0; i < fn.nOps; i++) {
      const op = ops[i]!;
      if (op === Op.br) this.#used[args[i * STRIDE]!] = 1;
      else if (op === Op.brcond_i32 || op === Op.brcond_i64) this.#used[args[i * STRIDE + 3]!] = 1;
    }
    this.#sweep(fn);
  }

  #sweep(fn: IrFunction): void {
    const { ops, args } = fn;
    let dead = false;
    for (let i = 0; i < fn.nOps; i++) {
      const op = ops[i]!;
      if (op === Op.nop) continue;
      if (op === Op.set_label) {
        if (this.#used[args[i * STRIDE]!] === 1) dead = false;
        else ops[i] = Op.nop;
      }
      if (dead) {
        ops[i] = Op.nop;
        continue;
      }
      if (op === Op.br || (OP_FLAGS[op]! & OpFlag.EXIT) !== 0) dead = true;
    }
  }
}

