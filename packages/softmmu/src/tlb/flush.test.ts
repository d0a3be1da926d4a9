import { describe, expect, it } from 'vitest';
import { TestCpu, RAM_PA, testMemory } from '../../test/test-cpu.ts';
import { CpuCommon, TlbDescLayout } from '../cpu/common.ts';
import { Access } from '../cpu/guest.ts';

const LD8 = 0;
const mmu = (idx: number): number => idx << 12;

function cpuWith(pages: number, options: ConstructorParameters<typeof TestCpu>[1] = {}): TestCpu {
  const cpu = new TestCpu(testMemory(), options);
  for (let i = 0; i < pages; i++) for (let idx = 0; idx < 3; idx++) cpu.client.map(i * 4096, RAM_PA + (i % 2048) * 4096, 7, { mmuIdx: idx });
  return cpu;
}

const touch = (cpu: TestCpu, pages: number, idx = 0): void => {
  for (let i = 0; i < pages; i++) expect(cpu.tlb.ldSlow(i * 4096, 0, LD8 | mmu(idx))).toBe(0);
  // the last page, so that nothing is swapped: from here on the index may be in the jump cache
  expect(cpu.tlb.codeHost((pages - 1) * 4096, 0, idx)).toBeGreaterThan(0);
};

/** Fills that touching the page costs: 1 when it was not there. */
function fillsOf(cpu: TestCpu, lo: number, idx = 0, hi = 0): number {
  const before = cpu.client.fills;
  expect(cpu.tlb.ldSlow(lo, hi, LD8 | mmu(idx))).toBe(0);
  return cpu.client.fills - before;
}

const sizeOf = (cpu: TestCpu, idx: number): number =>
  (cpu.m.heap.u32[(cpu.env + CpuCommon.offset.tlb + idx * TlbDescLayout.size) >>> 2]! >>> 5) + 1;

