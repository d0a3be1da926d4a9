/** Records softfloat.vec: a hash per case of what qemu-aarch64 computes. `node record-softfloat.ts [cases per op]` only checks. */
import { writeFileSync } from 'node:fs';
import { SOFT_OPS } from '../softfloat-ops.ts';
import { buildRunner, runCases } from './qemu.ts';
import { CASES_PER_OP, caseSeed, describe, evaluate, hash3, outcome } from './softfloat-cases.ts';

const exe = buildRunner();
if (exe === null) throw new Error('needs qemu-aarch64 and aarch64-linux-gnu-gcc');
const per = process.argv[2] === undefined ? CASES_PER_OP : Number(process.argv[2]);
const cases = new Int32Array(SOFT_OPS.length * per * 2);
SOFT_OPS.forEach((op, o) => {
  for (let i = 0; i < per; i++) {
    cases[2 * (o * per + i)] = op.insn;
    cases[2 * (o * per + i) + 1] = caseSeed(op, i);
  }
});
const out = runCases(exe, cases);
const hashes = new Int32Array(SOFT_OPS.length * per);
let bad = 0;
SOFT_OPS.forEach((op, o) => {
  for (let i = 0; i < per; i++) {
    const k = o * per + i;
    const words = out.subarray(k * 108, k * 108 + 108);
    if (words[0] !== 1) throw new Error(`${op.name}: no such instruction`);
    const want = outcome(op, words), got = evaluate(op, caseSeed(op, i));
    hashes[k] = hash3(want);
    if (hash3(got) !== hashes[k] && bad++ < 20) console.log(describe(op, caseSeed(op, i)), 'want', want, 'got', got);
  }
});
console.log(`${hashes.length} cases, ${bad} differences`);
if (process.argv[2] === undefined) writeFileSync(new URL('./softfloat.vec', import.meta.url), hashes);
