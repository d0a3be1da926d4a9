import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Engine, type EngineKind } from '../../fuzz/engine.ts';
import { isKnownDifference } from '../../fuzz/known.ts';
import { loadRegressions, parseCase } from '../../fuzz/regression.ts';
import { report } from '../../fuzz/report.ts';
import { type Case, type Outcome, sameOutcome } from '../../fuzz/state.ts';

const vectors = readFileSync(`${import.meta.dirname}/../../test/a64/integer.vec`, 'utf8').trimEnd().split('\n').map(parseCase);
const regressions = loadRegressions();

/** Runs one case at slot 0; a report when it differs from what was recorded. */
function check(engine: Engine, c: Case, want: Outcome): string | undefined {
  const got = engine.run([c])[0]!;
  if (sameOutcome(got, want) || isKnownDifference(c, 0, got)) return undefined;
  return report(c, got, want, engine.ir(c));
}

describe.each<EngineKind>(['interp', 'wasm', 'wasm-opt'])('A64 by %s', (kind) => {
  const engine = new Engine(kind);

  it('does what qemu-aarch64 recorded for every integer instruction', () => {
    expect(vectors.length).toBeGreaterThan(500);
    expect(vectors.map((v) => check(engine, v.c, v.outcome)).filter((r) => r !== undefined)).toEqual([]);
  });

  it('keeps what the fuzzer found mended', () => {
    expect(regressions.map((v) => check(engine, v.c, v.outcome)).filter((r) => r !== undefined)).toEqual([]);
  });
});
