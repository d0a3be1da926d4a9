import { describe, expect, it } from 'vitest';
import { Arena, AtomicError, Heap, Pool, type AtomicErrorCode } from '@mttcg/atomic';
import { Qht, QhtBucket, QhtHeader, QhtMap, type QhtAllocator, type QhtFormatOptions } from './index.ts';

const BASE = 256;

function make(options: QhtFormatOptions = {}) {
  const heap = new Heap(new SharedArrayBuffer(1 << 20));
  const arena = Arena.format(heap, 16, 4096, heap.size);
  const pool = new Pool(heap, 32, arena);
  return { heap, arena, pool, table: Qht.format(heap, BASE, pool, options) };
}

function expectError(code: AtomicErrorCode, message: RegExp, body: () => unknown): void {
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AtomicError);
  expect((thrown as AtomicError).message).toMatch(message);
  expect((thrown as AtomicError).code).toBe(code);
}

describe('arguments are refused by name:', () => {
  it('where the table is', () => {
    const { heap, pool } = make();
    expectError('ERR_MISALIGNED', /qht base: 8 is not a multiple of 64/, () => new Qht(heap, 8, pool));
    for (const base of [heap.size, heap.size - 32, -64, 64.5, NaN]) {
      expectError('ERR_OUT_OF_RANGE', /qht base: /, () => new Qht(heap, base, pool));
      expectError('ERR_OUT_OF_RANGE', /qht base: /, () => Qht.format(heap, base, pool));
    }
  });

  it('memory that is not shared', () => {
    expectError('ERR_NOT_SHARED', /memory: not shared/, () => new Heap(new WebAssembly.Memory({ initial: 1 })));
  });

  it('handles', () => {
    const { table } = make();
    for (const handle of [0, -5, 2 ** 32 - 1, 2 ** 32, NaN]) {
      expectError('ERR_BAD_ARGUMENT', new RegExp(`qht insert: handle ${handle} `), () => table.insert(1, handle));
      expectError('ERR_BAD_ARGUMENT', new RegExp(`qht remove: handle ${handle} `), () => table.remove(1, handle));
    }
    expect(table.statistics().entries).toBe(0);
  });

  it('numbers of elements', () => {
    const { heap, pool, table } = make();
    for (const elements of [-1, NaN, Infinity]) {
      const message = new RegExp(`qht elements: ${elements} `);
      expectError('ERR_BAD_ARGUMENT', message, () => Qht.format(heap, 512, pool, { elements }));
      expectError('ERR_BAD_ARGUMENT', message, () => table.resize(elements));
      expectError('ERR_BAD_ARGUMENT', message, () => table.resetSize(elements));
    }
    table.check();
  });

  it('waiting times', () => {
    const { heap, pool } = make();
    for (const stallMs of [0, -1, NaN]) expectError('ERR_BAD_ARGUMENT', /qht stallMs: /, () => new Qht(heap, BASE, pool, { stallMs }));
  });

  it('a table that is not formatted', () => {
    const { heap, pool } = make();
    const table = new Qht(heap, 1024, pool);
    const calls = [
      () => table.insert(1, 1), () => table.remove(1, 1), () => table.iterate(() => undefined), () => table.iterateRemove(() => true),
      () => table.reset(), () => table.resetSize(1), () => table.resize(1), () => table.reclaim(),
    ];
    for (const call of calls) expectError('ERR_BAD_ARGUMENT', /no table at 1024/, call);
    expect(heap.u32.subarray(256, 256 + 16).every((word) => word === 0)).toBe(true);
  });
});

