/**
 * Compares the disassembler with aarch64-linux-gnu-objdump on random words and prints differences;
 * `node test/decode/record-objdump.ts SEED COUNT [table]`. With --write it records a sample as objdump.vec.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { A64_ROWS } from '../../src/decode/generated/a64-rows.ts';
import { a64Row } from '../../src/decode/tree.ts';
import { disassembleWord } from '../../src/disas/disassemble.ts';
import { randomInstruction, Rng, selectRows } from '../../fuzz/random.ts';

const [seed, count, table] = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const rng = new Rng(Number(seed));
const rows = selectRows((r) => r.table === (table ?? 'integer'));
const words = Int32Array.from({ length: Number(count) }, (_, i) => (i % 8 === 7 ? rng.next() : randomInstruction(rng, rows)));

/** objdump's text of each word, comments and padding removed. */
export function objdump(list: Int32Array): string[] {
  const file = join(mkdtempSync(join(tmpdir(), 'mttcg-dis-')), 'words.bin');
  writeFileSync(file, new Uint8Array(list.buffer));
  const r = spawnSync('aarch64-linux-gnu-objdump', ['-D', '-z', '-b', 'binary', '-maarch64', file], {
    encoding: 'utf8', maxBuffer: 1 << 28,
  });
  if (r.status !== 0) throw new Error(r.stderr);
  const out: string[] = [];
  for (const line of r.stdout.split('\n')) {
    const m = /^ *[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$/.exec(line);
    if (m !== null) out.push(m[1]!.replace(/\t?\/\/.*$/, '').trim());
  }
  if (out.length !== list.length) throw new Error(`${out.length} lines for ${list.length} words`);
  return out;
}

const theirs = objdump(words);
/** System register names are a matter of the assembler's version and of privilege. */
const skip = (text: string): boolean => /^(msr|mrs|sys|sysl|at|dc|ic|tlbi|cfp|cpp|dvp|smstart|smstop)\b/.test(text);
const unpredictable = (w: number): boolean => {
  const row = A64_ROWS[a64Row(w)];
  return row?.avoid?.(w) === true || (row?.shouldMask !== undefined && (w & row.shouldMask) !== row.shouldValue);
};
const inTable = (w: number): boolean => A64_ROWS[a64Row(w)]?.table === (table ?? 'integer');
let shown = 0, different = 0, undefinedBoth = 0;
const lines: string[] = [];
words.forEach((w, i) => {
  const ours = disassembleWord(w, BigInt(i * 4));
  const isUndefined = ours.startsWith('.inst');
  const want = theirs[i]!;
  if (skip(want) || (i % 8 === 7 && (!inTable(w) || unpredictable(w)))) return;
  if (isUndefined && want.startsWith('.inst')) undefinedBoth++;
  const same = isUndefined ? want.startsWith('.inst') : ours === want;
  if (same) {
    lines.push(`${(w >>> 0).toString(16).padStart(8, '0')} ${i * 4} ${isUndefined ? '.inst' : want}`);
    return;
  }
  different++;
  if (shown++ < 60) console.log(`${(w >>> 0).toString(16).padStart(8, '0')}  ${ours.padEnd(45)} ${want}`);
});
console.log(`${words.length} words, ${different} differ, ${undefinedBoth} undefined in both`);
if (process.argv.includes('--write')) writeFileSync(join(import.meta.dirname, 'objdump.vec'), `${lines.join('\n')}\n`);
