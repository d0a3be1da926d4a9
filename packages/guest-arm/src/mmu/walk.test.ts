import { Access } from '@mttcg/softmmu';
import { describe, expect, it } from 'vitest';
import { ENV } from '../cpu/env.ts';
import { MmuIdx } from '../cpu/tb-flags.ts';
import { readJson } from '../../test/system/files.ts';
import { FakeMachine, get64, set64 } from '../../test/system/fake-host.ts';
import { makeWalkCases, POOL_BASE, WALK_SEEDS } from '../../test/system/walk-cases.ts';
import { addressTranslate } from './address-translate.ts';

const vectors = readJson<Record<string, string>>('walk-vectors.json');

const KINDS: readonly (readonly [string, number, number])[] = [
  ['S1E1R', Access.LOAD, MmuIdx.E1],
  ['S1E1W', Access.STORE, MmuIdx.E1],
  ['S1E0R', Access.LOAD, MmuIdx.E0],
  ['S1E0W', Access.STORE, MmuIdx.E0],
  ['S1E1RP', Access.LOAD, MmuIdx.E1_PAN],
  ['S1E1WP', Access.STORE, MmuIdx.E1_PAN],
];

function parse36(text: string): bigint {
  let value = 0n;
  for (const c of text) value = value * 36n + BigInt(Number.parseInt(c, 36));
  return value;
}

/**
 * QEMU 7.2 takes block descriptors at every level above 3; the architecture has none at level 0, and at level 1 only
 * with 4K granules (Arm ARM D8.3.1). There we report a translation fault of that level.
 */
function reservedBlock(par: bigint, va: bigint, tcr: bigint): boolean {
  const upper = ((va >> 55n) & 1n) !== 0n;
  const is4k = upper ? ((tcr >> 30n) & 3n) === 2n : ((tcr >> 14n) & 3n) === 0n;
  return par === 0x809n || (par === 0x80bn && !is4k);
}

describe('stage 1 walk against QEMU', () => {
  for (const [model, spec] of Object.entries(WALK_SEEDS)) {
    it(`${model}: PAR_EL1 of random tables`, () => {
      const { pool, configs } = makeWalkCases(spec.seed, spec.max, spec.configs, spec.perConfig);
      const machine = new FakeMachine(model, 1, POOL_BASE, pool.length);
      machine.heap.u8.set(pool, machine.ramHostBase);
      const cpu = machine.cpus[0]!;
      const expected = vectors[model]!.split(' ');
      let at = 0;
      const wrong: string[] = [];
      for (const config of configs) {
        for (const name of ['tcr', 'ttbr0', 'ttbr1', 'mair', 'sctlr'] as const) set64(cpu, ENV[name], config[name]);
        for (const va of config.addresses) {
          for (const [kind, access, mmuIdx] of spec.max ? KINDS : KINDS.slice(0, 4)) {
            addressTranslate(cpu, Number(va & 0xffffffffn) | 0, Number(va >> 32n) | 0, access, mmuIdx);
            const want = parse36(expected[at++]!);
            const got = get64(cpu, ENV.par);
            if (got !== want && !reservedBlock(got, va, config.tcr)) {
              wrong.push(`${kind} va ${va.toString(16)} tcr ${config.tcr.toString(16)} sctlr ${config.sctlr.toString(16)}: PAR ${got.toString(16)}, expected ${want.toString(16)}`);
            }
          }
        }
      }
      expect(at).toBe(expected.length);
      expect(wrong.slice(0, 20), `${wrong.length} of ${at} differ`).toEqual([]);
    });
  }
});