describe('an allocator', () => {
  /** Hands out what `answer` says once `broken` is set. */
  function broken(answer: () => number) {
    const { heap, pool } = make();
    let isBroken = false;
    const allocator: QhtAllocator = { alloc: (size, align) => (isBroken ? answer() : pool.alloc(size, align)), free: (at, size) => pool.free(at, size) };
    const table = Qht.format(heap, 512, allocator, { autoResize: true });
    for (let key = 1; key <= 6; key++) table.insert(key, key);
    return { heap, table, breakIt: () => void (isBroken = true), mendIt: () => void (isBroken = false) };
  }
  const noMemory = () => {
    throw new Error('none left');
  };

  it.each([0, 13, 100, 1 << 20, NaN])('that answers %d is found out before anything is written', (answer) => {
    const { heap, table, breakIt } = broken(() => answer);
    breakIt();
    const before = heap.u8.slice();
    expectError('ERR_BAD_ARGUMENT', /qht allocator: alloc\(64, 64\) gave /, () => table.insert(7, 7));
    table.check();
    expect(heap.u32[(512 + QhtHeader.offset.lock) >>> 2]).toBe(0);
    // the sequence was not touched, as nothing was changed
    expect(Buffer.from(heap.u8.slice()).equals(Buffer.from(before))).toBe(true);
  });

  it('that throws fails an insert that needs it, and leaves the table as it was', () => {
    const { table, breakIt, mendIt } = broken(noMemory);
    breakIt();
    expect(() => table.insert(7, 7)).toThrow('none left');
    expect(() => table.resize(100)).toThrow('none left');
    table.check();
    expect(table.statistics().entries).toBe(6);
    expect(table.insert(3, 3)).toBe(3);
    mendIt();
    expect(table.insert(7, 7)).toBe(0);
    expect(table.resize(100)).toBe(true);
    table.check();
    for (let key = 1; key <= 7; key++) expect(table.lookup(key, (handle) => handle === key)).toBe(key);
  });

  it('that throws in the middle of a resize loses nothing', () => {
    const { heap, arena } = make();
    let left = Infinity;
    let taken = 0;
    const pool = new Pool(heap, 32, arena);
    const allocator: QhtAllocator = {
      alloc(size, align) {
        if (left-- <= 0) throw new RangeError('no more');
        taken++;
        return pool.alloc(size, align);
      },
      free(at, size) {
        taken--;
        pool.free(at, size);
      },
    };
    const table = Qht.format(heap, 512, allocator, { elements: 400 });
    // all in one chain of the smaller map, which needs chained buckets
    for (let key = 1; key <= 60; key++) table.insert(key * 8, key);
    const held = taken;
    // a map, its head bucket and nine chained ones are asked for
    for (left = 0; left < 11; ) {
      const allowed = left;
      expect(() => table.resize(0)).toThrow('no more');
      table.check();
      expect(taken).toBe(held);
      for (let key = 1; key <= 60; key++) expect(table.lookup(key * 8, (handle) => handle === key)).toBe(key);
      left = allowed + 1;
    }
    left = Infinity;
    expect(table.resize(0)).toBe(true);
    table.check();
  });

  it('that cannot serve a growth does not fail the insert that asked for it', () => {
    const { heap, pool } = make();
    const allocator: QhtAllocator = {
      alloc(size, align) {
        if (size > QhtBucket.size) throw new RangeError('too large');
        return pool.alloc(size, align);
      },
    };
    const table = Qht.format(heap, 512, allocator, { autoResize: true });
    for (let key = 1; key <= 500; key++) expect(table.insert(key, key)).toBe(0);
    table.check();
    expect(table.resizes).toBe(0);
    expect(table.statistics().entries).toBe(500);
  });
});

it('an error of the defer hook is not taken for lack of memory', () => {
  const { heap, pool } = make();
  const defer = () => {
    throw new Error('hook');
  };
  const table = Qht.format(heap, 512, pool, { autoResize: true, defer });
  expect(() => {
    for (let key = 1; key <= 100; key++) table.insert(key, key);
  }).toThrow('hook');
  table.check();
});

describe('what nobody gives up', () => {
  const stallMs = 5;

  it('a table lock: operations that need it throw, the others go on', () => {
    const { heap, table, pool } = make();
    table.insert(1, 1);
    heap.u32[(BASE + QhtHeader.offset.lock) >>> 2] = 1;
    const other = new Qht(heap, BASE, pool, { stallMs });
    const message = /table lock at 260 has not been given up for 5 ms/;
    for (const call of [() => other.iterate(() => undefined), () => other.reset(), () => other.resize(100), () => other.reclaim()]) {
      expectError('ERR_STALLED', message, call);
    }
    expect(other.insert(2, 2)).toBe(0);
    expect(other.lookup(1, () => true)).toBe(1);
    expect(other.statistics().entries).toBe(2);
  });

  it('a chain\'s lock: writers of it throw, and give up the locks they had taken', () => {
    const { heap, pool } = make();
    const table = Qht.format(heap, 512, pool, { elements: 24, stallMs });
    const map = heap.u32[(512 + QhtHeader.offset.map) >>> 2];
    const second = heap.u32[(map + QhtMap.offset.buckets) >>> 2] + QhtBucket.size;
    table.insert(1, 1);
    heap.u32[(second + QhtBucket.offset.lock) >>> 2] = 1;
    const message = new RegExp(`lock of the chain at ${second + QhtBucket.offset.lock} has not been given up`);
    const calls = [
      () => table.insert(1, 3), () => table.remove(1, 1), () => table.iterate(() => undefined), () => table.reset(),
      () => table.resize(1000), () => table.resetSize(1000),
    ];
    for (const call of calls) expectError('ERR_STALLED', message, call);
    expect(table.lookup(1, () => true)).toBe(1);
    expect(table.insert(2, 2)).toBe(0);
    heap.u32[(second + QhtBucket.offset.lock) >>> 2] = 0;
    table.check();
    expect(table.resize(1000)).toBe(true);
  });

  it('a change of a chain: hits are found, a miss throws', () => {
    const { heap, pool } = make();
    const table = Qht.format(heap, 512, pool, { stallMs });
    table.insert(1, 1);
    const map = heap.u32[(512 + QhtHeader.offset.map) >>> 2];
    const head = heap.u32[(map + QhtMap.offset.buckets) >>> 2];
    heap.u32[(head + QhtBucket.offset.sequence) >>> 2] |= 1;
    expect(table.lookup(1, () => true)).toBe(1);
    expectError('ERR_STALLED', /change of the chain at \d+ has not been given up/, () => table.lookup(2, () => true));
  });
});
