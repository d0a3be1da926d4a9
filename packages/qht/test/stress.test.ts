import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Arena, Heap, Pool } from '@mttcg/atomic';
import { Qht } from '../src/index.ts';
import { ARENA_START, AT, ELEMENTS, hashOf, KEYS_PER_WRITER, TABLE, type Job, type MovingJob } from './job.ts';

type Role = Job['role'];

async function run(roles: Role[], rounds: number, autoResize: boolean): Promise<Qht> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed} (SEED=${seed} repeats it): ${roles.join(' ')}`);
  const memory = new WebAssembly.Memory({ initial: 4096, maximum: 4096, shared: true });
  const heap = new Heap(memory);
  const pool = new Pool(heap, AT.pool, Arena.format(heap, AT.arena, ARENA_START, heap.size));
  const table = Qht.format(heap, TABLE, pool, { autoResize });
  for (let i = 0; i < ELEMENTS; i++) heap.u32[(AT.elements >>> 2) + i] = i;
  const writers = roles.filter((role) => role === 'writer').length;
  heap.u32[AT.writers >>> 2] = writers;
  heap.u32[AT.stop >>> 2] = writers;
  const keys = writers * KEYS_PER_WRITER;
  for (let key = keys + 1; key <= keys + KEYS_PER_WRITER; key++) table.insert(hashOf(key), key);

  await Promise.all(
    roles.map(async (role, index) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), {
        workerData: { memory, role, index, threads: roles.length, rounds, seed } satisfies Job,
        execArgv: ['--conditions=@mttcg/source'],
      });
      expect(await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))).toBe(0);
    }),
  );

  expect({ errors: heap.u32[AT.errors >>> 2], code: heap.u32[AT.firstError >>> 2] }).toEqual({ errors: 0, code: 0 });
  table.check();
  const found: number[] = [];
  table.iterate((handle) => found.push(handle));
  const expected = Array.from({ length: keys + KEYS_PER_WRITER }, (_, i) => i + 1).filter((key) => key > keys || key % 2 === 0);
  expect(found.sort((a, b) => a - b)).toEqual(expected);
  if (roles.some((role) => role.endsWith('reader'))) expect(heap.u32[AT.hits >>> 2]).toBeGreaterThan(0);
  return table;
}

it('writers and readers, no resizing', async () => {
  const table = await run(['writer', 'writer', 'reader', 'reader'], 10_000, false);
  expect(table.resizes).toBe(0);
});

it('writers and readers, the table grows by itself', async () => {
  const table = await run(['writer', 'writer', 'writer', 'reader'], 20_000, true);
  expect(table.resizes).toBeGreaterThan(3);
});

it('writers and readers against two resizers', async () => {
  const table = await run(['writer', 'writer', 'reader', 'resizer', 'resizer'], 10_000, true);
  expect(table.resizes).toBeGreaterThan(10);
});

it('iterations see a consistent table', async () => {
  await run(['writer', 'writer', 'resizer', 'iterator'], 5_000, true);
});

it('writers and generated lookups, the table grows by itself', async () => {
  const table = await run(['writer', 'writer', 'wasm reader', 'wasm reader'], 20_000, true);
  expect(table.resizes).toBeGreaterThan(3);
});

it('writers and generated lookups against a resizer', async () => {
  const table = await run(['writer', 'writer', 'wasm reader', 'resizer'], 10_000, true);
  expect(table.resizes).toBeGreaterThan(10);
});

it.each(['callbacks', 'generated'] as const)('an element that a writer moves is never missed, %s', async (reader) => {
  const heap = new Heap(new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true }));
  Qht.format(heap, TABLE, new Pool(heap, AT.pool, Arena.format(heap, AT.arena, ARENA_START, heap.size)));
  for (let i = 0; i < ELEMENTS; i++) heap.u32[(AT.elements >>> 2) + i] = i;
  await Promise.all((['mover', reader] as const).map(async (role) => {
    const worker = new Worker(new URL('./moving-worker.ts', import.meta.url), {
      workerData: { memory: heap.memory, role, rounds: 20_000 } satisfies MovingJob,
      execArgv: ['--conditions=@mttcg/source'],
    });
    expect(await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))).toBe(0);
  }));
  expect(heap.u32[AT.errors >>> 2]).toBe(0);
  expect(heap.u32[AT.hits >>> 2]).toBeGreaterThan(0);
});

it('what an ended Worker held is reported, not waited for', async () => {
  const heap = new Heap(new WebAssembly.Memory({ initial: 8, maximum: 8, shared: true }));
  const pool = new Pool(heap, AT.pool, Arena.format(heap, AT.arena, ARENA_START, heap.size));
  const table = Qht.format(heap, TABLE, pool, { elements: 100, stallMs: 20 });
  for (let key = 1; key <= 10; key++) table.insert(hashOf(key), key);
  const worker = new Worker(new URL('./ending-worker.ts', import.meta.url), { workerData: heap.memory, execArgv: ['--conditions=@mttcg/source'] });
  expect(await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject))).toBe(0);

  expect(() => table.insert(hashOf(11), 11)).toThrow(/lock of the chain at \d+ has not been given up for 20 ms/);
  expect(() => table.remove(hashOf(1), 1)).toThrow(/lock of the chain/);
  expect(() => table.resize(1000)).toThrow(/table lock at \d+ has not been given up for 20 ms/);
  // Readers need no lock.
  for (let key = 1; key <= 11; key++) expect(table.lookup(hashOf(key), (handle) => handle === key)).toBe(key === 11 ? 0 : key);
});
