/** AdvSIMD copy, permute, extract, table lookup, modified immediate (Arm ARM C4.1.96). */
import { type Builder, Cond, type Temp } from '@mttcg/tcg-ir';
import { vOffset } from '../../cpu/env.ts';
import type { A64Context } from './context.ts';
import {
  type F2, type F3, fpBuilder, ldLane32, ldLane64, ldv, readW, readX, shuffle, splat, stLane32, stv, type V3, v2,
  writeScalar32, writeScalar64, writeW, writeX,
} from './simd-core.ts';

interface Copy extends F2 { imm5: number }
type CopyV = Copy & { Q: number };

/** Lane size from the lowest set bit of imm5; 4 when there is none. */
const copySize = (imm5: number): number => ((imm5 & 15) === 0 ? 4 : 31 - Math.clz32(imm5 & -imm5));

export function DUP_elt_V(ctx: A64Context, a: CopyV): void {
  const size = copySize(a.imm5), index = a.imm5 >> (size + 1);
  if (size > 3 || (size === 3 && a.Q === 0)) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const t = b.newV128();
  if (size === 3) b.vsplatI64(t, ldLane64(b, a.Rn, index));
  else b.vsplatI32(t, ldLane32(b, a.Rn, size, index), size);
  stv(b, a.Rd, t, a.Q);
}

export function DUP_elt_S(ctx: A64Context, a: Copy): void {
  const size = copySize(a.imm5), index = a.imm5 >> (size + 1);
  if (size > 3) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  if (size === 3) writeScalar64(b, a.Rd, ldLane64(b, a.Rn, index));
  else writeScalar32(b, a.Rd, ldLane32(b, a.Rn, size, index));
}

export function DUP_gen(ctx: A64Context, a: CopyV): void {
  const size = copySize(a.imm5);
  if (size > 3 || (size === 3 && a.Q === 0)) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const t = b.newV128();
  if (size === 3) b.vsplatI64(t, readX(b, a.Rn));
  else b.vsplatI32(t, readW(b, a.Rn), size);
  stv(b, a.Rd, t, a.Q);
}

export function INS_gen(ctx: A64Context, a: Copy): void {
  const size = copySize(a.imm5), index = a.imm5 >> (size + 1);
  if (size > 3) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  if (size === 3) b.stI64(readX(b, a.Rn), b.env, vOffset(a.Rd) + 8 * index);
  else stLane32(b, readW(b, a.Rn), a.Rd, size, index);
}

export function INS_elt(ctx: A64Context, a: Copy & { imm4: number }): void {
  const size = copySize(a.imm5), to = a.imm5 >> (size + 1), from = a.imm4 >> size;
  if (size > 3) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  if (size === 3) b.stI64(ldLane64(b, a.Rn, from), b.env, vOffset(a.Rd) + 8 * to);
  else stLane32(b, ldLane32(b, a.Rn, size, from), a.Rd, size, to);
}

export function UMOV(ctx: A64Context, a: CopyV): void {
  const size = copySize(a.imm5), index = a.imm5 >> (size + 1);
  if (a.Q === 0 ? size > 2 : size !== 3) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  if (size === 3) writeX(b, a.Rd, ldLane64(b, a.Rn, index));
  else writeW(b, a.Rd, ldLane32(b, a.Rn, size, index));
}

export function SMOV(ctx: A64Context, a: CopyV): void {
  const size = copySize(a.imm5), index = a.imm5 >> (size + 1);
  if (size > (a.Q === 0 ? 1 : 2)) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  const at = vOffset(a.Rn) + (index << size);
  if (a.Q !== 0) {
    const t = b.newI64();
    if (size === 0) b.ld8sI64(t, b.env, at);
    else if (size === 1) b.ld16sI64(t, b.env, at);
    else b.ld32sI64(t, b.env, at);
    writeX(b, a.Rd, t);
  } else {
    const t = b.newI32();
    if (size === 0) b.ld8sI32(t, b.env, at);
    else b.ld16sI32(t, b.env, at);
    writeW(b, a.Rd, t);
  }
}

