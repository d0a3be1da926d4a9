import { describe, expect, it } from 'vitest';
import { Access, Excp, Prot } from '../cpu/guest.ts';
import { DEVICE_PA, RAM_PA, ROM_PA, TestCpu, testMemory } from '../../test/test-cpu.ts';
import { PageAttr } from './entry.ts';

const SIGN = 8;
const BSWAP = 16;
const aligned = (log2: number): number => log2 << 5;

/** Virtual 0x1000.. maps to RAM pages in reverse order, so that a wrong page shows. */
function cpuWithRam(pages = 8): TestCpu {
  const cpu = new TestCpu(testMemory());
  for (let i = 0; i < pages; i++) cpu.client.map(0x10000 + i * 4096, RAM_PA + (pages - 1 - i) * 4096);
  return cpu;
}

/** Guest virtual byte as the mapping of cpuWithRam() has it, read straight from host memory. */
function hostOf(cpu: TestCpu, lo: number, pages = 8): number {
  const page = (lo - 0x10000) >>> 12;
  return cpu.m.ramHost + (pages - 1 - page) * 4096 + (lo & 4095);
}

describe('loads', () => {
  it('extend as the MemOp says', () => {
    const cpu = cpuWithRam();
    cpu.m.heap.u8.set([0x80, 0x91, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7], hostOf(cpu, 0x10100));
    expect(cpu.ld(0x10100, 0)).toBe('0000000000000080');
    expect(cpu.ld(0x10100, 0 | SIGN)).toBe('ffffffffffffff80');
    expect(cpu.ld(0x10100, 1)).toBe('0000000000009180');
    expect(cpu.ld(0x10100, 1 | SIGN)).toBe('ffffffffffff9180');
    expect(cpu.ld(0x10100, 2)).toBe('00000000b3a29180');
    expect(cpu.ld(0x10100, 2 | SIGN)).toBe('ffffffffb3a29180');
    expect(cpu.ld(0x10100, 3)).toBe('f7e6d5c4b3a29180');
    expect(cpu.ld(0x10100, 1 | BSWAP | SIGN)).toBe('ffffffffffff8091');
    expect(cpu.ld(0x10100, 2 | BSWAP)).toBe('000000008091a2b3');
    expect(cpu.ld(0x10100, 3 | BSWAP)).toBe('8091a2b3c4d5e6f7');
  });
});

describe.each([0, 1, 2, 3, 4])('size 2^%i', (sizeLog2) => {
  const size = 1 << sizeLog2;
  const digits = 'f0e1d2c3b4a5968778695a4b3c2d1e0f'.slice(32 - 2 * size);
  const bytes = digits.match(/../g)!.reverse().map((b) => parseInt(b, 16));

  it.each([0, BSWAP])('crosses pages at every position, byte order %i', (swap) => {
    for (let at = 0x11000 - 20; at < 0x11000 + 20; at++) {
      const cpu = cpuWithRam();
      expect(cpu.st(at, sizeLog2 | swap, digits)).toBe(0);
      for (let i = -1; i <= size; i++) {
        const want = i < 0 || i === size ? 0 : swap ? bytes[size - 1 - i] : bytes[i];
        expect(cpu.m.heap.u8[hostOf(cpu, at + i)], `byte ${i} of a store at ${at.toString(16)}`).toBe(want);
      }
      expect(cpu.ld(at, sizeLog2 | swap)).toBe(digits.padStart(sizeLog2 === 4 ? 32 : 16, '0'));
    }
  });

  it('stores nothing when either page faults', () => {
    if (size === 1) return;
    for (let back = 1; back < size; back++) {
      for (const missing of [0x12000, 0x13000]) {
        const cpu = cpuWithRam();
        cpu.client.map(missing, 0, Prot.READ);
        const at = 0x13000 - back;
        cpu.m.heap.u8.fill(0xee, cpu.m.ramHost, cpu.m.ramHost + 8 * 4096);
        expect(cpu.st(at, sizeLog2, digits)).toBe(1);
        const inFirst = missing === 0x12000;
        expect(cpu.client.log).toEqual([
          `fault store ${(inFirst ? at : 0x13000).toString(16)} size ${inFirst ? back : size - back}`,
        ]);
        const ram = cpu.m.heap.u8.subarray(cpu.m.ramHost, cpu.m.ramHost + 8 * 4096);
        expect(ram.every((b) => b === 0xee)).toBe(true);
        cpu.client.unmap(missing);
        cpu.tlb.flushAll();
        expect(cpu.ld(at, sizeLog2)).toBe('fault');
      }
    }
  });
});

