import { expect, it } from 'vitest';
import { Arena, type Heap, Rcu, Semaphore, Threads } from '../src/index.ts';
import { AT, JobLayout } from './job.ts';
import { run } from './run.ts';

const word = (heap: Heap, at: number) => heap.u32[at >>> 2];

it.each([
  ['mutex', 20_000],
  ['mutexAsync', 2_000],
  ['spinlock', 20_000],
  ['recursive', 10_000],
  ['robust', 20_000],
])('%s keeps a critical section exclusive', async (scenario, rounds) => {
  const heap = await run(scenario, 3, rounds, { prepare: (h) => void Threads.format(h, AT.cond, 3) });
  expect([word(heap, AT.data), word(heap, AT.data + 4), word(heap, AT.lock)]).toEqual([3 * rounds, 3 * rounds, 0]);
});

it('condition variables pass every item of a bounded buffer', async () => {
  const rounds = 5000;
  const heap = await run('condvar', 4, rounds);
  expect(word(heap, AT.sum)).toBe(rounds * (rounds + 1));
  expect(word(heap, AT.data)).toBe(0);
});

it('a semaphore of two lets two in', async () => {
  const heap = await run('semaphore', 4, 5000, { prepare: (h) => new Semaphore(h, AT.lock).post(2) });
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
  const heap = await run('arena', 3, 10_000, { prepare: (h) => Arena.format(h, AT.lock, 4096, h.size) });
  expect(new Arena(heap, AT.lock).used).toBe(3 * 10_000 * 24);
});

it('a lock count goes from 0 only while its lock is free', async () => {
  const heap = await run('lockCount', 3, 10_000);
  expect(word(heap, AT.lock)).toBe(0);
  expect(word(heap, AT.data)).toBe(3 * Math.floor(10_000 / 16));
  expect(word(heap, AT.data + 32)).toBeGreaterThan(0);
});

it('a lock-free list loses and doubles nothing and keeps order', async () => {
  await run('slist', 3, 20_000, { prepare: (h) => Arena.format(h, AT.cond + 16, 8192, h.size) });
});

it('RCU readers never see reused memory', async () => {
  await run('rcu', 3, 5000, { prepare: (h) => {
    Rcu.format(h, AT.rcu, 4);
    h.u32[AT.data >>> 2] = AT.rcuBlocks;
    h.u32.fill(0xffffffff, AT.rcuBlocks >>> 2, (AT.rcuBlocks + 32) >>> 2);
    expect(JobLayout.size).toBeLessThan(8192);
  } });
});
