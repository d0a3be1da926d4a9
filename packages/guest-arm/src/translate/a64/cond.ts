/** Conditional compare and select, flag manipulation (Arm ARM C4.1.95). */
import { Cond, type Temp } from '@mttcg/tcg-ir';
import { CF, NF, VF, ZF } from '../../cpu/env.ts';
import type { A64Fields } from '../../decode/generated/a64-fields.ts';
import { addSub, AddSub } from './alu.ts';
import type { A64Context } from './context.ts';

/** Flags of x ± y when the condition holds, else the immediate. */
function condCompare(c: A64Context, a: A64Fields, op: number, x: Temp, y: Temp): void {
  const { b, flagState: f } = c;
  const wide = a.sf !== 0;
  if (a.cond >= 14) {
    const result = addSub(c, wide, op, x, y);
    if (op === AddSub.ADD) f.setAdd(wide, x, y, result);
    else f.setSub(wide, x, y, result);
    return;
  }
  const holds = b.newI32(), zero = b.constI32(0);
  f.setcond(holds, a.cond);
  const mask = b.newI64();
  b.extuI64I32(mask, holds);
  const result = addSub(c, wide, op, x, y);
  if (op === AddSub.ADD) f.setAdd(wide, x, y, result);
  else f.setSub(wide, x, y, result);
  const zero64 = b.constI64(0, 0);
  b.movcondI64(NF, mask, zero64, NF, b.constI64(0, (a.nzcv & 8) << 28), Cond.NE);
  b.movcondI64(ZF, mask, zero64, ZF, b.constI64((a.nzcv & 4) !== 0 ? 0 : 1, 0), Cond.NE);
  b.movcondI32(CF, holds, zero, CF, b.constI32((a.nzcv >> 1) & 1), Cond.NE);
  b.movcondI64(VF, mask, zero64, VF, b.constI64(0, (a.nzcv & 1) << 31), Cond.NE);
  f.forget();
}

function condCompareReg(c: A64Context, a: A64Fields, op: number): void {
  if (a.sf !== 0) condCompare(c, a, op, c.copyX(c.x(a.Rn)), c.copyX(c.x(a.Rm)));
  else condCompare(c, a, op, c.w(a.Rn), c.w(a.Rm));
}

function condCompareImm(c: A64Context, a: A64Fields, op: number): void {
  if (a.sf !== 0) condCompare(c, a, op, c.copyX(c.x(a.Rn)), c.b.constI64(a.imm5, 0));
  else condCompare(c, a, op, c.w(a.Rn), c.b.constI32(a.imm5));
}

export function CCMN_reg(c: A64Context, a: A64Fields): void { condCompareReg(c, a, AddSub.ADD); }
export function CCMP_reg(c: A64Context, a: A64Fields): void { condCompareReg(c, a, AddSub.SUB); }
export function CCMN_imm(c: A64Context, a: A64Fields): void { condCompareImm(c, a, AddSub.ADD); }
export function CCMP_imm(c: A64Context, a: A64Fields): void { condCompareImm(c, a, AddSub.SUB); }

const Else = { PLAIN: 0, INC: 1, INV: 2, NEG: 3 } as const;

/** Rd := condition ? Rn : f(Rm). */
function condSelect(c: A64Context, a: A64Fields, kind: number): void {
  if (a.Rd === 31) return;
  const { b } = c;
  const wide = a.sf !== 0;
  if (a.Rn === 31 && a.Rm === 31 && a.cond < 14) {
    if (kind === Else.INC) {
      const t = b.newI32();
      c.flagState.setcond(t, a.cond ^ 1);
      c.setW(a.Rd, t);
      return;
    }
    if (kind === Else.INV) {
      const t = b.newI32();
      c.flagState.setcond(t, a.cond ^ 1);
      b.negI32(t, t);
      if (wide) b.extsI64I32(c.dx(a.Rd), t);
      else c.setW(a.Rd, t);
      return;
    }
  }
  if (wide) {
    let m = c.x(a.Rm);
    if (kind !== Else.PLAIN) {
      const t = b.newI64();
      if (kind === Else.INC) b.addiI64(t, m, 1);
      else if (kind === Else.INV) b.notI64(t, m);
      else b.negI64(t, m);
      m = t;
    }
    c.select(c.dx(a.Rd), a.cond, c.x(a.Rn), m);
    return;
  }
  let m = c.w(a.Rm);
  if (kind !== Else.PLAIN) {
    const t = b.newI32();
    if (kind === Else.INC) b.addiI32(t, m, 1);
    else if (kind === Else.INV) b.notI32(t, m);
    else b.negI32(t, m);
    m = t;
  }
  const d = b.newI32();
  c.select32(d, a.cond, c.w(a.Rn), m);
  c.setW(a.Rd, d);
}

