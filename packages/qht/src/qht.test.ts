import { describe, expect, it } from 'vitest';
import { Arena, Heap, Pool } from '@mttcg/atomic';
import { BUCKET_ENTRIES, Qht, type QhtFormatOptions } from './index.ts';

const BASE = 256;

function make(options: QhtFormatOptions = {}, pages = 128) {
  const heap = new Heap(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  const arena = Arena.format(heap, 16, 4096, heap.size);
  const pool = new Pool(heap, 32, arena);
  return { heap, arena, pool, table: Qht.format(heap, BASE, pool, options) };
}

/** Keys are the handles; `spread` 1 gives every key a bucket of its own, 64 makes chains. */
const hashOf = (key: number, spread: number) => Math.imul(Math.floor(key / spread), 0x9e3779b1);

describe.each([false, true])('automatic resize %s', (autoResize) => {
  describe.each([0, 1, 2, 8, 16, 8192, 16384])('made for %i elements', (elements) => {
    it.each([1, 5, 64])('inserts, finds, iterates and removes thousands of keys (%i to a hash)', (spread) => {
      // Without resizing, small tables are a few long lists, of which 5,000 keys show no more than 1,000.
      const N = autoResize || elements > 16 ? 5000 : 1000;
      const { table } = make({ elements, autoResize });
      const find = (key: number) => table.lookup(hashOf(key, spread), (handle) => handle === key);
      const hash = (key: number) => hashOf(key, spread);

      for (let key = 1; key <= N; key++) expect(table.insert(hash(key), key)).toBe(0);
      table.check();
      for (let key = 1; key <= N; key++) expect(find(key)).toBe(key);
      for (let key = N + 1; key <= N + 200; key++) expect(find(key)).toBe(0);
      for (let key = 1; key <= N; key += 7) expect(table.insert(hash(key), key)).toBe(key);
      expect(table.statistics().entries).toBe(N);

      const seen = new Set<number>();
      table.iterate((handle, h) => {
        expect(h).toBe(hash(handle) >>> 0);
        seen.add(handle);
      });
      expect(seen.size).toBe(N);

      expect(table.remove(hash(N + 1), N + 1)).toBe(false);
      for (let key = 1; key <= N; key += 2) expect(table.remove(hash(key), key)).toBe(true);
      expect(table.remove(hash(1), 1)).toBe(false);
      table.check();
      for (let key = 1; key <= N; key++) expect(find(key)).toBe(key % 2 === 0 ? key : 0);

      expect(table.iterateRemove((handle) => handle % 4 === 0)).toBe(N / 4);
      table.check();
      expect(table.statistics().entries).toBe(N / 4);
      for (let key = 1; key <= 200; key++) expect(find(key)).toBe(key % 4 === 2 ? key : 0);

      table.reset();
      table.check();
      expect(table.statistics().entries).toBe(0);
      expect(find(2)).toBe(0);
      expect(table.insert(hash(2), 2)).toBe(0);
    });
  });
});

describe('chains', () => {
  it.each([1, BUCKET_ENTRIES - 1, BUCKET_ENTRIES, BUCKET_ENTRIES + 1, 3 * BUCKET_ENTRIES])('of %i: each entry can be removed', (length) => {
    for (let victim = 1; victim <= length; victim++) {
      const { table } = make();
      for (let key = 1; key <= length; key++) table.insert(0, key);
      expect(table.remove(0, victim)).toBe(true);
      table.check();
      for (let key = 1; key <= length; key++) expect(table.lookup(0, (h) => h === key)).toBe(key === victim ? 0 : key);
      expect(table.insert(0, victim)).toBe(0);
      expect(table.statistics().chains.max).toBe(Math.ceil(length / BUCKET_ENTRIES));
    }
  });

  it('iterateRemove looks at the entry that filled a hole', () => {
    const { table } = make();
    for (let key = 1; key <= 20; key++) table.insert(0, key);
    expect(table.iterateRemove(() => true)).toBe(20);
    table.check();
    expect(table.statistics().entries).toBe(0);
  });
});

describe('comparators', () => {
  it('tell elements with equal hashes apart; a duplicate insert returns the one that is there', () => {
    const { heap, arena, pool } = make();
    const keyOf = (handle: number) => heap.u32[handle >>> 2];
    const table = Qht.format(heap, 512, pool, { same: (a, b) => keyOf(a) === keyOf(b) });
    const element = (key: number) => {
      const at = arena.alloc(8, 8);
      heap.u32[at >>> 2] = key;
      return at;
    };
    const [a, b, again] = [element(10), element(11), element(10)];
    expect(table.insert(5, a)).toBe(0);
    expect(table.insert(5, b)).toBe(0);
    expect(table.insert(5, again)).toBe(a);
    expect(table.insert(5, again, () => false)).toBe(0);
    expect(table.remove(5, again)).toBe(true);
    const wanted = { key: 11 };
    const equal = (handle: number, k: { key: number } | undefined) => keyOf(handle) === k?.key;
    expect(table.lookup(5, equal, wanted)).toBe(b);
    wanted.key = 12;
    expect(table.lookup(5, equal, wanted)).toBe(0);
    table.check();
  });

  it('leave the table usable when they throw', () => {
    const { table } = make();
    table.insert(1, 1);
    const boom = () => {
      throw new Error('boom');
    };
    expect(() => table.insert(1, 2, boom)).toThrow('boom');
    expect(() => table.iterate(boom)).toThrow('boom');
    expect(() => table.iterateRemove(boom)).toThrow('boom');
    table.check();
    expect(table.insert(1, 2)).toBe(0);
  });

  it('take hashes signed or not', () => {
    const { table } = make();
    table.insert(-1, 0xfffffff0);
    expect(table.lookup(0xffffffff, () => true)).toBe(0xfffffff0);
    expect(table.remove(0xffffffff, 0xfffffff0)).toBe(true);
  });
});

describe('size', () => {
  it('is a power of two of buckets of six', () => {
    for (const [elements, heads] of [[0, 1], [6, 1], [12, 2], [13, 2], [18, 4], [8192, 2048], [16384, 4096]]) {
      expect(make({ elements }).table.statistics().headBuckets).toBe(heads);
    }
  });

  it('doubles by itself once an eighth of the buckets is chained, only when asked for', () => {
    const grow = (autoResize: boolean) => {
      const { table } = make({ autoResize });
      for (let key = 1; key <= 5000; key++) table.insert(hashOf(key, 1), key);
      table.check();
      return { heads: table.statistics().headBuckets, resizes: table.resizes };
    };
    expect(grow(false)).toEqual({ heads: 1, resizes: 0 });
    const grown = grow(true);
    expect(grown.heads).toBeGreaterThanOrEqual(512);
    expect(grown.heads).toBe(2 ** grown.resizes);
  });

  it('resizes both ways and keeps the elements; resetSize drops them', () => {
    const { table } = make({ elements: 100 });
    for (let key = 1; key <= 1000; key++) table.insert(hashOf(key, 3), key);
    for (const elements of [0, 10_000, 50, 50]) {
      const before = table.statistics().headBuckets;
      const changed = table.resize(elements);
      expect(changed).toBe(table.statistics().headBuckets !== before);
      table.check();
      for (let key = 1; key <= 1000; key++) expect(table.lookup(hashOf(key, 3), (h) => h === key)).toBe(key);
    }
    expect(table.resetSize(200)).toBe(true);
    expect(table.statistics()).toMatchObject({ headBuckets: 64, entries: 0 });
    table.insert(1, 1);
    expect(table.resetSize(200)).toBe(false);
    expect(table.statistics().entries).toBe(0);
  });

  it('goes on with long chains when memory for a resize runs out, and fails an insert cleanly when all is gone', () => {
    const { table, heap } = make({ autoResize: true }, 1);
    let inserted = 0;
    expect(() => {
      for (;;) {
        table.insert(hashOf(inserted + 1, 1), inserted + 1);
        inserted++;
      }
    }).toThrow(/arena full/);
    table.check();
    expect(table.statistics().entries).toBe(inserted);
    expect(inserted * 4).toBeGreaterThan(heap.size / 32);
    for (let key = 1; key <= inserted; key++) expect(table.lookup(hashOf(key, 1), (h) => h === key)).toBe(key);
    expect(() => table.resize(1e6)).toThrow(/arena full/);
    table.check();
  });
});

describe('memory of old maps', () => {
  it('is used again after reclaim()', () => {
    const { table, arena } = make({ elements: 1000 });
    for (let key = 1; key <= 2000; key++) table.insert(hashOf(key, 1), key);
    const cycle = () => {
      table.resize(4000);
      table.resize(1000);
      table.reclaim();
    };
    cycle();
    const used = arena.used;
    for (let i = 0; i < 10; i++) cycle();
    expect(arena.used).toBe(used);
    table.check();
    expect(table.statistics().entries).toBe(2000);
  });

  it('is given to the defer hook when there is one', () => {
    const { heap, pool, arena } = make();
    const deferred: (() => void)[] = [];
    const table = Qht.format(heap, 512, pool, { elements: 1000, defer: (reclaim) => deferred.push(reclaim) });
    table.resize(10);
    table.resize(1000);
    expect(deferred.length).toBe(2);
    deferred.forEach((reclaim) => reclaim());
    const used = arena.used;
    table.resize(10);
    table.resize(1000);
    expect(arena.used).toBe(used);
    expect(deferred.length).toBe(4);
  });
});

describe('statistics', () => {
  it('of a table that is not formatted are zeros; lookups find nothing, inserts say why they fail', () => {
    const { heap, pool } = make();
    const table = new Qht(heap, 1024, pool);
    expect(table.statistics()).toMatchObject({ headBuckets: 0, usedHeadBuckets: 0, entries: 0 });
    expect(table.statistics().chains.mean).toBe(0);
    expect(table.lookup(1, () => true)).toBe(0);
    expect(() => table.insert(1, 1)).toThrow(/no table at 1024/);
  });

  it('count chains and occupancy', () => {
    const { table } = make({ elements: 48 });
    for (let key = 1; key <= 9; key++) table.insert(0, key);
    for (let key = 10; key <= 12; key++) table.insert(1, key);
    const { headBuckets, usedHeadBuckets, entries, chains, occupancy } = table.statistics();
    expect({ headBuckets, usedHeadBuckets, entries }).toEqual({ headBuckets: 8, usedHeadBuckets: 2, entries: 12 });
    expect(chains.counts).toEqual([0, 1, 1]);
    expect([chains.mean, chains.min, chains.max, chains.samples]).toEqual([1.5, 1, 2, 2]);
    expect(occupancy.counts).toEqual([0, 0, 0, 0, 0, 1, 0, 1]);
  });
});
