import { Op } from '../op/codes.ts';
import type { Temp } from '../ir/function.ts';
import { MemoryBuilder } from './memory.ts';

/** Floating-point ops on bit patterns. */
export class FloatBuilder extends MemoryBuilder {
  // Floating point on bit patterns (f32 in i32, f64 in i64); round to nearest even, NaN bits unspecified

  faddF32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.fadd_f32, d, a, b); }
  fsubF32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.fsub_f32, d, a, b); }
  fmulF32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.fmul_f32, d, a, b); }
  fdivF32(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.fdiv_f32, d, a, b); }
  fsqrtF32(d: Temp, a: Temp): void { this.emit2(Op.fsqrt_f32, d, a); }
  fabsF32(d: Temp, a: Temp): void { this.emit2(Op.fabs_f32, d, a); }
  fnegF32(d: Temp, a: Temp): void { this.emit2(Op.fneg_f32, d, a); }
  ffloorF32(d: Temp, a: Temp): void { this.emit2(Op.ffloor_f32, d, a); }
  fceilF32(d: Temp, a: Temp): void { this.emit2(Op.fceil_f32, d, a); }
  ftruncF32(d: Temp, a: Temp): void { this.emit2(Op.ftrunc_f32, d, a); }
  fnearestF32(d: Temp, a: Temp): void { this.emit2(Op.fnearest_f32, d, a); }
  /** 1 when the ordered comparison holds (FCond). */
  fsetcondF32(d: Temp, a: Temp, b: Temp, cond: number): void { this.emit4(Op.fsetcond_f32, d, a, b, cond); }
  faddF64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.fadd_f64, d, a, b); }
  fsubF64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.fsub_f64, d, a, b); }
  fmulF64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.fmul_f64, d, a, b); }
  fdivF64(d: Temp, a: Temp, b: Temp): void { this.emit3(Op.fdiv_f64, d, a, b); }
  fsqrtF64(d: Temp, a: Temp): void { this.emit2(Op.fsqrt_f64, d, a); }
  fabsF64(d: Temp, a: Temp): void { this.emit2(Op.fabs_f64, d, a); }
  fnegF64(d: Temp, a: Temp): void { this.emit2(Op.fneg_f64, d, a); }
  ffloorF64(d: Temp, a: Temp): void { this.emit2(Op.ffloor_f64, d, a); }
  fceilF64(d: Temp, a: Temp): void { this.emit2(Op.fceil_f64, d, a); }
  ftruncF64(d: Temp, a: Temp): void { this.emit2(Op.ftrunc_f64, d, a); }
  fnearestF64(d: Temp, a: Temp): void { this.emit2(Op.fnearest_f64, d, a); }
  /** 1 when the ordered comparison holds (FCond). */
  fsetcondF64(d: Temp, a: Temp, b: Temp, cond: number): void { this.emit4(Op.fsetcond_f64, d, a, b, cond); }
  fcvtF64F32(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f64_f32, d, a); }
  fcvtF32F64(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f32_f64, d, a); }
  /** integer to float. */
  fcvtF32I32s(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f32_i32s, d, a); }
  /** float to integer, toward zero, saturating; NaN gives 0. */
  fcvtI32sF32(d: Temp, a: Temp): void { this.emit2(Op.fcvt_i32s_f32, d, a); }
  /** integer to float. */
  fcvtF32I32u(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f32_i32u, d, a); }
  /** float to integer, toward zero, saturating; NaN gives 0. */
  fcvtI32uF32(d: Temp, a: Temp): void { this.emit2(Op.fcvt_i32u_f32, d, a); }
  /** integer to float. */
  fcvtF32I64s(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f32_i64s, d, a); }
  /** float to integer, toward zero, saturating; NaN gives 0. */
  fcvtI64sF32(d: Temp, a: Temp): void { this.emit2(Op.fcvt_i64s_f32, d, a); }
  /** integer to float. */
  fcvtF32I64u(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f32_i64u, d, a); }
  /** float to integer, toward zero, saturating; NaN gives 0. */
  fcvtI64uF32(d: Temp, a: Temp): void { this.emit2(Op.fcvt_i64u_f32, d, a); }
  /** integer to float. */
  fcvtF64I32s(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f64_i32s, d, a); }
  /** float to integer, toward zero, saturating; NaN gives 0. */
  fcvtI32sF64(d: Temp, a: Temp): void { this.emit2(Op.fcvt_i32s_f64, d, a); }
  /** integer to float. */
  fcvtF64I32u(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f64_i32u, d, a); }
  /** float to integer, toward zero, saturating; NaN gives 0. */
  fcvtI32uF64(d: Temp, a: Temp): void { this.emit2(Op.fcvt_i32u_f64, d, a); }
  /** integer to float. */
  fcvtF64I64s(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f64_i64s, d, a); }
  /** float to integer, toward zero, saturating; NaN gives 0. */
  fcvtI64sF64(d: Temp, a: Temp): void { this.emit2(Op.fcvt_i64s_f64, d, a); }
  /** integer to float. */
  fcvtF64I64u(d: Temp, a: Temp): void { this.emit2(Op.fcvt_f64_i64u, d, a); }
  /** float to integer, toward zero, saturating; NaN gives 0. */
  fcvtI64uF64(d: Temp, a: Temp): void { this.emit2(Op.fcvt_i64u_f64, d, a); }
}
