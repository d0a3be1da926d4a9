import { Access } from '@mttcg/softmmu';
import { describe, expect, it } from 'vitest';
import { FakeMachine, set64 } from '../../test/system/fake-host.ts';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { PState } from '../cpu/pstate.ts';
import { ArmTbFlag, flagsUnprivMmuIdx, MmuIdx } from '../cpu/tb-flags.ts';
import { makeSystemHelpers } from '../helper/system.ts';
import { sysregLookup } from '../sysreg/table.ts';

const RAM = 0x4000_0000;
const A1 = 1n << 22n;
const AS = 1n << 36n;

/** 39-bit halves, 4K: user page 0 (non-global), a kernel block (global) and a kernel page that is not. */
function setup(model = 'cortex-a57'): { m: FakeMachine; cpu: ArmCpu; msr: (enc: [number, number, number, number, number], v: bigint) => void } {
  const m = new FakeMachine(model, 2, RAM, 0x10000);
  const cpu = m.cpus[0]!;
  const put = (offset: number, d: bigint): void => {
    m.heap.u64[(m.ramHostBase + offset) >>> 3] = d;
  };
  const table = (offset: number): bigint => BigInt(RAM + offset) | 3n;
  const user = 0x443n | (1n << 11n) | (1n << 10n); // AP[1], nG
  put(0x0000, table(0x1000));
  put(0x1000, table(0x2000));
  put(0x2000, BigInt(RAM + 0x8000) | user);
  put(0x3000, table(0x4000));
  put(0x4000, BigInt(RAM) | 0x401n);
  put(0x4008, table(0x5000));
  put(0x5000, BigInt(RAM + 0x9000) | 0x403n | (1n << 11n));
  set64(cpu, ENV.tcr, 25n | (25n << 16n) | (2n << 30n) | (5n << 32n) | A1 | AS);
  set64(cpu, ENV.ttbr0, BigInt(RAM));
  set64(cpu, ENV.ttbr1, BigInt(RAM + 0x3000) | (1n << 48n));
  set64(cpu, ENV.sctlr, 1n);
  const h = makeSystemHelpers({ cpu, host: cpu.host });
  return {
    m,
    cpu,
    msr: (enc, v) => void h.sysreg_write!(sysregLookup(...enc)!.index, Number(v & 0xffffffffn) | 0, Number(v >> 32n) | 0),
  };
}

const TTBR0: [number, number, number, number, number] = [3, 0, 2, 0, 0];
const TTBR1: [number, number, number, number, number] = [3, 0, 2, 0, 1];
const ttbr1 = (asid: bigint): bigint => BigInt(RAM + 0x3000) | (asid << 48n);

function returnToEl0(cpu: ArmCpu): void {
  cpu.setPair(ENV.spsr, 0, 0);
  cpu.exceptionReturn();
}

function enterKernel(cpu: ArmCpu): void {
  cpu.setWord(ENV.pstate, PState.MODE_EL1H);
}