describe('addresses', () => {
  it('carry from the low to the high word across a page', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0xfffff000, RAM_PA, 7, { hi: 0x1234 });
    cpu.client.map(0, RAM_PA + 0x5000, 7, { hi: 0x1235 });
    expect(cpu.st(0xfffffffd, 3, '8877665544332211', 0x1234)).toBe(0);
    expect([...cpu.m.heap.u8.subarray(cpu.m.ramHost + 0xffd, cpu.m.ramHost + 0x1000)]).toEqual([0x11, 0x22, 0x33]);
    expect([...cpu.m.heap.u8.subarray(cpu.m.ramHost + 0x5000, cpu.m.ramHost + 0x5005)]).toEqual([0x44, 0x55, 0x66, 0x77, 0x88]);
    expect(cpu.ld(0xfffffffd, 3, 0x1234)).toBe('8877665544332211');
  });

  it('tell pages apart that differ in the high word only', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x5000, RAM_PA, 7, { hi: 0 });
    cpu.client.map(0x5000, RAM_PA + 4096, 7, { hi: 0xffff0000 });
    cpu.st(0x5000, 2, '11111111');
    cpu.st(0x5000, 2, '22222222', 0xffff0000);
    expect(cpu.ld(0x5000, 2)).toBe('0000000011111111');
    expect(cpu.ld(0x5000, 2, 0xffff0000)).toBe('0000000022222222');
  });

  it('reach the last page of the address space', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0xfffff000, RAM_PA, 7, { hi: 0xffffffff });
    expect(cpu.ld(0xfffff000, 2, 0xffffffff)).toBe('0000000000000000');
    expect(cpu.fastHit(0xfffff000, Access.LOAD, 0, 0xffffffff)).toBe(true);
    cpu.tlb.flushPageByMmuIdx(0xfffff000, 0xffffffff, 1);
    expect(cpu.fastHit(0xfffff000, Access.LOAD, 0, 0xffffffff)).toBe(false);
  });
});

describe('alignment', () => {
  it('is checked before the translation', () => {
    const cpu = new TestCpu(testMemory());
    expect(cpu.ld(0x7001, 2 | aligned(2))).toBe('fault');
    expect(cpu.st(0x7004, 3 | aligned(3), '1')).toBe(1);
    expect(cpu.tlb.atomicSlow(0x7002, 0, 2 | aligned(2))).toBe(0);
    expect(cpu.client.log).toEqual(['unaligned load 7001', 'unaligned store 7004', 'unaligned store 7002']);
    expect(cpu.exception).toBe(Excp.NONE);
  });

  it('is required on pages that say so', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x7000, RAM_PA, 7 | PageAttr.CHECK_ALIGNED);
    expect(cpu.ld(0x7004, 2)).toBe('0000000000000000');
    expect(cpu.ld(0x7005, 2)).toBe('fault');
    expect(cpu.fastHit(0x7004, Access.LOAD)).toBe(false);
    expect(cpu.st(0x7006, 2, '1')).toBe(1);
    cpu.client.map(0x8000, RAM_PA);
    expect(cpu.ld(0x7ffe, 2)).toBe('fault');
    expect(cpu.client.log).toEqual(['unaligned load 7005', 'unaligned store 7006', 'unaligned load 7ffe']);
  });
});

describe('device registers', () => {
  it('are accessed under the big lock, in pieces of 4 bytes, low half first', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x9000, DEVICE_PA);
    cpu.st(0x9010, 3, '8877665544332211');
    expect(cpu.ld(0x9010, 3)).toBe('8877665544332211');
    cpu.st(0x9001, 0, 'aa');
    cpu.ld(0x9002, 1);
    cpu.ld(0x9005, 2);
    cpu.st(0x9020, 4, 'ffeeddccbbaa99887766554433221100');
    expect(cpu.m.device.log).toEqual([
      'w4@10=44332211', 'w4@14=88776655', 'r4@10', 'r4@14', 'w1@1=aa', 'r2@2', 'r1@5', 'r2@6', 'r1@8',
      'w4@20=33221100', 'w4@24=77665544', 'w4@28=bbaa9988', 'w4@2c=ffeeddcc',
    ]);
    expect(cpu.locked).toBe(0);
    expect(cpu.fastHit(0x9000, Access.LOAD)).toBe(false);
    expect(cpu.fastHit(0x9000, Access.STORE)).toBe(false);
  });

  it('swap bytes once', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x9000, DEVICE_PA);
    cpu.st(0x9000, 2 | BSWAP, '11223344');
    expect(cpu.m.device.log).toEqual(['w4@0=44332211']);
    expect(cpu.ld(0x9000, 2 | BSWAP)).toBe('0000000011223344');
    expect(cpu.ld(0x9000, 1 | SIGN)).toBe('0000000000002211');
  });

  it('give bus errors where nothing answers, if the CPU wants them', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x9000, 0x800_0000);
    cpu.client.map(0x8000, RAM_PA);
    expect(cpu.ld(0x9000, 2)).toBe('0000000000000000');
    cpu.client.busErrors = true;
    expect(cpu.ld(0x9004, 2)).toBe('fault');
    expect(cpu.st(0x9008, 2, '1')).toBe(1);
    expect(cpu.client.log).toEqual([
      'bus error load pa 8000000 9000 size 4', 'bus error load pa 8000004 9004 size 4', 'bus error store pa 8000008 9008 size 4',
    ]);
    expect(cpu.locked).toBe(0);
  });

  it('take part in accesses that cross from RAM', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x8000, RAM_PA);
    cpu.client.map(0x9000, DEVICE_PA);
    cpu.st(0x8ffe, 2, '44332211');
    expect(cpu.m.device.log).toEqual(['w2@0=4433']);
    expect(cpu.m.heap.u16[(cpu.m.ramHost + 0xffe) >>> 1]).toBe(0x2211);
    expect(cpu.ld(0x8ffe, 2)).toBe('0000000044332211');
  });
});

