import { STRIDE } from '../../ir/function.ts';
import { Op } from '../../op/codes.ts';
import { OP_NINS } from '../../op/table.ts';
import type { Emitter } from '../emitter.ts';
import { emitFloat } from './float.ts';
import { emitBits } from './bits.ts';
import { emitInteger } from './integer.ts';
import { HOST_MEMORY, SIMPLE } from './tables.ts';
import { emitVector } from './vector.ts';

/** Pushes the value of pure op `i` (one result): consumes its inputs, touches nothing but locals. */
export function emitValue(e: Emitter, i: number): void {
  const op = e.ops[i];
  const base = i * STRIDE;
  const simple = SIMPLE[op];
  if (simple !== 0) {
    const args = e.args;
    const last = base + OP_NINS[op];
    for (let k = base + 1; k <= last; k++) e.push(args[k]);
    e.c.op(simple);
  } else if (op < Op.bswap16_i32 || (op >= Op.setcond_i32 && op < Op.ld8u_i32)) {
    emitInteger(e, op, base);
  } else if (op < Op.setcond_i32) {
    emitBits(e, op, base);
  } else if (op <= Op.ld_v128) {
    emitHostLoad(e, op, base);
  } else if (op < Op.vadd) {
    emitFloat(e, op, base);
  } else {
    emitVector(e, op, base);
  }
}

function emitHostLoad(e: Emitter, op: number, base: number): void {
  e.c.mem(HOST_MEMORY[op], pushBase(e, e.args[base + 1], e.args[base + 2]));
}

/** Pushes a host address and returns the static offset to add to it. */
export function pushBase(e: Emitter, temp: number, offset: number): number {
  e.push(temp);
  if (offset >= 0) return offset;
  // A static offset is unsigned and does not wrap.
  e.c.i32Const(offset);
  e.c.op(0x6a);
  return 0;
}
