import { CFlag, CpuCommon, Excp, type TranslateRequest } from '@mttcg/softmmu';
import { assertValid, Builder, Interpreter, IrFunction, Op, TbExit, tbExitWord, type WasmTarget } from '@mttcg/tcg-ir';
import { describe, expect, it } from 'vitest';
import { FakeMachine, get64, set64 } from '../../test/system/fake-host.ts';
import { ARM_GLOBALS, ENV } from '../cpu/env.ts';
import { ArmExcp, synPcAlign, synSvc, synWfx } from '../cpu/syndrome.ts';
import { ArmTbFlag, MmuIdx } from '../cpu/tb-flags.ts';
import { ARM_HELPERS, makeArmHelpers } from '../helper/index.ts';
import { translateA64 } from './translate.ts';

const C = CpuCommon.offset;
const TARGET: WasmTarget = {
  pageBits: 12, insnAlignBits: 2,
  env: {
    pc: ENV.pc, insnWord: C.insnWord, exitRequest: C.exitRequest, currentTb: C.currentTb, scratch: C.scratch,
    jumpCache: C.jumpCache, tlb: C.tlb,
  },
  tlbDesc: { stride: 8, mask: 0, table: 4 },
  tlbEntry: { bits: 5, read: 0, write: 8, code: 16, addend: 24 },
  jumpCacheEntry: { pc: 0, flags: 8, tb: 12 },
};
const EL0 = ArmTbFlag.FP_ENABLED;
const EL1 = 1 | (MmuIdx.E1 << ArmTbFlag.MMU_SHIFT) | ArmTbFlag.FP_ENABLED | ArmTbFlag.SPSEL;
const NOP = 0xd503201f, B_8 = 0x14000002, BNE_M4 = 0x54ffffe1, RET = 0xd65f03c0, BL_8 = 0x94000002, SVC_7 = 0xd40000e1;
const MSR_DAIFCLR_2 = 0xd50342ff, MSR_DAIFSET_2 = 0xd50342df, ISB = 0xd5033fdf, WFI = 0xd503207f, STXP = 0xc8200440;
const CLREX = 0xd5033f5f, UDF = 0x00000000;

/** Translates `code` at `pc` and runs the TB once. */
class Bench {
  readonly machine = new FakeMachine('cortex-a57', 1, 0x4000_0000, 0x10000);
  readonly cpu = this.machine.cpus[0]!;
  readonly fn = new IrFunction(ARM_GLOBALS, ARM_HELPERS);
  readonly request = {
    pcLo: 0, pcHi: 0, entryLo: 0, flags: 0, csBase: 0, cflags: CFlag.PARALLEL, maxInsns: 512, code: 0, codeBytes: 0, size: 0, insns: 0,
    succCount: 0, succLo: new Int32Array(2), succHi: new Int32Array(2), succSlot: new Int32Array(2), returns: false,
  } as unknown as TranslateRequest;

  translate(code: readonly number[], pc: number, flags: number, cflags: number = CFlag.PARALLEL): TranslateRequest {
    const r = this.request;
    r.pcLo = pc | 0;
    r.flags = flags;
    r.cflags = cflags;
    r.code = this.machine.ramHostBase;
    r.codeBytes = 4096 - (pc & 4095);
    this.cpu.heap.i32.set(code, r.code >>> 2);
    const b = new Builder(this.fn);
    b.begin();
    translateA64(b, r, this.cpu);
    assertValid(this.fn);
    return r;
  }

  /** At the pc it was translated at, or where else its page may be mapped. */
  run(pcLo = this.request.pcLo, pcHi = this.request.pcHi): number {
    const { cpu } = this;
    cpu.setWord(C.exceptionIndex, -1);
    cpu.setPair(ENV.pc, pcLo, pcHi);
    const heap = cpu.heap;
    const interpreter = new Interpreter({
      target: TARGET, memory: { buffer: heap.u8.buffer },
      helpers: makeArmHelpers({ cpu, host: cpu.host }) as never,
      guest: { load: () => 1, store: () => 1, atomic: () => 0 },
    });
    return interpreter.run(this.fn, cpu.env, { tb: 1, flags: this.request.flags, slotAddr: this.machine.ramHostBase + 0x8000 });
  }

  get pc(): number { return Number(get64(this.cpu, ENV.pc)); }
  successors(): [number, number][] {
    const { succCount, succLo, succSlot } = this.request;
    return Array.from({ length: succCount }, (_, i) => [succLo[i]!, succSlot[i]!]);
  }
}

