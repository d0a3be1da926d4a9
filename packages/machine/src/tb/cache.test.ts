import * as atomic from '@mttcg/atomic';
import { CFlag } from '@mttcg/softmmu';
import { beforeEach, describe, expect, it } from 'vitest';
import * as parts from '../../test/model/parts.ts';
import { checkWorld, describeTb, fillJumpCache, formatWorld, HEADER, lookupTb, openWorld, publishTb, worldBytes, type WorldSize } from '../../test/model/tb-world.ts';
import { MachineHeader } from '../memory/layout.ts';
import { CODE_REGION_BYTES, generateTbLookup, TbCache } from './cache.ts';
import { TbLayout } from './descriptor.ts';
import { PageTree } from './page-tree.ts';

// What several threads make of it is in test/model and test/torture.
const m = { ...parts, atomic };
const SIZE: WorldSize = { tbs: 32, cpus: 2, arena: 1 << 17 };
const H = MachineHeader.offset;
const T = TbLayout.offset;

let heap: atomic.Heap;
let cache: TbCache;
beforeEach(() => {
  const pages = worldBytes(m, SIZE) / 65536;
  heap = new atomic.Heap(new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }));
  formatWorld(m, heap, SIZE);
  cache = openWorld(m, heap, SIZE);
});

/** Publishes a TB of 16 bytes; its index. */
function add(page: number, offset: number): number {
  const tb = cache.reserve(1);
  expect(publishTb(m, heap, cache, tb, page, offset)).toBe(tb);
  return tb;
}

const target = (tb: number, slot: number): number => heap.u32[(cache.slotAddr(tb) >>> 2) + slot]!;

