import { Worker } from 'node:worker_threads';
import { expect, it, vi } from 'vitest';
import { Arena, Heap, Rcu, Semaphore } from '../src/index.ts';
import { AT, JobLayout, type Job } from './job.ts';

// On a loaded machine threads wait for their turn.
vi.setConfig({ testTimeout: 60_000 });

/** Runs `scenario` on real threads and hands back the memory when all have ended. */
async function run(scenario: string, threads: number, rounds: number, prepare: (heap: Heap) => void = () => {}): Promise<Heap> {
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 32, shared: true });
  const heap = new Heap(memory);
  heap.u32[AT.threads >>> 2] = threads;
  prepare(heap);
  await Promise.all(
    Array.from({ length: threads }, async (_, thread) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), {
        workerData: { memory, scenario, thread, rounds } satisfies Job,
        execArgv: ['--conditions=@mttcg/source'],
      });
      const code = await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
      expect(code).toBe(0);
    }),
  );
  expect(heap.u32[AT.errors >>> 2]).toBe(0);
  return heap;
}

const word = (heap: Heap, at: number) => heap.u32[at >>> 2];

it.each([
  ['mutex', 20_000],
  ['mutexAsync', 2_000],
  ['spinlock', 20_000],
  ['recursive', 10_000],
])('%s keeps a critical section exclusive', async (scenario, rounds) => {
  const heap = await run(scenario, 3, rounds);
  expect([word(heap, AT.data), word(heap, AT.data + 4), word(heap, AT.lock)]).toEqual([3 * rounds, 3 * rounds, 0]);
});

it('condition variables pass every item of a bounded buffer', async () => {
  const rounds = 5000;
  const heap = await run('condvar', 4, rounds);
  expect(word(heap, AT.sum)).toBe(rounds * (rounds + 1));
  expect(word(heap, AT.data)).toBe(0);
});

it('a semaphore of two lets two in', async () => {
  const heap = await run('semaphore', 4, 5000, (h) => new Semaphore(h, AT.lock).post(2));
  expect(word(heap, AT.sum)).toBe(20_000);
  expect(new Semaphore(heap, AT.lock).value()).toBe(2);
});

it('an event loses no set', async () => {
  const heap = await run('event', 3, 20_000);
  expect(word(heap, AT.sum)).toBe(40_000);
});

it('a seqlock shows no torn pair', async () => {
  await run('seqlock', 3, 50_000);
});

it('an arena hands out disjoint blocks', async () => {
  const heap = await run('arena', 3, 10_000, (h) => Arena.format(h, AT.lock, 4096, h.size));
  expect(new Arena(heap, AT.lock).used).toBe(3 * 10_000 * 24);
});

it('a lock count goes from 0 only while its lock is free', async () => {
  const heap = await run('lockCount', 3, 10_000);
  expect(word(heap, AT.lock)).toBe(0);
  expect(word(heap, AT.data)).toBe(3 * Math.floor(10_000 / 16));
  expect(word(heap, AT.data + 32)).toBeGreaterThan(0);
});

it('a lock-free list loses and doubles nothing and keeps order', async () => {
  await run('slist', 3, 20_000, (h) => Arena.format(h, AT.cond + 16, 8192, h.size));
});

it('RCU readers never see reused memory', async () => {
  await run('rcu', 3, 5000, (h) => {
    Rcu.format(h, AT.rcu, 4);
    h.u32[AT.data >>> 2] = AT.rcuBlocks;
    h.u32.fill(0xffffffff, AT.rcuBlocks >>> 2, (AT.rcuBlocks + 32) >>> 2);
    expect(JobLayout.size).toBeLessThan(8192);
  });
});
