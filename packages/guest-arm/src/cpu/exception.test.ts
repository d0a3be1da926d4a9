import { CpuCommon, Excp, InterruptBit } from '@mttcg/softmmu';
import { describe, expect, it } from 'vitest';
import { FakeMachine, get64, set64 } from '../../test/system/fake-host.ts';
import { PStateField } from '../helper/system-defs.ts';
import { makeSystemHelpers } from '../helper/system.ts';
import type { ArmCpu } from './cpu.ts';
import { ENV, xOffset } from './env.ts';
import { packNzcv, unpackNzcv } from './flags.ts';
import { writePstateField } from './msr-pstate.ts';
import { PState } from './pstate.ts';
import { ArmExcp, synBrk, synFpAccess, synSvc, synSysReg, synUncategorized } from './syndrome.ts';
import { ArmTbFlag, MmuIdx } from './tb-flags.ts';

const C = CpuCommon.offset;
const VBAR = 0xffff_0000_1234_0800n & ~0x7ffn;

function setup(model = 'cortex-a57'): ArmCpu {
  const cpu = new FakeMachine(model, 1, 0, 4096).cpus[0]!;
  set64(cpu, ENV.vbar, VBAR);
  return cpu;
}

/** Puts the CPU into a mode with known stack pointers. */
function mode(cpu: ArmCpu, pstate: number): void {
  cpu.setWord(ENV.pstate, pstate);
  set64(cpu, ENV.spBank, 0x1000n);
  set64(cpu, ENV.spBank + 8, 0x2000n);
  set64(cpu, ENV.sp, (pstate & 1) !== 0 ? 0x2000n : 0x1000n);
  cpu.updateTbFlags();
}

function raise(cpu: ArmCpu, excp: number, syndrome: number): void {
  cpu.setWord(C.exceptionIndex, excp);
  cpu.setWord(ENV.excSyndrome, syndrome);
  cpu.deliverException();
}

