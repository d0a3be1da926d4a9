// The programs of the litmus self-test as they are, WebAssembly and JavaScript, under the model checker.
import { type Body, explore, type Scenario } from '@mttcg/model-check';
import { describe, expect, it } from 'vitest';
import { jsProgram, registerOffset, STRIDE, wasmProgram } from '../src/litmus/program.ts';
import { describeOutcome, encodeOutcome, LITMUS_TESTS, type LitmusTest, plainOutcomes, sequentialOutcomes } from '../src/litmus/tests.ts';

/** What plain accesses show beyond sequential consistency. Load buffering, which they may show too, takes late loads. */
const RELAXED: Readonly<Record<string, readonly string[]>> = {
  MP: ['r0=1 r1=0'],
  SB: ['r0=0 r1=0'],
  LB: [],
  CoRR: ['r0=1 r1=0'],
  CoWW: [],
  CoRW: [],
  CoWR: [],
  R: ['r0=0 x=1 y=2'],
  S: ['r0=1 x=2 y=1'],
  '2+2W': ['x=1 y=1'],
  IRIW: ['r0=1 r1=0 r2=1 r3=0'],
};

function outcomes(test: LitmusTest, engine: 'wasm' | 'js', access: 'plain' | 'atomic', plain: 'sc' | 'relaxed', more: Partial<Scenario> = {}): string[] {
  const seen = new Set<string>();
  const make = engine === 'wasm' ? wasmProgram : jsProgram;
  const body = (thread: number): Body => (buffer) => make(test.threads[thread], access, { buffer } as unknown as WebAssembly.Memory)(0, 1);
  explore({
    ...more,
    plain,
    memory: STRIDE,
    threads: test.threads.map((_, thread) => body(thread)),
    check(buffer) {
      const i32 = new Int32Array(buffer);
      const registers = Array.from({ length: test.registers }, (_, r) => i32[registerOffset(r) >>> 2]);
      seen.add(describeOutcome(test, encodeOutcome(test, registers, i32[0], i32[16])));
    },
  });
  return [...seen].sort();
}

describe.each(LITMUS_TESTS.flatMap((test) => (['wasm', 'js'] as const).map((engine) => [test.name, engine, test] as const)))('%s by %s', (name, engine, test) => {
  const sequential = [...sequentialOutcomes(test)].map((code) => describeOutcome(test, code));

  it('shows by atomic accesses what sequential consistency allows', () => {
    expect(outcomes(test, engine, 'atomic', 'relaxed')).toEqual([...sequential].sort());
  });

  it('shows by plain ones, with late loads, what the memory model allows', () => {
    const allowed = [...plainOutcomes(test)].map((code) => describeOutcome(test, code));
    // four threads: what deviates more often from running one after the other shows nothing more
    const preemptions = test.threads.length > 2 ? 2 : Infinity;
    expect(outcomes(test, engine, 'plain', 'relaxed', { lateLoads: true, preemptions })).toEqual(allowed.sort());
  });

  it('shows by plain ones what the table says', () => {
    expect(outcomes(test, engine, 'plain', 'sc')).toEqual([...sequential].sort());
    expect(outcomes(test, engine, 'plain', 'relaxed')).toEqual([...sequential, ...RELAXED[name]].sort());
  });
});
