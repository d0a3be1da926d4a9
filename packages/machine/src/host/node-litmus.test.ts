import { expect, it } from 'vitest';
import { runLitmusTests } from './node-litmus.ts';

it('runs litmus tests on threads', async () => {
  const reports = await runLitmusTests({ tests: ['MP', 'IRIW'], access: ['atomic'], engine: ['wasm'], runs: 2048 });
  expect(reports.map(({ name, runs, forbidden }) => [name, runs, forbidden])).toEqual([['MP', 2048, 0], ['IRIW', 2048, 0]]);
}, 60_000);

it('ends early, with its threads, when it is told to', async () => {
  const controller = new AbortController();
  const running = runLitmusTests({ tests: ['SB'], runs: 4e9, signal: controller.signal, onProgress: () => controller.abort() });
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
}, 60_000);

it('refuses what there is not', async () => {
  await expect(runLitmusTests({ tests: ['XY'], runs: 1 })).rejects.toMatchObject({ code: 'ERR_BAD_ARGUMENT' });
});