describe('translation of a TB', () => {
  it('is the same at every address that its page is mapped at', () => {
    const t = new Bench();
    // adr x0, .+8; adrp x1, .-4096; bl .-8
    t.translate([0x10000040, 0xf0ffffe1, 0x97fffffe], 0x1010, EL1);
    for (const page of [0x1000, 0x7fff_0000, 0xffff_ffff_f000]) {
      t.run((page + 0x10) | 0, Math.floor(page / 2 ** 32));
      const x = (n: number): number => Number(get64(t.cpu, ENV.x + 8 * n));
      expect([x(0), x(1), x(30), t.pc]).toEqual([page + 0x18, page - 0x1000, page + 0x1c, page + 0x10]);
    }
  });

  it('ends at a branch, and names both ways on', () => {
    const t = new Bench();
    const r = t.translate([NOP, BNE_M4, NOP], 0x1000, EL1);
    expect([r.insns, r.size]).toEqual([2, 8]);
    expect(t.successors()).toEqual([[0x1008, 0], [0x1000, 1]]);
    set64(t.cpu, ENV.zf, 0n);
    expect(t.run()).toBe(tbExitWord(1, TbExit.SLOT_0));
    expect(t.pc).toBe(0x1008);
    set64(t.cpu, ENV.zf, 1n);
    expect(t.run()).toBe(tbExitWord(1, TbExit.SLOT_1));
    expect(t.pc).toBe(0x1000);
  });

  it('ends at the page end and at the limits of instructions', () => {
    const t = new Bench();
    expect(t.translate([NOP, NOP, NOP, NOP], 0x1ff8, EL1).insns).toBe(2);
    expect(t.successors()).toEqual([]);
    expect(t.translate([NOP, NOP, NOP, NOP], 0x1000, EL1, CFlag.PARALLEL | 3).insns).toBe(3);
    t.request.maxInsns = 2;
    expect(t.translate([NOP, NOP, NOP, NOP], 0x1000, EL1).insns).toBe(2);
  });

  it('chains within the page only', () => {
    const t = new Bench();
    const exit = (pc: number, cflags?: number): number => {
      t.translate([B_8], pc, EL1, cflags);
      return t.fn.ops[t.fn.nOps - 1]!;
    };
    expect(exit(0x1000)).toBe(Op.goto_tb);
    expect(exit(0x1ff8)).toBe(Op.goto_ptr);
    expect(exit(0x1000, CFlag.NO_GOTO_TB)).toBe(Op.goto_ptr);
    expect(exit(0x1000, CFlag.NO_GOTO_TB | CFlag.NO_GOTO_PTR)).toBe(Op.exit_tb);
  });

  it('names the return address of a call as a way on', () => {
    const t = new Bench();
    t.translate([BL_8], 0x1000, EL1);
    expect(t.successors()).toEqual([[0x1008, 0], [0x1004, -1]]);
    t.translate([RET], 0x1000, EL1);
    expect(t.successors()).toEqual([]);
  });

  it('carries addresses over 32 bits', () => {
    const t = new Bench();
    t.request.pcHi = 0xffff8000 | 0;
    t.translate([BL_8], 0xfffffff8, EL1);
    t.run();
    expect(get64(t.cpu, ENV.pc)).toBe(0xffff8001_00000000n);
    expect(get64(t.cpu, ENV.x + 240)).toBe(0xffff8000_fffffffcn);
  });

  it('ends after ISB, without a direct jump over it', () => {
    const t = new Bench();
    expect(t.translate([ISB, NOP], 0x1000, EL1).insns).toBe(1);
    expect(t.fn.ops[t.fn.nOps - 1]).toBe(Op.goto_ptr);
    expect(t.successors()).toEqual([[0x1004, -1]]);
  });
});

