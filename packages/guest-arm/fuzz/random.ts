import { A64_ROWS } from '../src/decode/generated/a64-rows.ts';
import { a64Row } from '../src/decode/tree.ts';
import type { DecodeRow } from '../src/decode/row.ts';

/** Seeded generator of 32-bit words (xorshift128). */
export class Rng {
  readonly #s: Int32Array = new Int32Array(4);

  constructor(seed: number) {
    for (let i = 0; i < 4; i++) {
      seed = (Math.imul(seed, 0x6c078965) + i + 1) | 0;
      this.#s[i] = seed | 1;
    }
    for (let i = 0; i < 8; i++) this.next();
  }

  /** An i32. */
  next(): number {
    const s = this.#s;
    let t = s[3]!;
    const a = s[0]!;
    s[3] = s[2]!;
    s[2] = s[1]!;
    s[1] = a;
    t ^= t << 11;
    t ^= t >>> 8;
    s[0] = t ^ a ^ (a >>> 19);
    return s[0];
  }

  below(n: number): number {
    return (this.next() >>> 0) % n;
  }
}

/** Rows that the filter lets through, for randomInstruction(). */
export function selectRows(filter: (row: DecodeRow) => boolean): readonly number[] {
  const out: number[] = [];
  A64_ROWS.forEach((row, i) => {
    if (row.name !== 'UNALLOCATED' && row.unimplemented !== true && filter(row)) out.push(i);
  });
  return out;
}

/**
 * A random word of a random row among `rows` (indexes into A64_ROWS): one that the decoder gives to that row, with
 * should-be bits as they should be, not CONSTRAINED UNPREDICTABLE. The encoding may still be UNDEFINED by value.
 */
export function randomInstruction(rng: Rng, rows: readonly number[]): number {
  const index = rows[rng.below(rows.length)]!;
  const row = A64_ROWS[index]!;
  for (let tries = 0; tries < 1000; tries++) {
    let w = (rng.next() & ~row.mask) | row.value;
    if (row.shouldMask !== undefined) w = (w & ~row.shouldMask) | row.shouldValue!;
    if (a64Row(w) !== index || row.avoid?.(w) === true) continue;
    return w;
  }
  throw new Error(`no word found for row ${row.name}`);
}
