/** AdvSIMD structure loads and stores (Arm ARM C4.1.94). */
import type { Builder, Temp } from '@mttcg/tcg-ir';
import { vOffset } from '../../cpu/env.ts';
import type { A64Context } from './context.ts';
import { baseReg, fpBuilder, laneOffset, ldLane32, ldLane64, ldv, memOp, readX, shuffle, stLane32 } from './simd-core.ts';

interface Mult { Q: number; size: number; Rn: number; Rt: number; Rm: number }

/** Write-back of the post-indexed forms: by the register, or for Rm = 31 by the bytes transferred. */
function writeBack(b: Builder, a: { Rn: number; Rm: number }, post: boolean, bytes: number): void {
  if (!post) return;
  const base = baseReg(a.Rn);
  if (a.Rm === 31) b.addiI64(base, base, bytes);
  else b.addI64(base, base, readX(b, a.Rm));
}

function addressAt(b: Builder, base: Temp, offset: number): Temp {
  if (offset === 0) return base;
  const t = b.newI64();
  b.addiI64(t, base, offset);
  return t;
}

/**
 * Register whose byte i is byte `at(i)` of the concatenation of `parts` (16 bytes each); bytes with `at(i) < 0` are
 * don't care.
 */
function gather(b: Builder, parts: readonly Temp[], at: (i: number) => number): Temp {
  let v = parts[0]!;
  if (parts.length === 1) return shuffle(b, v, v, (i) => Math.max(0, at(i)) & 15);
  for (let p = 1; p < parts.length; p++) {
    const first = p === 1;
    v = shuffle(b, v, parts[p]!, (i) => {
      const k = at(i);
      if (k >> 4 === p) return 16 + (k & 15);
      return first ? Math.max(0, k) & 15 : i;
    });
  }
  return v;
}

/** Temps with `bytes` (a multiple of 8) of guest memory, 16 in each; the last may have only its low half defined. */
function loadBytes(ctx: A64Context, b: Builder, base: Temp, bytes: number, align: number): Temp[] {
  const parts: Temp[] = [];
  let at = 0;
  for (; at + 16 <= bytes; at += 16) {
    const t = b.newV128();
    b.guestLdV128(t, addressAt(b, base, at), memOp(ctx, 4, align));
    parts.push(t);
  }
  if (at < bytes) {
    const t = b.newI64(), v = b.newV128();
    b.guestLdI64(t, addressAt(b, base, at), memOp(ctx, 3, align));
    b.vsplatI64(v, t);
    parts.push(v);
  }
  return parts;
}

function storeBytes(ctx: A64Context, b: Builder, base: Temp, bytes: number, align: number, part: (k: number) => Temp): void {
  let at = 0;
  for (; at + 16 <= bytes; at += 16) b.guestStV128(part(at >> 4), addressAt(b, base, at), memOp(ctx, 4, align));
  if (at < bytes) {
    const t = b.newI64();
    b.vextractI64(t, part(at >> 4), 0);
    b.guestStI64(t, addressAt(b, base, at), memOp(ctx, 3, align));
  }
}