describe('exception entry', () => {
  it('SVC from EL0: lower-EL vector, masked EL1h, state saved', () => {
    const cpu = setup();
    mode(cpu, PState.MODE_EL0T);
    set64(cpu, ENV.sp, 0x7ffff000n);
    set64(cpu, ENV.pc, 0x400004n);
    unpackNzcv(cpu, 0x60000000);
    raise(cpu, ArmExcp.SVC, synSvc(0x42));
    expect(get64(cpu, ENV.pc)).toBe(VBAR + 0x400n);
    expect(get64(cpu, ENV.elr)).toBe(0x400004n);
    expect(get64(cpu, ENV.spsr)).toBe(0x60000000n);
    expect(get64(cpu, ENV.esr)).toBe(0x56000042n);
    expect(get64(cpu, ENV.sp)).toBe(0x2000n);
    expect(get64(cpu, ENV.spBank)).toBe(0x7ffff000n);
    expect(cpu.word(ENV.pstate)).toBe(0x3c5);
    expect(cpu.word(ENV.tbFlags) & ArmTbFlag.EL_MASK).toBe(1);
    expect(cpu.word(C.exceptionIndex)).toBe(-1);
  });

  it('takes the vector of the stack pointer in use at EL1', () => {
    const cpu = setup();
    mode(cpu, PState.MODE_EL1T);
    raise(cpu, ArmExcp.BKPT, synBrk(1));
    expect(get64(cpu, ENV.pc)).toBe(VBAR);
    expect(get64(cpu, ENV.esr)).toBe(0xf2000001n);
    mode(cpu, PState.MODE_EL1H);
    raise(cpu, ArmExcp.BKPT, synBrk(1));
    expect(get64(cpu, ENV.pc)).toBe(VBAR + 0x200n);
  });

  it('syndromes are those of the manual', () => {
    expect(synUncategorized() >>> 0).toBe(0x02000000);
    expect(synFpAccess() >>> 0).toBe(0x1fe00000);
    // MRS x3, CNTVCT_EL0
    expect(synSysReg(3, 3, 14, 0, 2, 3, true) >>> 0).toBe((0x62000000 | (3 << 20) | (2 << 17) | (3 << 14) | (14 << 10) | (3 << 5) | 1) >>> 0);
  });

  it('data aborts set FAR and the class of the exception level they come from', () => {
    const cpu = setup();
    for (const [pstate, ec] of [[PState.MODE_EL0T, 0x24], [PState.MODE_EL1H, 0x25]] as const) {
      mode(cpu, pstate);
      // MMU on with tables nowhere: the walk itself aborts
      set64(cpu, ENV.sctlr, 1n);
      set64(cpu, ENV.tcr, 0x5_0000_0000n | 16n | (16n << 16n));
      set64(cpu, ENV.ttbr0, 0x8000_0000n);
      expect(cpu.tlbFill(0x1238, 0x1, 1, MmuIdx.E0, 8, true)).toBe(false);
      expect(cpu.word(C.exceptionIndex)).toBe(-1);
      expect(cpu.tlbFill(0x1238, 0x1, 1, MmuIdx.E0, 8, false)).toBe(false);
      expect(cpu.word(C.exceptionIndex)).toBe(ArmExcp.DATA_ABORT);
      cpu.deliverException();
      expect(get64(cpu, ENV.far)).toBe(0x1_0000_1238n);
      // WnR, external abort on walk, level 0
      expect(get64(cpu, ENV.esr)).toBe((BigInt(ec) << 26n) | 0x2000000n | 0x40n | 0x14n);
    }
  });

  it('instruction fetch faults and misaligned pc', () => {
    const cpu = setup();
    mode(cpu, PState.MODE_EL0T);
    set64(cpu, ENV.sctlr, 1n);
    set64(cpu, ENV.tcr, 0x80n | 16n);
    expect(cpu.tlbFill(0x1000, 0, 2, MmuIdx.E0, 4, false)).toBe(false);
    cpu.deliverException();
    expect(get64(cpu, ENV.esr)).toBe(0x82000004n);
    expect(get64(cpu, ENV.far)).toBe(0x1000n);
    mode(cpu, PState.MODE_EL0T);
    expect(cpu.tlbFill(0x1002, 0, 2, MmuIdx.E0, 4, false)).toBe(false);
    cpu.deliverException();
    expect(get64(cpu, ENV.esr)).toBe(0x8a000000n);
    expect(get64(cpu, ENV.far)).toBe(0x1002n);
  });

  it('SMC without EL3, HVC without EL2: undefined at the instruction itself', () => {
    const cpu = setup();
    cpu.psciConduit = 'none';
    for (const excp of [ArmExcp.HVC, ArmExcp.SMC]) {
      mode(cpu, PState.MODE_EL1H);
      set64(cpu, ENV.pc, 0x1_0000_0000n);
      raise(cpu, excp, 0);
      expect(get64(cpu, ENV.elr)).toBe(0xffff_fffcn);
      expect(get64(cpu, ENV.esr)).toBe(0x02000000n);
    }
  });

  it('sets PAN unless SCTLR.SPAN says otherwise, and drops UAO', () => {
    const cpu = setup('max');
    mode(cpu, PState.MODE_EL1H | PState.UAO);
    set64(cpu, ENV.sctlr, get64(cpu, ENV.sctlr) & ~(1n << 23n));
    raise(cpu, ArmExcp.BKPT, 0);
    expect(cpu.word(ENV.pstate) & (PState.PAN | PState.UAO)).toBe(PState.PAN);
    expect((cpu.word(ENV.tbFlags) & ArmTbFlag.MMU_MASK) >> ArmTbFlag.MMU_SHIFT).toBe(MmuIdx.E1_PAN);
    expect(cpu.word(ENV.spsr) & PState.UAO).toBe(PState.UAO);
  });
});