describe('exceptions of translated code', () => {
  it('SVC returns behind itself, an undefined word at itself', () => {
    const t = new Bench();
    t.translate([NOP, SVC_7, NOP], 0x1000, EL0);
    expect(t.run()).toBe(tbExitWord(1, TbExit.EXCEPTION));
    expect([t.cpu.word(C.exceptionIndex), t.cpu.word(ENV.excSyndrome), t.pc]).toEqual([ArmExcp.SVC, synSvc(7), 0x1008]);
    t.translate([NOP, UDF, NOP], 0x1000, EL0);
    t.run();
    expect([t.cpu.word(C.exceptionIndex), t.pc]).toEqual([ArmExcp.UNDEF, 0x1004]);
  });

  it('a misaligned pc is found before anything is read', () => {
    const t = new Bench();
    t.translate([NOP], 0x1002, EL1);
    t.run();
    expect([t.cpu.word(C.exceptionIndex), t.cpu.word(ENV.excSyndrome), t.pc]).toEqual([ArmExcp.PC_ALIGN, synPcAlign(), 0x1002]);
    expect(get64(t.cpu, ENV.excVaddr)).toBe(0x1002n);
  });

  it('WFI at EL0 traps unless SCTLR.nTWI allows it', () => {
    const t = new Bench();
    t.translate([WFI], 0x1000, EL0);
    t.run();
    expect([t.cpu.word(C.exceptionIndex), t.cpu.word(ENV.excSyndrome)]).toEqual([ArmExcp.WFX_TRAP, synWfx(false)]);
    t.translate([WFI], 0x1000, EL0 | ArmTbFlag.NTWI);
    expect(t.run()).toBe(tbExitWord(1, TbExit.EXCEPTION));
    expect([t.cpu.word(C.exceptionIndex), t.pc, t.cpu.word(C.halted)]).toEqual([Excp.HLT, 0x1004, 1]);
  });

  it('software step raises its exception before an instruction, or runs one', () => {
    const t = new Bench();
    t.translate([NOP, NOP], 0x1000, EL0 | ArmTbFlag.SS_ACTIVE);
    t.run();
    expect([t.cpu.word(C.exceptionIndex), t.pc]).toEqual([ArmExcp.STEP, 0x1000]);
    expect(t.translate([NOP, NOP], 0x1000, EL0 | ArmTbFlag.SS_ACTIVE | ArmTbFlag.PSTATE_SS).insns).toBe(1);
    t.cpu.setWord(ENV.tbFlags, t.request.flags);
    expect(t.run()).toBe(tbExitWord(1, TbExit.MAIN_LOOP));
    expect([t.pc, t.cpu.word(ENV.tbFlags) & ArmTbFlag.PSTATE_SS]).toEqual([0x1004, 0]);
  });

  it('a store-exclusive of 128 bits to no RAM asks to be run alone, but only when the monitor holds its address', () => {
    const t = new Bench();
    t.machine.tlbs[0]!.probeResult = -1;
    t.translate([STXP, RET], 0x1000, EL1);
    set64(t.cpu, ENV.x + 16, 0x4000n);
    set64(t.cpu, ENV.exclusiveAddr, 0x8000n);
    t.run();
    expect([t.cpu.word(C.exceptionIndex), get64(t.cpu, ENV.x)]).toEqual([-1, 1n]);
    set64(t.cpu, ENV.exclusiveAddr, 0x4000n);
    t.run();
    expect([t.cpu.word(C.exceptionIndex), t.pc]).toEqual([Excp.ATOMIC, 0x1000]);
    t.translate([CLREX, RET], 0x1000, EL1);
    t.run();
    expect(get64(t.cpu, ENV.exclusiveAddr)).toBe(0xffff_ffff_ffff_ffffn);
  });
});

describe('interrupt masks', () => {
  const I = 1 << 7;

  it('setting them goes on in the TB, clearing them looks for interrupts', () => {
    const t = new Bench();
    t.cpu.setWord(ENV.pstate, 5);
    expect(t.translate([MSR_DAIFSET_2, NOP, RET], 0x1000, EL1).insns).toBe(3);
    t.run();
    expect(t.cpu.word(ENV.pstate)).toBe(5 | I);
    expect(t.translate([MSR_DAIFCLR_2, NOP], 0x1000, EL1).insns).toBe(1);
    expect(t.run()).toBe(tbExitWord(1, TbExit.SLOT_0));
    expect([t.cpu.word(ENV.pstate), t.pc]).toEqual([5, 0x1004]);
    t.cpu.setWord(C.interruptRequest, 1);
    expect(t.run()).toBe(tbExitWord(1, TbExit.MAIN_LOOP));
    expect(t.pc).toBe(0x1004);
  });

  it('are out of reach at EL0 unless SCTLR.UMA allows it', () => {
    const t = new Bench();
    t.translate([MSR_DAIFSET_2], 0x1000, EL0);
    t.run();
    expect(t.cpu.word(C.exceptionIndex)).toBe(ArmExcp.SYS_TRAP);
    t.translate([MSR_DAIFSET_2, RET], 0x1000, EL0 | ArmTbFlag.UMA);
    t.run();
    expect(t.cpu.word(C.exceptionIndex)).toBe(-1);
  });
});
