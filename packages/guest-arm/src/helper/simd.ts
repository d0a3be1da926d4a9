import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import { type HelperDef, HelperFlag } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { FpFlag } from '../softfloat/index.ts';
import { SimdUnit } from './simd-unit.ts';

/** simd_op(desc, regs): see simd-desc.ts. Works on V registers and FPSR.QC in env memory. */
export const SIMD_HELPERS: readonly HelperDef[] = [
  { name: 'simd_op', kind: 'js', params: 'ii', ret: '', flags: HelperFlag.NO_GLOBALS },
];

export function makeSimdHelpers(current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  const unit = new SimdUnit();
  return {
    simd_op(desc, regs): void {
      const { i32, env } = current.cpu;
      if (unit.run(i32, (env + ENV.vregs) >>> 2, desc, regs)) i32[(env + ENV.fpsr) >>> 2]! |= FpFlag.QC;
    },
  };
}