describe('flushes', () => {
  it('skip and count indexes without entries', () => {
    const cpu = cpuWith(4);
    cpu.ld(0x99000, LD8);
    cpu.tlb.flushAll();
    expect(cpu.counters()).toEqual({ full: 0, part: 0, elided: 3 });
    expect(cpu.log).toEqual([]);
    touch(cpu, 4, 0);
    touch(cpu, 4, 2);
    cpu.tlb.flushByMmuIdx(0b011);
    expect(cpu.counters()).toEqual({ full: 0, part: 1, elided: 4 });
    expect(cpu.log).toEqual(['clear all']);
    expect(fillsOf(cpu, 0, 2)).toBe(0);
    expect(fillsOf(cpu, 0, 0)).toBe(1);
    cpu.tlb.flushAll();
    expect(cpu.counters()).toEqual({ full: 1, part: 1, elided: 5 });
    expect([fillsOf(cpu, 0x1000, 0), fillsOf(cpu, 0x1000, 2)]).toEqual([1, 1]);
    cpu.tlb.flushAll();
    expect(cpu.counters()).toEqual({ full: 2, part: 1, elided: 6 });
  });

  it('leave the jump cache alone unless code was fetched through one of the indexes since it was cleared', () => {
    const cpu = cpuWith(4);
    touch(cpu, 4, 0);
    expect(cpu.tlb.ldSlow(0, 0, LD8 | mmu(1))).toBe(0);
    cpu.tlb.flushByMmuIdx(0b010);
    cpu.tlb.flushPageByMmuIdx(0x1000, 0, 0b010);
    expect(cpu.log).toEqual([]);
    cpu.tlb.flushPageByMmuIdx(0x1000, 0, 0b001);
    cpu.tlb.flushByMmuIdx(0b001);
    expect(cpu.log).toEqual(['clear 1000', 'clear all']);
    expect(cpu.tlb.ldSlow(0, 0, LD8)).toBe(0);
    cpu.tlb.flushByMmuIdx(0b001);
    expect(cpu.log).toEqual(['clear 1000', 'clear all']);
  });

  it('of a page touch that page of these indexes only', () => {
    const cpu = cpuWith(8);
    touch(cpu, 8, 0);
    touch(cpu, 8, 1);
    cpu.tlb.flushPageByMmuIdx(0x3abc, 0, 0b101);
    expect(cpu.log).toEqual(['clear 3abc']);
    expect(fillsOf(cpu, 0x3000, 1)).toBe(0);
    expect(fillsOf(cpu, 0x2000, 0)).toBe(0);
    expect(fillsOf(cpu, 0x4000, 0)).toBe(0);
    expect(fillsOf(cpu, 0x3000, 0)).toBe(1);
    cpu.tlb.flushPageByMmuIdx(0x3000, 1, 0b1); // another page: differs in the high word
    expect(fillsOf(cpu, 0x3000, 0)).toBe(0);
    expect(cpu.counters().elided).toBe(1);
  });

  it('of a page find it among the victims', () => {
    const cpu = cpuWith(300);
    const table = 256 * 4096;
    cpu.client.map(table, RAM_PA);
    touch(cpu, 1);
    expect(fillsOf(cpu, table)).toBe(1);
    cpu.tlb.flushPageByMmuIdx(0, 0, 1);
    expect(fillsOf(cpu, table)).toBe(0);
    expect(fillsOf(cpu, 0)).toBe(1);
  });

  it.each([
    ['one byte', 0x5000, 1, [5]],
    ['a byte on each side of a boundary', 0x5fff, 2, [5, 6]],
    ['three pages', 0x4800, 0x2000, [4, 5, 6]],
    ['nothing', 0x4800, 0, []],
  ])('of a range: %s', (_, start, bytes, pages) => {
    const cpu = cpuWith(12);
    touch(cpu, 12);
    cpu.tlb.flushRangeByMmuIdx(start, 0, bytes, 1);
    const gone = Array.from({ length: 12 }, (_v, i) => i).filter((i) => fillsOf(cpu, i * 4096) === 1);
    expect(gone).toEqual(pages);
    expect(cpu.log).toEqual(pages.map((p) => `clear ${(p << 12).toString(16)}`));
  });

  it('of a range larger than the table walk it', () => {
    const cpu = cpuWith(2000);
    cpu.client.map(0, RAM_PA, 7, { hi: 5 });
    touch(cpu, 100);
    expect(fillsOf(cpu, 0, 0, 5)).toBe(1);
    touch(cpu, 1); // swaps the victim in again
    cpu.tlb.flushRangeByMmuIdx(10 * 4096, 0, 4096 * 1500, 1);
    expect(cpu.log).toEqual(['clear all']);
    for (let i = 0; i < 100; i++) expect(fillsOf(cpu, i * 4096), `page ${i}`).toBe(i < 10 ? 0 : 1);
    expect(fillsOf(cpu, 0, 0, 5)).toBe(0);
  });

  it('of a range across 2^32 and up to the end of the address space', () => {
    const cpu = new TestCpu(testMemory());
    const all = [[0x2000, 0], [0xfffff000, 0], [0, 1], [0x1000, 1], [0xffffe000, 0xffffffff], [0xfffff000, 0xffffffff]] as const;
    for (const [lo, hi] of all) cpu.client.map(lo, RAM_PA, 7, { hi });
    const gone = (lo: number, hi: number, bytes: number): string[] => {
      for (const [l, h] of all) cpu.tlb.ldSlow(l, h, LD8);
      cpu.tlb.flushRangeByMmuIdx(lo, hi, bytes, 1);
      return all.filter(([l, h]) => fillsOf(cpu, l, 0, h) === 1).map(([l, h]) => `${h.toString(16)}_${l.toString(16)}`);
    };
    expect(gone(0xfffff000, 0, 0x2000)).toEqual(['0_fffff000', '1_0']);
    expect(gone(0xfffff800, 0xffffffff, 0x9000)).toEqual(['ffffffff_fffff000']);
    expect(gone(0x2000, 0, 2 ** 32)).toEqual(['0_2000', '0_fffff000', '1_0', '1_1000']);
    expect(gone(0x1000, 1, 2 ** 60)).toEqual(['1_1000']);
    expect(gone(0, 0, Infinity)).toEqual(all.map(([l, h]) => `${h.toString(16)}_${l.toString(16)}`));
  });

  it('of all vCPUs go to the machine', () => {
    const log: unknown[] = [];
    const cpu = cpuWith(2, {
      hooks: {
        broadcast: {
          flushByMmuIdx: (m) => void log.push(m),
          flushPageByMmuIdx: (lo, hi, m) => void log.push([lo, hi, m]),
          flushRangeByMmuIdx: (lo, hi, n, m) => void log.push([lo, hi, n, m]),
        },
      },
    });
    touch(cpu, 2);
    cpu.tlb.flushByMmuIdxAllCpusSynced(3);
    cpu.tlb.flushPageByMmuIdxAllCpusSynced(0x1000, 7, 1);
    cpu.tlb.flushRangeByMmuIdxAllCpusSynced(0x1000, 7, 99, 1);
    expect(log).toEqual([3, [0x1000, 7, 1], [0x1000, 7, 99, 1]]);
    expect(fillsOf(cpu, 0)).toBe(0);
  });

  it('of all vCPUs are own flushes when there is one', () => {
    const cpu = cpuWith(2);
    touch(cpu, 2);
    cpu.tlb.flushPageByMmuIdxAllCpusSynced(0x1000, 0, 1);
    expect([fillsOf(cpu, 0), fillsOf(cpu, 0x1000)]).toEqual([0, 1]);
    cpu.tlb.flushByMmuIdxAllCpusSynced(1);
    expect([fillsOf(cpu, 0), fillsOf(cpu, 0x1000)]).toEqual([1, 1]);
  });

  it('follow changes of the memory map', () => {
    const cpu = cpuWith(2);
    touch(cpu, 2);
    const ram = cpu.m.space.root.children.find((c) => c.region.name === 'ram')!.region;
    ram.setEnabled(false);
    cpu.client.busErrors = true;
    expect(cpu.ld(0, LD8)).toBe('fault');
    ram.setEnabled(true);
    expect(cpu.ld(0, LD8)).toBe('0000000000000000');
  });
});