describe('condition flags', () => {
  it('pack and unpack all sixteen combinations', () => {
    const cpu = setup();
    for (let nzcv = 0; nzcv < 16; nzcv++) {
      unpackNzcv(cpu, nzcv << 28);
      expect(packNzcv(cpu) >>> 28).toBe(nzcv);
    }
  });
});

describe('ERET', () => {
  function eret(cpu: ArmCpu, spsr: number, elr = 0x5000n): void {
    set64(cpu, ENV.elr, elr);
    cpu.setPair(ENV.spsr, spsr, 0);
    cpu.exceptionReturn();
  }

  it('to EL0 restores PSTATE, flags, pc and the EL0 stack pointer, and clears the monitor', () => {
    const cpu = setup();
    mode(cpu, PState.MODE_EL1H | PState.DAIF);
    set64(cpu, ENV.exclusiveAddr, 0x8000n);
    eret(cpu, 0x80000000);
    expect(get64(cpu, ENV.pc)).toBe(0x5000n);
    expect(cpu.word(ENV.pstate)).toBe(0);
    expect(packNzcv(cpu) >>> 0).toBe(0x80000000);
    expect(get64(cpu, ENV.sp)).toBe(0x1000n);
    expect(get64(cpu, ENV.spBank + 8)).toBe(0x2000n);
    expect(get64(cpu, ENV.exclusiveAddr)).toBe(0xffff_ffff_ffff_ffffn);
    expect(cpu.word(ENV.tbFlags) & ArmTbFlag.EL_MASK).toBe(0);
  });

  it('to an illegal mode stays, sets IL and takes flags and masks', () => {
    // EL0h, EL2, EL3, M[1] set, AArch32
    for (const bad of [1, 8, 9, 12, 13, 2, 6, 0x10, 0x13]) {
      const cpu = setup();
      mode(cpu, PState.MODE_EL1H | PState.DAIF);
      eret(cpu, bad | 0x40000000 | PState.I);
      expect(cpu.word(ENV.pstate), bad.toString(16)).toBe(PState.MODE_EL1H | PState.I | PState.IL);
      expect(get64(cpu, ENV.pc)).toBe(0x5000n);
      expect(get64(cpu, ENV.sp)).toBe(0x2000n);
      expect(cpu.word(ENV.tbFlags) & ArmTbFlag.ILLEGAL).toBe(ArmTbFlag.ILLEGAL);
      expect(packNzcv(cpu)).toBe(0x40000000);
    }
  });

  it('keeps only the bits that the CPU has', () => {
    const a57 = setup();
    mode(a57, PState.MODE_EL1H);
    eret(a57, PState.MODE_EL1H | PState.PAN | PState.UAO | PState.DIT | PState.SSBS);
    expect(a57.word(ENV.pstate)).toBe(PState.MODE_EL1H);
    const max = setup('max');
    mode(max, PState.MODE_EL1H);
    eret(max, PState.MODE_EL1H | PState.PAN | PState.UAO | PState.DIT | PState.SSBS);
    expect(max.word(ENV.pstate)).toBe(PState.MODE_EL1H | PState.PAN | PState.UAO | PState.DIT | PState.SSBS);
  });

  it('arms software step from SPSR.SS', () => {
    const cpu = setup();
    mode(cpu, PState.MODE_EL1H | PState.DAIF);
    cpu.setWord(ENV.oslsr, 8);
    cpu.setWord(ENV.mdscr, 1);
    eret(cpu, PState.SS);
    expect(cpu.word(ENV.pstate)).toBe(PState.SS);
    expect(cpu.word(ENV.tbFlags) & (ArmTbFlag.SS_ACTIVE | ArmTbFlag.PSTATE_SS)).toBe(ArmTbFlag.SS_ACTIVE | ArmTbFlag.PSTATE_SS);
  });
});