describe('ASIDs', () => {
  it('user entries outlive a parked ASID, and go when another process returns to EL0', () => {
    const { m, cpu, msr } = setup();
    const tlb = m.tlbs[0]!;
    returnToEl0(cpu);
    expect(cpu.tlbFill(0x10, 0, Access.LOAD, MmuIdx.E0, 8, false)).toBe(true);
    expect(tlb.take()).toEqual(['set 10 pa 40008010 prot 7 idx 0 size 4096']);
    enterKernel(cpu);
    msr(TTBR1, ttbr1(0n));
    msr(TTBR1, ttbr1(1n));
    returnToEl0(cpu);
    expect(tlb.take()).toEqual([]);
    enterKernel(cpu);
    msr(TTBR1, ttbr1(2n));
    expect(tlb.take()).toEqual([]);
    returnToEl0(cpu);
    expect(tlb.take()).toEqual(['idx 1']);
    enterKernel(cpu);
    msr(TTBR1, ttbr1(1n));
    returnToEl0(cpu);
    expect(tlb.take()).toEqual([]); // nothing was cached for ASID 2
  });

  it('global kernel entries stay over every change', () => {
    const { m, cpu, msr } = setup();
    enterKernel(cpu);
    expect(cpu.tlbFill(0x1000, 0xffffff80 | 0, Access.LOAD, MmuIdx.E1, 8, false)).toBe(true);
    expect(m.tlbs[0]!.take()).toEqual(['set ffffff8000001000 pa 40001000 prot 7 idx 1 size 2097152']);
    for (const asid of [2n, 3n, 0n]) msr(TTBR1, ttbr1(asid));
    expect(m.tlbs[0]!.take()).toEqual([]);
  });

  it('non-global entries that EL1 uses go with the ASID', () => {
    const { m, cpu, msr } = setup();
    enterKernel(cpu);
    cpu.tlbFill(0x200000, 0xffffff80 | 0, Access.LOAD, MmuIdx.E1, 8, false);
    cpu.tlbFill(0x10, 0, Access.LOAD, MmuIdx.E0_UNPRIV, 8, false);
    expect(m.tlbs[0]!.take()).toEqual([
      'set ffffff8000200000 pa 40009000 prot 7 idx 1 size 4096',
      'set 10 pa 40008010 prot 3 idx 3 size 4096', // no fetches there
    ]);
    msr(TTBR1, ttbr1(1n));
    msr(TTBR0, BigInt(RAM) | (7n << 48n)); // TCR.A1: not the ASID
    expect(m.tlbs[0]!.take()).toEqual([]);
    msr(TTBR1, ttbr1(5n));
    expect(m.tlbs[0]!.take()).toEqual(['idx 10']);
    msr(TTBR1, ttbr1(6n));
    expect(m.tlbs[0]!.take()).toEqual([]);
  });

  it('ASIDs of 8 bits ignore the upper half', () => {
    const { m, cpu, msr } = setup();
    set64(cpu, ENV.tcr, 25n | (25n << 16n) | (2n << 30n) | (5n << 32n) | A1);
    enterKernel(cpu);
    cpu.tlbFill(0x10, 0, Access.LOAD, MmuIdx.E1, 8, false);
    m.tlbs[0]!.take();
    msr(TTBR1, ttbr1(0x301n));
    expect(m.tlbs[0]!.take()).toEqual([]);
    msr(TTBR1, ttbr1(0x302n));
    expect(m.tlbs[0]!.take()).toEqual(['idx 2']);
  });
});

describe('page table isolation', () => {
  const kernelPage = [0x200000, 0xffffff80 | 0] as const; // non-global
  const fill = (cpu: ArmCpu): void => {
    const idx = (cpu.word(ENV.tbFlags) & ArmTbFlag.MMU_MASK) >> ArmTbFlag.MMU_SHIFT;
    expect(cpu.tlbFill(...kernelPage, Access.LOAD, idx, 8, false)).toBe(true);
  };

  it('the kernel keeps its entries while EL0 and the stub run under the odd ASID', () => {
    const { m, cpu, msr } = setup();
    const tlb = m.tlbs[0]!;
    enterKernel(cpu);
    cpu.updateTbFlags();
    msr(TTBR1, ttbr1(8n));
    fill(cpu);
    expect(tlb.take()).toEqual(['set ffffff8000200000 pa 40009000 prot 7 idx 1 size 4096']);
    for (let call = 0; call < 3; call++) {
      msr(TTBR1, ttbr1(9n));
      expect((cpu.word(ENV.tbFlags) & ArmTbFlag.MMU_MASK) >> ArmTbFlag.MMU_SHIFT).toBe(MmuIdx.E1_ALT);
      expect(flagsUnprivMmuIdx(cpu.word(ENV.tbFlags))).toBe(MmuIdx.E0_UNPRIV_ALT);
      returnToEl0(cpu);
      enterKernel(cpu);
      msr(TTBR1, ttbr1(8n));
      expect((cpu.word(ENV.tbFlags) & ArmTbFlag.MMU_MASK) >> ArmTbFlag.MMU_SHIFT).toBe(MmuIdx.E1);
    }
    expect(tlb.take()).toEqual([]);
  });

  it('what the stub maps non-global goes with its ASID', () => {
    const { m, cpu, msr } = setup();
    const tlb = m.tlbs[0]!;
    enterKernel(cpu);
    cpu.updateTbFlags();
    msr(TTBR1, ttbr1(8n));
    fill(cpu);
    msr(TTBR1, ttbr1(9n));
    fill(cpu);
    tlb.take();
    msr(TTBR1, ttbr1(8n));
    expect(tlb.take()).toEqual([]);
    msr(TTBR1, ttbr1(10n)); // another process: the kernel's own
    expect(tlb.take()).toEqual(['idx 2']);
    fill(cpu);
    tlb.take();
    msr(TTBR1, ttbr1(11n));
    expect(tlb.take()).toEqual(['idx 16']);
  });

  it('neighbouring ASIDs of two processes without it share one set of indexes', () => {
    const { m, cpu, msr } = setup();
    enterKernel(cpu);
    cpu.updateTbFlags();
    msr(TTBR1, ttbr1(8n));
    cpu.tlbFill(0x10, 0, Access.LOAD, MmuIdx.E1, 8, false);
    m.tlbs[0]!.take();
    msr(TTBR1, ttbr1(9n));
    expect(m.tlbs[0]!.take()).toEqual(['idx 2']);
    expect(cpu.word(ENV.asidBank)).toBe(0);
  });
});