describe('several objects of one vCPU', () => {
  it('leave the tables to the one that uses them', () => {
    const cpu = cpuWith(8);
    touch(cpu, 8);
    const other = new TestCpu(cpu.m, { env: cpu.env });
    other.tlb.flushAll();
    other.tlb.flushPageByMmuIdx(0x1000, 0, 7);
    other.tlb.flushRangeByMmuIdx(0, 0, 0x8000, 7);
    for (let i = 0; i < 8; i++) expect(fillsOf(cpu, i * 4096)).toBe(0);
    expect(cpu.counters()).toEqual({ full: 0, part: 0, elided: 0 });
  });

  it('start from nothing when another takes over', () => {
    const cpu = cpuWith(8);
    touch(cpu, 8);
    const other = new TestCpu(cpu.m, { env: cpu.env });
    other.client.map(0x1000, RAM_PA + 0x7000);
    expect(fillsOf(other, 0x1000)).toBe(1);
    expect(other.ld(0x2000, LD8)).toBe('fault');
    expect(other.tlb.codeHost(0x1004, 0, 0)).toBe(cpu.m.ramHost + 0x7004);
  });
});

describe('victims', () => {
  it('come back with a swap instead of a fill, eight of them', () => {
    const cpu = new TestCpu(testMemory());
    const stride = 256 * 4096;
    for (let i = 0; i < 10; i++) cpu.client.map(i * stride, RAM_PA + i * 4096);
    for (let i = 0; i < 9; i++) expect(fillsOf(cpu, i * stride)).toBe(1);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 9; i++) {
        cpu.m.heap.u8[cpu.m.ramHost + i * 4096] = i + 1;
        expect(cpu.ld(i * stride, LD8)).toBe((i + 1).toString(16).padStart(16, '0'));
        expect(cpu.fastHit(i * stride, Access.LOAD)).toBe(true);
      }
    }
    expect(cpu.client.fills).toBe(9);
    expect(fillsOf(cpu, 9 * stride)).toBe(1);
    const before = cpu.client.fills;
    for (let i = 0; i < 10; i++) cpu.ld(i * stride, LD8);
    expect(cpu.client.fills).toBeGreaterThan(before);
  });

  it('never outlive a new mapping of their page', () => {
    const cpu = new TestCpu(testMemory());
    const stride = 256 * 4096;
    cpu.client.map(0, RAM_PA, 1);
    cpu.client.map(stride, RAM_PA + 4096);
    cpu.ld(0, LD8);
    cpu.ld(stride, LD8);
    cpu.client.map(0, RAM_PA + 0x2000, 3); // the guest made it writable, elsewhere
    expect(cpu.st(0, LD8, '5')).toBe(0);
    cpu.ld(stride, LD8);
    expect(cpu.ld(0, LD8)).toBe('0000000000000005');
    expect(cpu.m.heap.u8[cpu.m.ramHost + 0x2000]).toBe(5);
  });

  it('keep device pages apart from RAM', () => {
    const cpu = new TestCpu(testMemory());
    const stride = 256 * 4096;
    cpu.client.map(0, 0x900_0000);
    cpu.client.map(stride, RAM_PA);
    cpu.st(4, 2, 'abcd');
    cpu.st(stride + 4, 2, '1234');
    expect(cpu.ld(4, 2)).toBe('000000000000abcd');
    expect(cpu.ld(stride + 4, 2)).toBe('0000000000001234');
    expect(cpu.ld(4, 2)).toBe('000000000000abcd');
    expect(cpu.client.fills).toBe(2);
  });
});

