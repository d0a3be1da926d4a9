/** Records disas.vec: instruction words of the FP, AdvSIMD and crypto tables with objdump's text (`word text` lines; .inst for undefined). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from './inputs.ts';
import { loadRows } from './insn-gen.ts';

const PER_ROW = 5;
const r = new Rng(11);
const words: number[] = [];
for (const row of loadRows()) for (let i = 0; i < PER_ROW; i++) words.push(((r.next() & ~row.mask) | row.value) >>> 0);
const file = join(mkdtempSync(join(tmpdir(), 'mttcg-disas-')), 'words');
writeFileSync(file, Uint32Array.from(words));
const run = spawnSync('aarch64-linux-gnu-objdump', ['-D', '-z', '-b', 'binary', '-m', 'aarch64', file], { encoding: 'utf8', maxBuffer: 1 << 26 });
if (run.status !== 0) throw new Error(`objdump: ${run.stderr}`);
const texts = run.stdout.split('\n').filter((l) => /^\s*[0-9a-f]+:\t/.test(l)).map((l) => l.split('\t').slice(2).join('\t').replace(/\s*\/\/.*$/, '').trim());
// PC-relative text depends on where the word lies; BFCVT (FEAT_BF16) is not in the tables.
const lines = words.map((w, i) => ({ w, t: texts[i]! })).filter(({ w, t }) => (w & 0x3f000000) !== 0x1c000000 && !t.startsWith('bfcvt'))
  .map(({ w, t }) => `${w.toString(16).padStart(8, '0')} ${/^\.inst|undefined/.test(t) ? '.inst' : t}`);
writeFileSync(new URL('./disas.vec', import.meta.url), `${lines.join('\n')}\n`);
console.log(`${lines.length} lines`);
