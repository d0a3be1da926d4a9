/** System instructions: barriers, hints, PSTATE, system registers (Arm ARM C4.1.93). */
import { Cond, Mo, NO_TEMP, TbExit, type Temp } from '@mttcg/tcg-ir';
import { CpuCommon, Excp } from '@mttcg/softmmu';
import { ENV } from '../../cpu/env.ts';
import { Feature } from '../../cpu/features.ts';
import { PState } from '../../cpu/pstate.ts';
import { ArmExcp, synFpAccess, synSysReg, synWfx } from '../../cpu/syndrome.ts';
import { ArmTbFlag } from '../../cpu/tb-flags.ts';
import type { A64Fields } from '../../decode/generated/a64-fields.ts';
import { helperIndex } from '../../helper/index.ts';
import { PStateField } from '../../helper/system-defs.ts';
import { sysregAccess, sysregLookup, sysregName } from '../../sysreg/table.ts';
import { SysAccess, SysFlag, type SysReg } from '../../sysreg/types.ts';
import type { A64Context } from './context.ts';

/** DMB and DSB; the low bits of CRm say which accesses are ordered. */
function barrier(c: A64Context, a: A64Fields): void {
  const types = a.CRm & 3;
  if (types === 1) c.b.mb(Mo.SC | Mo.LD_LD | Mo.LD_ST);
  else if (types === 2) c.b.mb(Mo.SC | Mo.ST_ST);
  else c.b.mb(Mo.SC | Mo.ALL);
}

export function DMB(c: A64Context, a: A64Fields): void { barrier(c, a); }
export function DSB(c: A64Context, a: A64Fields): void { barrier(c, a); }

/**
 * Ends the TB without a direct jump, which a region would make part of itself: what follows must be looked up again
 * after maintenance of code.
 */
export function ISB(c: A64Context): void {
  c.setPc(4);
  c.gotoPtr();
  c.addSuccessor(4, -1);
}

export function SB(c: A64Context): void {
  c.b.mb(Mo.SC | Mo.ALL);
  ISB(c);
}

/** Hints without a meaning here (NOP, SEV, PAC, BTI, …) do nothing. */
export function HINT(c: A64Context, a: A64Fields): void {
  if (a.CRm !== 0) return;
  if (a.op2 === 1 || a.op2 === 2) yieldCpu(c);
  else if (a.op2 === 3) waitForInterrupt(c);
}

/** YIELD, and WFE, which need not wait. With one thread for all vCPUs it is the next one's turn. */
function yieldCpu(c: A64Context): void {
  if (c.parallel) return;
  const { b } = c;
  b.stI32(b.constI32(Excp.YIELD), b.env, CpuCommon.offset.exceptionIndex);
  c.setPc(4);
  c.leave(TbExit.EXCEPTION);
}

function waitForInterrupt(c: A64Context): void {
  if (c.el === 0 && (c.flags & ArmTbFlag.NTWI) === 0) return c.raise(ArmExcp.WFX_TRAP, synWfx(false));
  const { b } = c;
  const t = b.newI32(), halt = b.newLabel();
  c.setPc(4);
  b.call(helperIndex('wfi'), t);
  b.brcondI32(t, b.constI32(0), Cond.NE, halt);
  c.leave(TbExit.MAIN_LOOP);
  b.setLabel(halt);
  c.leave(TbExit.EXCEPTION);
}

// PSTATE

/** op1 << 3 | op2 of MSR (immediate): field of msr_pstate, and the feature it needs. */
const MSR_FIELDS: ReadonlyMap<number, readonly [field: number, feature: number]> = new Map([
  [0b000_011, [PStateField.UAO, Feature.UAO]],
  [0b000_100, [PStateField.PAN, Feature.PAN]],
  [0b000_101, [PStateField.SPSEL, 0]],
  [0b011_001, [PStateField.SSBS, Feature.SSBS]],
  [0b011_010, [PStateField.DIT, Feature.DIT]],
  [0b011_110, [PStateField.DAIF_SET, 0]],
  [0b011_111, [PStateField.DAIF_CLR, 0]],
]);

export function MSR_imm(c: A64Context, a: A64Fields): void {
  const entry = MSR_FIELDS.get((a.op1 << 3) | a.op2);
  if (entry === undefined) return c.undefined();
  const [field, feature] = entry;
  if (feature !== 0 && (c.features & feature) === 0) return c.undefined();
  if (c.el === 0) {
    const el0 = field === PStateField.SSBS || field === PStateField.DIT;
    const daif = field === PStateField.DAIF_SET || field === PStateField.DAIF_CLR;
    if (!el0 && !daif) return c.undefined();
    if (daif && (c.flags & ArmTbFlag.UMA) === 0) {
      return c.raise(ArmExcp.SYS_TRAP, synSysReg(0, a.op1, 4, a.CRm, a.op2, 31, false));
    }
  }
  const { b } = c;
  if (field === PStateField.DAIF_SET && !c.stepping) {
    // Masking more can change nothing else unless stepping is active.
    const t = b.newI32();
    b.ldI32(t, b.env, ENV.pstate);
    b.orI32(t, t, b.constI32(a.CRm << 6));
    b.stI32(t, b.env, ENV.pstate);
    return;
  }
  if (field === PStateField.DAIF_CLR && !c.stepping && (a.CRm & 8) === 0) {
    const t = b.newI32();
    b.ldI32(t, b.env, ENV.pstate);
    b.andI32(t, t, b.constI32(~(a.CRm << 6)));
    b.stI32(t, b.env, ENV.pstate);
    goOnUnlessInterrupted(c);
    return;
  }
  b.call(helperIndex('msr_pstate'), NO_TEMP, b.constI32(field), b.constI32(a.CRm));
  c.exitToMainLoop();
}