describe('read-only memory', () => {
  it('reads fast, drops stores', () => {
    const cpu = new TestCpu(testMemory());
    cpu.m.heap.u8[cpu.m.romHost + 3] = 0x77;
    cpu.client.map(0x5000, ROM_PA);
    expect(cpu.ld(0x5003, 0)).toBe('0000000000000077');
    expect(cpu.fastHit(0x5000, Access.LOAD)).toBe(true);
    expect(cpu.st(0x5003, 0, '11')).toBe(0);
    expect(cpu.fastHit(0x5000, Access.STORE)).toBe(false);
    expect(cpu.m.heap.u8[cpu.m.romHost + 3]).toBe(0x77);
    expect(cpu.tlb.atomicSlow(0x5000, 0, 2 | aligned(2))).toBe(0);
    expect(cpu.exception).toBe(Excp.ATOMIC);
  });
});

describe('atomics', () => {
  it('get a host address for aligned RAM', () => {
    const cpu = cpuWithRam();
    expect(cpu.tlb.atomicSlow(0x12340, 0, 3 | aligned(3))).toBe(hostOf(cpu, 0x12340));
    expect(cpu.fastHit(0x12340, Access.STORE)).toBe(true);
  });

  it('step alone when misaligned or not RAM', () => {
    const cpu = cpuWithRam();
    expect(cpu.tlb.atomicSlow(0x10001, 0, 2)).toBe(0);
    expect(cpu.exception).toBe(Excp.ATOMIC);
    cpu.m.heap.i32[(cpu.env + 8) >>> 2] = -1;
    cpu.client.map(0x9000, DEVICE_PA);
    expect(cpu.tlb.atomicSlow(0x9000, 0, 2)).toBe(0);
    expect(cpu.exception).toBe(Excp.ATOMIC);
    expect(cpu.client.log).toEqual([]);
  });

  it('fault like stores, or like loads on write-only pages', () => {
    const cpu = new TestCpu(testMemory());
    cpu.client.map(0x5000, RAM_PA, Prot.READ);
    cpu.client.map(0x6000, RAM_PA, Prot.WRITE);
    expect(cpu.tlb.atomicSlow(0x5000, 0, 2)).toBe(0);
    expect(cpu.tlb.atomicSlow(0x6000, 0, 2)).toBe(0);
    expect(cpu.client.log).toEqual(['fault store 5000 size 4', 'fault load 6000 size 4']);
  });
});

describe('code', () => {
  it('is found with its physical address', () => {
    const cpu = cpuWithRam();
    expect(cpu.tlb.codeHost(0x11004, 0, 0)).toBe(hostOf(cpu, 0x11004));
    expect(cpu.tlb.codePhys).toBe(RAM_PA + 6 * 4096 + 4);
    cpu.client.map(0x9000, DEVICE_PA);
    expect(cpu.tlb.codeHost(0x9000, 0, 0)).toBe(-2);
    cpu.client.map(0xa000, RAM_PA, Prot.READ);
    expect(cpu.tlb.codeHost(0xa000, 0, 0)).toBe(-1);
    expect(cpu.client.log).toEqual(['fault fetch a000 size 4']);
  });
});

describe('probe', () => {
  it('returns host addresses, 0 for faults, -1 for what is not RAM', () => {
    const cpu = cpuWithRam();
    cpu.client.map(0x9000, DEVICE_PA);
    cpu.client.map(0xa000, ROM_PA, Prot.READ | Prot.WRITE);
    expect(cpu.tlb.probe(0x10040, 0, 64, Access.STORE, 0, false)).toBe(hostOf(cpu, 0x10040));
    expect(cpu.tlb.probe(0x9000, 0, 4, Access.LOAD, 0, false)).toBe(-1);
    expect(cpu.tlb.probe(0xa000, 0, 4, Access.LOAD, 0, false)).toBe(cpu.m.romHost - 0x1000 + ROM_PA);
    expect(cpu.tlb.probe(0xa000, 0, 4, Access.STORE, 0, false)).toBe(-1);
    expect(cpu.tlb.probe(0xb000, 0, 4, Access.LOAD, 0, true)).toBe(0);
    expect(cpu.client.log).toEqual([]);
    expect(cpu.tlb.probe(0xb000, 0, 4, Access.LOAD, 0, false)).toBe(0);
    expect(cpu.client.log).toEqual(['fault load b000 size 4']);
    expect(() => cpu.tlb.probe(0x10ff0, 0, 17, Access.LOAD, 0, false)).toThrow(RangeError);
  });
});
