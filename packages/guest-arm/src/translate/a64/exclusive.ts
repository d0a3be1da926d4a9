/**
 * Exclusive and ordered loads and stores (Arm ARM C4.1.94). A load-exclusive remembers address and value; a
 * store-exclusive compares the address and then does a compare-and-exchange with the value. Ordered accesses are
 * sequentially consistent ones of the host.
 */
import { CpuCommon } from '@mttcg/softmmu';
import { Cond, MemOp, NO_TEMP, type Label, type Temp } from '@mttcg/tcg-ir';
import { EXCLUSIVE_ADDR, EXCLUSIVE_HIGH, EXCLUSIVE_VAL } from '../../cpu/env.ts';
import type { A64Fields } from '../../decode/generated/a64-fields.ts';
import { helperIndex } from '../../helper/index.ts';
import type { A64Context } from './context.ts';

function ordered(o: number): number {
  return o !== 0 ? MemOp.ORDERED : 0;
}

export function LDXR(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const t = b.newI64(), addr = c.copyX(c.xsp(a.Rn));
  b.guestLdI64(t, addr, c.memOp(a.size, ordered(a.o0), true));
  b.movI64(EXCLUSIVE_ADDR, addr);
  b.movI64(EXCLUSIVE_VAL, t);
  c.setX(a.Rt, t);
}

/** Both orders of a store-exclusive are one: the compare-and-exchange is sequentially consistent. */
export function STXR(c: A64Context, a: A64Fields): void {
  storeExclusive(c, a.Rs, c.xsp(a.Rn), (fail) => compareExchange(c, c.xsp(a.Rn), c.x(a.Rt), a.size, fail));
}

/** Stores when memory still holds EXCLUSIVE_VAL; else goes to `fail`. */
function compareExchange(c: A64Context, addr: Temp, value: Temp, size: number, fail: Label): void {
  const { b } = c;
  const memop = c.memOp(size, 0, true);
  if (size === 3) {
    const old = b.newI64();
    b.guestCmpxchgI64(old, addr, EXCLUSIVE_VAL, value, memop);
    b.brcondI64(old, EXCLUSIVE_VAL, Cond.NE, fail);
    return;
  }
  const old = b.newI32(), expected = b.newI32(), v = b.newI32();
  b.extrlI32I64(expected, EXCLUSIVE_VAL);
  b.extrlI32I64(v, value);
  b.guestCmpxchgI32(old, addr, expected, v, memop);
  b.brcondI32(old, expected, Cond.NE, fail);
}

/** Frame of a store-exclusive: `body` stores or goes to the label it is given. */
function storeExclusive(c: A64Context, rs: number, addr: Temp, body: (fail: Label) => void): void {
  const { b } = c;
  const fail = b.newLabel(), done = b.newLabel();
  const status = b.newI32();
  b.brcondI64(addr, EXCLUSIVE_ADDR, Cond.NE, fail);
  body(fail);
  b.movI32(status, b.constI32(0));
  b.br(done);
  b.setLabel(fail);
  b.movI32(status, b.constI32(1));
  b.setLabel(done);
  b.movI64(EXCLUSIVE_ADDR, b.constI64(-1, -1));
  c.setW(rs, status);
}

export function bigEndianPair(c: A64Context): boolean {
  return (c.memOp(0) & MemOp.BSWAP) !== 0;
}

export function LDXP(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const addr = c.copyX(c.xsp(a.Rn));
  if (a.sz === 0) {
    const t = b.newI64(), lo = b.newI64(), hi = b.newI64();
    b.guestLdI64(t, addr, c.memOp(3, ordered(a.o0), true));
    b.movI64(EXCLUSIVE_ADDR, addr);
    b.movI64(EXCLUSIVE_VAL, t);
    b.extractI64(lo, t, 0, 32);
    b.extractI64(hi, t, 32, 32);
    c.setX(a.Rt, bigEndianPair(c) ? hi : lo);
    c.setX(a.Rt2, bigEndianPair(c) ? lo : hi);
    return;
  }
  if (c.parallel) {
    const lo = b.newI64(), hi = b.newI64();
    loadPair(c, addr, lo, hi);
    b.movI64(EXCLUSIVE_ADDR, addr);
    b.movI64(EXCLUSIVE_VAL, lo);
    b.movI64(EXCLUSIVE_HIGH, hi);
    c.setX(a.Rt, lo);
    c.setX(a.Rt2, hi);
    return;
  }
  const lo = b.newI64(), hi = b.newI64(), next = b.newI64();
  const pairAlign = ordered(a.o0) !== 0 ? 3 : 4;
  const memop = c.memOp(3, ordered(a.o0), true);
  if (pairAlign === 4) b.guestLdI64(lo, addr, (memop & ~MemOp.ALIGN_MASK) | (4 << MemOp.ALIGN_SHIFT));
  else {
    alignmentProbe(c, addr);
    b.guestLdI64(lo, addr, memop);
  }
  b.addiI64(next, addr, 8);
  b.guestLdI64(hi, next, memop);
  b.movI64(EXCLUSIVE_ADDR, addr);
  b.movI64(EXCLUSIVE_VAL, lo);
  b.movI64(EXCLUSIVE_HIGH, hi);
  c.setX(a.Rt, lo);
  c.setX(a.Rt2, hi);
}

