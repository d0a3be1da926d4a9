/**
 * Loads and stores of one or two general registers (Arm ARM C4.1.94). The access comes before the write-back of the
 * base, so that a fault leaves all registers as they were.
 */
import { MemOp, type Temp } from '@mttcg/tcg-ir';
import { flagsUnprivMmuIdx } from '../../cpu/tb-flags.ts';
import type { A64Fields } from '../../decode/generated/a64-fields.ts';
import { extended } from './alu.ts';
import type { A64Context } from './context.ts';

/** Base plus a constant. */
export function offsetAddress(c: A64Context, n: number, offset: number): Temp {
  const base = c.xsp(n);
  if (offset === 0) return base;
  const t = c.b.newI64();
  c.b.addiI64(t, base, offset);
  return t;
}

/** Rt := memory, zero-extended. */
function load(c: A64Context, rt: number, addr: Temp, memop: number): void {
  c.b.guestLdI64(c.dx(rt), addr, memop);
}

/** Rt := memory, sign-extended to 64 bits, or to 32 when `narrow`. */
function loadSigned(c: A64Context, rt: number, addr: Temp, memop: number, narrow: number): void {
  const { b } = c;
  if (narrow === 0) {
    b.guestLdI64(c.dx(rt), addr, memop | MemOp.SIGN);
    return;
  }
  const t = b.newI32();
  b.guestLdI32(t, addr, memop | MemOp.SIGN);
  c.setW(rt, t);
}

function store(c: A64Context, rt: number, addr: Temp, memop: number): void {
  c.b.guestStI64(c.x(rt), addr, memop);
}

/** Write-back: base += offset. */
function writeBack(c: A64Context, n: number, offset: number): void {
  c.b.addiI64(c.xsp(n), c.xsp(n), offset);
}

// Unsigned immediate

export function STR_uimm(c: A64Context, a: A64Fields): void {
  store(c, a.Rt, offsetAddress(c, a.Rn, a.imm12 << a.size), c.memOp(a.size));
}
export function LDR_uimm(c: A64Context, a: A64Fields): void {
  load(c, a.Rt, offsetAddress(c, a.Rn, a.imm12 << a.size), c.memOp(a.size));
}
export function LDRS_uimm(c: A64Context, a: A64Fields): void {
  loadSigned(c, a.Rt, offsetAddress(c, a.Rn, a.imm12 << a.size), c.memOp(a.size), a.narrow);
}

// Unscaled immediate

export function STUR(c: A64Context, a: A64Fields): void {
  store(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), c.memOp(a.size));
}
export function LDUR(c: A64Context, a: A64Fields): void {
  load(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), c.memOp(a.size));
}
export function LDURS(c: A64Context, a: A64Fields): void {
  loadSigned(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), c.memOp(a.size), a.narrow);
}

// Unprivileged

function unprivileged(c: A64Context, size: number): number {
  return (c.memOp(size) & ~MemOp.MMU_MASK) | (flagsUnprivMmuIdx(c.flags) << MemOp.MMU_SHIFT);
}

export function STTR(c: A64Context, a: A64Fields): void {
  store(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), unprivileged(c, a.size));
}
export function LDTR(c: A64Context, a: A64Fields): void {
  load(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), unprivileged(c, a.size));
}
export function LDTRS(c: A64Context, a: A64Fields): void {
  loadSigned(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), unprivileged(c, a.size), a.narrow);
}

// Post-index. When a load's Rt is the base (CONSTRAINED UNPREDICTABLE), the loaded value stays, as in QEMU.

export function STR_post(c: A64Context, a: A64Fields): void {
  store(c, a.Rt, c.xsp(a.Rn), c.memOp(a.size));
  writeBack(c, a.Rn, a.imm9);
}
export function LDR_post(c: A64Context, a: A64Fields): void {
  load(c, a.Rt, c.xsp(a.Rn), c.memOp(a.size));
  if (a.Rt !== a.Rn || a.Rn === 31) writeBack(c, a.Rn, a.imm9);
}
export function LDRS_post(c: A64Context, a: A64Fields): void {
  loadSigned(c, a.Rt, c.xsp(a.Rn), c.memOp(a.size), a.narrow);
  if (a.Rt !== a.Rn || a.Rn === 31) writeBack(c, a.Rn, a.imm9);
}

