import { A64_LEAVES, A64_NODES } from './generated/a64-tree.ts';

/** Index of the row that instruction word `w` belongs to, -1 for none (UNDEFINED). */
export function a64Row(w: number): number {
  let n = 0;
  do {
    const node = A64_NODES[n]!;
    n = A64_NODES[n + 1 + ((w >>> (node >> 8)) & (node & 0xff))]!;
  } while (n >= 0);
  let leaf = ~n;
  for (let count = A64_LEAVES[leaf++]!; count > 0; count--) {
    if ((w & A64_LEAVES[leaf]!) === A64_LEAVES[leaf + 1]!) return A64_LEAVES[leaf + 2]!;
    leaf += 3;
  }
  return -1;
}
