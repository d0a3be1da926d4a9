/** Arithmetic and logic that the immediate and register forms share. */
import type { Temp } from '@mttcg/tcg-ir';
import type { A64Context } from './context.ts';

export const AddSub = { ADD: 0, SUB: 1 } as const;
export const Logic = { AND: 0, OR: 1, XOR: 2, ANDS: 3, BIC: 4, ORN: 5, EON: 6, BICS: 7 } as const;

/** x + y or x - y in a new temp. */
export function addSub(c: A64Context, wide: boolean, op: number, x: Temp, y: Temp): Temp {
  const { b } = c;
  if (wide) {
    const t = b.newI64();
    if (op === AddSub.ADD) b.addI64(t, x, y);
    else b.subI64(t, x, y);
    return t;
  }
  const t = b.newI32();
  if (op === AddSub.ADD) b.addI32(t, x, y);
  else b.subI32(t, x, y);
  return t;
}

/** Rd := x ± y with flags; x and y must be temps or constants that nobody writes again. */
export function addSubFlags(c: A64Context, wide: boolean, op: number, rd: number, x: Temp, y: Temp): void {
  const result = addSub(c, wide, op, x, y);
  if (op === AddSub.ADD) c.flagState.setAdd(wide, x, y, result);
  else c.flagState.setSub(wide, x, y, result);
  if (wide) c.setX(rd, result);
  else c.setW(rd, result);
}

/** A logical operation in a new temp. */
export function logic(c: A64Context, wide: boolean, op: number, x: Temp, y: Temp): Temp {
  const { b } = c;
  const t = wide ? b.newI64() : b.newI32();
  switch (op) {
    case Logic.OR:
      if (wide) b.orI64(t, x, y);
      else b.orI32(t, x, y);
      break;
    case Logic.XOR:
      if (wide) b.xorI64(t, x, y);
      else b.xorI32(t, x, y);
      break;
    case Logic.BIC:
    case Logic.BICS:
      if (wide) b.andcI64(t, x, y);
      else b.andcI32(t, x, y);
      break;
    case Logic.ORN:
      if (wide) b.orcI64(t, x, y);
      else b.orcI32(t, x, y);
      break;
    case Logic.EON:
      if (wide) b.eqvI64(t, x, y);
      else b.eqvI32(t, x, y);
      break;
    default:
      if (wide) b.andI64(t, x, y);
      else b.andI32(t, x, y);
  }
  return t;
}

/** Register m shifted by a constant: LSL, LSR, ASR, ROR. A temp that may be the register itself when nothing is shifted. */
export function shifted(c: A64Context, wide: boolean, m: number, shift: number, amount: number): Temp {
  const { b } = c;
  const v = wide ? c.x(m) : c.w(m);
  if (amount === 0) return v;
  if (wide) {
    const t = b.newI64();
    if (shift === 0) b.shliI64(t, v, amount);
    else if (shift === 1) b.shriI64(t, v, amount);
    else if (shift === 2) b.sariI64(t, v, amount);
    else b.rotrI64(t, v, b.constI64(amount, 0));
    return t;
  }
  const t = b.newI32();
  if (shift === 0) b.shliI32(t, v, amount);
  else if (shift === 1) b.shriI32(t, v, amount);
  else if (shift === 2) b.sariI32(t, v, amount);
  else b.rotrI32(t, v, b.constI32(amount));
  return t;
}

/** Register m extended as `option` says (UXTB … SXTX), then shifted left; 64 bits. */
export function extended(c: A64Context, m: number, option: number, shift: number): Temp {
  const { b } = c;
  const v = c.x(m);
  const bits = 8 << (option & 3);
  if (bits === 64 && shift === 0) return v;
  const t = b.newI64();
  if (bits === 64) b.shliI64(t, v, shift);
  else {
    if ((option & 4) !== 0) b.sextractI64(t, v, 0, bits);
    else b.extractI64(t, v, 0, bits);
    if (shift !== 0) b.shliI64(t, t, shift);
  }
  return t;
}
