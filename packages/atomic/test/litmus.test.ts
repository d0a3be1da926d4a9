import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  AtomicError,
  LITMUS_TESTS,
  plainOutcomes,
  prepareLitmus,
  runLitmus,
  sequentialOutcomes,
  type LitmusJob,
  type LitmusProgress,
  type RunLitmusOptions,
} from '../src/index.ts';

const workers: Worker[] = [];
afterAll(() => Promise.all(workers.map((worker) => worker.terminate())));

async function startThread(job: LitmusJob, thread: number): Promise<void> {
  const worker = (workers[thread] ??= new Worker(new URL('./litmus-worker.ts', import.meta.url)));
  const done = once(worker, 'message');
  worker.postMessage({ job, thread });
  await done;
}

const run = (options: Omit<RunLitmusOptions, 'startThread'>) => runLitmus({ ...options, startThread });
const testOf = (name: string) => LITMUS_TESTS.find((test) => test.name === name)!;

describe('what the memory model allows', () => {
  // of all outcomes: sequentially consistent, and by plain accesses
  it.each([
    ['MP', 3, 4],
    ['SB', 3, 4],
    ['LB', 3, 4],
    ['CoRR', 3, 4],
    ['CoWW', 3, 3],
    ['CoRW', 3, 4],
    ['CoWR', 3, 4],
    ['R', 3, 4],
    ['S', 3, 4],
    ['2+2W', 3, 4],
    ['IRIW', 15, 16],
  ])('%s: %i, %i', (name, sequential, plain) => {
    expect([sequentialOutcomes(testOf(name)).size, plainOutcomes(testOf(name)).size]).toEqual([sequential, plain]);
    for (const outcome of sequentialOutcomes(testOf(name))) expect(plainOutcomes(testOf(name))).toContain(outcome);
  });

  it('is known for every test', () => {
    expect(LITMUS_TESTS.map(({ name }) => name)).toEqual(['MP', 'SB', 'LB', 'CoRR', 'CoWW', 'CoRW', 'CoWR', 'R', 'S', '2+2W', 'IRIW']);
  });
});

const RUNS = 50 * 1024;

it.each(LITMUS_TESTS.map(({ name }) => name))('%s shows no forbidden outcome', async (name) => {
  const reports = await run({ tests: [name], runs: name === 'IRIW' ? RUNS / 10 : RUNS });
  expect(reports.map(({ engine, access }) => `${engine} ${access}`)).toEqual(['wasm plain', 'wasm atomic', 'js plain', 'js atomic']);
  for (const report of reports) {
    expect(report.forbidden, JSON.stringify(report.outcomes)).toBe(0);
    if (report.access === 'atomic') expect(report.weak).toBe(0);
    expect(report.outcomes.reduce((sum, { count }) => sum + count, 0)).toBe(report.runs);
    for (const { count, forbidden, verdict } of report.outcomes) {
      expect(verdict).toBe(forbidden ? 'forbidden' : count > 0 ? 'observed' : 'allowed');
    }
    expect(report.outcomes.some(({ forbidden }) => forbidden)).toBe(report.access === 'atomic' || name.startsWith('Co') && name !== 'CoRR');
  }
});

// On one core threads alternate, and nothing is ever seen out of order.
it.skipIf(availableParallelism() < 2)('sees the store buffers of plain accesses, so it can see weakness at all', async () => {
  let weak = 0;
  // on a busy machine the two threads seldom run at the same time
  for (let attempt = 0; attempt < 200 && weak === 0; attempt++) {
    const [report] = await run({ tests: ['SB'], access: ['plain'], engine: ['wasm'], runs: 200 * 1024 });
    expect(report.forbidden).toBe(0);
    weak = report.weak;
    expect(report.outcomes.find(({ sequential }) => !sequential)).toMatchObject({ text: 'r0=0 r1=0', count: weak });
  }
  expect(weak).toBeGreaterThan(0);
}, 240_000);

it('tells how far it is', async () => {
  const told: LitmusProgress[] = [];
  const reports = await run({ tests: ['MP', 'SB'], access: ['atomic'], engine: ['js'], runs: 1, onProgress: (progress) => told.push(progress) });
  expect(reports.map(({ name, runs }) => [name, runs])).toEqual([['MP', 1024], ['SB', 1024]]);
  expect(told.flatMap(({ report }) => report ?? [])).toEqual(reports);
  const shares = told.map(({ share }) => share);
  expect([shares[0], shares.at(-1), shares.every((share, i) => i === 0 || share >= shares[i - 1])]).toEqual([0, 1, true]);
});

it('refuses bad arguments before it starts a thread', async () => {
  const options = { access: 'plain', engine: 'js', runs: 1 } as const;
  expect(() => prepareLitmus('XY', options)).toThrow(AtomicError);
  expect(() => prepareLitmus('XY', options)).toThrow(/no test XY; there are MP, SB/);
  for (const runs of [0, -1, 1.5, NaN, 1e10]) expect(() => prepareLitmus('MP', { ...options, runs })).toThrow(/runs: .* is not an integer from 1/);
  expect(() => prepareLitmus('MP', { ...options, access: 'weak' as 'plain' })).toThrow(/access: weak/);
  expect(() => prepareLitmus('MP', { ...options, engine: 'c' as 'js' })).toThrow(/engine: c/);
  const start = vi.fn();
  await expect(runLitmus({ tests: ['MP', 'XY'], runs: 1, startThread: start })).rejects.toThrow(/no test XY/);
  await expect(runLitmus({ tests: [], runs: 1, startThread: start })).rejects.toThrow(/nothing to run/);
  expect(start).not.toHaveBeenCalled();
});

it('rejects when a thread fails', async () => {
  const failing = () => Promise.reject(new Error('no thread'));
  await expect(runLitmus({ tests: ['MP'], runs: 1, startThread: failing })).rejects.toThrow('no thread');
});
