import { Op, type OpName } from '../../op/codes.ts';
import { OP_NAMES } from '../../op/table.ts';
import { W } from '../opcode.ts';

const N = OP_NAMES.length;

/** Ops that are one wasm instruction on their inputs in order. */
const SIMPLE_OPS: Partial<Record<OpName, number>> = {
  add_i32: W.i32_add, add_i64: W.i64_add, sub_i32: W.i32_sub, sub_i64: W.i64_sub, mul_i32: W.i32_mul,
  mul_i64: W.i64_mul, and_i32: W.i32_and, and_i64: W.i64_and, or_i32: W.i32_or, or_i64: W.i64_or, xor_i32: W.i32_xor,
  xor_i64: W.i64_xor, shl_i32: W.i32_shl, shl_i64: W.i64_shl, shr_i32: W.i32_shr_u, shr_i64: W.i64_shr_u,
  sar_i32: W.i32_shr_s, sar_i64: W.i64_shr_s, rotl_i32: W.i32_rotl, rotl_i64: W.i64_rotl, rotr_i32: W.i32_rotr,
  rotr_i64: W.i64_rotr, clz_i32: W.i32_clz, clz_i64: W.i64_clz, ctz_i32: W.i32_ctz, ctz_i64: W.i64_ctz,
  ctpop_i32: W.i32_popcnt, ctpop_i64: W.i64_popcnt, exts_i64_i32: W.i64_extend_i32_s,
  extu_i64_i32: W.i64_extend_i32_u, extrl_i32_i64: W.i32_wrap_i64,
  vand: W.v128_and, vor: W.v128_or, vxor: W.v128_xor, vandc: W.v128_andnot, vnot: W.v128_not,
  vbitsel: W.v128_bitselect, vsplat_i64: W.i64x2_splat, vswizzle: W.i8x16_swizzle, vpopcnt: W.i8x16_popcnt,
  vdot16: W.i32x4_dot_i16x8_s, vanytrue: W.v128_any_true,
};

/** By opcode: the wasm instruction, 0 if the op needs more. */
export const SIMPLE: Int32Array = new Int32Array(N);
for (const [name, code] of Object.entries(SIMPLE_OPS)) SIMPLE[Op[name as OpName]] = code;

/** Host loads and stores. */
const MEMORY_OPS: Partial<Record<OpName, number>> = {
  ld8u_i32: W.i32_load8_u, ld8s_i32: W.i32_load8_s, ld16u_i32: W.i32_load16_u, ld16s_i32: W.i32_load16_s,
  ld_i32: W.i32_load, ld8u_i64: W.i64_load8_u, ld8s_i64: W.i64_load8_s, ld16u_i64: W.i64_load16_u,
  ld16s_i64: W.i64_load16_s, ld32u_i64: W.i64_load32_u, ld32s_i64: W.i64_load32_s, ld_i64: W.i64_load,
  ld_v128: W.v128_load, st8_i32: W.i32_store8, st16_i32: W.i32_store16, st_i32: W.i32_store, st8_i64: W.i64_store8,
  st16_i64: W.i64_store16, st32_i64: W.i64_store32, st_i64: W.i64_store, st_v128: W.v128_store,
};

export const HOST_MEMORY: Int32Array = new Int32Array(N);
for (const [name, code] of Object.entries(MEMORY_OPS)) HOST_MEMORY[Op[name as OpName]] = code;

/** Float ops: the instruction, and what the bit patterns are: 0 integer, 1 f32, 2 f64. */
export const FLOAT_OP: Int32Array = new Int32Array(N);
export const FLOAT_IN: Uint8Array = new Uint8Array(N);
export const FLOAT_OUT: Uint8Array = new Uint8Array(N);

function float(name: OpName, code: number, from: number, to: number): void {
  FLOAT_OP[Op[name]] = code;
  FLOAT_IN[Op[name]] = from;
  FLOAT_OUT[Op[name]] = to;
}

for (const [kind, suffix] of [[1, 'f32'], [2, 'f64']] as const) {
  for (const name of ['add', 'sub', 'mul', 'div', 'sqrt', 'abs', 'neg', 'floor', 'ceil', 'trunc', 'nearest'] as const) {
    float(`f${name}_${suffix}`, W[`${suffix}_${name}`], kind, kind);
  }
  for (const int of ['i32', 'i64'] as const) {
    for (const sign of ['s', 'u'] as const) {
      float(`fcvt_${suffix}_${int}${sign}`, W[`${suffix}_convert_${int}_${sign}`], 0, kind);
      float(`fcvt_${int}${sign}_${suffix}`, W[`${int}_trunc_sat_${suffix}_${sign}`], kind, 0);
    }
  }
}
float('fcvt_f64_f32', W.f64_promote_f32, 1, 2);
float('fcvt_f32_f64', W.f32_demote_f64, 2, 1);

