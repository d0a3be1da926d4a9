/**
 * WebAssembly opcodes by their names in the specification (dots as underscores). Prefixed ones carry the prefix byte
 * in bits 16-23 and the sub-opcode in bits 0-15; `CodeWriter.op` writes either kind.
 */
export const W = {
  unreachable: 0x00, nop: 0x01, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, br_if: 0x0d,
  br_table: 0x0e, return: 0x0f, call: 0x10, call_indirect: 0x11, return_call: 0x12, return_call_indirect: 0x13,
  drop: 0x1a, select: 0x1b, local_get: 0x20, local_set: 0x21, local_tee: 0x22, global_get: 0x23, global_set: 0x24,
  table_get: 0x25, table_set: 0x26,
  i32_load: 0x28, i64_load: 0x29, f32_load: 0x2a, f64_load: 0x2b, i32_load8_s: 0x2c, i32_load8_u: 0x2d,
  i32_load16_s: 0x2e, i32_load16_u: 0x2f, i64_load8_s: 0x30, i64_load8_u: 0x31, i64_load16_s: 0x32,
  i64_load16_u: 0x33, i64_load32_s: 0x34, i64_load32_u: 0x35, i32_store: 0x36, i64_store: 0x37, f32_store: 0x38,
  f64_store: 0x39, i32_store8: 0x3a, i32_store16: 0x3b, i64_store8: 0x3c, i64_store16: 0x3d, i64_store32: 0x3e,
  memory_size: 0x3f, memory_grow: 0x40,
  i32_const: 0x41, i64_const: 0x42, f32_const: 0x43, f64_const: 0x44,
  i32_eqz: 0x45, i32_eq: 0x46, i32_ne: 0x47, i32_lt_s: 0x48, i32_lt_u: 0x49, i32_gt_s: 0x4a, i32_gt_u: 0x4b,
  i32_le_s: 0x4c, i32_le_u: 0x4d, i32_ge_s: 0x4e, i32_ge_u: 0x4f,
  i64_eqz: 0x50, i64_eq: 0x51, i64_ne: 0x52, i64_lt_s: 0x53, i64_lt_u: 0x54, i64_gt_s: 0x55, i64_gt_u: 0x56,
  i64_le_s: 0x57, i64_le_u: 0x58, i64_ge_s: 0x59, i64_ge_u: 0x5a,
  f32_eq: 0x5b, f32_ne: 0x5c, f32_lt: 0x5d, f32_gt: 0x5e, f32_le: 0x5f, f32_ge: 0x60,
  f64_eq: 0x61, f64_ne: 0x62, f64_lt: 0x63, f64_gt: 0x64, f64_le: 0x65, f64_ge: 0x66,
  i32_clz: 0x67, i32_ctz: 0x68, i32_popcnt: 0x69, i32_add: 0x6a, i32_sub: 0x6b, i32_mul: 0x6c, i32_div_s: 0x6d,
  i32_div_u: 0x6e, i32_rem_s: 0x6f, i32_rem_u: 0x70, i32_and: 0x71, i32_or: 0x72, i32_xor: 0x73, i32_shl: 0x74,
  i32_shr_s: 0x75, i32_shr_u: 0x76, i32_rotl: 0x77, i32_rotr: 0x78,
  i64_clz: 0x79, i64_ctz: 0x7a, i64_popcnt: 0x7b, i64_add: 0x7c, i64_sub: 0x7d, i64_mul: 0x7e, i64_div_s: 0x7f,
  i64_div_u: 0x80, i64_rem_s: 0x81, i64_rem_u: 0x82, i64_and: 0x83, i64_or: 0x84, i64_xor: 0x85, i64_shl: 0x86,
  i64_shr_s: 0x87, i64_shr_u: 0x88, i64_rotl: 0x89, i64_rotr: 0x8a,
  f32_abs: 0x8b, f32_neg: 0x8c, f32_ceil: 0x8d, f32_floor: 0x8e, f32_trunc: 0x8f, f32_nearest: 0x90, f32_sqrt: 0x91,
  f32_add: 0x92, f32_sub: 0x93, f32_mul: 0x94, f32_div: 0x95, f32_min: 0x96, f32_max: 0x97, f32_copysign: 0x98,
  f64_abs: 0x99, f64_neg: 0x9a, f64_ceil: 0x9b, f64_floor: 0x9c, f64_trunc: 0x9d, f64_nearest: 0x9e, f64_sqrt: 0x9f,
  f64_add: 0xa0, f64_sub: 0xa1, f64_mul: 0xa2, f64_div: 0xa3, f64_min: 0xa4, f64_max: 0xa5, f64_copysign: 0xa6,
  i32_wrap_i64: 0xa7, i32_trunc_f32_s: 0xa8, i32_trunc_f32_u: 0xa9, i32_trunc_f64_s: 0xaa, i32_trunc_f64_u: 0xab,
  i64_extend_i32_s: 0xac, i64_extend_i32_u: 0xad, i64_trunc_f32_s: 0xae, i64_trunc_f32_u: 0xaf,
  i64_trunc_f64_s: 0xb0, i64_trunc_f64_u: 0xb1, f32_convert_i32_s: 0xb2, f32_convert_i32_u: 0xb3,
  f32_convert_i64_s: 0xb4, f32_convert_i64_u: 0xb5, f32_demote_f64: 0xb6, f64_convert_i32_s: 0xb7,
  f64_convert_i32_u: 0xb8, f64_convert_i64_s: 0xb9, f64_convert_i64_u: 0xba, f64_promote_f32: 0xbb,
  i32_reinterpret_f32: 0xbc, i64_reinterpret_f64: 0xbd, f32_reinterpret_i32: 0xbe, f64_reinterpret_i64: 0xbf,
  i32_extend8_s: 0xc0, i32_extend16_s: 0xc1, i64_extend8_s: 0xc2, i64_extend16_s: 0xc3, i64_extend32_s: 0xc4,

  // Saturating conversions, bulk memory
  i32_trunc_sat_f32_s: 0xfc0000, i32_trunc_sat_f32_u: 0xfc0001, i32_trunc_sat_f64_s: 0xfc0002,
  i32_trunc_sat_f64_u: 0xfc0003, i64_trunc_sat_f32_s: 0xfc0004, i64_trunc_sat_f32_u: 0xfc0005,
  i64_trunc_sat_f64_s: 0xfc0006, i64_trunc_sat_f64_u: 0xfc0007, memory_copy: 0xfc000a, memory_fill: 0xfc000b,

  // Atomics
  memory_atomic_notify: 0xfe0000, memory_atomic_wait32: 0xfe0001, memory_atomic_wait64: 0xfe0002,
  atomic_fence: 0xfe0003,
  i32_atomic_load: 0xfe0010, i64_atomic_load: 0xfe0011, i32_atomic_load8_u: 0xfe0012, i32_atomic_load16_u: 0xfe0013,
  i64_atomic_load8_u: 0xfe0014, i64_atomic_load16_u: 0xfe0015, i64_atomic_load32_u: 0xfe0016,
  i32_atomic_store: 0xfe0017, i64_atomic_store: 0xfe0018, i32_atomic_store8: 0xfe0019, i32_atomic_store16: 0xfe001a,
  i64_atomic_store8: 0xfe001b, i64_atomic_store16: 0xfe001c, i64_atomic_store32: 0xfe001d,
  /** Each of the following is the first of seven: i32, i64, i32 8_u, i32 16_u, i64 8_u, i64 16_u, i64 32_u. */
  i32_atomic_rmw_add: 0xfe001e, i32_atomic_rmw_sub: 0xfe0025, i32_atomic_rmw_and: 0xfe002c,
  i32_atomic_rmw_or: 0xfe0033, i32_atomic_rmw_xor: 0xfe003a, i32_atomic_rmw_xchg: 0xfe0041,
  i32_atomic_rmw_cmpxchg: 0xfe0048, i64_atomic_rmw_add: 0xfe001f, i64_atomic_rmw_cmpxchg: 0xfe0049,

  // Vectors
  v128_load: 0xfd0000, v128_load8_splat: 0xfd0007, v128_load16_splat: 0xfd0008, v128_load32_splat: 0xfd0009,
  v128_load64_splat: 0xfd000a, v128_store: 0xfd000b, v128_const: 0xfd000c, i8x16_shuffle: 0xfd000d,
  i8x16_swizzle: 0xfd000e, i8x16_splat: 0xfd000f, i16x8_splat: 0xfd0010, i32x4_splat: 0xfd0011, i64x2_splat: 0xfd0012,
  f32x4_splat: 0xfd0013, f64x2_splat: 0xfd0014,
  i8x16_extract_lane_s: 0xfd0015, i8x16_extract_lane_u: 0xfd0016, i8x16_replace_lane: 0xfd0017,
  i16x8_extract_lane_s: 0xfd0018, i16x8_extract_lane_u: 0xfd0019, i16x8_replace_lane: 0xfd001a,
  i32x4_extract_lane: 0xfd001b, i32x4_replace_lane: 0xfd001c, i64x2_extract_lane: 0xfd001d,
  i64x2_replace_lane: 0xfd001e, f32x4_extract_lane: 0xfd001f, f32x4_replace_lane: 0xfd0020,
  f64x2_extract_lane: 0xfd0021, f64x2_replace_lane: 0xfd0022,
  i8x16_eq: 0xfd0023, i8x16_ne: 0xfd0024, i8x16_lt_s: 0xfd0025, i8x16_lt_u: 0xfd0026, i8x16_gt_s: 0xfd0027,
  i8x16_gt_u: 0xfd0028, i8x16_le_s: 0xfd0029, i8x16_le_u: 0xfd002a, i8x16_ge_s: 0xfd002b, i8x16_ge_u: 0xfd002c,
  i16x8_eq: 0xfd002d, i16x8_ne: 0xfd002e, i16x8_lt_s: 0xfd002f, i16x8_lt_u: 0xfd0030, i16x8_gt_s: 0xfd0031,
  i16x8_gt_u: 0xfd0032, i16x8_le_s: 0xfd0033, i16x8_le_u: 0xfd0034, i16x8_ge_s: 0xfd0035, i16x8_ge_u: 0xfd0036,
  i32x4_eq: 0xfd0037, i32x4_ne: 0xfd0038, i32x4_lt_s: 0xfd0039, i32x4_lt_u: 0xfd003a, i32x4_gt_s: 0xfd003b,
  i32x4_gt_u: 0xfd003c, i32x4_le_s: 0xfd003d, i32x4_le_u: 0xfd003e, i32x4_ge_s: 0xfd003f, i32x4_ge_u: 0xfd0040,
  f32x4_eq: 0xfd0041, f32x4_ne: 0xfd0042, f32x4_lt: 0xfd0043, f32x4_gt: 0xfd0044, f32x4_le: 0xfd0045,
  f32x4_ge: 0xfd0046, f64x2_eq: 0xfd0047, f64x2_ne: 0xfd0048, f64x2_lt: 0xfd0049, f64x2_gt: 0xfd004a,
  f64x2_le: 0xfd004b, f64x2_ge: 0xfd004c,
  v128_not: 0xfd004d, v128_and: 0xfd004e, v128_andnot: 0xfd004f, v128_or: 0xfd0050, v128_xor: 0xfd0051,
  v128_bitselect: 0xfd0052, v128_any_true: 0xfd0053, v128_load32_zero: 0xfd005c, v128_load64_zero: 0xfd005d,
  f32x4_demote_f64x2_zero: 0xfd005e, f64x2_promote_low_f32x4: 0xfd005f,
  i8x16_abs: 0xfd0060, i8x16_neg: 0xfd0061, i8x16_popcnt: 0xfd0062, i8x16_all_true: 0xfd0063, i8x16_bitmask: 0xfd0064,
  i8x16_narrow_i16x8_s: 0xfd0065, i8x16_narrow_i16x8_u: 0xfd0066, f32x4_ceil: 0xfd0067, f32x4_floor: 0xfd0068,
  f32x4_trunc: 0xfd0069, f32x4_nearest: 0xfd006a, i8x16_shl: 0xfd006b, i8x16_shr_s: 0xfd006c, i8x16_shr_u: 0xfd006d,
  i8x16_add: 0xfd006e, i8x16_add_sat_s: 0xfd006f, i8x16_add_sat_u: 0xfd0070, i8x16_sub: 0xfd0071,
  i8x16_sub_sat_s: 0xfd0072, i8x16_sub_sat_u: 0xfd0073, f64x2_ceil: 0xfd0074, f64x2_floor: 0xfd0075,
  i8x16_min_s: 0xfd0076, i8x16_min_u: 0xfd0077, i8x16_max_s: 0xfd0078, i8x16_max_u: 0xfd0079, f64x2_trunc: 0xfd007a,
  i8x16_avgr_u: 0xfd007b, i16x8_extadd_pairwise_i8x16_s: 0xfd007c, i16x8_extadd_pairwise_i8x16_u: 0xfd007d,
  i32x4_extadd_pairwise_i16x8_s: 0xfd007e, i32x4_extadd_pairwise_i16x8_u: 0xfd007f,
  i16x8_abs: 0xfd0080, i16x8_neg: 0xfd0081, i16x8_q15mulr_sat_s: 0xfd0082, i16x8_all_true: 0xfd0083,
  i16x8_bitmask: 0xfd0084, i16x8_narrow_i32x4_s: 0xfd0085, i16x8_narrow_i32x4_u: 0xfd0086,
  i16x8_extend_low_i8x16_s: 0xfd0087, i16x8_extend_high_i8x16_s: 0xfd0088, i16x8_extend_low_i8x16_u: 0xfd0089,
  i16x8_extend_high_i8x16_u: 0xfd008a, i16x8_shl: 0xfd008b, i16x8_shr_s: 0xfd008c, i16x8_shr_u: 0xfd008d,
  i16x8_add: 0xfd008e, i16x8_add_sat_s: 0xfd008f, i16x8_add_sat_u: 0xfd0090, i16x8_sub: 0xfd0091,
  i16x8_sub_sat_s: 0xfd0092, i16x8_sub_sat_u: 0xfd0093, f64x2_nearest: 0xfd0094, i16x8_mul: 0xfd0095,
  i16x8_min_s: 0xfd0096, i16x8_min_u: 0xfd0097, i16x8_max_s: 0xfd0098, i16x8_max_u: 0xfd0099, i16x8_avgr_u: 0xfd009b,
  i16x8_extmul_low_i8x16_s: 0xfd009c, i16x8_extmul_high_i8x16_s: 0xfd009d, i16x8_extmul_low_i8x16_u: 0xfd009e,
  i16x8_extmul_high_i8x16_u: 0xfd009f,
  i32x4_abs: 0xfd00a0, i32x4_neg: 0xfd00a1, i32x4_all_true: 0xfd00a3, i32x4_bitmask: 0xfd00a4,
  i32x4_extend_low_i16x8_s: 0xfd00a7, i32x4_extend_high_i16x8_s: 0xfd00a8, i32x4_extend_low_i16x8_u: 0xfd00a9,
  i32x4_extend_high_i16x8_u: 0xfd00aa, i32x4_shl: 0xfd00ab, i32x4_shr_s: 0xfd00ac, i32x4_shr_u: 0xfd00ad,
  i32x4_add: 0xfd00ae, i32x4_sub: 0xfd00b1, i32x4_mul: 0xfd00b5, i32x4_min_s: 0xfd00b6, i32x4_min_u: 0xfd00b7,
  i32x4_max_s: 0xfd00b8, i32x4_max_u: 0xfd00b9, i32x4_dot_i16x8_s: 0xfd00ba, i32x4_extmul_low_i16x8_s: 0xfd00bc,
  i32x4_extmul_high_i16x8_s: 0xfd00bd, i32x4_extmul_low_i16x8_u: 0xfd00be, i32x4_extmul_high_i16x8_u: 0xfd00bf,
  i64x2_abs: 0xfd00c0, i64x2_neg: 0xfd00c1, i64x2_all_true: 0xfd00c3, i64x2_bitmask: 0xfd00c4,
  i64x2_extend_low_i32x4_s: 0xfd00c7, i64x2_extend_high_i32x4_s: 0xfd00c8, i64x2_extend_low_i32x4_u: 0xfd00c9,
  i64x2_extend_high_i32x4_u: 0xfd00ca, i64x2_shl: 0xfd00cb, i64x2_shr_s: 0xfd00cc, i64x2_shr_u: 0xfd00cd,
  i64x2_add: 0xfd00ce, i64x2_sub: 0xfd00d1, i64x2_mul: 0xfd00d5, i64x2_eq: 0xfd00d6, i64x2_ne: 0xfd00d7,
  i64x2_lt_s: 0xfd00d8, i64x2_gt_s: 0xfd00d9, i64x2_le_s: 0xfd00da, i64x2_ge_s: 0xfd00db,
  i64x2_extmul_low_i32x4_s: 0xfd00dc, i64x2_extmul_high_i32x4_s: 0xfd00dd, i64x2_extmul_low_i32x4_u: 0xfd00de,
  i64x2_extmul_high_i32x4_u: 0xfd00df,
  f32x4_abs: 0xfd00e0, f32x4_neg: 0xfd00e1, f32x4_sqrt: 0xfd00e3, f32x4_add: 0xfd00e4, f32x4_sub: 0xfd00e5,
  f32x4_mul: 0xfd00e6, f32x4_div: 0xfd00e7, f32x4_min: 0xfd00e8, f32x4_max: 0xfd00e9, f32x4_pmin: 0xfd00ea,
  f32x4_pmax: 0xfd00eb, f64x2_abs: 0xfd00ec, f64x2_neg: 0xfd00ed, f64x2_sqrt: 0xfd00ef, f64x2_add: 0xfd00f0,
  f64x2_sub: 0xfd00f1, f64x2_mul: 0xfd00f2, f64x2_div: 0xfd00f3, f64x2_min: 0xfd00f4, f64x2_max: 0xfd00f5,
  f64x2_pmin: 0xfd00f6, f64x2_pmax: 0xfd00f7, i32x4_trunc_sat_f32x4_s: 0xfd00f8, i32x4_trunc_sat_f32x4_u: 0xfd00f9,
  f32x4_convert_i32x4_s: 0xfd00fa, f32x4_convert_i32x4_u: 0xfd00fb, i32x4_trunc_sat_f64x2_s_zero: 0xfd00fc,
  i32x4_trunc_sat_f64x2_u_zero: 0xfd00fd, f64x2_convert_low_i32x4_s: 0xfd00fe, f64x2_convert_low_i32x4_u: 0xfd00ff,
} as const;

/** Value types of the binary format, and the block type of a block without result. */
export const WType = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, funcref: 0x70, empty: 0x40 } as const;

/** Value type of a signature letter: i, l, f, d, v = i32, i64, f32, f64, v128. */
export function wasmType(letter: string): number {
  switch (letter) {
    case 'i': return WType.i32;
    case 'l': return WType.i64;
    case 'f': return WType.f32;
    case 'd': return WType.f64;
    case 'v': return WType.v128;
    default: throw new RangeError(`no value type has the letter '${letter}'`);
  }
}
