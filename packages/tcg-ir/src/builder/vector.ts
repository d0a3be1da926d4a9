import { Op } from '../op/codes.ts';
import type { Temp } from '../ir/function.ts';
import { FloatBuilder } from './float.ts';

/** Vector ops. */
export class VectorBuilder extends FloatBuilder {
  // Vectors (v128); imm lane: log2 of the lane width in bytes

  vadd(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vadd, d, a, b, lane); }
  vsub(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vsub, d, a, b, lane); }
  /** lanes of 16, 32, 64 bits. */
  vmul(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vmul, d, a, b, lane); }
  vneg(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vneg, d, a, lane); }
  vabs(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vabs, d, a, lane); }
  vand(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.vand, d, a, b); }
  vor(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.vor, d, a, b); }
  vxor(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.vxor, d, a, b); }
  vandc(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.vandc, d, a, b); }
  vnot(d: Temp, a: Temp): void { this.emit2(Op.vnot, d, a); }
  /** (a & c) | (b & ~c). */
  vbitsel(d: Temp, a: Temp, b: Temp, c: Temp): void { this.emit4(Op.vbitsel, d, a, b, c); }
  /** count in i32, modulo the lane width. */
  vshl(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vshl, d, a, b, lane); }
  /** count in i32, modulo the lane width. */
  vshr(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vshr, d, a, b, lane); }
  /** count in i32, modulo the lane width. */
  vsar(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vsar, d, a, b, lane); }
  /** all ones where cond(a, b); no unsigned order for 64-bit lanes. */
  vcmp(d: Temp, a: Temp, b: Temp, lane: number, cond: number): void { this.emit5(Op.vcmp, d, a, b, lane, cond); }
  /** lanes of 8, 16, 32 bits. */
  vmins(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vmins, d, a, b, lane); }
  /** lanes of 8, 16, 32 bits. */
  vminu(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vminu, d, a, b, lane); }
  /** lanes of 8, 16, 32 bits. */
  vmaxs(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vmaxs, d, a, b, lane); }
  /** lanes of 8, 16, 32 bits. */
  vmaxu(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vmaxu, d, a, b, lane); }
  /** saturating; lanes of 8, 16 bits. */
  vaddss(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vaddss, d, a, b, lane); }
  /** saturating; lanes of 8, 16 bits. */
  vaddus(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vaddus, d, a, b, lane); }
  /** saturating; lanes of 8, 16 bits. */
  vsubss(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vsubss, d, a, b, lane); }
  /** saturating; lanes of 8, 16 bits. */
  vsubus(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vsubus, d, a, b, lane); }
  /** rounding average; lanes of 8, 16 bits. */
  vavgu(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vavgu, d, a, b, lane); }
  /** lanes of 8, 16, 32 bits. */
  vsplatI32(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vsplat_i32, d, a, lane); }
  vsplatI64(d: Temp, a: Temp): void { this.emit2(Op.vsplat_i64, d, a); }
  /** imm lane, index; zero-extended. */
  vextractuI32(d: Temp, a: Temp, lane: number, index: number): void { this.emit4(Op.vextractu_i32, d, a, lane, index); }
  /** imm lane, index; sign-extended. */
  vextractsI32(d: Temp, a: Temp, lane: number, index: number): void { this.emit4(Op.vextracts_i32, d, a, lane, index); }
  /** imm index. */
  vextractI64(d: Temp, a: Temp, index: number): void { this.emit3(Op.vextract_i64, d, a, index); }
  /** imm lane, index. */
  vinsertI32(d: Temp, a: Temp, b: Temp, lane: number, index: number): void { this.emit5(Op.vinsert_i32, d, a, b, lane, index); }
  /** imm index. */
  vinsertI64(d: Temp, a: Temp, b: Temp, index: number): void { this.emit4(Op.vinsert_i64, d, a, b, index); }
  /** bytes of a:b chosen by the third operand, a constant with bytes 0..31. */
  vshuffle(d: Temp, a: Temp, b: Temp, c: Temp): void { this.emit4(Op.vshuffle, d, a, b, c); }
  /** bytes of a chosen by b; 0 where the index is over 15. */
  vswizzle(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.vswizzle, d, a, b); }
  /** lanes of 8 bits. */
  vpopcnt(d: Temp, a: Temp): void { this.emit2(Op.vpopcnt, d, a); }
  /** widen the low/high half signed/unsigned; imm source lane 8, 16, 32. */
  vextls(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vextls, d, a, lane); }
  /** widen the low/high half signed/unsigned; imm source lane 8, 16, 32. */
  vextlu(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vextlu, d, a, lane); }
  /** widen the low/high half signed/unsigned; imm source lane 8, 16, 32. */
  vexths(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vexths, d, a, lane); }
  /** widen the low/high half signed/unsigned; imm source lane 8, 16, 32. */
  vexthu(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vexthu, d, a, lane); }
  /** signed source lanes saturated to signed/unsigned; imm source lane 16, 32. */
  vnarrows(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vnarrows, d, a, b, lane); }
  /** signed source lanes saturated to signed/unsigned; imm source lane 16, 32. */
  vnarrowu(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vnarrowu, d, a, b, lane); }
  /** widening product of the low/high halves; imm source lane 8, 16, 32. */
  vmulls(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vmulls, d, a, b, lane); }
  /** widening product of the low/high halves; imm source lane 8, 16, 32. */
  vmullu(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vmullu, d, a, b, lane); }
  /** widening product of the low/high halves; imm source lane 8, 16, 32. */
  vmulhs(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vmulhs, d, a, b, lane); }
  /** widening product of the low/high halves; imm source lane 8, 16, 32. */
  vmulhu(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vmulhu, d, a, b, lane); }
  /** pairwise widening add, signed; imm source lane 8, 16. */
  vaddps(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vaddps, d, a, lane); }
  /** pairwise widening add, unsigned. */
  vaddpu(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vaddpu, d, a, lane); }
  /** i32 lanes: sums of adjacent products of i16 lanes. */
  vdot16(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.vdot16, d, a, b); }
  vbitmask(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vbitmask, d, a, lane); }
  vanytrue(d: Temp, a: Temp): void { this.emit2(Op.vanytrue, d, a); }
  valltrue(d: Temp, a: Temp, lane: number): void { this.emit3(Op.valltrue, d, a, lane); }
  /** lanes of 32, 64 bits. */
  vfadd(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vfadd, d, a, b, lane); }
  /** lanes of 32, 64 bits. */
  vfsub(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vfsub, d, a, b, lane); }
  /** lanes of 32, 64 bits. */
  vfmul(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vfmul, d, a, b, lane); }
  /** lanes of 32, 64 bits. */
  vfdiv(d: Temp, a: Temp, b: Temp, lane: number): void { this.emit4(Op.vfdiv, d, a, b, lane); }
  vfsqrt(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vfsqrt, d, a, lane); }
  vfabs(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vfabs, d, a, lane); }
  vfneg(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vfneg, d, a, lane); }
  vffloor(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vffloor, d, a, lane); }
  vfceil(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vfceil, d, a, lane); }
  vftrunc(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vftrunc, d, a, lane); }
  vfnearest(d: Temp, a: Temp, lane: number): void { this.emit3(Op.vfnearest, d, a, lane); }
  vfcmp(d: Temp, a: Temp, b: Temp, lane: number, cond: number): void { this.emit5(Op.vfcmp, d, a, b, lane, cond); }
}
