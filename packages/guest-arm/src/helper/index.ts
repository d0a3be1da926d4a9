import type { CurrentCpu, JsHelper } from '@mttcg/softmmu';
import type { HelperDef } from '@mttcg/tcg-ir';
import type { ArmCpu } from '../cpu/cpu.ts';
import { CRYPTO_HELPERS, makeCryptoHelpers } from './crypto.ts';
import { FP_HELPERS, makeFpHelpers } from './fp.ts';
import { INT_HELPERS, makeIntHelpers } from './int.ts';
import { makePairHelpers, PAIR_HELPERS } from './pair.ts';
import { makeSimdHelpers, SIMD_HELPERS } from './simd.ts';
import { SYSTEM_HELPERS } from './system-defs.ts';
import { makeSystemHelpers } from './system.ts';

/** All helpers that translated A64 code calls; the index into this list is what `Builder.call` takes. */
export const ARM_HELPERS: readonly HelperDef[] = [
  ...SYSTEM_HELPERS,
  ...INT_HELPERS, ...PAIR_HELPERS,
  ...FP_HELPERS,
  ...SIMD_HELPERS,
  ...CRYPTO_HELPERS,
];

/** Index of each helper by name: `b.call(H.dc_zva!, …)`. */
export const H: Readonly<Record<string, number>> = indexByName(ARM_HELPERS);

/** Index of a helper. @throws Error for a name that no list defines */
export function helperIndex(name: string): number {
  const index = H[name];
  if (index === undefined) throw new Error(`no helper named ${name}`);
  return index;
}

function indexByName(defs: readonly HelperDef[]): Readonly<Record<string, number>> {
  const out: Record<string, number> = {};
  defs.forEach((def, i) => {
    if (out[def.name] !== undefined) throw new Error(`helper ${def.name} is defined twice`);
    out[def.name] = i;
  });
  return Object.freeze(out);
}

/** The JavaScript helpers of one thread, by name. */
export function makeArmHelpers(current: CurrentCpu<ArmCpu>): Record<string, JsHelper> {
  return {
    ...makeSystemHelpers(current),
    ...makeIntHelpers(current),
    ...makePairHelpers(current),
    ...makeFpHelpers(current),
    ...makeSimdHelpers(current),
    ...makeCryptoHelpers(current),
  };
}
