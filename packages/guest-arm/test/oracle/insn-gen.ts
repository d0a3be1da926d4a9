import { readFileSync } from 'node:fs';
import { orderRows, parseTable, type Row } from '../../decode/parse.ts';
import { Kind, type Rng } from './inputs.ts';

/** Rows of the FP, AdvSIMD and crypto tables. */
export function loadRows(): Row[] {
  const rows: Row[] = [];
  for (const t of ['fp', 'simd', 'crypto']) {
    const file = `a64-${t}.decode`;
    rows.push(...parseTable(readFileSync(new URL(`../../decode/${file}`, import.meta.url), 'utf8'), file));
  }
  return orderRows(rows);
}

const bits = (x: number): number => {
  let n = 0;
  for (let v = x >>> 0; v !== 0; v &= v - 1) n++;
  return n;
};

/** The row that decodes a word: the one with most fixed bits. */
export function findRow(rows: readonly Row[], word: number): Row | undefined {
  let best: Row | undefined;
  for (const r of rows) {
    if (((word ^ r.value) & r.mask) === 0 && (best === undefined || bits(r.mask) > bits(best.mask))) best = r;
  }
  return best;
}

export function fieldsOf(row: Row, word: number): Record<string, number> {
  const out: Record<string, number> = {};
  for (const f of row.fields) {
    const v = (word >>> f.pos) & (2 ** f.width - 1);
    out[f.name] = f.signed ? (v << (32 - f.width)) >> (32 - f.width) : v;
  }
  return out;
}

/**
 * A random word of the row that the runner can execute: registers 0 to 3, addresses around X4, small offsets. -1 for
 * rows that it cannot (PC-relative loads).
 */
export function randomWord(row: Row, r: Rng): number {
  if (row.name === 'LDR_lit_V') return -1;
  const memory = row.fields.some((f) => f.name === 'Rt');
  const halfIndex = /_ES?H$|^FML[AS]L2?_E$/.test(row.name);
  let word = row.value;
  const v: Record<string, number> = {};
  for (const f of row.fields) {
    let x = r.next() & (2 ** f.width - 1);
    if (/^R[dnmta]2?$/.test(f.name)) x &= 3;
    if (memory) {
      if (f.name === 'Rn') x = 4;
      else if (f.name === 'Rt2') x = (v['Rt2'] ?? r.below(4)) & 3;
      else if (f.name === 'Rm') x = row.name.includes('reg') || r.next() & 1 ? 31 : r.below(4);
      else if (f.name === 'imm12') x = r.below(8);
      else if (f.name === 'imm9') x = (r.below(129) - 64) & 511;
      else if (f.name === 'imm7') x = (r.below(9) - 4) & 127;
    }
    v[f.name] = x;
  }
  // Bit M selects V16 and up unless it is part of the index.
  if (v['M'] !== undefined && !halfIndex && !(v['size'] === 1 && !row.name.startsWith('FCMLA'))) v['M'] = 0;
  if (memory && v['Rt2'] !== undefined && v['Rt2'] === v['Rt'] && row.name.startsWith('LD')) v['Rt2'] = (v['Rt']! + 1) & 3;
  for (const f of row.fields) word |= v[f.name]! << f.pos;
  return word | 0;
}

/** What the lanes should hold for a row, mostly. */
export function kindFor(row: Row, word: number, r: Rng): number {
  const f = fieldsOf(row, word);
  if (r.below(8) === 0) return r.below(4);
  if (/^F|CVTF/.test(row.name)) {
    if (/_(VH|SH|EH|ESH|pairH|H)$|^FML[AS]L/.test(row.name)) return Kind.HALF;
    if (f['ftype'] !== undefined) return f['ftype'] === 1 ? Kind.DOUBLE : f['ftype'] === 3 ? Kind.HALF : Kind.SINGLE;
    if (f['sz'] !== undefined) return f['sz'] === 1 ? Kind.DOUBLE : Kind.SINGLE;
    if (f['size'] !== undefined) return f['size'];
    if (f['immh'] !== undefined) return Math.max(0, 31 - Math.clz32(f['immh']));
    return Kind.SINGLE;
  }
  return Kind.INT;
}
