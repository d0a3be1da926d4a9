import { Access } from '@mttcg/softmmu';
import { Feature } from '../cpu/features.ts';
import { ArmTbFlag, flagsMmuIdx, MmuIdx } from '../cpu/tb-flags.ts';
import { ENV } from '../cpu/env.ts';
import { addressTranslate } from '../mmu/address-translate.ts';
import { invalidateAll, invalidatePage, invalidateRange } from '../mmu/tlbi.ts';
import { SysFlag, type SysRow, type SysWrite } from './types.ts';

const { SYS, W1, W0, NOP, END_TB } = SysFlag;

function cacheOp(name: string, op1: number, crm: number, op2: number, extra = 0, feature = 0): SysRow {
  const el0 = op1 === 3;
  return {
    name,
    enc: [1, op1, 7, crm, op2],
    flags: SYS | W1 | NOP | extra | (el0 ? W0 : 0),
    el0Write: el0 ? ArmTbFlag.UCI : 0,
    feature,
  };
}

function at(name: string, crm: number, op2: number, access: number, mmuIdx: number, feature = 0): SysRow {
  return {
    name: `AT ${name}`,
    enc: [1, 0, 7, crm, op2],
    flags: SYS | W1,
    feature,
    write: (cpu, lo, hi) => {
      const idx = mmuIdx >= 0 ? mmuIdx : flagsMmuIdx(cpu.word(ENV.tbFlags));
      addressTranslate(cpu, lo, hi, access, idx);
    },
  };
}

/** A TLB operation in its forms: this vCPU, inner shareable, outer shareable (by CRm). All end the TB. */
function tlbi(
  name: string, op2: number, [local, inner, outer]: readonly [number, number, number], feature: number,
  operation: (shared: boolean) => SysWrite,
): SysRow[] {
  const row = (suffix: string, crm: number, need: number): SysRow => ({
    name: `TLBI ${name}${suffix}`,
    enc: [1, 0, 8, crm, op2],
    flags: SYS | W1 | END_TB,
    feature: need,
    write: operation(suffix !== ''),
  });
  return [row('', local, feature), row('IS', inner, feature), row('OS', outer, Feature.TLBI_RANGE)];
}

const BY_PAGE = [7, 3, 1] as const;
const BY_RANGE = [6, 2, 5] as const;

const all = (shared: boolean): SysWrite => (cpu) => invalidateAll(cpu, shared);
const page = (shared: boolean): SysWrite => (cpu, lo, hi) => invalidatePage(cpu, lo, hi, shared);
const range = (shared: boolean): SysWrite => (cpu, lo, hi) => invalidateRange(cpu, lo, hi, shared);

/** Bytes of a cache line, as CTR_EL0 says. */
const LINE = 64;

/**
 * IC IVAU. Stores find the code they change by themselves, except one that compared its TLB tag just before the code's
 * page was protected and stored just after: the maintenance that the architecture wants of the writer catches it.
 */
const invalidateLine: SysWrite = (cpu, lo, hi) => {
  cpu.host.tlb.invalidateCode?.(lo & -LINE, hi, LINE, flagsMmuIdx(cpu.word(ENV.tbFlags)));
};

/**
 * SYS operations. Caches are not modelled, and stores invalidate translated code by themselves, so cache maintenance
 * does nothing but end the TB where it is an instruction's (IC). Addresses are not checked, as in QEMU.
 */
export const SYS_ROWS: readonly SysRow[] = [
  cacheOp('IC IALLUIS', 0, 1, 0, END_TB),
  cacheOp('IC IALLU', 0, 5, 0, END_TB),
  { name: 'IC IVAU', enc: [1, 3, 7, 5, 1], flags: SYS | W1 | W0 | END_TB, el0Write: ArmTbFlag.UCI, write: invalidateLine },
  cacheOp('DC IVAC', 0, 6, 1),
  cacheOp('DC ISW', 0, 6, 2),
  cacheOp('DC CSW', 0, 10, 2),
  cacheOp('DC CISW', 0, 14, 2),
  cacheOp('DC CVAC', 3, 10, 1),
  cacheOp('DC CVAU', 3, 11, 1),
  cacheOp('DC CVAP', 3, 12, 1, 0, Feature.DPB),
  cacheOp('DC CIVAC', 3, 14, 1),
  { name: 'DC ZVA', enc: [1, 3, 7, 4, 1], flags: SYS | W1 | W0 | SysFlag.DC_ZVA, el0Write: ArmTbFlag.DZE },

  at('S1E1R', 8, 0, Access.LOAD, MmuIdx.E1),
  at('S1E1W', 8, 1, Access.STORE, MmuIdx.E1),
  at('S1E0R', 8, 2, Access.LOAD, MmuIdx.E0),
  at('S1E0W', 8, 3, Access.STORE, MmuIdx.E0),
  at('S1E1RP', 9, 0, Access.LOAD, -1, Feature.PAN2),
  at('S1E1WP', 9, 1, Access.STORE, -1, Feature.PAN2),

  ...tlbi('VMALLE1', 0, BY_PAGE, 0, all),
  ...tlbi('VAE1', 1, BY_PAGE, 0, page),
  ...tlbi('ASIDE1', 2, BY_PAGE, 0, all),
  ...tlbi('VAAE1', 3, BY_PAGE, 0, page),
  ...tlbi('VALE1', 5, BY_PAGE, 0, page),
  ...tlbi('VAALE1', 7, BY_PAGE, 0, page),
  ...tlbi('RVAE1', 1, BY_RANGE, Feature.TLBI_RANGE, range),
  ...tlbi('RVAAE1', 3, BY_RANGE, Feature.TLBI_RANGE, range),
  ...tlbi('RVALE1', 5, BY_RANGE, Feature.TLBI_RANGE, range),
  ...tlbi('RVAALE1', 7, BY_RANGE, Feature.TLBI_RANGE, range),
];
