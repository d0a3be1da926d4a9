import { A64_ROWS } from '../src/decode/generated/a64-rows.ts';
import { disassembleWord } from '../src/disas/disassemble.ts';
import { a64Row } from '../src/decode/tree.ts';
import { randomInstruction, type Rng, selectRows } from './random.ts';
import { CODE, DATA, FIRST_KEPT, LAST_KEPT } from './state.ts';

/** Rows that cannot run in the harness: they leave the sequence, or depend on the system. */
const EXCLUDED = new Set([
  'SVC', 'HVC', 'SMC', 'BRK', 'HLT', 'ERET', 'MSR_reg', 'MRS', 'MSR_imm', 'SYS', 'SYSL', 'BR', 'BLR', 'RET',
]);

/** Rows of the given tables (all when empty) with names that match `name` and not `except`. */
export function fuzzRows(tables: readonly string[], name?: RegExp, except?: RegExp): readonly number[] {
  return selectRows((row) => {
    if (EXCLUDED.has(row.name) || except?.test(row.name) === true) return false;
    return (tables.length === 0 || tables.includes(row.table)) && (name === undefined || name.test(row.name));
  });
}

const WFI = 0xd503207f | 0;
const DESTINATIONS = new Set(['Rd', 'Rt', 'Rt2', 'Rs']);

function setField(w: number, pos: number, width: number, value: number): number {
  const mask = ((2 ** width - 1) << pos) | 0;
  return (w & ~mask) | ((value << pos) & mask);
}

/**
 * MRS and MSR of NZCV and FPSR, MRS of FPCR, with X0. Not MSR FPCR: QEMU keeps its AArch32 fields Len and Stride, which
 * a CPU without AArch32 need not have.
 */
const SYSTEM_WORDS = [0xd53b4200, 0xd51b4200, 0xd53b4400, 0xd53b4420, 0xd51b4420].map((w) => w | 0);

/** A random instruction that keeps the sequence going: pointers stay, addresses hit the data, branches go forward. */
export function fuzzInstruction(rng: Rng, rows: readonly number[], index: number, count: number, pc: number): number {
  if (rows.length > 1 && rng.below(150) === 0) return SYSTEM_WORDS[rng.below(5)]! | rng.below(FIRST_KEPT);
  for (;;) {
    const word = adapt(rng, randomInstruction(rng, rows), index, count, pc);
    const row = A64_ROWS[a64Row(word)];
    if (word === WFI) continue;
    // Undefined values of fields end the sequence: few of them.
    if (rng.below(64) !== 0 && disassembleWord(word, 0n).startsWith('.inst')) continue;
    if (row !== undefined && row.avoid?.(word) !== true && !EXCLUDED.has(row.name)) return word;
  }
}

function adapt(rng: Rng, word: number, index: number, count: number, pc: number): number {
  const row = A64_ROWS[a64Row(word)]!;
  const memory = (word & 0x0a000000) === 0x08000000;
  const literal = (word & 0x3b000000) === 0x18000000;
  let w = word;
  for (const [name, pos, width] of row.fields) {
    const value = (w >>> pos) & (2 ** width - 1);
    if (DESTINATIONS.has(name)) {
      const kept = value >= FIRST_KEPT && value <= LAST_KEPT;
      if (kept || (value === 31 && !memory && rng.below(8) !== 0)) w = setField(w, pos, width, rng.below(FIRST_KEPT));
    } else if (memory && !literal && name === 'Rn' && rng.below(64) !== 0) {
      w = setField(w, pos, width, rng.below(5) === 0 ? 31 : FIRST_KEPT + rng.below(4));
    } else if (memory && name === 'Rm' && rng.below(64) !== 0) {
      w = setField(w, pos, width, [24, 25, 31, 24][rng.below(4)]!);
    } else if (literal && name === 'imm19') {
      w = setField(w, pos, width, (DATA - pc) / 4 + rng.below(0x3f00));
    } else if (name === 'imm26' || name === 'imm14' || (name === 'imm19' && !literal)) {
      w = setField(w, pos, width, 1 + rng.below(Math.min(6, count - index)));
    }
  }
  return w;
}

/** A sequence for slot `slot` of a batch. */
export function fuzzSequence(rng: Rng, rows: readonly number[], count: number, slot: number): Int32Array {
  const code = new Int32Array(count);
  for (let i = 0; i < count; i++) code[i] = fuzzInstruction(rng, rows, i, count, CODE + 256 * slot + 4 * i);
  return code;
}

/** A word that no row has. */
export function unallocated(rng: Rng): Int32Array {
  for (;;) {
    const w = rng.next();
    const row = a64Row(w);
    if (row < 0 || A64_ROWS[row]!.name === 'UNALLOCATED') return Int32Array.of(w);
  }
}
