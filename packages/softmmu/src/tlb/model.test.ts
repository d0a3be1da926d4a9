import { expect, it } from 'vitest';
import { RAM_PA, TestCpu, testMemory } from '../../test/test-cpu.ts';
import { CpuCommon } from '../cpu/common.ts';
import { Access, Prot } from '../cpu/guest.ts';
import { CodePages } from '../dirty/code-pages.ts';
import { DirtyClient } from '../dirty/dirty-memory.ts';

const VIRTUAL_PAGES = 400;
const RAM_PAGES = 64;

/**
 * Random accesses, mappings, flushes and page protections against a model that has no TLB. The inline lookup of
 * generated code is played as well: where it would hit, the bytes it would touch must be the model's.
 */
it.each([1, 2, 3, 4, 5, 6])('agrees with page tables without a TLB, seed %i', (seed) => {
  let state = seed * 7919;
  const random = (n: number): number => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * n);
  const m = testMemory();

  let seenCode: string[] = [];
  const cpu = new TestCpu(m, { maxBits: 7, hooks: { notdirtyWrite: (pa, size) => void seenCode.push(`${pa.toString(16)}+${size}`) } });
  const { client, tlb } = cpu;
  const code = new CodePages(m.heap, m.dirty, m.space, 1, () => cpu.env);
  const ram = new Uint8Array(RAM_PAGES * 4096);
  const tables = Array.from({ length: 3 }, () => new Map<number, { page: number; prot: number }>());
  const protectedPages = new Set<number>();
  const scratch = cpu.env + CpuCommon.offset.scratch;
  cpu.log.push = () => 0;

  /** RAM offset of a byte, or -1. */
  const model = (mmuIdx: number, lo: number, need: number): number => {
    const entry = tables[mmuIdx]!.get(lo >>> 12);
    return entry === undefined || (entry.prot & need) === 0 ? -1 : entry.page * 4096 + (lo & 4095);
  };

  const remap = (mmuIdx: number, page: number): void => {
    const prot = random(5) === 0 ? 0 : random(4) === 0 ? Prot.READ : Prot.READ | Prot.WRITE;
    const to = random(RAM_PAGES);
    tables[mmuIdx]!.set(page, { page: to, prot });
    client.map(page * 4096, RAM_PA + to * 4096, prot, { mmuIdx, pageSize: random(20) === 0 ? 65536 : 4096 });
  };

  const flush = (mmuIdx: number, page: number): void => {
    const lo = page * 4096;
    switch (random(12)) {
      case 0: return tlb.flushAll();
      case 1: return tlb.flushByMmuIdx(1 << mmuIdx);
      case 2: return tlb.flushRangeByMmuIdx(Math.max(0, lo - 8192), 0, 12288 + random(4096), 1 << mmuIdx);
      case 3: return tlb.flushRangeByMmuIdx(0, 0, VIRTUAL_PAGES * 4096, 1 << mmuIdx);
      default: return tlb.flushPageByMmuIdx(lo + random(4096), 0, 1 << mmuIdx);
    }
  };

  for (let idx = 0; idx < 3; idx++) for (let page = 0; page < VIRTUAL_PAGES; page++) if (random(8) !== 0) remap(idx, page);

  for (let step = 0; step < 15_000; step++) {
    const where = `seed ${seed}, step ${step}`;
    const mmuIdx = random(3);
    const page = random(3) === 0 ? random(VIRTUAL_PAGES) : random(70);
    const kind = random(100);
    if (kind < 6) {
      remap(mmuIdx, page);
      flush(mmuIdx, page);
      cpu.nowMs += random(20);
      continue;
    }
    if (kind < 10) {
      const target = random(RAM_PAGES);
      if (protectedPages.delete(target)) code.unprotect(RAM_PA / 4096 + target);
      else {
        protectedPages.add(target);
        code.protect(RAM_PA / 4096 + target);
      }
      continue;
    }
    const sizeLog2 = random(5);
    const size = 1 << sizeLog2;
    const lo = page * 4096 + (random(3) === 0 ? 4096 - random(size + 1) : random(4096));
    const store = kind >= 55;
    const need = store ? Prot.WRITE : Prot.READ;
    const offsets = Array.from({ length: size }, (_, i) => model(mmuIdx, lo + i, need));
    const faults = offsets.includes(-1);
    const memop = sizeLog2 | (mmuIdx << 12);
    const crosses = (lo & 4095) + size > 4096;

    if (!crosses && cpu.fastHit(lo & ~4095, store ? Access.STORE : Access.LOAD, mmuIdx)) {
      expect(faults, `${where}: fast hit on ${lo.toString(16)}`).toBe(false);
      expect(cpu.fastHost(lo, mmuIdx), where).toBe(m.ramHost + offsets[0]!);
      if (store) expect(protectedPages.has(offsets[0]! >>> 12), `${where}: fast store to code`).toBe(false);
    }
    client.log.length = 0;
    seenCode = [];
    const expectedCode: string[] = [];
    if (store) {
      const bytes = Array.from({ length: size }, () => random(256));
      m.heap.u8.set(bytes, scratch);
      expect(tlb.stSlow(lo, 0, memop), where).toBe(faults ? 1 : 0);
      if (!faults) {
        bytes.forEach((b, i) => (ram[offsets[i]!] = b));
        const first = Math.min(size, 4096 - (lo & 4095));
        for (const [at, n] of [[0, first], [first, size - first]] as const) {
          if (n > 0 && protectedPages.has(offsets[at]! >>> 12)) expectedCode.push(`${(RAM_PA + offsets[at]!).toString(16)}+${n}`);
        }
      }
    } else {
      expect(tlb.ldSlow(lo, 0, memop), where).toBe(faults ? 1 : 0);
      if (!faults) {
        const want = offsets.map((o) => ram[o]!);
        expect([...m.heap.u8.subarray(scratch, scratch + size)], where).toEqual(want);
      }
    }
    expect(seenCode, where).toEqual(expectedCode);
    const faultPage = (lo + offsets.indexOf(-1)) >>> 12;
    const faultAddr = faultPage === lo >>> 12 ? lo : faultPage << 12;
    expect(client.log.map((l) => l.split(' size')[0]), where).toEqual(faults ? [`fault ${store ? 'store' : 'load'} ${faultAddr.toString(16)}`] : []);
  }
  expect(m.heap.u8.subarray(m.ramHost, m.ramHost + ram.length)).toEqual(ram);
  for (let p = 0; p < RAM_PAGES; p++) expect((m.dirty.get(m.ramHost + p * 4096) & DirtyClient.CODE) === 0).toBe(protectedPages.has(p));
});