// Pre-index

export function STR_pre(c: A64Context, a: A64Fields): void {
  store(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), c.memOp(a.size));
  writeBack(c, a.Rn, a.imm9);
}
export function LDR_pre(c: A64Context, a: A64Fields): void {
  load(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), c.memOp(a.size));
  if (a.Rt !== a.Rn || a.Rn === 31) writeBack(c, a.Rn, a.imm9);
}
export function LDRS_pre(c: A64Context, a: A64Fields): void {
  loadSigned(c, a.Rt, offsetAddress(c, a.Rn, a.imm9), c.memOp(a.size), a.narrow);
  if (a.Rt !== a.Rn || a.Rn === 31) writeBack(c, a.Rn, a.imm9);
}

// Register offset

function registerAddress(c: A64Context, a: A64Fields): Temp {
  const t = c.b.newI64();
  c.b.addI64(t, c.xsp(a.Rn), extended(c, a.Rm, a.option, a.S !== 0 ? a.size : 0));
  return t;
}

export function STR_reg(c: A64Context, a: A64Fields): void {
  store(c, a.Rt, registerAddress(c, a), c.memOp(a.size));
}
export function LDR_reg(c: A64Context, a: A64Fields): void {
  load(c, a.Rt, registerAddress(c, a), c.memOp(a.size));
}
export function LDRS_reg(c: A64Context, a: A64Fields): void {
  loadSigned(c, a.Rt, registerAddress(c, a), c.memOp(a.size), a.narrow);
}

// Literal

export function LDR_lit(c: A64Context, a: A64Fields): void {
  load(c, a.Rt, c.pcConst(a.imm19 * 4), c.memOp(2 + a.sz));
}
export function LDRSW_lit(c: A64Context, a: A64Fields): void {
  loadSigned(c, a.Rt, c.pcConst(a.imm19 * 4), c.memOp(2), 0);
}

// Prefetch: a hint

export function PRFM_lit(): void {}
export function PRFM_uimm(): void {}
export function PRFM_reg(): void {}
export function PRFUM(): void {}

// Pairs

/** Address of the first register by addressing mode: 0 and 2 offset, 1 post-index, 3 pre-index. */
function pairAddress(c: A64Context, a: A64Fields, offset: number): Temp {
  return a.mode === 1 ? c.xsp(a.Rn) : offsetAddress(c, a.Rn, offset);
}

function second(c: A64Context, addr: Temp, bytes: number): Temp {
  const t = c.b.newI64();
  c.b.addiI64(t, addr, bytes);
  return t;
}

export function STP(c: A64Context, a: A64Fields): void {
  const size = 2 + a.sf;
  const offset = a.imm7 * (1 << size);
  const addr = pairAddress(c, a, offset);
  store(c, a.Rt, addr, c.memOp(size));
  store(c, a.Rt2, second(c, addr, 1 << size), c.memOp(size));
  if ((a.mode & 1) !== 0) writeBack(c, a.Rn, offset);
}

function loadPair(c: A64Context, a: A64Fields, size: number, extra: number): void {
  const { b } = c;
  const offset = a.imm7 * (1 << size);
  const addr = pairAddress(c, a, offset);
  const first = b.newI64(), other = b.newI64();
  const memop = c.memOp(size, extra);
  b.guestLdI64(first, addr, memop);
  b.guestLdI64(other, second(c, addr, 1 << size), memop);
  if ((a.mode & 1) !== 0) writeBack(c, a.Rn, offset);
  c.setX(a.Rt, first);
  c.setX(a.Rt2, other);
}

export function LDP(c: A64Context, a: A64Fields): void { loadPair(c, a, 2 + a.sf, 0); }
export function LDPSW(c: A64Context, a: A64Fields): void { loadPair(c, a, 2, MemOp.SIGN); }