/** Vector ops with a lane immediate: the instruction at `op * 4 + lane`, 0 where wasm has none. */
export const VECTOR_OP: Int32Array = new Int32Array(N * 4);

function lanes(name: OpName, codes: readonly number[]): void {
  codes.forEach((code, lane) => { VECTOR_OP[Op[name] * 4 + lane] = code; });
}

const INT_SHAPES = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const;
type Shaped<S extends string> = `${(typeof INT_SHAPES)[number]}_${S}`;
/** The codes of one operation for all integer shapes; shapes that lack it give 0. */
function shapes<S extends string>(operation: S): number[] {
  return INT_SHAPES.map((s) => (W as Partial<Record<string, number>>)[`${s}_${operation}` satisfies Shaped<S>] ?? 0);
}

lanes('vadd', shapes('add'));
lanes('vsub', shapes('sub'));
lanes('vmul', shapes('mul'));
lanes('vneg', shapes('neg'));
lanes('vabs', shapes('abs'));
lanes('vshl', shapes('shl'));
lanes('vshr', shapes('shr_u'));
lanes('vsar', shapes('shr_s'));
lanes('vmins', shapes('min_s'));
lanes('vminu', shapes('min_u'));
lanes('vmaxs', shapes('max_s'));
lanes('vmaxu', shapes('max_u'));
lanes('vaddss', shapes('add_sat_s'));
lanes('vaddus', shapes('add_sat_u'));
lanes('vsubss', shapes('sub_sat_s'));
lanes('vsubus', shapes('sub_sat_u'));
lanes('vavgu', shapes('avgr_u'));
lanes('vsplat_i32', shapes('splat'));
lanes('vextls', [W.i16x8_extend_low_i8x16_s, W.i32x4_extend_low_i16x8_s, W.i64x2_extend_low_i32x4_s]);
lanes('vextlu', [W.i16x8_extend_low_i8x16_u, W.i32x4_extend_low_i16x8_u, W.i64x2_extend_low_i32x4_u]);
lanes('vexths', [W.i16x8_extend_high_i8x16_s, W.i32x4_extend_high_i16x8_s, W.i64x2_extend_high_i32x4_s]);
lanes('vexthu', [W.i16x8_extend_high_i8x16_u, W.i32x4_extend_high_i16x8_u, W.i64x2_extend_high_i32x4_u]);
lanes('vnarrows', [0, W.i8x16_narrow_i16x8_s, W.i16x8_narrow_i32x4_s]);
lanes('vnarrowu', [0, W.i8x16_narrow_i16x8_u, W.i16x8_narrow_i32x4_u]);
lanes('vmulls', [W.i16x8_extmul_low_i8x16_s, W.i32x4_extmul_low_i16x8_s, W.i64x2_extmul_low_i32x4_s]);
lanes('vmullu', [W.i16x8_extmul_low_i8x16_u, W.i32x4_extmul_low_i16x8_u, W.i64x2_extmul_low_i32x4_u]);
lanes('vmulhs', [W.i16x8_extmul_high_i8x16_s, W.i32x4_extmul_high_i16x8_s, W.i64x2_extmul_high_i32x4_s]);
lanes('vmulhu', [W.i16x8_extmul_high_i8x16_u, W.i32x4_extmul_high_i16x8_u, W.i64x2_extmul_high_i32x4_u]);
lanes('vaddps', [W.i16x8_extadd_pairwise_i8x16_s, W.i32x4_extadd_pairwise_i16x8_s]);
lanes('vaddpu', [W.i16x8_extadd_pairwise_i8x16_u, W.i32x4_extadd_pairwise_i16x8_u]);
lanes('vbitmask', shapes('bitmask'));
lanes('valltrue', shapes('all_true'));
for (const name of ['add', 'sub', 'mul', 'div', 'sqrt', 'abs', 'neg', 'floor', 'ceil', 'trunc', 'nearest'] as const) {
  lanes(`vf${name}`, [0, 0, W[`f32x4_${name}`], W[`f64x2_${name}`]]);
}

/** vcmp: the instruction at `lane * 12 + cond` for EQ to GTU; 64-bit lanes lack the unsigned orders. */
export const VECTOR_COMPARE: Int32Array = new Int32Array(48);
['eq', 'ne', 'lt_s', 'ge_s', 'le_s', 'gt_s', 'lt_u', 'ge_u', 'le_u', 'gt_u'].forEach((name, k) => {
  shapes(name).forEach((code, lane) => { VECTOR_COMPARE[lane * 12 + 2 + k] = code; });
});
