import { describe, expect, it } from 'vitest';
import { RAM_PA, TestCpu, testMemory } from '../../test/test-cpu.ts';
import { Access, Excp, Prot } from '../cpu/guest.ts';
import { CodePages } from './code-pages.ts';
import { DIRTY_ALL, DirtyClient, DirtyMemory } from './dirty-memory.ts';
import { resetDirty } from '../tlb/reset-dirty.ts';

const LD8 = 0;
const ST32 = 2;
const PAGE = RAM_PA / 4096;

function machine(cpus = 1): { cpus: TestCpu[]; cpu: TestCpu; code: CodePages } {
  const m = testMemory();
  const all = Array.from({ length: cpus }, () => new TestCpu(m));
  for (const cpu of all) for (let i = 0; i < 16; i++) cpu.client.map(i * 4096, RAM_PA + i * 4096);
  return { cpus: all, cpu: all[0]!, code: new CodePages(m.heap, m.dirty, m.space, cpus, (i) => all[i]!.env) };
}

describe('stores to a page with translated code', () => {
  it('take the slow path, on every vCPU, until no code is left', () => {
    const { cpus, code } = machine(3);
    for (const cpu of cpus) cpu.st(0x3000, ST32, '1');
    expect(cpus.map((c) => c.fastHit(0x3000, Access.STORE))).toEqual([true, true, true]);
    code.protect(PAGE + 3);
    expect(cpus.map((c) => c.fastHit(0x3000, Access.STORE))).toEqual([false, false, false]);
    expect(cpus.map((c) => c.fastHit(0x3000, Access.LOAD))).toEqual([true, true, true]);
    const [cpu, second] = cpus as [TestCpu, TestCpu];
    cpu.st(0x3123, LD8, '7');
    cpu.st(0x3124, ST32, '8');
    expect(cpu.log).toEqual(['notdirty 40003123+1', 'notdirty 40003124+4']);
    expect(cpu.client.fills).toBe(1);
    code.unprotect(PAGE + 3);
    cpu.st(0x3128, ST32, '9');
    expect(cpu.log).toHaveLength(2);
    expect(cpu.fastHit(0x3000, Access.STORE)).toBe(true);
    expect(second.fastHit(0x3000, Access.STORE)).toBe(false);
    expect(cpu.m.heap.u32[(cpu.m.ramHost + 0x3124) >>> 2]).toBe(8);
  });

  it('are trapped in entries that are filled later', () => {
    const { cpu, code } = machine();
    code.protect(PAGE + 3);
    cpu.st(0x3000, ST32, '1');
    expect(cpu.log).toEqual(['notdirty 40003000+4']);
    cpu.tlb.flushAll();
    cpu.ld(0x3000, LD8);
    cpu.st(0x3000, ST32, '1');
    expect(cpu.log).toEqual(['notdirty 40003000+4', 'notdirty 40003000+4']);
  });

  it('are trapped in victims, which may drop the mark too', () => {
    const { cpu, code } = machine();
    const far = 256 * 4096;
    cpu.client.map(far, RAM_PA + 0x5000);
    cpu.st(0, ST32, '1');
    cpu.st(far, ST32, '1'); // page 0 is a victim now
    code.protect(PAGE);
    cpu.st(4, ST32, '2');
    expect(cpu.log).toEqual(['notdirty 40000004+4']);
    cpu.st(far, ST32, '1');
    code.unprotect(PAGE);
    cpu.st(8, ST32, '2');
    expect(cpu.log).toHaveLength(1);
    expect(cpu.fastHit(0, Access.STORE)).toBe(true);
    expect(cpu.client.fills).toBe(2);
  });

  it('are told after the bytes are there, so that a translation made meanwhile is dropped', () => {
    const m = testMemory();
    const seen: number[] = [];
    const cpu = new TestCpu(m, { hooks: { notdirtyWrite: (_pa, _size, host) => void seen.push(m.heap.u8[host]!) } });
    cpu.client.map(0, RAM_PA);
    new CodePages(m.heap, m.dirty, m.space, 1, () => cpu.env).protect(PAGE);
    cpu.st(5, LD8, 'ab');
    expect(seen).toEqual([0xab]);
  });

  it('may be vetoed before anything is stored', () => {
    const m = testMemory();
    const cpu = new TestCpu(m, { hooks: { preciseStore: (pa) => pa === RAM_PA + 0x1001 } });
    cpu.client.map(0, RAM_PA);
    cpu.client.map(0x1000, RAM_PA + 0x1000);
    const code = new CodePages(m.heap, m.dirty, m.space, 1, () => cpu.env);
    code.protect(PAGE);
    code.protect(PAGE + 1);
    expect(cpu.st(0x1001, LD8, '1')).toBe(1);
    expect(cpu.st(0x1002, LD8, '1')).toBe(0);
    expect(cpu.log).toEqual(['notdirty 40001002+1']);
    expect(m.heap.u8[m.ramHost + 0x1001]).toBe(0);
  });

  it('tell each page its share when they cross', () => {
    const { cpu, code } = machine();
    code.protect(PAGE + 1);
    cpu.st(0xffd, 3, '8877665544332211');
    code.protect(PAGE);
    cpu.st(0xffd, 3, '8877665544332211');
    expect(cpu.log).toEqual(['notdirty 40001000+5', 'notdirty 40000ffd+3', 'notdirty 40001000+5']);
  });

  it('count atomics and probes as stores', () => {
    const { cpu, code } = machine();
    code.protect(PAGE);
    expect(cpu.tlb.atomicSlow(0x10, 0, 3 | (3 << 5))).toBe(cpu.m.ramHost + 0x10);
    expect(cpu.tlb.probe(0x40, 0, 64, Access.STORE, 0, false)).toBe(cpu.m.ramHost + 0x40);
    cpu.tlb.probe(0x40, 0, 64, Access.LOAD, 0, false);
    expect(cpu.log).toEqual(['notdirty 40000010+8', 'notdirty 40000040+64']);
  });

  it('can be caught up with by cache maintenance', () => {
    const { cpu, code } = machine();
    cpu.tlb.invalidateCode(0x1040, 0, 64, 0);
    expect(cpu.log).toEqual([]); // no code there
    code.protect(PAGE + 1);
    cpu.tlb.invalidateCode(0x1040, 0, 64, 0);
    cpu.tlb.invalidateCode(0x99000, 0, 64, 0); // not mapped
    expect(cpu.log).toEqual(['notdirty 40001040+64']);
    expect(cpu.client.log).toEqual([]);
  });

  it('leave no mark in any mmu index once dropped', () => {
    const { cpu, code } = machine();
    cpu.client.map(0, RAM_PA, 7, { mmuIdx: 2 });
    cpu.st(0, ST32, '1');
    cpu.st(0, ST32 | (2 << 12), '1');
    code.protect(PAGE);
    code.unprotect(PAGE);
    cpu.st(0, ST32, '1');
    expect([cpu.fastHit(0, Access.STORE), cpu.fastHit(0, Access.STORE, 2)]).toEqual([true, true]);
  });
});