/** Interleaved (`structs` = elements per structure) or, with structs 1, `regs` consecutive registers. */
function multiple(isLoad: boolean, regs: number, structs: number, post: boolean): (ctx: A64Context, a: Mult) => void {
  return (ctx, a) => {
    if (a.size === 3 && a.Q === 0 && structs > 1) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const base = baseReg(a.Rn), per = a.Q !== 0 ? 16 : 8, w = (1 << a.size) - 1, bytes = per * regs;
    // Byte i of register r lies at this offset of memory, and back.
    const inMemory = (r: number, i: number): number =>
      structs === 1 ? r * per + i : (((i >> a.size) * structs + r) << a.size) | (i & w);
    if (isLoad) {
      const parts = loadBytes(ctx, b, base, bytes, a.size);
      writeBack(b, a, post, bytes);
      for (let r = 0; r < regs; r++) {
        const v = structs === 1 && a.Q !== 0 ? parts[r]! : gather(b, parts, (i) => (i < per ? inMemory(r, i) : -1));
        const rt = (a.Rt + r) & 31;
        if (a.Q !== 0) {
          b.stV128(v, b.env, vOffset(rt));
        } else {
          const lo = b.newI64();
          b.vextractI64(lo, v, 0);
          b.stI64(lo, b.env, vOffset(rt));
          b.stI64(b.constI64(0, 0), b.env, vOffset(rt) + 8);
        }
      }
      return;
    }
    const sources: Temp[] = [];
    for (let r = 0; r < regs; r++) sources.push(ldv(b, (a.Rt + r) & 31));
    storeBytes(ctx, b, base, bytes, a.size, (k) => {
      if (structs === 1 && a.Q !== 0) return sources[k]!;
      return gather(b, sources, (i) => {
        const m = k * 16 + i;
        if (m >= bytes) return -1;
        if (structs === 1) return Math.floor(m / per) * 16 + (m % per);
        const e = m >> a.size;
        return (e % structs) * 16 + ((Math.floor(e / structs) << a.size) | (m & w));
      });
    });
    writeBack(b, a, post, bytes);
  };
}

type M = (ctx: A64Context, a: Mult) => void;
export const LD1_x1: M = multiple(true, 1, 1, false);
export const LD1_x2: M = multiple(true, 2, 1, false);
export const LD1_x3: M = multiple(true, 3, 1, false);
export const LD1_x4: M = multiple(true, 4, 1, false);
export const LD2_mult: M = multiple(true, 2, 2, false);
export const LD3_mult: M = multiple(true, 3, 3, false);
export const LD4_mult: M = multiple(true, 4, 4, false);
export const ST1_x1: M = multiple(false, 1, 1, false);
export const ST1_x2: M = multiple(false, 2, 1, false);
export const ST1_x3: M = multiple(false, 3, 1, false);
export const ST1_x4: M = multiple(false, 4, 1, false);
export const ST2_mult: M = multiple(false, 2, 2, false);
export const ST3_mult: M = multiple(false, 3, 3, false);
export const ST4_mult: M = multiple(false, 4, 4, false);
export const LD1_x1_post: M = multiple(true, 1, 1, true);
export const LD1_x2_post: M = multiple(true, 2, 1, true);
export const LD1_x3_post: M = multiple(true, 3, 1, true);
export const LD1_x4_post: M = multiple(true, 4, 1, true);
export const LD2_mult_post: M = multiple(true, 2, 2, true);
export const LD3_mult_post: M = multiple(true, 3, 3, true);
export const LD4_mult_post: M = multiple(true, 4, 4, true);
export const ST1_x1_post: M = multiple(false, 1, 1, true);
export const ST1_x2_post: M = multiple(false, 2, 1, true);
export const ST1_x3_post: M = multiple(false, 3, 1, true);
export const ST1_x4_post: M = multiple(false, 4, 1, true);
export const ST2_mult_post: M = multiple(false, 2, 2, true);
export const ST3_mult_post: M = multiple(false, 3, 3, true);
export const ST4_mult_post: M = multiple(false, 4, 4, true);

interface Sngl { Q: number; scale: number; S: number; size: number; Rn: number; Rt: number; Rm: number }

/** Element size and index of the single-structure forms; size -1 when unallocated. */
function singleIndex(a: Sngl): { size: number; index: number } {
  const all = (a.Q << 3) | (a.S << 2) | a.size;
  if (a.scale === 0) return { size: 0, index: all };
  if (a.scale === 1) return { size: (a.size & 1) === 0 ? 1 : -1, index: all >> 1 };
  if (a.scale === 2 && a.size === 0) return { size: 2, index: all >> 2 };
  if (a.scale === 2 && a.size === 1 && a.S === 0) return { size: 3, index: a.Q };
  return { size: -1, index: 0 };
}

