import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { AtomicError, LITMUS_TESTS, litmusReport, prepareLitmus, sequentialOutcomes, type LitmusOptions } from '../src/index.ts';

vi.setConfig({ testTimeout: 60_000 });

async function run(name: string, options: LitmusOptions) {
  const job = prepareLitmus(name, options);
  await Promise.all(
    Array.from({ length: job.threads }, (_, thread) => {
      const worker = new Worker(new URL('./litmus-worker.ts', import.meta.url), { workerData: { job, thread } });
      return new Promise<void>((resolve, reject) => worker.on('error', reject).on('exit', () => resolve()));
    }),
  );
  return litmusReport(job);
}

it('knows what sequential consistency allows', () => {
  const count = (name: string) => sequentialOutcomes(LITMUS_TESTS.find((test) => test.name === name)!).size;
  expect(['MP', 'SB', 'LB', 'CoRR', 'R', 'S', '2+2W', 'IRIW'].map(count)).toEqual([3, 3, 3, 3, 3, 3, 3, 15]);
});

const RUNS = 50 * 1024;

it.each(LITMUS_TESTS.flatMap(({ name }) => (['wasm', 'js'] as const).map((engine) => [name, engine] as const)))(
  '%s by atomic accesses of %s shows no forbidden outcome',
  async (name, engine) => {
    const report = await run(name, { access: 'atomic', engine, runs: name === 'IRIW' ? RUNS / 10 : RUNS });
    expect(report.forbidden, JSON.stringify(report.outcomes)).toBe(0);
    expect(report.outcomes.reduce((sum, { count }) => sum + count, 0)).toBe(report.runs);
  },
);

// On one core threads alternate, and nothing is ever seen out of order.
it.skipIf(availableParallelism() < 2)('sees the store buffers of plain accesses, so it can see weakness at all', async () => {
  let weak = 0;
  for (let attempt = 0; attempt < 20 && weak === 0; attempt++) {
    const report = await run('SB', { access: 'plain', engine: 'wasm', runs: 200 * 1024 });
    expect(report.forbidden).toBe(0);
    weak = report.weak;
  }
  expect(weak).toBeGreaterThan(0);
});

it('names an unknown test', () => {
  expect(() => prepareLitmus('XY', { access: 'plain', engine: 'js', runs: 1 })).toThrow(AtomicError);
});
