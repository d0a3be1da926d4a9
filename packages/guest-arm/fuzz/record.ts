/**
 * Records vectors of every row of a table from qemu-aarch64 into test/a64/TABLE.vec, for a64.test.ts:
 * `node --conditions=@mttcg/source fuzz/record.ts TABLE [cases per row] [seed]`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fuzzInstruction, fuzzRows, SequenceMaker } from './generate.ts';
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
const maker = new SequenceMaker(fuzzRows([table]));
for (let i = 0; i < 600; i++) cases.push({ seed: rng.next(), code: maker.make(rng, 4, 0) });
// Every condition after every kind of flag setter: SUBS of equal and other values, ANDS, ADDS, in both widths; then CSINC.
if (table === 'integer') {
  for (const setter of [0xeb010020, 0xeb020020, 0x6b010020, 0x6b020020, 0xea020020, 0xea1f0020, 0x6a020020, 0xab020020, 0x2b020020]) {
    for (let cond = 0; cond < 16; cond++) {
      cases.push({ seed: rng.next(), code: Int32Array.of(setter, 0x9a850483 | (cond << 12)) });
    }
  }
}
const lines = runOracle(exe, cases, 1).map((o, i) => formatCase(cases[i]!, o));
const folder = join(import.meta.dirname, '../test/a64');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `${table}.vec`), `${lines.join('\n')}\n`);
console.log(`${lines.length} vectors`);
