import { FpState } from '../../src/softfloat/index.ts';
import type { SoftOp } from '../softfloat-ops.ts';
import { makeInput } from './inputs.ts';

export const CASES_PER_OP = 64;

/** Seed of case i of an op; two thirds run with random FPCR bits. */
export function caseSeed(op: SoftOp, i: number): number {
  return ((i * 7919 + (op.insn >>> 5) * 31) << 3) | (i % 3 !== 0 ? 4 : 0) | op.kind;
}

/** Words of the outcome that a softfloat call decides: value low, high, FPSR. */
export function outcome(op: SoftOp, words: Int32Array): [number, number, number] {
  const at = op.to === 'x' ? 4 : op.to === 'v' ? 12 : 2;
  return [words[at]!, op.to === 'f' ? 0 : words[at + 1]!, words[1]!];
}

export function hash3(v: readonly number[]): number {
  let h = 0x811c9dc5;
  for (const x of v) {
    h = Math.imul(h ^ x, 0x01000193);
    h ^= h >>> 15;
  }
  return h;
}

const s = new FpState();
const input = new Int32Array(108);

/** Runs one case in softfloat. */
export function evaluate(op: SoftOp, seed: number): [number, number, number] {
  makeInput(input, op.insn, seed);
  const mask = op.kind === 1 ? 0xffff : -1;
  const v = (n: number): number[] => [input[12 + 4 * n]! & mask, op.kind === 3 ? input[13 + 4 * n]! : 0];
  s.fpcr = input[1]!;
  s.flags = input[2]!;
  op.run(s, { v1: v(1), v2: v(2), v3: v(3), x1: [input[6]!, input[7]!] });
  return [s.lo, s.hi, s.flags];
}

/** The operands of a case, for messages. */
export function describe(op: SoftOp, seed: number): string {
  makeInput(input, op.insn, seed);
  const hex = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
  const v = (n: number): string => `v${n}=${hex(input[13 + 4 * n]!)}_${hex(input[12 + 4 * n]!)}`;
  return `${op.name} fpcr=${hex(input[1]!)} ${v(1)} ${v(2)} ${v(3)} x1=${hex(input[7]!)}_${hex(input[6]!)}`;
}
