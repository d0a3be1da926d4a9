/**
 * Records insn.vec from qemu-aarch64: {word, seed, hash of the outcome} of single instructions of the FP, AdvSIMD and
 * crypto tables. `node --conditions=@mttcg/source record-insns.ts [cases per row] [seed]` only compares.
 */
import { writeFileSync } from 'node:fs';
import type { Row } from '../../decode/parse.ts';
import { hashState, makeInput, Rng } from './inputs.ts';
import { fieldsOf, findRow, kindFor, loadRows, randomWord } from './insn-gen.ts';
import { InsnMachine } from './machine.ts';
import { buildRunner, runCases } from './qemu.ts';

const PER_ROW = 20;

/** Where QEMU 7.2 differs from the Arm ARM, so that its answer proves nothing. */
function untrusted(row: Row, word: number, input: Int32Array): boolean {
  const f = fieldsOf(row, word);
  // Scalar half to fixed point: QEMU leaves the sign extension in bits 31-16 of the destination.
  if (row.name === 'FCVTZS_fix_S' && f['immh'] === 2 + (f['immh']! & 1)) return true;
  // FPToFixedJS clears Z for a denormal that was flushed.
  if (row.name === 'FJCVTZS' && (input[1]! & (1 << 24)) !== 0) return true;
  // BFCVT shares the row's space (FEAT_BF16, which no model here has).
  if (row.name === 'FCVT' && f['opc'] === 2) return true;
  // op = 1, o2 = 1 is unallocated in the modified immediate class.
  return row.name === 'FCVTZU_fix_V' && ((word >>> 19) & 15) === 0 && ((word >>> 11) & 1) === 1;
}

const exe = buildRunner();
if (exe === null) throw new Error('needs qemu-aarch64 and aarch64-linux-gnu-gcc');
const per = process.argv[2] === undefined ? PER_ROW : Number(process.argv[2]);
const rows = loadRows(), r = new Rng(Number(process.argv[3] ?? 1)), machine = new InsnMachine();
const list: number[] = [];
const input = new Int32Array(108), got = new Int32Array(108);
for (const row of rows) {
  // Encodings that are undefined anyway say little: they count for a quarter.
  for (let i = 0, tries = 0; i < per * 4 && tries < per * 40; tries++) {
    const word = randomWord(row, r);
    if (word === -1) break;
    const real = findRow(rows, word)!;
    const seed = (r.next() << 3) | ((r.next() & 1) << 2) | kindFor(real, word, r);
    makeInput(input, word, seed);
    if (untrusted(real, word, input)) continue;
    list.push(word, seed);
    i += machine.translate(real.name, fieldsOf(real, word)) ? 4 : 1;
  }
}
const cases = Int32Array.from(list), want = runCases(exe, cases), n = cases.length / 2;
const out = new Int32Array(n * 3);
const hex = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
let bad = 0;
for (let k = 0; k < n; k++) {
  const word = cases[2 * k]!, seed = cases[2 * k + 1]!, state = want.subarray(k * 108, k * 108 + 108);
  const row = findRow(rows, word)!, defined = machine.translate(row.name, fieldsOf(row, word));
  makeInput(input, word, seed);
  got.fill(0);
  if (defined) machine.run(input, got);
  out[3 * k] = word;
  out[3 * k + 1] = seed;
  out[3 * k + 2] = state[0] === 0 ? 0 : hashState(state);
  const same = defined === (state[0] === 1) && (!defined || got.every((x, i) => x === state[i]));
  if (!same && bad++ < 30) {
    console.log(row.name, hex(word), JSON.stringify(fieldsOf(row, word)), 'fpcr', hex(input[1]!), 'ours', defined, 'qemu', state[0]);
    for (let i = 1; i < 108; i++) if (got[i] !== state[i]) console.log(`  word ${i}: got ${hex(got[i]!)} want ${hex(state[i]!)}`);
  }
}
console.log(`${n} cases, ${bad} differences`);
if (process.argv[2] === undefined) writeFileSync(new URL('./insn.vec', import.meta.url), out);
