import { expect, it } from 'vitest';
import { Arena, ArenaFullError } from './arena.ts';
import { Heap } from './heap.ts';

const makeHeap = () => new Heap(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));

it('hands out aligned, disjoint blocks through any handle', () => {
  const heap = makeHeap();
  const first = Arena.format(heap, 16, 100, 1000);
  const second = new Arena(heap, 16);
  expect(first.alloc(10, 1)).toBe(100);
  expect(second.alloc(1, 64)).toBe(128);
  expect(first.alloc(4, 4)).toBe(132);
  expect(second.used).toBe(36);
  expect(second.available).toBe(1000 - 136);
  first.reset();
  expect(second.alloc(900, 1)).toBe(100);
});

it('throws a typed error when full, and stays usable', () => {
  const arena = Arena.format(makeHeap(), 0, 64, 128);
  arena.alloc(60, 1);
  const full = (() => {
    try {
      arena.alloc(8, 1);
    } catch (error) {
      return error;
    }
    return undefined;
  })();
  expect(full).toBeInstanceOf(ArenaFullError);
  expect(full).toMatchObject({ code: 'ERR_ARENA_FULL', requested: 8, available: 4 });
  expect(arena.alloc(4, 1)).toBe(124);
});

it('refuses bad arguments by name', () => {
  const heap = makeHeap();
  expect(() => Arena.format(heap, 2, 64, 128)).toThrow(/cursorOffset: offset 2 is not a multiple of 4/);
  expect(() => Arena.format(heap, 0, 64, 1e9)).toThrow(/end/);
  expect(() => Arena.format(heap, 0, 128, 64)).toThrow(/end: 64 is below start 128/);
  const arena = Arena.format(heap, 0, 64, 128);
  expect(() => arena.alloc(-1, 8)).toThrow(/size/);
  expect(() => arena.alloc(8, 12)).toThrow(/align: 12/);
});
