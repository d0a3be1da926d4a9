import { Worker } from 'node:worker_threads';
import * as atomic from '@mttcg/atomic';
import { expect, it } from 'vitest';
import * as parts from '../model/parts.ts';
import { checkWorld, formatWorld, HEADER, worldBytes } from '../model/tb-world.ts';
import { type Job, SHARED, SIZE } from './job.ts';

const m = { ...parts, atomic };
const H = m.MachineHeader.offset;

async function torture(role: Job['role'], threads: number, rounds: number): Promise<atomic.Heap> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed} (SEED=${seed} repeats it): ${threads} threads`);
  const pages = (worldBytes(m, SIZE) >>> 16) + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const heap = new atomic.Heap(memory);
  formatWorld(m, heap, SIZE, true);
  await Promise.all(Array.from({ length: threads }, async (_, index) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { memory, role, index, threads, rounds, seed } satisfies Job,
      execArgv: ['--conditions=@mttcg/source'],
    });
    expect(await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))).toBe(0);
  }));
  return heap;
}

it.each([[2, 60_000], [4, 30_000]])('TBs made, chained and invalidated by %i threads leave a cache in order', async (threads, rounds) => {
  const heap = await torture('cache', threads, rounds);
  checkWorld(m, heap, SIZE);
  // it was worth looking
  expect(heap.u32[(HEADER + H.tbInvalidations) >>> 2]).toBeGreaterThan(500);
});

it.each([[2, 20_000], [4, 5_000]])('exclusive sections and the big lock exclude, with %i threads', async (threads, rounds) => {
  const heap = await torture('exclusive', threads, rounds);
  const word = (at: number): number => heap.u32[(worldBytes(m, SIZE) + at) >>> 2]!;
  expect(word(SHARED.failures)).toBe(0);
  expect(word(SHARED.alone)).toBe(0);
  expect(word(SHARED.sections)).toBeGreaterThan((threads * rounds) / 20);
  expect(word(SHARED.sections + 4)).toBe(word(SHARED.sections + 8));
  expect([H.exclusiveLock, H.pendingCpus, H.bql].map((field) => heap.u32[(HEADER + field) >>> 2])).toEqual([0, 0, 0]);
});
