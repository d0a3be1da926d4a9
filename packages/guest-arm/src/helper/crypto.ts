import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import type { HelperDef } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../cpu/cpu.ts';

export const CRYPTO_HELPERS: readonly HelperDef[] = [];

export function makeCryptoHelpers(_current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  return {};
}
