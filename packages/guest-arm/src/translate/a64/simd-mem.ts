/** Loads and stores of one or two SIMD&FP registers (Arm ARM C4.1.94). */
import type { Builder, Temp } from '@mttcg/tcg-ir';
import { vOffset } from '../../cpu/env.ts';
import type { A64Context } from './context.ts';
import { baseReg, fpBuilder, ldv, memOp, readX, writeScalar32, writeScalar64 } from './simd-core.ts';

/** Loads 2^size bytes (0..4) into a temp that `finishLoad` writes: all accesses come before any change of state. */
function load(ctx: A64Context, b: Builder, addr: Temp, size: number): Temp {
  const op = memOp(ctx, size);
  if (size === 4) {
    const t = b.newV128();
    b.guestLdV128(t, addr, op);
    return t;
  }
  if (size === 3) {
    const t = b.newI64();
    b.guestLdI64(t, addr, op);
    return t;
  }
  const t = b.newI32();
  b.guestLdI32(t, addr, op);
  return t;
}

function finishLoad(b: Builder, rt: number, t: Temp, size: number): void {
  if (size === 4) b.stV128(t, b.env, vOffset(rt));
  else if (size === 3) writeScalar64(b, rt, t);
  else writeScalar32(b, rt, t);
}

function store(ctx: A64Context, b: Builder, addr: Temp, rt: number, size: number): void {
  const op = memOp(ctx, size);
  if (size === 4) {
    b.guestStV128(ldv(b, rt), addr, op);
  } else if (size === 3) {
    const t = b.newI64();
    b.ldI64(t, b.env, vOffset(rt));
    b.guestStI64(t, addr, op);
  } else {
    const t = b.newI32();
    b.ldI32(t, b.env, vOffset(rt));
    b.guestStI32(t, addr, op);
  }
}

function offset(b: Builder, base: Temp, imm: number): Temp {
  if (imm === 0) return base;
  const t = b.newI64();
  b.addiI64(t, base, imm);
  return t;
}

const signExtend = (v: number, bits: number): number => (v << (32 - bits)) >> (32 - bits);

interface Single { size: number; Q: number; Rn: number; Rt: number }
/** Access size from size and the high bit of opc; 5 and more are unallocated. */
const accessSize = (a: { size: number; Q: number }): number => (a.Q << 2) | a.size;

/** kind: 0 plain, 1 post-index, 2 pre-index. */
function single(isLoad: boolean, kind: number, imm: (a: never, size: number) => number): (ctx: A64Context, a: Single) => void {
  return (ctx, a) => {
    const size = accessSize(a);
    if (size > 4) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const off = imm(a as never, size), base = baseReg(a.Rn);
    const addr = kind === 1 ? base : offset(b, base, off);
    let t = 0;
    if (isLoad) t = load(ctx, b, addr, size);
    else store(ctx, b, addr, a.Rt, size);
    if (kind !== 0) b.addiI64(base, base, off);
    if (isLoad) finishLoad(b, a.Rt, t, size);
  };
}
const uimm = (a: { imm12: number }, size: number): number => a.imm12 * (1 << size);
const simm = (a: { imm9: number }): number => signExtend(a.imm9, 9);

type Uimm = (ctx: A64Context, a: Single & { imm12: number }) => void;
type Simm = (ctx: A64Context, a: Single & { imm9: number }) => void;
export const LDR_uimm_V: Uimm = single(true, 0, uimm);
export const STR_uimm_V: Uimm = single(false, 0, uimm);
export const LDUR_V: Simm = single(true, 0, simm);
export const STUR_V: Simm = single(false, 0, simm);
export const LDR_post_V: Simm = single(true, 1, simm);
export const STR_post_V: Simm = single(false, 1, simm);
export const LDR_pre_V: Simm = single(true, 2, simm);
export const STR_pre_V: Simm = single(false, 2, simm);

interface RegOffset extends Single { Rm: number; option: number; S: number }
function register(isLoad: boolean): (ctx: A64Context, a: RegOffset) => void {
  return (ctx, a) => {
    const size = accessSize(a);
    if (size > 4 || (a.option & 2) === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const t = b.newI64(), m = readX(b, a.Rm);
    if (a.option === 2) b.extractI64(t, m, 0, 32);
    else if (a.option === 6) b.sextractI64(t, m, 0, 32);
    else b.movI64(t, m);
    if (a.S !== 0) b.shliI64(t, t, size);
    b.addI64(t, t, baseReg(a.Rn));
    if (isLoad) finishLoad(b, a.Rt, load(ctx, b, t, size), size);
    else store(ctx, b, t, a.Rt, size);
  };
}
export const LDR_reg_V = register(true);
export const STR_reg_V = register(false);

export function LDR_lit_V(ctx: A64Context, a: { opc: number; imm19: number; Rt: number }): void {
  if (a.opc === 3) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  finishLoad(b, a.Rt, load(ctx, b, ctx.pcConst(signExtend(a.imm19, 19) * 4), a.opc + 2), a.opc + 2);
}

interface Pair { opc: number; imm7: number; Rt2: number; Rn: number; Rt: number }
function pair(isLoad: boolean, kind: number): (ctx: A64Context, a: Pair) => void {
  return (ctx, a) => {
    if (a.opc === 3) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const size = a.opc + 2, bytes = 1 << size, off = signExtend(a.imm7, 7) * bytes, base = baseReg(a.Rn);
    const first = kind === 1 ? base : offset(b, base, off);
    const second = offset(b, base, (kind === 1 ? 0 : off) + bytes);
    if (isLoad) {
      const t = load(ctx, b, first, size), u = load(ctx, b, second, size);
      if (kind !== 0) b.addiI64(base, base, off);
      finishLoad(b, a.Rt, t, size);
      finishLoad(b, a.Rt2, u, size);
    } else {
      store(ctx, b, first, a.Rt, size);
      store(ctx, b, second, a.Rt2, size);
      if (kind !== 0) b.addiI64(base, base, off);
    }
  };
}
export const LDP_V = pair(true, 0);
export const LDNP_V = pair(true, 0);
export const LDP_post_V = pair(true, 1);
export const LDP_pre_V = pair(true, 2);
export const STP_V = pair(false, 0);
export const STNP_V = pair(false, 0);
export const STP_post_V = pair(false, 1);
export const STP_pre_V = pair(false, 2);