function loadElements(ctx: A64Context, b: Builder, base: Temp, size: number, count: number): Temp[] {
  const out: Temp[] = [];
  for (let r = 0; r < count; r++) {
    const addr = addressAt(b, base, r << size);
    if (size === 3) {
      const t = b.newI64();
      b.guestLdI64(t, addr, memOp(ctx, 3));
      out.push(t);
    } else {
      const t = b.newI32();
      b.guestLdI32(t, addr, memOp(ctx, size));
      out.push(t);
    }
  }
  return out;
}

function oneLane(isLoad: boolean, count: number, post: boolean): (ctx: A64Context, a: Sngl) => void {
  return (ctx, a) => {
    const { size, index } = singleIndex(a);
    if (size < 0) return ctx.undefined();
    const b = fpBuilder(ctx);
    if (b === null) return;
    const base = baseReg(a.Rn);
    if (isLoad) {
      const values = loadElements(ctx, b, base, size, count);
      writeBack(b, a, post, count << size);
      values.forEach((v, r) => {
        const rt = (a.Rt + r) & 31;
        if (size === 3) b.stI64(v, b.env, laneOffset(rt, 3, index));
        else stLane32(b, v, rt, size, index);
      });
      return;
    }
    for (let r = 0; r < count; r++) {
      const addr = addressAt(b, base, r << size), rt = (a.Rt + r) & 31;
      if (size === 3) b.guestStI64(ldLane64(b, rt, index), addr, memOp(ctx, 3));
      else b.guestStI32(ldLane32(b, rt, size, index), addr, memOp(ctx, size));
    }
    writeBack(b, a, post, count << size);
  };
}

type S = (ctx: A64Context, a: Sngl) => void;
export const LD1_sngl: S = oneLane(true, 1, false);
export const LD2_sngl: S = oneLane(true, 2, false);
export const LD3_sngl: S = oneLane(true, 3, false);
export const LD4_sngl: S = oneLane(true, 4, false);
export const ST1_sngl: S = oneLane(false, 1, false);
export const ST2_sngl: S = oneLane(false, 2, false);
export const ST3_sngl: S = oneLane(false, 3, false);
export const ST4_sngl: S = oneLane(false, 4, false);
export const LD1_sngl_post: S = oneLane(true, 1, true);
export const LD2_sngl_post: S = oneLane(true, 2, true);
export const LD3_sngl_post: S = oneLane(true, 3, true);
export const LD4_sngl_post: S = oneLane(true, 4, true);
export const ST1_sngl_post: S = oneLane(false, 1, true);
export const ST2_sngl_post: S = oneLane(false, 2, true);
export const ST3_sngl_post: S = oneLane(false, 3, true);
export const ST4_sngl_post: S = oneLane(false, 4, true);

/** Loads elements and repeats each over its register. */
function replicate(count: number, post: boolean): M {
  return (ctx, a) => {
    const b = fpBuilder(ctx);
    if (b === null) return;
    const values = loadElements(ctx, b, baseReg(a.Rn), a.size, count);
    writeBack(b, a, post, count << a.size);
    values.forEach((v, r) => {
      const rt = (a.Rt + r) & 31, t = b.newV128();
      if (a.size === 3) b.vsplatI64(t, v);
      else b.vsplatI32(t, v, a.size);
      if (a.Q !== 0) {
        b.stV128(t, b.env, vOffset(rt));
      } else {
        const lo = b.newI64();
        b.vextractI64(lo, t, 0);
        b.stI64(lo, b.env, vOffset(rt));
        b.stI64(b.constI64(0, 0), b.env, vOffset(rt) + 8);
      }
    });
  };
}
export const LD1R: M = replicate(1, false);
export const LD2R: M = replicate(2, false);
export const LD3R: M = replicate(3, false);
export const LD4R: M = replicate(4, false);
export const LD1R_post: M = replicate(1, true);
export const LD2R_post: M = replicate(2, true);
export const LD3R_post: M = replicate(3, true);
export const LD4R_post: M = replicate(4, true);