/** Byte of Vn:Vm; with q = 0 of their low halves. */
const joined = (k: number, q: number): number => (q !== 0 || k < 8 ? k : (k + 8) & 31);

export function EXT(ctx: A64Context, a: F3 & { Q: number; imm4: number }): void {
  if (a.Q === 0 && a.imm4 > 7) return ctx.undefined();
  const b = fpBuilder(ctx);
  if (b === null) return;
  stv(b, a.Rd, shuffle(b, ldv(b, a.Rn), ldv(b, a.Rm), (i) => joined(i + a.imm4, a.Q)), a.Q);
}

/** `lane(i, lanes)`: which lane of Vn:Vm goes to lane i. */
function permute(lane: (i: number, lanes: number) => number): (ctx: A64Context, a: V3) => void {
  return (ctx, a) => {
    if (a.size === 3 && a.Q === 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const lanes = (a.Q !== 0 ? 16 : 8) >> a.size, w = (1 << a.size) - 1;
    const v = shuffle(b, ldv(b, a.Rn), ldv(b, a.Rm), (i) =>
      joined((lane((i >> a.size) & (lanes - 1), lanes) << a.size) | (i & w), a.Q));
    stv(b, a.Rd, v, a.Q);
  };
}
export const ZIP1 = permute((i, n) => (i >> 1) + (i & 1) * n);
export const ZIP2 = permute((i, n) => (i >> 1) + (n >> 1) + (i & 1) * n);
export const UZP1 = permute((i) => 2 * i);
export const UZP2 = permute((i) => 2 * i + 1);
export const TRN1 = permute((i, n) => (i & ~1) + (i & 1) * n);
export const TRN2 = permute((i, n) => (i | 1) + (i & 1) * n);

/** Table bytes chosen by Vm; 0 beyond the table. */
function table(b: Builder, a: F3 & { len: number }, index: Temp): Temp {
  let v = 0;
  for (let k = 0; k <= a.len; k++) {
    // An index below the part's range wraps to 240 and more, which selects 0 too.
    const i = k === 0 ? index : v2(b, (d) => b.vsub(d, index, splat(b, 0, 16 * k), 0));
    const part = v2(b, (d) => b.vswizzle(d, ldv(b, (a.Rn + k) & 31), i));
    const sum = v;
    v = k === 0 ? part : v2(b, (d) => b.vor(d, sum, part));
  }
  return v;
}

export function TBL(ctx: A64Context, a: F3 & { Q: number; len: number }): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  stv(b, a.Rd, table(b, a, ldv(b, a.Rm)), a.Q);
}

export function TBX(ctx: A64Context, a: F3 & { Q: number; len: number }): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const index = ldv(b, a.Rm), v = table(b, a, index);
  const inside = v2(b, (d) => b.vcmp(d, index, splat(b, 0, 16 * (a.len + 1)), 0, Cond.LTU));
  stv(b, a.Rd, v2(b, (d) => b.vbitsel(d, v, ldv(b, a.Rd), inside)), a.Q);
}

// Modified immediate

interface Imm { Q: number; Rd: number; abc: number; defgh: number }
const imm8 = (a: { abc: number; defgh: number }): number => (a.abc << 5) | a.defgh;

