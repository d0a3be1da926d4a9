/** Data processing with registers: logic, addition, carries, one, two and three sources (Arm ARM C4.1.95). */
import type { Temp } from '@mttcg/tcg-ir';
import { CF } from '../../cpu/env.ts';
import type { A64Fields } from '../../decode/generated/a64-fields.ts';
import { helperIndex } from '../../helper/index.ts';
import { addSub, AddSub, addSubFlags, extended, Logic, logic, shifted } from './alu.ts';
import type { A64Context } from './context.ts';

function put(c: A64Context, wide: boolean, rd: number, v: Temp): void {
  if (wide) c.setX(rd, v);
  else c.setW(rd, v);
}

function logicReg(c: A64Context, a: A64Fields, op: number): void {
  const wide = a.sf !== 0;
  const m = shifted(c, wide, a.Rm, a.shift, a.imm6);
  // MOV and MVN are the common cases.
  if (a.Rn === 31 && op === Logic.OR) return put(c, wide, a.Rd, m);
  const result = logic(c, wide, op, wide ? c.x(a.Rn) : c.w(a.Rn), m);
  if (op === Logic.ANDS || op === Logic.BICS) c.flagState.setLogic(wide, result);
  put(c, wide, a.Rd, result);
}

export function AND_reg(c: A64Context, a: A64Fields): void { logicReg(c, a, Logic.AND); }
export function BIC_reg(c: A64Context, a: A64Fields): void { logicReg(c, a, Logic.BIC); }
export function ORR_reg(c: A64Context, a: A64Fields): void { logicReg(c, a, Logic.OR); }
export function ORN_reg(c: A64Context, a: A64Fields): void { logicReg(c, a, Logic.ORN); }
export function EOR_reg(c: A64Context, a: A64Fields): void { logicReg(c, a, Logic.XOR); }
export function EON_reg(c: A64Context, a: A64Fields): void { logicReg(c, a, Logic.EON); }
export function ANDS_reg(c: A64Context, a: A64Fields): void { logicReg(c, a, Logic.ANDS); }
export function BICS_reg(c: A64Context, a: A64Fields): void { logicReg(c, a, Logic.BICS); }

function addSubReg(c: A64Context, a: A64Fields, op: number, setFlags: boolean): void {
  const wide = a.sf !== 0;
  const m = shifted(c, wide, a.Rm, a.shift, a.imm6);
  if (!setFlags) {
    put(c, wide, a.Rd, addSub(c, wide, op, wide ? c.x(a.Rn) : c.w(a.Rn), m));
    return;
  }
  if (wide) addSubFlags(c, true, op, a.Rd, c.copyX(c.x(a.Rn)), c.copyX(m));
  else addSubFlags(c, false, op, a.Rd, c.w(a.Rn), m);
}

export function ADD_reg(c: A64Context, a: A64Fields): void { addSubReg(c, a, AddSub.ADD, false); }
export function ADDS_reg(c: A64Context, a: A64Fields): void { addSubReg(c, a, AddSub.ADD, true); }
export function SUB_reg(c: A64Context, a: A64Fields): void { addSubReg(c, a, AddSub.SUB, false); }
export function SUBS_reg(c: A64Context, a: A64Fields): void { addSubReg(c, a, AddSub.SUB, true); }

/** Rn, and Rd without flags, may be SP. */
function addSubExt(c: A64Context, a: A64Fields, op: number, setFlags: boolean): void {
  if (a.imm3 > 4) return c.undefined();
  const { b } = c;
  const wide = a.sf !== 0;
  let m = extended(c, a.Rm, a.option, a.imm3);
  if (!wide) {
    const t = b.newI32();
    b.extrlI32I64(t, m);
    m = t;
  }
  if (setFlags) {
    if (wide) addSubFlags(c, true, op, a.Rd, c.copyX(c.xsp(a.Rn)), c.copyX(m));
    else addSubFlags(c, false, op, a.Rd, c.wsp(a.Rn), m);
    return;
  }
  const result = addSub(c, wide, op, wide ? c.xsp(a.Rn) : c.wsp(a.Rn), m);
  if (wide) b.movI64(c.xsp(a.Rd), result);
  else c.setWsp(a.Rd, result);
}

