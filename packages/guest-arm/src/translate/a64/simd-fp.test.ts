import { describe, expect, it } from 'vitest';
import { hashState, makeInput } from '../../../test/oracle/inputs.ts';
import { fieldsOf, findRow, loadRows } from '../../../test/oracle/insn-gen.ts';
import { InsnMachine, type Runner } from '../../../test/oracle/machine.ts';
import { readWords } from '../../../test/oracle/read.ts';

/** {word, seed, hash of the outcome or 0 for undefined}, recorded from qemu-aarch64 by test/oracle/record-insns.ts. */
const vectors = readWords('insn.vec');
const rows = loadRows();
const machine = new InsnMachine();
const input = new Int32Array(108), got = new Int32Array(108);
const hex = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');

function check(k: number, runner: Runner): string | null {
  const word = vectors[3 * k]!, seed = vectors[3 * k + 1]!, want = vectors[3 * k + 2]!;
  const row = findRow(rows, word)!, fields = fieldsOf(row, word);
  const where = `${row.name} ${hex(word)} ${JSON.stringify(fields)} seed ${hex(seed)}`;
  makeInput(input, word, seed);
  if (!machine.translate(row.name, fields)) return want === 0 ? null : `${where}: undefined`;
  if (want === 0) return `${where}: must be undefined`;
  machine.run(input, got, runner);
  return hashState(got) === want ? null : `${where}: wrong outcome; record-insns.ts shows what qemu-aarch64 computes`;
}

describe('FP, AdvSIMD and crypto instructions against recorded qemu-aarch64 outcomes', () => {
  const byRow = new Map<string, number[]>();
  for (let k = 0; k < vectors.length / 3; k++) {
    const name = findRow(rows, vectors[3 * k]!)!.name;
    if (!byRow.has(name)) byRow.set(name, []);
    byRow.get(name)!.push(k);
  }
  it('has vectors for every row but the PC-relative load', () => {
    expect(rows.map((r) => r.name).filter((n) => !byRow.has(n))).toEqual(['LDR_lit_V']);
  });
  it.each([...byRow.keys()])('%s', (name) => {
    const bad = byRow.get(name)!.map((k) => check(k, machine.interpret)).filter((x) => x !== null);
    expect(bad).toEqual([]);
  });
  it('gives the same optimised and compiled to WebAssembly', () => {
    const bad: string[] = [];
    // Every third vector: compiling is the slow part.
    for (let k = 0; k < vectors.length / 3; k += 3) {
      const why = check(k, machine.compiled);
      if (why !== null) bad.push(why);
    }
    expect(bad).toEqual([]);
  });
});
