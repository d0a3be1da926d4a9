/**
 * Differential fuzzer of A64 against qemu-aarch64: random sequences from the decode tables.
 *
 *   node --conditions=@mttcg/source fuzz/main.ts [--seed=N] [--count=INSTRUCTIONS] [--length=N] [--tables=integer,fp]
 *        [--rows=REGEXP] [--not=REGEXP] [--engine=interp|wasm|wasm-opt] [--cpu=max|cortex-a57] [--unallocated] [--keep]
 *
 * --unallocated runs words that no row has, one at a time: both sides should find them undefined.
 * The first mismatches are shrunk and printed; --keep also writes them to fuzz/regressions/, to be run without QEMU by
 * fuzz.test.ts. Exit status 1 when there was one.
 */
import { Engine, type EngineKind } from './engine.ts';
import { fuzzRows, SequenceMaker, unallocated } from './generate.ts';
import { BATCH, buildHarness, runOracle } from './oracle.ts';
import { Rng } from './random.ts';
import { isKnownDifference } from './known.ts';
import { keepRegression } from './regression.ts';
import { report } from './report.ts';
import { type Case, type Outcome, sameOutcome } from './state.ts';

const options = new Map(process.argv.slice(2).map((a) => a.replace(/^--/, '').split('=', 2) as [string, string | undefined]));
const number = (name: string, otherwise: number): number => Number(options.get(name) ?? otherwise);
const seed = number('seed', Date.now() & 0xffffff);
const count = number('count', 100_000);
const length = number('length', 16);
const kind = (options.get('engine') ?? 'wasm-opt') as EngineKind;
const name = options.get('rows');
const pattern = (text: string | undefined): RegExp | undefined => (text === undefined ? undefined : new RegExp(`^(${text})$`));
const rows = fuzzRows(options.get('tables')?.split(',') ?? [], pattern(name), pattern(options.get('not')));
const exe = buildHarness();
if (exe === undefined) throw new Error('needs qemu-aarch64 and aarch64-linux-gnu-gcc');
const cpu = options.get('cpu') ?? 'max';
const oracleCpu = cpu === 'max' ? 'max,pauth=off' : cpu;
const engine = new Engine(kind, cpu);
const NOP = 0xd503201f | 0;

/** Replaces by NOPs, then cuts, what the mismatch does not need. */
function shrink(c: Case): { c: Case; ours: Outcome; theirs: Outcome } {
  const attempt = (code: Int32Array): { c: Case; ours: Outcome; theirs: Outcome } | undefined => {
    const smaller = { seed: c.seed, code };
    const theirs = runOracle(exe!, [smaller], 1, oracleCpu)[0]!, ours = engine.run([smaller])[0]!;
    return sameOutcome(ours, theirs) ? undefined : { c: smaller, ours, theirs };
  };
  let best = attempt(c.code);
  if (best === undefined) throw new Error(`seed ${c.seed}: the mismatch does not repeat at slot 0`);
  for (let i = c.code.length - 1; i >= 0; i--) {
    const code = best.c.code.slice();
    code[i] = NOP;
    best = attempt(code) ?? best;
  }
  for (let i = best.c.code.length - 1; i >= 0; i--) {
    if (best.c.code[i] !== NOP) continue;
    best = attempt(best.c.code.filter((_, k) => k !== i)) ?? best;
  }
  return best;
}

const rng = new Rng(seed);
const maker = new SequenceMaker(rows);
let done = 0, mismatches = 0, ended = 0, cases = 0;
const start = performance.now();
while (done < count && mismatches < number('stop', 5)) {
  const batch: Case[] = [];
  for (let i = 0; i < BATCH; i++) batch.push({ seed: rng.next(), code: options.has('unallocated') ? unallocated(rng) : maker.make(rng, length, i) });
  const theirs = runOracle(exe, batch, BATCH, oracleCpu);
  const step = 51;
  for (let from = 0; from < BATCH; from += step) {
    const part = batch.slice(from, from + step);
    const ours = engine.run(part, from);
    part.forEach((c, i) => {
      const t = theirs[from + i]!;
      cases++;
      if (t.signal !== 0) ended++;
      if (sameOutcome(ours[i]!, t) || isKnownDifference(c, from + i, ours[i]!) || mismatches >= number('stop', 5)) return;
      mismatches++;
      try {
        const small = shrink(c);
        console.log(report(small.c, small.ours, small.theirs, engine.ir(small.c)));
        if (options.has('keep')) console.log(`kept as ${keepRegression(small.c, small.theirs)}`);
      } catch (error) {
        console.log(report(c, ours[i]!, t, String(error)));
      }
    });
  }
  done += BATCH * length;
}
const seconds = (performance.now() - start) / 1000;
console.log(
  `seed ${seed}, ${kind}, ${rows.length} rows: ${done} instructions, ${ended} of ${cases} sequences ended by a signal, ` +
    `${mismatches} mismatches, ${seconds.toFixed(1)} s`,
);
process.exitCode = mismatches === 0 ? 0 : 1;