export function ADD_ext(c: A64Context, a: A64Fields): void { addSubExt(c, a, AddSub.ADD, false); }
export function ADDS_ext(c: A64Context, a: A64Fields): void { addSubExt(c, a, AddSub.ADD, true); }
export function SUB_ext(c: A64Context, a: A64Fields): void { addSubExt(c, a, AddSub.SUB, false); }
export function SUBS_ext(c: A64Context, a: A64Fields): void { addSubExt(c, a, AddSub.SUB, true); }

/** x + y + C, with y inverted for SBC. */
function carry(c: A64Context, a: A64Fields, op: number, setFlags: boolean): void {
  const { b } = c;
  const wide = a.sf !== 0;
  const x = wide ? c.x(a.Rn) : c.w(a.Rn);
  let y = wide ? c.x(a.Rm) : c.w(a.Rm);
  const result = wide ? b.newI64() : b.newI32();
  const out = b.newI32();
  if (op === AddSub.SUB) {
    const t = wide ? b.newI64() : b.newI32();
    if (wide) b.notI64(t, y);
    else b.notI32(t, y);
    y = t;
  }
  if (wide) b.addcI64(result, out, x, y, CF);
  else b.addcI32(result, out, x, y, CF);
  if (setFlags) {
    b.movI32(CF, out);
    c.flagState.setAddV(wide, x, y, result);
  }
  put(c, wide, a.Rd, result);
}

export function ADC(c: A64Context, a: A64Fields): void { carry(c, a, AddSub.ADD, false); }
export function ADCS(c: A64Context, a: A64Fields): void { carry(c, a, AddSub.ADD, true); }
export function SBC(c: A64Context, a: A64Fields): void { carry(c, a, AddSub.SUB, false); }
export function SBCS(c: A64Context, a: A64Fields): void { carry(c, a, AddSub.SUB, true); }

/** Swaps neighbouring groups of `shift` bits: ((x >> shift) & mask) | ((x & mask) << shift). */
function swap(c: A64Context, x: Temp, lo: number, shift: number): void {
  const { b } = c;
  const mask = b.constI64(lo, lo), t = b.newI64();
  b.shriI64(t, x, shift);
  b.andI64(t, t, mask);
  b.andI64(x, x, mask);
  b.shliI64(x, x, shift);
  b.orI64(x, x, t);
}

export function RBIT(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const t = b.newI64();
  b.bswap64I64(t, c.x(a.Rn));
  swap(c, t, 0x0f0f0f0f, 4);
  swap(c, t, 0x33333333, 2);
  swap(c, t, 0x55555555, 1);
  if (a.sf === 0) b.shriI64(t, t, 32);
  c.setX(a.Rd, t);
}

export function REV16(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const t = b.newI64();
  if (a.sf !== 0) b.movI64(t, c.x(a.Rn));
  else b.extractI64(t, c.x(a.Rn), 0, 32);
  swap(c, t, 0x00ff00ff, 8);
  c.setX(a.Rd, t);
}

export function REV_W(c: A64Context, a: A64Fields): void {
  c.b.bswap32I64(c.dx(a.Rd), c.x(a.Rn));
}

export function REV32(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const t = b.newI64();
  b.bswap64I64(t, c.x(a.Rn));
  b.rotrI64(c.dx(a.Rd), t, b.constI64(32, 0));
}

export function REV_X(c: A64Context, a: A64Fields): void {
  c.b.bswap64I64(c.dx(a.Rd), c.x(a.Rn));
}

export function CLZ(c: A64Context, a: A64Fields): void {
  const { b } = c;
  if (a.sf !== 0) return b.clzI64(c.dx(a.Rd), c.x(a.Rn));
  const t = b.newI32();
  b.clzI32(t, c.w(a.Rn));
  c.setW(a.Rd, t);
}

/** Leading bits equal to the sign, the sign itself not counted: clz of x ^ (x >> 1 arithmetic), less one. */
export function CLS(c: A64Context, a: A64Fields): void {
  const { b } = c;
  if (a.sf !== 0) {
    const t = b.newI64();
    b.sariI64(t, c.x(a.Rn), 1);
    b.xorI64(t, t, c.x(a.Rn));
    b.clzI64(t, t);
    b.addiI64(c.dx(a.Rd), t, -1);
    return;
  }
  const t = b.newI32(), n = c.w(a.Rn);
  b.sariI32(t, n, 1);
  b.xorI32(t, t, n);
  b.clzI32(t, t);
  b.addiI32(t, t, -1);
  c.setW(a.Rd, t);
}