export function CSEL(c: A64Context, a: A64Fields): void { condSelect(c, a, Else.PLAIN); }
export function CSINC(c: A64Context, a: A64Fields): void { condSelect(c, a, Else.INC); }
export function CSINV(c: A64Context, a: A64Fields): void { condSelect(c, a, Else.INV); }
export function CSNEG(c: A64Context, a: A64Fields): void { condSelect(c, a, Else.NEG); }

/** Flags chosen by mask from Xn rotated right. */
export function RMIF(c: A64Context, a: A64Fields): void {
  const { b, flagState: f } = c;
  const t = b.newI64(), w = b.newI32(), old = b.newI32();
  // Bits 3-0 of the rotated value go to bits 31-28.
  b.rotrI64(t, c.x(a.Rn), b.constI64(a.imm6, 0));
  b.extrlI32I64(w, t);
  b.shliI32(w, w, 28);
  f.getNzcv(old);
  const mask = a.mask << 28;
  b.andI32(w, w, b.constI32(mask));
  b.andI32(old, old, b.constI32(~mask));
  b.orI32(w, w, old);
  f.setNzcv(w);
}

/** N, Z, V of the low `bits` of Wn; C stays. */
function setf(c: A64Context, a: A64Fields, bits: number): void {
  const { b, flagState: f } = c;
  const t = b.newI32(), v = b.newI32(), n = c.w(a.Rn);
  b.sextractI32(t, n, 0, bits);
  b.extsI64I32(NF, t);
  b.movI64(ZF, NF);
  b.shriI32(v, n, 1);
  b.xorI32(v, v, n);
  b.shliI32(v, v, 32 - bits);
  b.extsI64I32(VF, v);
  f.forget();
}

export function SETF8(c: A64Context, a: A64Fields): void { setf(c, a, 8); }
export function SETF16(c: A64Context, a: A64Fields): void { setf(c, a, 16); }

export function CFINV(c: A64Context): void {
  c.b.xorI32(CF, CF, c.b.constI32(1));
  c.flagState.forget();
}

/** Flags of an FP comparison from Arm's to the alternative form and back (Arm ARM C6.2.23, C6.2.451). */
export function AXFLAG(c: A64Context): void {
  const { b } = c;
  const z = b.newI32(), v = b.newI32();
  b.setcondI64(v, VF, b.constI64(0, 0), Cond.LT);
  b.setcondI64(z, ZF, b.constI64(0, 0), Cond.EQ);
  b.orI32(z, z, v);
  b.xorI32(z, z, b.constI32(1));
  b.extuI64I32(ZF, z);
  b.xorI32(v, v, b.constI32(1));
  b.andI32(CF, CF, v);
  b.movI64(NF, b.constI64(0, 0));
  b.movI64(VF, b.constI64(0, 0));
  c.flagState.forget();
}

export function XAFLAG(c: A64Context): void {
  const { b } = c;
  const z = b.newI32(), n = b.newI32(), v = b.newI32(), t = b.newI32();
  b.setcondI64(z, ZF, b.constI64(0, 0), Cond.EQ);
  b.orI32(t, CF, z);
  b.xorI32(n, t, b.constI32(1));
  b.andcI32(v, z, CF);
  b.andI32(z, z, CF);
  b.movI32(CF, t);
  b.negI32(n, n);
  b.extsI64I32(NF, n);
  b.negI32(v, v);
  b.extsI64I32(VF, v);
  b.xorI32(z, z, b.constI32(1));
  b.extuI64I32(ZF, z);
  c.flagState.forget();
}
