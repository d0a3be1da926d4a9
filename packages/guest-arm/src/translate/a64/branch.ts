/** Branches and exception generation (Arm ARM C4.1.93). */
import { Cond, NO_TEMP, TbExit } from '@mttcg/tcg-ir';
import { PC, X } from '../../cpu/env.ts';
import { ArmExcp, synBrk, synHvc, synSmc, synSvc } from '../../cpu/syndrome.ts';
import type { A64Fields } from '../../decode/generated/a64-fields.ts';
import { helperIndex } from '../../helper/index.ts';
import { type A64Context, Next } from './context.ts';

export function B(c: A64Context, a: A64Fields): void {
  c.gotoTb(0, a.imm26 * 4);
}

export function BL(c: A64Context, a: A64Fields): void {
  c.setX(30, c.pcConst(4));
  c.gotoTb(0, a.imm26 * 4);
  c.addSuccessor(4, -1);
}

/** The two ways on of a conditional branch: slot 0 is the next instruction, slot 1 the branch. */
function twoWays(c: A64Context, taken: number, offset: number): void {
  c.gotoTb(0, 4);
  c.b.setLabel(taken);
  c.gotoTb(1, offset);
}

export function B_cond(c: A64Context, a: A64Fields): void {
  if (a.cond >= 14) return c.gotoTb(0, a.imm19 * 4);
  const taken = c.b.newLabel();
  c.flagState.branch(a.cond, taken);
  twoWays(c, taken, a.imm19 * 4);
}

function compareBranch(c: A64Context, a: A64Fields, cond: number): void {
  const { b } = c;
  const taken = b.newLabel();
  if (a.sf !== 0) b.brcondI64(c.x(a.Rt), b.constI64(0, 0), cond, taken);
  else b.brcondI32(c.w(a.Rt), b.constI32(0), cond, taken);
  twoWays(c, taken, a.imm19 * 4);
}

export function CBZ(c: A64Context, a: A64Fields): void { compareBranch(c, a, Cond.EQ); }
export function CBNZ(c: A64Context, a: A64Fields): void { compareBranch(c, a, Cond.NE); }

function testBranch(c: A64Context, a: A64Fields, cond: number): void {
  const { b } = c;
  const taken = b.newLabel();
  const bit = 1 << a.b40;
  if (a.b5 !== 0) b.brcondI64(c.x(a.Rt), b.constI64(0, bit), cond, taken);
  else b.brcondI32(c.w(a.Rt), b.constI32(bit), cond, taken);
  twoWays(c, taken, a.imm14 * 4);
}

export function TBZ(c: A64Context, a: A64Fields): void { testBranch(c, a, Cond.TSTEQ); }
export function TBNZ(c: A64Context, a: A64Fields): void { testBranch(c, a, Cond.TSTNE); }

export function BR(c: A64Context, a: A64Fields): void {
  c.b.movI64(PC, c.x(a.Rn));
  c.gotoPtr();
}

export function BLR(c: A64Context, a: A64Fields): void {
  c.b.movI64(PC, c.x(a.Rn));
  c.b.movI64(X(30), c.pcConst(4));
  c.gotoPtr();
  c.addSuccessor(4, -1);
}

export function RET(c: A64Context, a: A64Fields): void {
  c.b.movI64(PC, c.x(a.Rn));
  c.gotoReturn();
}

export function ERET(c: A64Context): void {
  if (c.el === 0) return c.undefined();
  c.b.call(helperIndex('exception_return'), NO_TEMP);
  c.b.exitTb(TbExit.MAIN_LOOP);
  c.next = Next.NONE;
}

export function SVC(c: A64Context, a: A64Fields): void {
  c.raise(ArmExcp.SVC, synSvc(a.imm16), 4);
  c.addSuccessor(4, -1);
}

export function HVC(c: A64Context, a: A64Fields): void {
  if (c.el === 0) return c.undefined();
  c.raise(ArmExcp.HVC, synHvc(a.imm16), 4);
}

export function SMC(c: A64Context, a: A64Fields): void {
  if (c.el === 0) return c.undefined();
  c.raise(ArmExcp.SMC, synSmc(a.imm16), 4);
}

export function BRK(c: A64Context, a: A64Fields): void {
  c.raise(ArmExcp.BKPT, synBrk(a.imm16));
}

/** Halting debug is not there, so HLT is UNDEFINED. */
export function HLT(c: A64Context): void {
  c.undefined();
}
