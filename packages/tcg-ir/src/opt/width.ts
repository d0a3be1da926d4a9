import { OP_DEFS } from '../op/table.ts';

/** By opcode: 1 if the op computes in 64 bits (its first result, or its inputs if it has none, is i64). */
const WIDE: Uint8Array = Uint8Array.from(OP_DEFS, (d) => ((d.outs || d.ins)[0] === 'l' ? 1 : 0));
/** By opcode: 1 if the compared inputs of a condition op are i64. */
const WIDE_INPUT: Uint8Array = Uint8Array.from(OP_DEFS, (d) => (d.ins[0] === 'l' ? 1 : 0));

/** The op's first result is i64. */
export function isWide(op: number): boolean {
  return WIDE[op] === 1;
}

/** The op's first input is i64. */
export function comparesWide(op: number): boolean {
  return WIDE_INPUT[op] === 1;
}

/** The op of the wanted width. `op32` must be an op whose i64 twin has the next opcode (a test holds the list). */
export function ofWidth(op32: number, wide: boolean): number {
  return wide ? op32 + 1 : op32;
}