type BinaryI32 = 'divuI32' | 'divsI32' | 'shlI32' | 'shrI32' | 'sarI32' | 'rotrI32';
type BinaryI64 = 'divuI64' | 'divsI64' | 'shlI64' | 'shrI64' | 'sarI64' | 'rotrI64';

function binary(c: A64Context, a: A64Fields, op32: BinaryI32, op64: BinaryI64): void {
  const { b } = c;
  if (a.sf !== 0) {
    b[op64](c.dx(a.Rd), c.x(a.Rn), c.x(a.Rm));
    return;
  }
  const t = b.newI32();
  b[op32](t, c.w(a.Rn), c.w(a.Rm));
  c.setW(a.Rd, t);
}

export function UDIV(c: A64Context, a: A64Fields): void { binary(c, a, 'divuI32', 'divuI64'); }
export function SDIV(c: A64Context, a: A64Fields): void { binary(c, a, 'divsI32', 'divsI64'); }
export function LSLV(c: A64Context, a: A64Fields): void { binary(c, a, 'shlI32', 'shlI64'); }
export function LSRV(c: A64Context, a: A64Fields): void { binary(c, a, 'shrI32', 'shrI64'); }
export function ASRV(c: A64Context, a: A64Fields): void { binary(c, a, 'sarI32', 'sarI64'); }
export function RORV(c: A64Context, a: A64Fields): void { binary(c, a, 'rotrI32', 'rotrI64'); }

function crc(c: A64Context, a: A64Fields, bytes: number): void {
  const { b } = c;
  const t = b.newI32();
  b.call(helperIndex('crc32'), t, c.w(a.Rn), c.x(a.Rm), b.constI32(bytes | (a.C << 4)));
  c.setW(a.Rd, t);
}

export function CRC32(c: A64Context, a: A64Fields): void { crc(c, a, 1 << a.sz); }
export function CRC32X(c: A64Context, a: A64Fields): void { crc(c, a, 8); }

function multiplyAdd(c: A64Context, a: A64Fields, op: number): void {
  const { b } = c;
  if (a.sf !== 0) {
    const t = b.newI64();
    b.mulI64(t, c.x(a.Rn), c.x(a.Rm));
    c.setX(a.Rd, a.Ra === 31 && op === AddSub.ADD ? t : addSub(c, true, op, c.x(a.Ra), t));
    return;
  }
  const t = b.newI32();
  b.mulI32(t, c.w(a.Rn), c.w(a.Rm));
  c.setW(a.Rd, a.Ra === 31 && op === AddSub.ADD ? t : addSub(c, false, op, c.w(a.Ra), t));
}

export function MADD(c: A64Context, a: A64Fields): void { multiplyAdd(c, a, AddSub.ADD); }
export function MSUB(c: A64Context, a: A64Fields): void { multiplyAdd(c, a, AddSub.SUB); }

/** Xa ± Wn * Wm, the factors extended to 64 bits. */
function multiplyLong(c: A64Context, a: A64Fields, op: number, signed: boolean): void {
  const { b } = c;
  const x = b.newI64(), y = b.newI64();
  if (signed) {
    b.sextractI64(x, c.x(a.Rn), 0, 32);
    b.sextractI64(y, c.x(a.Rm), 0, 32);
  } else {
    b.extractI64(x, c.x(a.Rn), 0, 32);
    b.extractI64(y, c.x(a.Rm), 0, 32);
  }
  b.mulI64(x, x, y);
  c.setX(a.Rd, a.Ra === 31 && op === AddSub.ADD ? x : addSub(c, true, op, c.x(a.Ra), x));
}

export function SMADDL(c: A64Context, a: A64Fields): void { multiplyLong(c, a, AddSub.ADD, true); }
export function SMSUBL(c: A64Context, a: A64Fields): void { multiplyLong(c, a, AddSub.SUB, true); }
export function UMADDL(c: A64Context, a: A64Fields): void { multiplyLong(c, a, AddSub.ADD, false); }
export function UMSUBL(c: A64Context, a: A64Fields): void { multiplyLong(c, a, AddSub.SUB, false); }

export function SMULH(c: A64Context, a: A64Fields): void {
  c.b.mulshI64(c.dx(a.Rd), c.x(a.Rn), c.x(a.Rm));
}

export function UMULH(c: A64Context, a: A64Fields): void {
  c.b.muluhI64(c.dx(a.Rd), c.x(a.Rn), c.x(a.Rm));
}

