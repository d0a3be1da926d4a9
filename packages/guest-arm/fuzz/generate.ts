import { A64_ROWS } from '../src/decode/generated/a64-rows.ts';
import type { DecodeRow } from '../src/decode/row.ts';
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
  if (!memory && rng.below(4) === 0) w = sameOperands(row, w);
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

/** Rm := Rn: comparisons of equal values are rare otherwise. */
function sameOperands(row: DecodeRow, w: number): number {
  const n = row.fields.find((f) => f[0] === 'Rn'), m = row.fields.find((f) => f[0] === 'Rm');
  return n === undefined || m?.[2] !== 5 ? w : setField(w, m[1], 5, (w >>> n[1]) & 31);
}

const SETTERS = /^(ADDS|SUBS|ANDS|BICS|ADCS|SBCS|CCM[NP]|SETF|RMIF|FCMP|FCCMP|CFINV)/;
const CONSUMERS = /^(CSEL|CSINC|CSINV|CSNEG|CCM[NP]|B_cond|FCSEL|FCCMP|ADC|SBC)/;
const LOADS = /^(LDXR|LDXP)$/;

function matching(rows: readonly number[], name: RegExp): readonly number[] {
  return rows.filter((r) => name.test(A64_ROWS[r]!.name));
}

/** Makes sequences for a set of rows, with pairs of instructions that belong together more often than chance has them. */
export class SequenceMaker {
  readonly #rows: readonly number[];
  readonly #setters: readonly number[];
  readonly #consumers: readonly number[];
  readonly #loads: readonly number[];

  constructor(rows: readonly number[]) {
    this.#rows = rows;
    this.#setters = matching(rows, SETTERS);
    this.#consumers = matching(rows, CONSUMERS);
    this.#loads = matching(rows, LOADS);
  }

  /** A sequence of `count` instructions for slot `slot` of a batch. */
  make(rng: Rng, count: number, slot: number): Int32Array {
    const code = new Int32Array(count);
    const one = (rows: readonly number[], i: number): void => {
      code[i] = fuzzInstruction(rng, rows, i, count, CODE + 256 * slot + 4 * i);
    };
    for (let i = 0; i < count; i++) {
      const kind = i + 1 < count ? rng.below(10) : 9;
      if (kind < 2 && this.#setters.length > 0 && this.#consumers.length > 0) {
        one(this.#setters, i++);
        // A second consumer, or one with something between, sees what is remembered of the flags.
        if (i + 1 < count && rng.below(3) === 0) one(rng.below(2) === 0 ? this.#consumers : this.#rows, i++);
        one(this.#consumers, i);
      } else if (kind === 2 && this.#loads.length > 0) {
        const load = i;
        one(this.#loads, i++);
        if (i + 1 < count && rng.below(3) === 0) one(this.#rows, i++);
        code[i] = storeExclusive(rng, code[load]!);
      } else {
        one(this.#rows, i);
      }
    }
    return code;
  }
}

/** The store-exclusive of a load-exclusive: same base and size, status in a register that is nothing else. */
function storeExclusive(rng: Rng, load: number): number {
  // L (bit 22) clear; Rs in bits 20-16 and the data in 4-0 (and 14-10 for pairs) differ.
  let w = setField(load & ~(1 << 22), 16, 5, rng.below(10));
  w = setField(w, 0, 5, 10 + rng.below(10));
  return (w & (1 << 21)) !== 0 ? setField(w, 10, 5, 10 + rng.below(10)) : w;
}

/** A word that no row has. */
export function unallocated(rng: Rng): Int32Array {
  for (;;) {
    const w = rng.next();
    const row = a64Row(w);
    if (row < 0 || A64_ROWS[row]!.name === 'UNALLOCATED') return Int32Array.of(w);
  }
}
