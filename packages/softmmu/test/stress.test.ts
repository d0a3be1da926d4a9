import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { ENV_ARCH_OFFSET } from '../src/index.ts';
import { type StressJob, StressLayout } from './stress-job.ts';
import { testMemory } from './test-cpu.ts';

const S = StressLayout.offset;

/**
 * One vCPU stores while another thread protects pages and "translates" them (copies the first word) and a third watches
 * them as a display does. No store may go unnoticed by either.
 */
it.each(['translator', 'display', 'translator display'])('no store escapes: %s', async (others) => {
  const m = testMemory();
  const env = m.arena.alloc(ENV_ARCH_OFFSET + 64, 64);
  const shared = m.arena.alloc(StressLayout.size, 64);
  const { memory, ramBytes, ramHost, romHost, dirtyBase } = m;
  const seed = (Math.random() * 2 ** 31) | 1;
  const job = { places: { memory, ramBytes, ramHost, romHost, dirtyBase }, env, shared, rounds: 300_000 };
  const all: StressJob['role'][] = ['vcpu', ...(others.split(' ') as ('translator' | 'display')[])];
  await Promise.all(
    all.map(async (role, i) => {
      const worker = new Worker(new URL('./stress-worker.ts', import.meta.url), {
        workerData: { ...job, role, seed: seed + i } satisfies StressJob,
        execArgv: ['--conditions=@mttcg/source'],
      });
      const code = await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
      expect(code).toBe(0);
    }),
  );
  const got = Object.fromEntries(
    (['errors', 'firstError', 'fastStores', 'slowStores', 'invalidations', 'translations', 'snapshots'] as const).map((k) => [k, m.heap.u32[(shared + S[k]) >>> 2]!]),
  );
  const text = `seed ${seed}: ${JSON.stringify(got)}`;
  if (process.env.STRESS) console.log(text);
  expect(got.errors, text).toBe(0);
  // the protocol was at work: both kinds of stores, and the others saw something
  expect(got.fastStores, text).toBeGreaterThan(100);
  expect(got.slowStores, text).toBeGreaterThan(100);
  if (all.includes('translator')) expect(Math.min(got.invalidations!, got.translations!), text).toBeGreaterThan(100);
  if (all.includes('display')) expect(got.snapshots, text).toBeGreaterThan(100);
});
