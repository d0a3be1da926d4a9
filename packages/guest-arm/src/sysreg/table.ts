import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { CONTROL_ROWS } from './control.ts';
import { DEBUG_ROWS } from './debug.ts';
import { ID_ROWS } from './id.ts';
import { PMU_ROWS } from './pmu.ts';
import { SYS_ROWS } from './sys-ops.ts';
import { TIMER_ROWS } from './timer.ts';
import { SysAccess, SysFlag, type SysReg, type SysRow } from './types.ts';

function make(row: SysRow, index: number): SysReg {
  const [op0, op1, crn, crm, op2] = row.enc;
  return Object.freeze({
    name: row.name,
    index,
    op0,
    op1,
    crn,
    crm,
    op2,
    flags: row.flags,
    offset: row.offset ?? -1,
    maskLo: row.maskLo ?? -1,
    maskHi: row.maskHi ?? -1,
    feature: row.feature ?? 0,
    el0Read: row.el0Read ?? 0,
    el0Write: row.el0Write ?? 0,
    pstateField: row.pstateField ?? -1,
    pstateShift: row.pstateShift ?? 0,
    read: row.read,
    write: row.write,
  });
}

/** All system registers and SYS operations; SysReg.index is the position. */
export const SYSREGS: readonly SysReg[] = [
  ...ID_ROWS, ...CONTROL_ROWS, ...TIMER_ROWS, ...DEBUG_ROWS, ...PMU_ROWS, ...SYS_ROWS,
].map(make);

function key(op0: number, op1: number, crn: number, crm: number, op2: number): number {
  return (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;
}

const BY_KEY: ReadonlyMap<number, SysReg> = new Map(SYSREGS.map((r) => [key(r.op0, r.op1, r.crn, r.crm, r.op2), r]));

/** The register or SYS operation of an encoding; undefined: not implemented, UNDEFINED for the guest. */
export function sysregLookup(op0: number, op1: number, crn: number, crm: number, op2: number): SysReg | undefined {
  return BY_KEY.get(key(op0, op1, crn, crm, op2));
}

/** Name of an encoding as assemblers write it: S3_0_C1_C0_2. */
export function sysregName(op0: number, op1: number, crn: number, crm: number, op2: number): string {
  return `S${op0}_${op1}_C${crn}_C${crm}_${op2}`;
}

/**
 * Whether an access translated under `tbFlags` (ArmTbFlag) is allowed: SysAccess.OK, UNDEF (uncategorized exception),
 * TRAP (synSysReg) or FP_TRAP (synFpAccess). All that decides it is in the flags and the features.
 */
export function sysregAccess(reg: SysReg, tbFlags: number, features: number, isRead: boolean): number {
  if ((reg.feature & features) !== reg.feature) return SysAccess.UNDEF;
  const el0 = (tbFlags & ArmTbFlag.EL_MASK) === 0;
  const need = isRead ? (el0 ? SysFlag.R0 : SysFlag.R1) : el0 ? SysFlag.W0 : SysFlag.W1;
  if ((reg.flags & need) === 0) return SysAccess.UNDEF;
  if (el0) {
    const grant = isRead ? reg.el0Read : reg.el0Write;
    if (grant !== 0 && (tbFlags & grant) === 0) return SysAccess.TRAP;
  } else if ((reg.flags & SysFlag.NEEDS_SPSEL) !== 0 && (tbFlags & ArmTbFlag.SPSEL) === 0) return SysAccess.UNDEF;
  if ((reg.flags & SysFlag.FP) !== 0 && (tbFlags & ArmTbFlag.FP_ENABLED) === 0) return SysAccess.FP_TRAP;
  return SysAccess.OK;
}