/**
 * After unmasking: on to the next instruction, by way of the main loop when an interrupt is pending. One that comes
 * after this look also sets exitRequest, which the next TB sees.
 */
function goOnUnlessInterrupted(c: A64Context): void {
  const { b } = c;
  const t = b.newI32(), pending = b.newLabel();
  b.ldI32(t, b.env, CpuCommon.offset.interruptRequest);
  b.brcondI32(t, b.constI32(0), Cond.NE, pending);
  c.gotoTb(0, 4);
  b.setLabel(pending);
  c.setPc(4);
  c.leave(TbExit.MAIN_LOOP);
}

/** MSR DAIF, Xt: inline unless the D bit changes, which may turn on software step. */
function writeDaif(c: A64Context, value: Temp): void {
  const { b } = c;
  const t = b.newI32(), v = b.newI32(), d = b.newI32(), slow = b.newLabel();
  b.extrlI32I64(v, value);
  b.andI32(v, v, b.constI32(PState.DAIF));
  b.ldI32(t, b.env, ENV.pstate);
  b.xorI32(d, t, v);
  b.brcondI32(d, b.constI32(PState.D), Cond.TSTNE, slow);
  b.andI32(t, t, b.constI32(~PState.DAIF));
  b.orI32(t, t, v);
  b.stI32(t, b.env, ENV.pstate);
  goOnUnlessInterrupted(c);
  b.setLabel(slow);
  b.call(helperIndex('msr_pstate'), NO_TEMP, b.constI32(PStateField.DAIF), v);
  c.setPc(4);
  c.leave(TbExit.MAIN_LOOP);
}

// System registers

/** The register, when the access is allowed; else the exception is emitted. */
function access(c: A64Context, op0: number, a: A64Fields, isRead: boolean): SysReg | undefined {
  const reg = sysregLookup(op0, a.op1, a.CRn, a.CRm, a.op2);
  if (reg === undefined) {
    const name = sysregName(op0, a.op1, a.CRn, a.CRm, a.op2);
    c.unimplemented(`${isRead ? 'read' : 'write'} of system register ${name}`);
    return undefined;
  }
  switch (sysregAccess(reg, c.flags, c.features, isRead)) {
    case SysAccess.OK:
      return reg;
    case SysAccess.TRAP:
      c.raise(ArmExcp.SYS_TRAP, synSysReg(op0, a.op1, a.CRn, a.CRm, a.op2, a.Rt, isRead));
      return undefined;
    case SysAccess.FP_TRAP:
      c.raise(ArmExcp.FP_TRAP, synFpAccess());
      return undefined;
    default:
      c.undefined();
      return undefined;
  }
}

function read(c: A64Context, reg: SysReg, rt: number): void {
  const { b } = c;
  if ((reg.flags & SysFlag.NZCV) !== 0) {
    const t = b.newI32();
    c.flagState.getNzcv(t);
    c.setW(rt, t);
  } else if ((reg.flags & SysFlag.RAZ) !== 0) {
    c.setX(rt, b.constI64(0, 0));
  } else if ((reg.flags & SysFlag.PLAIN_READ) !== 0) {
    b.ldI64(c.dx(rt), b.env, reg.offset);
  } else if ((reg.flags & SysFlag.READ32) !== 0) {
    const t = b.newI32();
    b.ldI32(t, b.env, reg.offset);
    b.andI32(t, t, b.constI32(reg.maskLo));
    c.setW(rt, t);
  } else {
    b.call(helperIndex('sysreg_read'), c.dx(rt), b.constI32(reg.index));
  }
}

function write(c: A64Context, reg: SysReg, value: Temp): void {
  const { b } = c;
  const { flags } = reg;
  if ((flags & SysFlag.NZCV) !== 0) {
    const t = b.newI32();
    b.extrlI32I64(t, value);
    c.flagState.setNzcv(t);
  } else if ((flags & SysFlag.DC_ZVA) !== 0) {
    b.call(helperIndex('dc_zva'), NO_TEMP, value);
  } else if ((flags & SysFlag.NOP) !== 0) {
    // Nothing.
  } else if ((flags & SysFlag.PSTATE) !== 0) {
    if (reg.pstateField === PStateField.DAIF && !c.stepping) return writeDaif(c, value);
    const t = b.newI32();
    b.extrlI32I64(t, value);
    b.shriI32(t, t, reg.pstateShift);
    b.call(helperIndex('msr_pstate'), NO_TEMP, b.constI32(reg.pstateField), t);
    return c.exitToMainLoop();
  } else if ((flags & SysFlag.PLAIN_WRITE) !== 0) {
    const t = b.newI64();
    b.andI64(t, value, b.constI64(reg.maskLo, reg.maskHi));
    b.stI64(t, b.env, reg.offset);
  } else {
    b.call(helperIndex('sysreg_write'), NO_TEMP, b.constI32(reg.index), value);
  }
  if ((flags & SysFlag.END_TB) !== 0) c.exitToMainLoop();
}

export function MRS(c: A64Context, a: A64Fields): void {
  const reg = access(c, 2 + a.o0, a, true);
  if (reg !== undefined) read(c, reg, a.Rt);
}

export function MSR_reg(c: A64Context, a: A64Fields): void {
  const reg = access(c, 2 + a.o0, a, false);
  if (reg !== undefined) write(c, reg, c.x(a.Rt));
}

export function SYS(c: A64Context, a: A64Fields): void {
  const reg = access(c, 1, a, false);
  if (reg !== undefined) write(c, reg, c.x(a.Rt));
}

export function SYSL(c: A64Context, a: A64Fields): void {
  const reg = access(c, 1, a, true);
  if (reg !== undefined) read(c, reg, a.Rt);
}