describe('large pages', () => {
  it('make a page flush within them flush the index', () => {
    const cpu = cpuWith(8);
    cpu.client.map(0x40201000, RAM_PA + 0x1000, 7, { pageSize: 0x200000 });
    touch(cpu, 2);
    cpu.ld(0x40201000, LD8);
    cpu.tlb.flushPageByMmuIdx(0x1000, 0, 1);
    expect(fillsOf(cpu, 0x40201000)).toBe(0);
    cpu.tlb.flushPageByMmuIdx(0x403ff000, 0, 1);
    expect([fillsOf(cpu, 0x40201000), fillsOf(cpu, 0)]).toEqual([1, 1]);
    expect(cpu.log).toEqual(['clear 1000', 'clear all']);
  });

  it('are forgotten by a flush', () => {
    const cpu = cpuWith(8);
    cpu.client.map(0x40201000, RAM_PA + 0x1000, 7, { pageSize: 0x200000 });
    cpu.ld(0x40201000, LD8);
    cpu.tlb.flushAll();
    touch(cpu, 2);
    cpu.tlb.flushPageByMmuIdx(0x40300000, 0, 1);
    expect(fillsOf(cpu, 0)).toBe(0);
  });

  it('are widened to one range that holds all, and no more', () => {
    const cpu = cpuWith(8);
    cpu.client.map(0x40000000, RAM_PA, 7, { pageSize: 0x200000 });
    cpu.client.map(0x40600000, RAM_PA, 7, { pageSize: 0x200000 });
    cpu.ld(0x40000000, LD8);
    cpu.ld(0x40600000, LD8);
    const flushes = (lo: number, hi = 0): boolean => {
      cpu.ld(0x40000000, LD8);
      cpu.ld(0x40600000, LD8);
      touch(cpu, 1);
      cpu.tlb.flushPageByMmuIdx(lo, hi, 1);
      return fillsOf(cpu, 0) === 1;
    };
    expect(flushes(0x40400000)).toBe(true); // 8 MiB from 0x40000000 on
    expect(flushes(0x40000000)).toBe(true);
    expect(flushes(0x407ff000)).toBe(true);
    expect(flushes(0x40800000)).toBe(false);
    expect(flushes(0x3ffff000)).toBe(false);
    expect(flushes(0x40400000, 1)).toBe(false);
  });

  it('count for ranges that only touch them', () => {
    const cpu = cpuWith(8);
    cpu.client.map(0x40200000, RAM_PA, 7, { pageSize: 0x200000 });
    const gone = (start: number, bytes: number): boolean => {
      touch(cpu, 1);
      cpu.ld(0x40200000, LD8);
      cpu.tlb.flushRangeByMmuIdx(start, 0, bytes, 1);
      return fillsOf(cpu, 0) === 1;
    };
    expect(gone(0x401ff000, 0x1000)).toBe(false);
    expect(gone(0x401ff000, 0x1001)).toBe(true);
    expect(gone(0x403ff000, 0x100)).toBe(true);
    expect(gone(0x40400000, 0x1000)).toBe(false);
    expect(gone(0x40000000, 0x40000000)).toBe(true);
  });

  it.each([30, 32, 39, 48])('of 2^%i bytes', (log2) => {
    const cpu = cpuWith(8);
    cpu.client.map(0x5000, RAM_PA, 7, { hi: 0x80000, pageSize: 2 ** log2 });
    touch(cpu, 1);
    cpu.ld(0x5000, LD8, 0x80000);
    const lastHi = (0x80000 + (log2 > 32 ? 2 ** (log2 - 32) - 1 : 0)) >>> 0;
    const lastLo = log2 >= 32 ? 0xfffff000 : 2 ** log2 - 4096;
    cpu.tlb.flushPageByMmuIdx(0xfffff000, 0x7ffff, 1);
    expect(fillsOf(cpu, 0)).toBe(0);
    cpu.tlb.flushPageByMmuIdx(lastLo, lastHi, 1);
    expect(fillsOf(cpu, 0)).toBe(1);
  });
});

