/**
 * Records vectors of every row of a table from qemu-aarch64 into test/a64/TABLE.vec, for a64.test.ts:
 * `node --conditions=@mttcg/source fuzz/record.ts TABLE [cases per row] [seed]`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fuzzInstruction, fuzzRows } from './generate.ts';
import { buildHarness, runOracle } from './oracle.ts';
import { Rng } from './random.ts';
import { formatCase } from './regression.ts';
import { type Case, CODE } from './state.ts';

const [table, perRow, seed] = process.argv.slice(2);
const exe = buildHarness();
if (table === undefined || exe === undefined) throw new Error('needs a table, qemu-aarch64 and aarch64-linux-gnu-gcc');
const rng = new Rng(Number(seed ?? 1));
// One to a batch, at slot 0, so that the vectors do not depend on their place.
const cases: Case[] = [];
for (const row of fuzzRows([table])) {
  for (let i = 0; i < Number(perRow ?? 4); i++) {
    cases.push({ seed: rng.next(), code: Int32Array.of(fuzzInstruction(rng, [row], 0, 1, CODE)) });
  }
}
// Sequences, for what depends on the instruction before.
const rows = fuzzRows([table]);
for (let i = 0; i < 100; i++) {
  const c: Case = { seed: rng.next(), code: new Int32Array(8) };
  for (let k = 0; k < 8; k++) c.code[k] = fuzzInstruction(rng, rows, k, 8, CODE + 4 * k);
  cases.push(c);
}
const lines = runOracle(exe, cases, 1).map((o, i) => formatCase(cases[i]!, o));
const folder = join(import.meta.dirname, '../test/a64');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${table}.vec`), `${lines.join('\n')}\n`);
console.log(`${lines.length} vectors`);
