import type { Row } from './parse.ts';

/**
 * The decoder as one array of 32-bit words, walked by `src/decode/tree.ts`:
 * - switch node at n: tree[n] = shift << 8 | mask of the bits, tree[n + 1 + bits] = where to go on;
 * - a destination >= 0 is a node; one < 0 is ~leaf;
 * - leaf at l (in `leaves`): count, then for each candidate mask, value, row; first match wins.
 */
export interface Tree {
  nodes: number[];
  leaves: number[];
}

const MAX_LEAF = 3;
const MAX_SWITCH_BITS = 6;

/** `rows` must be in order of precedence; their index is what the leaves hold. */
export function buildTree(rows: readonly Row[]): Tree {
  const nodes: number[] = [];
  const leaves: number[] = [];
  const leafIndex = new Map<string, number>();

  function leaf(list: number[], known: number): number {
    const words = [list.length];
    for (const r of list) words.push(rows[r]!.mask & ~known, rows[r]!.value & ~known, r);
    const id = words.join();
    let at = leafIndex.get(id);
    if (at === undefined) {
      at = leaves.length;
      leafIndex.set(id, at);
      leaves.push(...words);
    }
    return ~at;
  }

  /** Best run of bits to switch on: the one that is fixed in the most rows, widest then. */
  function pick(list: number[], known: number): [shift: number, bits: number] | undefined {
    let best: [number, number] | undefined;
    let bestCost = Infinity;
    for (let shift = 0; shift < 32; shift++) {
      for (let bits = 1; bits <= MAX_SWITCH_BITS && shift + bits <= 32; bits++) {
        const mask = ((2 ** bits - 1) << shift) | 0;
        if ((mask & known) !== 0) break;
        const bucket = new Array<number>(1 << bits).fill(0);
        for (const r of list) {
          const row = rows[r]!;
          for (let v = 0; v < bucket.length; v++) {
            if ((((v << shift) ^ row.value) & row.mask & mask) === 0) bucket[v] = bucket[v]! + 1;
          }
        }
        const largest = Math.max(...bucket);
        if (largest >= list.length) continue;
        // Expected candidates left, with a price for the table.
        const cost = bucket.reduce((s, n) => s + n * n, 0) / bucket.reduce((s, n) => s + n, 0) + bucket.length / 24;
        if (cost < bestCost) {
          bestCost = cost;
          best = [shift, bits];
        }
      }
    }
    return best;
  }

  function node(list: number[], known: number): number {
    // Rows after one that fixes no further bit can never match.
    const end = list.findIndex((r) => (rows[r]!.mask & ~known) === 0);
    if (end >= 0) list = list.slice(0, end + 1);
    if (list.length <= MAX_LEAF) return leaf(list, known);
    const choice = pick(list, known);
    if (choice === undefined) return leaf(list, known);
    const [shift, bits] = choice;
    const mask = ((2 ** bits - 1) << shift) | 0;
    const at = nodes.length;
    nodes.push((shift << 8) | (2 ** bits - 1));
    for (let v = 0; v < 1 << bits; v++) nodes.push(0);
    for (let v = 0; v < 1 << bits; v++) {
      const sub = list.filter((r) => (((v << shift) ^ rows[r]!.value) & rows[r]!.mask & mask) === 0);
      nodes[at + 1 + v] = node(sub, known | mask);
    }
    return at;
  }

  const root = node(rows.map((_, i) => i), 0);
  if (root !== 0) throw new Error('the table needs more than one leaf');
  return { nodes, leaves };
}