describe('interrupts', () => {
  it('IRQ and FIQ by mask and priority', () => {
    const cpu = setup();
    mode(cpu, PState.MODE_EL0T | PState.I | PState.F);
    set64(cpu, ENV.pc, 0x400000n);
    cpu.setWord(C.interruptRequest, InterruptBit.HARD | InterruptBit.FIQ);
    expect(cpu.interrupt()).toBe(false);
    expect(cpu.hasWork()).toBe(true);
    writePstateField(cpu, PStateField.DAIF_CLR, 2);
    expect(cpu.interrupt()).toBe(true);
    expect(get64(cpu, ENV.pc)).toBe(VBAR + 0x480n);
    expect(get64(cpu, ENV.elr)).toBe(0x400000n);
    expect(cpu.interrupt()).toBe(false);
    mode(cpu, PState.MODE_EL1H);
    expect(cpu.interrupt()).toBe(true);
    expect(get64(cpu, ENV.pc)).toBe(VBAR + 0x300n);
  });

  it('WFI halts until there is work', () => {
    const cpu = setup();
    const helpers = makeSystemHelpers({ cpu, host: cpu.host });
    expect(helpers.wfi!()).toBe(1);
    expect(cpu.word(C.exceptionIndex)).toBe(Excp.HLT);
    cpu.setWord(C.exceptionIndex, -1);
    cpu.setWord(C.halted, 0);
    cpu.setWord(C.interruptRequest, InterruptBit.HARD);
    expect(helpers.wfi!()).toBe(0);
    expect(cpu.word(C.exceptionIndex)).toBe(-1);
  });
});

describe('PSTATE fields', () => {
  it('SPSel banks the stack pointers', () => {
    const cpu = setup();
    mode(cpu, PState.MODE_EL1H);
    writePstateField(cpu, PStateField.SPSEL, 0);
    expect(get64(cpu, ENV.sp)).toBe(0x1000n);
    set64(cpu, ENV.sp, 0x1010n);
    writePstateField(cpu, PStateField.SPSEL, 1);
    expect(get64(cpu, ENV.sp)).toBe(0x2000n);
    expect(get64(cpu, ENV.spBank)).toBe(0x1010n);
  });

  it('DAIFSet and DAIFClr take D, A, I, F from bit 3 down', () => {
    const cpu = setup();
    mode(cpu, PState.MODE_EL1H);
    writePstateField(cpu, PStateField.DAIF_SET, 2);
    expect(cpu.word(ENV.pstate)).toBe(PState.MODE_EL1H | PState.I);
    writePstateField(cpu, PStateField.DAIF_SET, 8);
    writePstateField(cpu, PStateField.DAIF_CLR, 2);
    expect(cpu.word(ENV.pstate)).toBe(PState.MODE_EL1H | PState.D);
    writePstateField(cpu, PStateField.DAIF, 0x3c0);
    expect(cpu.word(ENV.pstate)).toBe(PState.MODE_EL1H | PState.DAIF);
  });
});

describe('pc with a tag', () => {
  it('loses it where the TB is looked up, if TCR.TBI allows', () => {
    const cpu = setup();
    const key = { pcLo: 0, pcHi: 0, flags: 0, mmuIdx: 0, csBase: 0 };
    set64(cpu, ENV.pc, 0xab00_0000_0000_1000n);
    cpu.tbKey(key);
    expect(get64(cpu, ENV.pc)).toBe(0xab00_0000_0000_1000n);
    set64(cpu, ENV.tcr, 1n << 37n);
    cpu.tbKey(key);
    expect(get64(cpu, ENV.pc)).toBe(0x1000n);
    set64(cpu, ENV.pc, 0xab80_0000_0000_1000n);
    cpu.tbKey(key);
    expect(get64(cpu, ENV.pc)).toBe(0xab80_0000_0000_1000n);
    set64(cpu, ENV.tcr, 1n << 38n);
    cpu.tbKey(key);
    expect(get64(cpu, ENV.pc)).toBe(0xff80_0000_0000_1000n);
    expect(get64(cpu, xOffset(0))).toBe(0n);
  });
});