describe('control registers', () => {
  it('flush only when what is cached changes', () => {
    const { m, cpu, msr } = setup();
    const tlb = m.tlbs[0]!;
    const tcr = 25n | (25n << 16n) | (2n << 30n) | (5n << 32n) | A1 | AS;
    msr([3, 0, 2, 0, 2], tcr);
    msr([3, 0, 1, 0, 0], 0x1n | (1n << 26n));
    expect(tlb.take()).toEqual([]);
    msr([3, 0, 2, 0, 2], tcr | 2n);
    expect(tlb.take()).toEqual(['all']);
    msr([3, 0, 1, 0, 0], 0n);
    expect(tlb.take()).toEqual(['all']);
    expect(cpu.word(ENV.sctlr)).toBe(0);
  });
});

describe('TLBI', () => {
  const tlbi = (crm: number, op2: number): [number, number, number, number, number] => [1, 0, 8, crm, op2];

  it('by address, by ASID and all, here and everywhere', () => {
    const { m, msr } = setup();
    const tlb = m.tlbs[0]!;
    msr(tlbi(7, 0), 0n);
    msr(tlbi(3, 0), 0n);
    msr(tlbi(7, 2), 1n << 48n);
    msr(tlbi(7, 1), 0x0001_000f_ffff_8123n); // VA[55:12], ASID 1
    msr(tlbi(3, 5), 0xfff_ff80_0012_3n);
    expect(tlb.take()).toEqual([
      'idx 127', 'everywhere idx 127', 'idx 127', 'page fffff8123000 idx 127', 'everywhere page ffffff8000123000 idx 127',
    ]);
  });

  it('flushes everything where entries with tagged addresses may be', () => {
    const { m, cpu, msr } = setup();
    const tlb = m.tlbs[0]!;
    set64(cpu, ENV.tcr, 25n | (25n << 16n) | (2n << 30n) | (5n << 32n) | A1 | AS | (1n << 37n));
    expect(cpu.tlbFill(0x10, 0xab000000 | 0, Access.LOAD, MmuIdx.E0, 8, false)).toBe(true);
    tlb.take();
    msr(tlbi(7, 1), 0n);
    msr(tlbi(3, 1), 0n);
    expect(tlb.take()).toEqual(['idx 127', 'everywhere idx 127']);
    // another vCPU without tags in its own TLB must still broadcast a full flush
    const other = m.cpus[1]!;
    const h = makeSystemHelpers({ cpu: other, host: other.host });
    h.sysreg_write!(sysregLookup(...tlbi(3, 1))!.index, 5, 0);
    h.sysreg_write!(sysregLookup(...tlbi(7, 1))!.index, 5, 0);
    expect(m.tlbs[1]!.take()).toEqual(['everywhere idx 127', 'page 5000 idx 127']);
  });

  it('ranges', () => {
    const { m, msr } = setup('max');
    // BaseADDR 0x12345, NUM 3, SCALE 1, TG 4K: 4 << 6 pages
    msr(tlbi(2, 1), 0x12345n | (3n << 39n) | (1n << 44n) | (1n << 46n));
    // 64K granule, negative base
    msr(tlbi(6, 1), 0x1f_ffff_0000n | (3n << 46n));
    expect(m.tlbs[0]!.take()).toEqual(['everywhere range 12345000+100000 idx 127', 'range ffffffff00000000+20000 idx 127']);
  });
});
