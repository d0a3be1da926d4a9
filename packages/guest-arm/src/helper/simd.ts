import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import type { HelperDef } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../cpu/cpu.ts';

export const SIMD_HELPERS: readonly HelperDef[] = [];

export function makeSimdHelpers(_current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  return {};
}