describe('TbCache', () => {
  it.each(['by callbacks', 'by generated code'])('finds a TB by all parts of its key, %s', (how) => {
    const tbs = openWorld(m, heap, SIZE, how === 'by callbacks' ? undefined : generateTbLookup(heap, HEADER));
    const key = [5 * 4096 + 64, 0x80000001, 0xf0000000, 7, CFlag.PARALLEL] as const;
    const fields = [T.physLo, T.physHi, T.flags, T.csBase, T.cflags];
    /** A TB under the key's hash whose key differs in one part, or in none (-1). */
    const publish = (differs: number): number => {
      const tb = cache.reserve(1);
      fields.forEach((field, i) => {
        heap.u32[(cache.addr(tb) + field) >>> 2] = key[i]! + (i === differs ? 4 : 0);
      });
      heap.u32[(cache.addr(tb) + T.hash) >>> 2] = TbCache.hash(key[0], key[1], key[2], key[4]);
      const page = cache.lockPageForCode(5);
      expect(cache.publish(tb, page)).toBe(tb);
      cache.unlockPage(page);
      return tb;
    };
    fields.forEach((_, part) => {
      publish(part);
      expect(tbs.lookup(...key), `part ${part}`).toBe(0);
    });
    const tb = publish(-1);
    expect(tbs.lookup(...key)).toBe(tb);
  });

  it('gives the TB that was first to whoever publishes the same', () => {
    const first = add(5, 64);
    const second = cache.reserve(1);
    expect(publishTb(m, heap, cache, second, 5, 64)).toBe(first);
    checkWorld(m, heap, SIZE);
  });

  it('invalidates what lies on any of the bytes, and nothing else', () => {
    const [a, b, c, other] = [add(5, 0), add(5, 16), add(5, 32), add(6, 16)];
    expect(cache.invalidateRange(5, 48, 4096)).toBe(false);
    expect(cache.invalidateRange(7, 0, 4096)).toBe(false);
    expect(cache.invalidateRange(5, 31, 32)).toBe(true);
    expect([a, b, c, other].map((tb) => cache.isInvalid(tb))).toEqual([false, true, false, false]);
    expect(lookupTb(cache, 5, 16)).toBe(0);
    expect(cache.invalidateRange(5, 15, 33)).toBe(true);
    expect([a, b, c, other].map((tb) => cache.isInvalid(tb))).toEqual([true, true, true, false]);
    checkWorld(m, heap, SIZE);
  });

  it('chains TBs, and takes jumps back when either end goes', () => {
    const [a, b, c] = [add(1, 0), add(2, 0), add(3, 0)];
    cache.addJump(a, 0, b);
    cache.addJump(a, 1, c);
    cache.addJump(c, 0, b);
    cache.addJump(b, 1, b);
    expect([target(a, 0), target(a, 1), target(c, 0), target(b, 1)]).toEqual([b, c, b, b]);
    checkWorld(m, heap, SIZE);
    cache.addJump(a, 0, c);
    expect(target(a, 0)).toBe(b);
    cache.invalidateRange(2, 0, 4);
    expect([target(a, 0), target(a, 1), target(c, 0), target(b, 1)]).toEqual([0, c, 0, 0]);
    cache.addJump(a, 0, b);
    cache.addJump(b, 0, a);
    expect([target(a, 0), target(b, 0)]).toEqual([0, 0]);
    cache.addJump(a, 0, c);
    expect(target(a, 0)).toBe(c);
    cache.invalidateRange(1, 0, 4);
    expect([target(a, 0), target(a, 1)]).toEqual([0, 0]);
    checkWorld(m, heap, SIZE);
  });

  it('takes an invalidated TB out of the jump caches of all vCPUs', () => {
    const tb = add(1, 0);
    fillJumpCache(m, heap, cache, 0, tb);
    fillJumpCache(m, heap, cache, 1, tb);
    cache.invalidateRange(1, 0, 4);
    checkWorld(m, heap, SIZE);
    fillJumpCache(m, heap, cache, 1, tb);
    checkWorld(m, heap, SIZE);
  });

  it('does so wherever its page is mapped', () => {
    const tb = add(1, 0x7f4);
    for (const distance of [0, 0x1000, 0x55000, 0x7ff_f000]) fillJumpCache(m, heap, cache, 1, tb, distance);
    cache.invalidateRange(1, 0x7f4, 0x7f8);
    checkWorld(m, heap, SIZE);
  });

  it('traps stores to a page as long as it has TBs', () => {
    const trapped = new Set<number>();
    const protection = { protect: (page: number) => void trapped.add(page), unprotect: (page: number) => void trapped.delete(page) };
    const watched = new TbCache(heap, HEADER, new atomic.Arena(heap, HEADER + H.arena), SIZE.cpus, 2, protection);
    const desc = watched.lockPageForCode(9);
    expect([...trapped]).toEqual([9]);
    watched.unlockPage(desc);
    expect([...trapped]).toEqual([]);
    publishTb(m, heap, watched, watched.reserve(1), 9, 0);
    publishTb(m, heap, watched, watched.reserve(1), 9, 64);
    expect([...trapped]).toEqual([9]);
    watched.invalidateRange(9, 0, 4);
    expect([...trapped]).toEqual([9]);
    watched.invalidateRange(9, 64, 68);
    expect([...trapped]).toEqual([]);
  });

  it('says when it is full, and is empty after a flush', () => {
    expect(cache.reserve(SIZE.tbs)).toBe(0);
    const seen = cache.flushCount;
    cache.flushAll(seen);
    expect(cache.flushCount).toBe(seen + 1);
    const tb = add(5, 64);
    expect(tb).toBe(1);
    cache.addJump(tb, 0, tb);
    // somebody else was first
    cache.flushAll(seen);
    expect(lookupTb(cache, 5, 64)).toBe(tb);
    cache.flushAll(seen + 1);
    expect(lookupTb(cache, 5, 64)).toBe(0);
    expect(cache.reserve(1)).toBe(1);
    expect([target(1, 0), heap.u32[(cache.addr(1) + T.jmpListHead) >>> 2]]).toEqual([0, 0]);
    describeTb(m, heap, cache, 1, 5, 64);
    checkWorld(m, heap, SIZE);
  });

  it('hands out code bytes by regions, anew after a flush', () => {
    const start = 1 << 24;
    heap.u32[(HEADER + H.tbCode) >>> 2] = start;
    heap.u32[(HEADER + H.tbCodeNext) >>> 2] = start;
    heap.u32[(HEADER + H.tbCodeEnd) >>> 2] = start + 2 * CODE_REGION_BYTES;
    const other = openWorld(m, heap, SIZE);
    expect([cache.allocCode(10), cache.allocCode(20), other.allocCode(1), cache.allocCode(8)]).toEqual([start, start + 16, start + CODE_REGION_BYTES, start + 48]);
    expect(cache.allocCode(CODE_REGION_BYTES)).toBe(0);
    cache.flushAll(cache.flushCount);
    expect([other.allocCode(1), cache.allocCode(1)]).toEqual([start, start + CODE_REGION_BYTES]);
  });
});

describe('PageTree', () => {
  it('keeps one descriptor for each page number of 30 bits', () => {
    const tree = new PageTree(heap, heap.u32[(HEADER + H.pageRoot) >>> 2]!, new atomic.Arena(heap, HEADER + H.arena));
    const pages = [0, 1, 1023, 1024, 0x40000, 0x3fffffff];
    expect(pages.map((page) => tree.find(page))).toEqual(pages.map(() => 0));
    const made = pages.map((page) => tree.findOrInsert(page));
    expect(new Set(made).size).toBe(pages.length);
    expect(pages.map((page) => tree.findOrInsert(page))).toEqual(made);
    expect(pages.map((page) => tree.find(page))).toEqual(made);
    expect(tree.find(2)).toBe(0);
  });
});