function constant(ctx: A64Context, a: { Rd: number }, q: number, lo: number, hi: number): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  b.stV128(b.constV128(lo, hi, q !== 0 ? lo : 0, q !== 0 ? hi : 0), b.env, vOffset(a.Rd));
}
function logicImm(ctx: A64Context, a: Imm, w: number, clear: boolean): void {
  const b = fpBuilder(ctx);
  if (b === null) return;
  const c = b.constV128(w, w, w, w);
  stv(b, a.Rd, v2(b, (d) => (clear ? b.vandc(d, ldv(b, a.Rd), c) : b.vor(d, ldv(b, a.Rd), c))), a.Q);
}
type ImmShift = Imm & { shift: number };
const imm32 = (a: ImmShift): number => imm8(a) << (8 * a.shift);
const imm16 = (a: ImmShift): number => {
  const h = imm8(a) << (8 * a.shift);
  return h | (h << 16);
};
const immMsl = (a: ImmShift): number => (a.shift !== 0 ? (imm8(a) << 16) | 0xffff : (imm8(a) << 8) | 0xff);

export const MOVI_32 = (ctx: A64Context, a: ImmShift): void => constant(ctx, a, a.Q, imm32(a), imm32(a));
export const MVNI_32 = (ctx: A64Context, a: ImmShift): void => constant(ctx, a, a.Q, ~imm32(a), ~imm32(a));
export const MOVI_16 = (ctx: A64Context, a: ImmShift): void => constant(ctx, a, a.Q, imm16(a), imm16(a));
export const MVNI_16 = (ctx: A64Context, a: ImmShift): void => constant(ctx, a, a.Q, ~imm16(a), ~imm16(a));
export const MOVI_msl = (ctx: A64Context, a: ImmShift): void => constant(ctx, a, a.Q, immMsl(a), immMsl(a));
export const MVNI_msl = (ctx: A64Context, a: ImmShift): void => constant(ctx, a, a.Q, ~immMsl(a), ~immMsl(a));
export const ORR_imm_32 = (ctx: A64Context, a: ImmShift): void => logicImm(ctx, a, imm32(a), false);
export const BIC_imm_32 = (ctx: A64Context, a: ImmShift): void => logicImm(ctx, a, imm32(a), true);
export const ORR_imm_16 = (ctx: A64Context, a: ImmShift): void => logicImm(ctx, a, imm16(a), false);
export const BIC_imm_16 = (ctx: A64Context, a: ImmShift): void => logicImm(ctx, a, imm16(a), true);

export function MOVI_8(ctx: A64Context, a: Imm): void {
  const w = Math.imul(imm8(a), 0x01010101);
  constant(ctx, a, a.Q, w, w);
}

/** Each bit of the immediate makes a byte. Q = 0 is the scalar form. */
export function MOVI_64(ctx: A64Context, a: Imm): void {
  const half = (bits: number): number =>
    (bits & 1 ? 0xff : 0) | (bits & 2 ? 0xff00 : 0) | (bits & 4 ? 0xff0000 : 0) | (bits & 8 ? 0xff000000 : 0);
  constant(ctx, a, a.Q, half(imm8(a) & 15), half(imm8(a) >> 4));
}

/** VFPExpandImm for single; the double's high word, the half. */
export function expandImm(imm: number, fmt: number): number {
  const sign = imm >> 7, b6 = (imm >> 6) & 1, low = imm & 63;
  if (fmt === 1) return (sign << 15) | ((b6 !== 0 ? 3 : 4) << 12) | (low << 6);
  if (fmt === 2) return (sign << 31) | ((b6 !== 0 ? 0x1f : 0x20) << 25) | (low << 19);
  return (sign << 31) | ((b6 !== 0 ? 0xff : 0x100) << 22) | (low << 16);
}
export function FMOV_imm_V(ctx: A64Context, a: Imm): void {
  const w = expandImm(imm8(a), 2);
  constant(ctx, a, a.Q, w, w);
}
export function FMOV_imm_VH(ctx: A64Context, a: Imm): void {
  const h = expandImm(imm8(a), 1), w = h | (h << 16);
  constant(ctx, a, a.Q, w, w);
}
export function FMOV_imm_VD(ctx: A64Context, a: Omit<Imm, 'Q'>): void {
  constant(ctx, a, 1, 0, expandImm(imm8(a), 3));
}