/** An ORDERED access requires its own alignment only, so a plain load checks for 16 bytes. */
function alignmentProbe(c: A64Context, addr: Temp): void {
  const t = c.b.newI64();
  c.b.guestLdI64(t, addr, (c.memOp(3) & ~MemOp.ALIGN_MASK) | (4 << MemOp.ALIGN_SHIFT));
}

export function STXP(c: A64Context, a: A64Fields): void {
  const addr = c.xsp(a.Rn);
  if (a.sz === 0) {
    const { b } = c;
    const value = b.newI64();
    const [lo, hi] = bigEndianPair(c) ? [a.Rt2, a.Rt] : [a.Rt, a.Rt2];
    b.concatI64(value, c.w(lo), c.w(hi));
    storeExclusive(c, a.Rs, addr, (fail) => compareExchange(c, addr, value, 3, fail));
    return;
  }
  storeExclusive(c, a.Rs, addr, (fail) => {
    if (c.parallel) {
      const lo = c.b.newI64(), hi = c.b.newI64();
      compareExchangePair(c, addr, EXCLUSIVE_VAL, EXCLUSIVE_HIGH, a.Rt, a.Rt2, lo, hi);
      c.b.brcondI64(lo, EXCLUSIVE_VAL, Cond.NE, fail);
      c.b.brcondI64(hi, EXCLUSIVE_HIGH, Cond.NE, fail);
    } else {
      compareStorePair(c, addr, a, fail);
    }
  });
}

/** The 16 bytes at `addr`, read at once; in big-endian order each half is swapped. */
function loadPair(c: A64Context, addr: Temp, lo: Temp, hi: Temp): void {
  const { b } = c;
  b.call(helperIndex('ld_pair'), NO_TEMP, addr);
  pairResult(c, lo, hi);
}

function pairResult(c: A64Context, lo: Temp, hi: Temp): void {
  const { b } = c;
  b.ldI64(lo, b.env, CpuCommon.offset.scratch);
  b.ldI64(hi, b.env, CpuCommon.offset.scratch + 8);
  if (bigEndianPair(c)) {
    b.bswap64I64(lo, lo);
    b.bswap64I64(hi, hi);
  }
}

/** Replaces the 16 bytes at `addr` by Xs1:Xs2 if they are as expected; `lo`, `hi` get what they were. Other vCPUs run. */
export function compareExchangePair(
  c: A64Context, addr: Temp, expectedLo: Temp, expectedHi: Temp, s1: number, s2: number, lo: Temp, hi: Temp,
): void {
  const { b } = c;
  const swapped = (t: Temp): Temp => {
    if (!bigEndianPair(c)) return t;
    const r = b.newI64();
    b.bswap64I64(r, t);
    return r;
  };
  b.call(helperIndex('cmpxchg_pair'), NO_TEMP, addr, swapped(expectedLo), swapped(expectedHi), swapped(c.x(s1)), swapped(c.x(s2)));
  pairResult(c, lo, hi);
}

/** One thread runs all vCPUs, or this one is alone in an exclusive section: plain accesses. */
function compareStorePair(c: A64Context, addr: Temp, a: A64Fields, fail: Label): void {
  const { b } = c;
  const lo = b.newI64(), hi = b.newI64(), next = b.newI64();
  const memop = c.memOp(3, 0, true);
  b.guestLdI64(lo, addr, (memop & ~MemOp.ALIGN_MASK) | (4 << MemOp.ALIGN_SHIFT));
  b.addiI64(next, addr, 8);
  b.guestLdI64(hi, next, memop);
  b.brcondI64(lo, EXCLUSIVE_VAL, Cond.NE, fail);
  b.brcondI64(hi, EXCLUSIVE_HIGH, Cond.NE, fail);
  b.guestStI64(c.x(a.Rt), addr, memop);
  b.guestStI64(c.x(a.Rt2), next, memop);
}

export function LDAR(c: A64Context, a: A64Fields): void {
  c.b.guestLdI64(c.dx(a.Rt), c.xsp(a.Rn), c.memOp(a.size, MemOp.ORDERED, true));
}

export function LDAPR(c: A64Context, a: A64Fields): void {
  LDAR(c, a);
}

export function STLR(c: A64Context, a: A64Fields): void {
  c.b.guestStI64(c.x(a.Rt), c.xsp(a.Rn), c.memOp(a.size, MemOp.ORDERED, true));
}

export function CLREX(c: A64Context): void {
  c.b.movI64(EXCLUSIVE_ADDR, c.b.constI64(-1, -1));
}