describe('aliases of RAM', () => {
  it('share dirty state and canonical physical addresses', async () => {
    const m = testMemory();
    const { MemoryRegion } = await import('../memory/region.ts');
    const ram = m.space.root.children.find((c) => c.region.name === 'ram')!.region;
    m.space.root.add(MemoryRegion.alias('high', ram, 0x10000, 0x10000), 0x8_0000_0000);
    const cpu = new TestCpu(m);
    cpu.client.map(0x1000, 0x8_0000_2000);
    cpu.client.map(0x2000, RAM_PA + 0x12000);
    new CodePages(m.heap, m.dirty, m.space, 1, () => cpu.env).protect(PAGE + 0x12);
    cpu.st(0x1008, ST32, '5');
    cpu.st(0x2008, ST32, '5');
    expect(cpu.log).toEqual(['notdirty 40012008+4', 'notdirty 40012008+4']);
    expect(cpu.tlb.codeHost(0x1004, 0, 0)).toBe(m.ramHost + 0x12004);
    expect(cpu.tlb.codePhys).toBe(RAM_PA + 0x12004);
  });
});

describe('bus masters', () => {
  it('invalidate what they write, page by page', () => {
    const { cpu, code } = machine();
    code.protect(PAGE + 1);
    code.protect(PAGE + 2);
    cpu.m.dirty.testAndClear(cpu.m.ramHost, 0x4000, DirtyClient.MIGRATION);
    const log: string[] = [];
    const invalidate = (pa: number, n: number): void => void log.push(`${pa.toString(16)}+${n.toString(16)}`);
    code.written(RAM_PA + 0x800, 0x1a00, invalidate);
    code.written(0x900_0000, 0x10, invalidate);
    expect(log).toEqual(['40001000+1000', '40002000+200']);
    const bits = [0, 1, 2, 3].map((i) => cpu.m.dirty.get(cpu.m.ramHost + i * 4096));
    expect(bits).toEqual([DIRTY_ALL, DIRTY_ALL & ~DirtyClient.CODE, DIRTY_ALL & ~DirtyClient.CODE, DIRTY_ALL & ~DirtyClient.MIGRATION]);
  });
});

