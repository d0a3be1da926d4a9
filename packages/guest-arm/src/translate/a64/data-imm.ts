/** Data processing with an immediate (Arm ARM C4.1.92). */
import type { A64Context } from './context.ts';
import { bitMask } from './bitmask.ts';
import { AddSub, addSubFlags, Logic, logic } from './alu.ts';
import type { A64Fields } from '../../decode/generated/a64-fields.ts';

export function ADR(c: A64Context, a: A64Fields): void {
  c.setX(a.Rd, c.pcConst(a.immhi * 4 + a.immlo));
}

export function ADRP(c: A64Context, a: A64Fields): void {
  const pages = a.immhi * 4 + a.immlo;
  const inPage = c.pcLo & 0xfff;
  c.setX(a.Rd, c.pcConst(pages * 4096 - inPage));
}

function immediate(a: A64Fields): number {
  return a.sh !== 0 ? a.imm12 << 12 : a.imm12;
}

/** ADD and SUB: Rd may be SP. */
function plain(c: A64Context, a: A64Fields, op: number): void {
  const { b } = c;
  const value = op === AddSub.ADD ? immediate(a) : -immediate(a);
  if (a.sf !== 0) {
    b.addiI64(c.xsp(a.Rd), c.xsp(a.Rn), value);
    return;
  }
  const t = b.newI32();
  b.addiI32(t, c.wsp(a.Rn), value);
  c.setWsp(a.Rd, t);
}

function flags(c: A64Context, a: A64Fields, op: number): void {
  const { b } = c;
  if (a.sf !== 0) addSubFlags(c, true, op, a.Rd, c.copyX(c.xsp(a.Rn)), b.constI64(immediate(a), 0));
  else addSubFlags(c, false, op, a.Rd, c.wsp(a.Rn), b.constI32(immediate(a)));
}

export function ADD_imm(c: A64Context, a: A64Fields): void { plain(c, a, AddSub.ADD); }
export function SUB_imm(c: A64Context, a: A64Fields): void { plain(c, a, AddSub.SUB); }
export function ADDS_imm(c: A64Context, a: A64Fields): void { flags(c, a, AddSub.ADD); }
export function SUBS_imm(c: A64Context, a: A64Fields): void { flags(c, a, AddSub.SUB); }

/** Rd may be SP, except with ANDS. */
function logicImm(c: A64Context, a: A64Fields, op: number): void {
  const { b } = c;
  const mask = bitMask(a.sf, a.N, a.immr, a.imms);
  if (mask === undefined) return c.undefined();
  const wide = a.sf !== 0;
  const value = wide ? b.constI64(mask.lo, mask.hi) : b.constI32(mask.lo);
  const result = logic(c, wide, op, wide ? c.x(a.Rn) : c.w(a.Rn), value);
  if (op === Logic.ANDS) {
    c.flagState.setLogic(wide, result);
    if (wide) c.setX(a.Rd, result);
    else c.setW(a.Rd, result);
  } else if (wide) {
    b.movI64(c.xsp(a.Rd), result);
  } else {
    c.setWsp(a.Rd, result);
  }
}

export function AND_imm(c: A64Context, a: A64Fields): void { logicImm(c, a, Logic.AND); }
export function ORR_imm(c: A64Context, a: A64Fields): void { logicImm(c, a, Logic.OR); }
export function EOR_imm(c: A64Context, a: A64Fields): void { logicImm(c, a, Logic.XOR); }
export function ANDS_imm(c: A64Context, a: A64Fields): void { logicImm(c, a, Logic.ANDS); }

export function MOVZ(c: A64Context, a: A64Fields): void {
  const value = a.imm16 << ((a.hw & 1) * 16);
  c.setX(a.Rd, a.hw < 2 ? c.b.constI64(value, 0) : c.b.constI64(0, value));
}

export function MOVN(c: A64Context, a: A64Fields): void {
  const value = ~(a.imm16 << ((a.hw & 1) * 16));
  if (a.sf === 0) c.setX(a.Rd, c.b.constI64(value, 0));
  else c.setX(a.Rd, a.hw < 2 ? c.b.constI64(value, -1) : c.b.constI64(-1, value));
}

export function MOVK(c: A64Context, a: A64Fields): void {
  if (a.Rd === 31) return;
  const { b } = c;
  const x = c.x(a.Rd);
  b.depositI64(x, x, b.constI64(a.imm16, 0), a.hw * 16, 16);
  if (a.sf === 0) b.extractI64(x, x, 0, 32);
}

export function SBFM_W(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const t = b.newI32();
  if (a.imms >= a.immr) {
    b.sextractI32(t, c.w(a.Rn), a.immr, a.imms - a.immr + 1);
  } else {
    b.sextractI32(t, c.w(a.Rn), 0, a.imms + 1);
    b.shliI32(t, t, 32 - a.immr);
  }
  c.setW(a.Rd, t);
}

export function SBFM_X(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const d = c.dx(a.Rd);
  if (a.imms >= a.immr) {
    b.sextractI64(d, c.x(a.Rn), a.immr, a.imms - a.immr + 1);
  } else {
    const t = b.newI64();
    b.sextractI64(t, c.x(a.Rn), 0, a.imms + 1);
    b.shliI64(d, t, 64 - a.immr);
  }
}

/** The bits taken and their places lie in the lower half for the W form, so that the 64-bit ops do for both. */
function ubfm(c: A64Context, a: A64Fields, width: number): void {
  const { b } = c;
  const d = c.dx(a.Rd);
  if (a.imms >= a.immr) {
    b.extractI64(d, c.x(a.Rn), a.immr, a.imms - a.immr + 1);
    return;
  }
  const t = b.newI64();
  b.extractI64(t, c.x(a.Rn), 0, a.imms + 1);
  b.shliI64(d, t, width - a.immr);
}

export function UBFM_W(c: A64Context, a: A64Fields): void { ubfm(c, a, 32); }
export function UBFM_X(c: A64Context, a: A64Fields): void { ubfm(c, a, 64); }

function bfm(c: A64Context, a: A64Fields, width: number): void {
  if (a.Rd === 31) return;
  const { b } = c;
  const x = c.x(a.Rd);
  if (a.imms >= a.immr) {
    const t = b.newI64();
    b.shriI64(t, c.x(a.Rn), a.immr);
    b.depositI64(x, x, t, 0, a.imms - a.immr + 1);
  } else {
    b.depositI64(x, x, c.x(a.Rn), width - a.immr, a.imms + 1);
  }
  if (width === 32) b.extractI64(x, x, 0, 32);
}

export function BFM_W(c: A64Context, a: A64Fields): void { bfm(c, a, 32); }
export function BFM_X(c: A64Context, a: A64Fields): void { bfm(c, a, 64); }

export function EXTR_W(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const t = b.newI32();
  if (a.Rn === a.Rm) b.rotrI32(t, c.w(a.Rn), b.constI32(a.imms));
  else if (a.imms === 0) b.movI32(t, c.w(a.Rm));
  else b.extract2I32(t, c.w(a.Rm), c.w(a.Rn), a.imms);
  c.setW(a.Rd, t);
}

export function EXTR_X(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const d = c.dx(a.Rd);
  if (a.Rn === a.Rm) b.rotrI64(d, c.x(a.Rn), b.constI64(a.imms, 0));
  else if (a.imms === 0) b.movI64(d, c.x(a.Rm));
  else b.extract2I64(d, c.x(a.Rm), c.x(a.Rn), a.imms);
}
