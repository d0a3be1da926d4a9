import { expect, it } from 'vitest';
import { Arena } from './arena.ts';
import { Heap } from './heap.ts';
import { Pool } from './pool.ts';

const make = () => {
  const heap = new Heap(new SharedArrayBuffer(65536));
  const arena = Arena.format(heap, 0, 4096, heap.size);
  return { arena, pool: new Pool(heap, 64, arena), other: new Pool(heap, 64, arena) };
};

it('hands freed blocks out again, by class', () => {
  const { arena, pool, other } = make();
  const a = pool.alloc(100, 64);
  const b = pool.alloc(128, 64);
  const c = pool.alloc(129, 64);
  expect([a % 128, b % 128, c % 256, new Set([a, b, c]).size]).toEqual([0, 0, 0, 3]);
  const used = arena.used;
  pool.free(a, 100);
  pool.free(b, 128);
  expect([other.alloc(65, 8), other.alloc(120, 8)].sort()).toEqual([a, b].sort());
  pool.free(c, 129);
  expect(pool.alloc(256, 256)).toBe(c);
  expect(arena.used).toBe(used);
});

it('refuses what it cannot do, and passes the source\'s error on', () => {
  const { pool } = make();
  expect(() => pool.alloc(64, 128)).toThrow(/align: 128/);
  expect(() => pool.alloc(-1)).toThrow(/size/);
  expect(() => pool.alloc(1 << 20)).toThrow(/arena full/);
  expect(pool.alloc(1)).toBeGreaterThan(0);
});
