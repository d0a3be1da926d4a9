/** Atomic memory operations of FEAT_LSE (Arm ARM C4.1.94). All are sequentially consistent here. */
import { Cond, MemOp, Rmw, type Temp } from '@mttcg/tcg-ir';
import type { A64Fields } from '../../decode/generated/a64-fields.ts';
import { bigEndianPair, compareExchangePair } from './exclusive.ts';
import type { A64Context } from './context.ts';

/** Rt := memory; memory := memory op Rs. */
function rmw(c: A64Context, a: A64Fields, kind: number, invert = false): void {
  const { b } = c;
  const memop = c.memOp(a.size, 0, true);
  if (a.size === 3) {
    let v = c.x(a.Rs);
    if (invert) {
      const t = b.newI64();
      b.notI64(t, v);
      v = t;
    }
    const old = b.newI64();
    b.guestRmwI64(old, c.xsp(a.Rn), v, memop, kind);
    c.setX(a.Rt, old);
    return;
  }
  let v = c.w(a.Rs);
  if (invert) {
    const t = b.newI32();
    b.notI32(t, v);
    v = t;
  }
  const old = b.newI32();
  b.guestRmwI32(old, c.xsp(a.Rn), v, memop, kind);
  c.setW(a.Rt, old);
}

export function LDADD(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.ADD); }
export function LDCLR(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.AND, true); }
export function LDEOR(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.XOR); }
export function LDSET(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.OR); }
export function LDSMAX(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.SMAX); }
export function LDSMIN(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.SMIN); }
export function LDUMAX(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.UMAX); }
export function LDUMIN(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.UMIN); }
export function SWP(c: A64Context, a: A64Fields): void { rmw(c, a, Rmw.XCHG); }

/** The low 2^size bytes of Wn, zero-extended. */
function truncated(c: A64Context, n: number, size: number): Temp {
  const v = c.w(n);
  if (size === 2) return v;
  const t = c.b.newI32();
  c.b.extractI32(t, v, 0, 8 << size);
  return t;
}

export function CAS(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const memop = c.memOp(a.size, 0, true);
  if (a.size === 3) {
    const old = b.newI64();
    b.guestCmpxchgI64(old, c.xsp(a.Rn), c.x(a.Rs), c.x(a.Rt), memop);
    c.setX(a.Rs, old);
    return;
  }
  const old = b.newI32();
  b.guestCmpxchgI32(old, c.xsp(a.Rn), truncated(c, a.Rs, a.size), truncated(c, a.Rt, a.size), memop);
  c.setW(a.Rs, old);
}

export function CASP(c: A64Context, a: A64Fields): void {
  if (((a.Rs | a.Rt) & 1) !== 0) return c.undefined();
  const { b } = c;
  if (a.sz === 0) {
    const swap = bigEndianPair(c) ? 1 : 0;
    const expected = b.newI64(), value = b.newI64(), old = b.newI64(), lo = b.newI64(), hi = b.newI64();
    b.concatI64(expected, c.w(a.Rs + swap), c.w(a.Rs + 1 - swap));
    b.concatI64(value, c.w(a.Rt + swap), c.w(a.Rt + 1 - swap));
    b.guestCmpxchgI64(old, c.xsp(a.Rn), expected, value, c.memOp(3, 0, true));
    b.extractI64(lo, old, 0, 32);
    b.extractI64(hi, old, 32, 32);
    c.setX(a.Rs, swap !== 0 ? hi : lo);
    c.setX(a.Rs + 1, swap !== 0 ? lo : hi);
    return;
  }
  if (c.parallel) {
    const addr = c.copyX(c.xsp(a.Rn));
    const lo = c.b.newI64(), hi = c.b.newI64();
    compareExchangePair(c, addr, c.x(a.Rs), c.x(a.Rs + 1), a.Rt, a.Rt + 1, lo, hi);
    c.setX(a.Rs, lo);
    c.setX(a.Rs + 1, hi);
    return;
  }
  casPair(c, a);
}

/** Alone in an exclusive section: plain accesses. The old value is written back when the comparison fails. */
function casPair(c: A64Context, a: A64Fields): void {
  const { b } = c;
  const addr = c.copyX(c.xsp(a.Rn));
  const lo = b.newI64(), hi = b.newI64(), next = b.newI64(), t = b.newI64(), u = b.newI64();
  const memop = c.memOp(3, 0, true);
  b.guestLdI64(lo, addr, (memop & ~MemOp.ALIGN_MASK) | (4 << MemOp.ALIGN_SHIFT));
  b.addiI64(next, addr, 8);
  b.guestLdI64(hi, next, memop);
  b.xorI64(t, lo, c.x(a.Rs));
  b.xorI64(u, hi, c.x(a.Rs + 1));
  b.orI64(t, t, u);
  const zero = b.constI64(0, 0), first = b.newI64(), second = b.newI64();
  b.movcondI64(first, t, zero, c.x(a.Rt), lo, Cond.EQ);
  b.movcondI64(second, t, zero, c.x(a.Rt + 1), hi, Cond.EQ);
  b.guestStI64(first, addr, memop);
  b.guestStI64(second, next, memop);
  c.setX(a.Rs, lo);
  c.setX(a.Rs + 1, hi);
}
