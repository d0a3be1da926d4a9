import { Op, type OpName } from '../op/codes.ts';
import { FLOAT_OPS } from './float.ts';
import { INTEGER_OPS } from './integer.ts';
import { VECTOR_OPS } from './vector.ts';

/** Ops that the interpreter's own loop runs: control flow and memory. */
export type MachineOp =
  | 'nop' | 'insn_start' | 'set_label' | 'br' | 'brcond_i32' | 'brcond_i64' | 'mb' | 'call' | 'goto_tb' | 'goto_ptr'
  | 'exit_tb' | 'discard'
  | Extract<OpName, `ld${string}` | `st${string}` | `guest_${string}`>;

/** Ops whose results depend on nothing but their operands. */
export type PureOp = Exclude<OpName, MachineOp>;

/**
 * Inputs and results are unsigned values of the width of their type (32, 64 or 128 bits), in the order of the op
 * table; `imms` are the immediates.
 */
export type PureFn = (ins: readonly bigint[], imms: readonly number[]) => readonly bigint[];

/** An op added to the table without a line here does not compile. */
const BY_NAME: Record<PureOp, PureFn> = { ...INTEGER_OPS, ...FLOAT_OPS, ...VECTOR_OPS };

/** Semantics by opcode; undefined for control flow and memory. */
export const PURE_OPS: readonly (PureFn | undefined)[] = (() => {
  const table: (PureFn | undefined)[] = [];
  for (const [name, fn] of Object.entries(BY_NAME)) table[Op[name as OpName]] = fn;
  return table;
})();