describe('dirty memory', () => {
  it('serves three clients, each for itself', () => {
    const { cpu } = machine();
    const { dirty, ramHost } = cpu.m;
    cpu.st(0x2000, ST32, '1');
    expect(dirty.testAndClear(ramHost + 0x2000, 4096, DirtyClient.DISPLAY)).toBe(true);
    expect(dirty.testAndClear(ramHost + 0x2000, 4096, DirtyClient.DISPLAY)).toBe(false);
    resetDirty(cpu.m.heap, cpu.env, ramHost + 0x2000, 4096);
    expect(cpu.fastHit(0x2000, Access.STORE)).toBe(false);
    cpu.st(0x2ffc, ST32, '1');
    expect(cpu.fastHit(0x2000, Access.STORE)).toBe(true);
    expect(cpu.log).toEqual([]); // no code there
    expect(dirty.testAndClear(ramHost, 0x5000, DirtyClient.DISPLAY)).toBe(true);
    expect(dirty.get(ramHost + 0x4000)).toBe(DIRTY_ALL & ~DirtyClient.DISPLAY);
    expect(dirty.get(ramHost + 0x5000)).toBe(DIRTY_ALL);
  });

  it('ends with the RAM', () => {
    const { dirty, ramHost, heap, dirtyBase } = testMemory(0x5000);
    expect(DirtyMemory.bytes(0x5000)).toBe(8);
    dirty.testAndClear(ramHost + 0x4000, 0x9000, DIRTY_ALL);
    expect([...heap.u8.subarray(dirtyBase, dirtyBase + 8)]).toEqual([7, 7, 7, 7, 0, 7, 7, 7]);
    dirty.set(ramHost + 0x3fff, 2, DirtyClient.CODE);
    expect(dirty.get(ramHost + 0x4000)).toBe(DirtyClient.CODE);
    expect(dirty.get(ramHost + 0x5000)).toBe(DIRTY_ALL);
    expect(dirty.get(ramHost - 1)).toBe(DIRTY_ALL);
    expect(dirty.testAndClear(ramHost - 1, 1, 7)).toBe(false);
  });
});

describe('watchpoints', () => {
  it('stop accesses of their kind that touch them', () => {
    const m = testMemory();
    const hits: string[] = [];
    const cpu = new TestCpu(m, { hooks: { watchpointHit: (lo, _hi, size, access) => (hits.push(`${access} ${lo.toString(16)}+${size}`), true) } });
    cpu.client.map(0x1000, RAM_PA);
    cpu.client.map(0x2000, RAM_PA + 4096);
    cpu.st(0x1000, ST32, '1');
    cpu.tlb.addWatchpoint(0x1ffe, 0, 4, 1 << Access.STORE);
    expect(cpu.fastHit(0x1000, Access.STORE)).toBe(false);
    expect(cpu.ld(0x1ffe, 1)).not.toBe('fault');
    expect(cpu.st(0x1ffd, LD8, '1')).toBe(0);
    expect(cpu.st(0x1ffe, LD8, '1')).toBe(1);
    expect(cpu.st(0x1ffc, ST32, '1')).toBe(1);
    expect(cpu.st(0x2002, LD8, '1')).toBe(0);
    expect(cpu.st(0x2001, LD8, '1')).toBe(1);
    expect(cpu.st(0x1fff, 1, '1')).toBe(1);
    expect(cpu.tlb.atomicSlow(0x2000, 0, 2)).toBe(0);
    expect(hits).toEqual(['1 1ffe+1', '1 1ffc+4', '1 2001+1', '1 1fff+1', '1 2000+4']);
    expect(cpu.tlb.removeWatchpoint(0x1ffe, 0, 4, 1 << Access.LOAD)).toBe(false);
    expect(cpu.tlb.removeWatchpoint(0x1ffe, 0, 4, 1 << Access.STORE)).toBe(true);
    expect(cpu.st(0x1ffe, ST32, '1')).toBe(0);
    cpu.st(0x1000, ST32, '1');
    expect(cpu.fastHit(0x1000, Access.STORE)).toBe(true);
  });

  it('raise the debug exception when nobody else answers', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x1000, RAM_PA, Prot.READ, { hi: 0xffffffff });
    cpu.tlb.addWatchpoint(0x1010, 0xffffffff, 1, 1 << Access.LOAD);
    expect(cpu.ld(0x1008, 3, 0xffffffff)).not.toBe('fault');
    expect(cpu.ld(0x1009, 3, 0xffffffff)).toBe('fault');
    expect(cpu.exception).toBe(Excp.DEBUG);
  });
});