describe('pages smaller than the granule', () => {
  it('are looked up at every access', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x1000, RAM_PA, 7, { pageSize: 1024 });
    expect([fillsOf(cpu, 0x1000), fillsOf(cpu, 0x1000), fillsOf(cpu, 0x1400)]).toEqual([1, 1, 1]);
    expect(cpu.fastHit(0x1000, Access.LOAD)).toBe(false);
    expect(cpu.st(0x1004, 2, '77')).toBe(0);
    expect(cpu.ld(0x1004, 2)).toBe('0000000000000077');
  });
});

describe('table size', () => {
  it('doubles at once, shrinks at the end of a window, stays within its bounds', () => {
    const cpu = cpuWith(1024, { maxBits: 9 });
    const round = (pages: number, atMs: number): number => {
      touch(cpu, pages);
      cpu.nowMs = atMs;
      cpu.tlb.flushAll();
      return sizeOf(cpu, 0);
    };
    touch(cpu, 1);
    expect(sizeOf(cpu, 0)).toBe(256);
    expect(round(179, 1)).toBe(256);
    expect(round(180, 2)).toBe(512);
    expect(round(512, 3)).toBe(512); // the largest
    expect(round(10, 50)).toBe(512);
    expect(round(10, 102)).toBe(512); // 100 ms since it changed at 2, but 512 pages were in use meanwhile
    expect(round(10, 150)).toBe(512);
    expect(round(10, 203)).toBe(64);
    expect(round(1, 1000)).toBe(64); // the smallest
    expect(round(45, 1001)).toBe(128);
    expect(sizeOf(cpu, 1)).toBe(256);
  });

  it('grows without a flush when pages push each other out, and keeps its entries', () => {
    const cpu = cpuWith(2048, { maxBits: 11 });
    for (let round = 0; round < 5; round++) touch(cpu, 1024);
    expect(sizeOf(cpu, 0)).toBeGreaterThanOrEqual(1024);
    touch(cpu, 1024);
    const before = cpu.client.fills;
    touch(cpu, 1024);
    expect(cpu.client.fills).toBe(before);
    for (let round = 0; round < 5; round++) touch(cpu, 2048);
    expect(sizeOf(cpu, 0)).toBe(2048);
    expect(sizeOf(cpu, 1)).toBe(256);
  });

  it('keeps accesses right through all of it', () => {
    const cpu = cpuWith(1024, { maxBits: 10 });
    for (let i = 0; i < 1024; i++) cpu.m.heap.u32[(cpu.m.ramHost + i * 4096) >>> 2] = i * 3;
    let seed = 12345;
    const random = (n: number): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n;
    for (let step = 0; step < 20_000; step++) {
      const page = random(step % 4000 < 2000 ? 1024 : 20);
      expect(cpu.ld(page * 4096, 2), `seed 12345, step ${step}`).toBe((page * 3).toString(16).padStart(16, '0'));
      if (random(400) === 0) {
        cpu.nowMs += random(150);
        if (random(2) === 0) cpu.tlb.flushAll();
        else cpu.tlb.flushPageByMmuIdx(random(1024) * 4096, 0, 1);
      }
    }
  });
});
