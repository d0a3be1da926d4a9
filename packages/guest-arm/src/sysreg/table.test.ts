import { describe, expect, it } from 'vitest';
import { readJson } from '../../test/system/files.ts';
import { FakeMachine, hex } from '../../test/system/fake-host.ts';
import type { ArmCpu } from '../cpu/cpu.ts';
import { ENV } from '../cpu/env.ts';
import { Feature } from '../cpu/features.ts';
import { ARM_MODELS } from '../cpu/models.ts';
import { ArmTbFlag } from '../cpu/tb-flags.ts';
import { makeSystemHelpers } from '../helper/system.ts';
import { CpuCommon } from '@mttcg/softmmu';
import { sysregAccess, sysregLookup, SYSREGS } from './table.ts';
import { SysAccess, SysFlag, type SysReg } from './types.ts';

const vectors = readJson<Record<string, Record<string, string>>>('id-vectors.json');

/** MRS as the translator does it. */
function mrs(cpu: ArmCpu, reg: SysReg): string {
  if ((reg.flags & SysFlag.RAZ) !== 0) return '0';
  if ((reg.flags & SysFlag.READ32) !== 0) return hex(cpu.word(reg.offset) & reg.maskLo, 0);
  if ((reg.flags & SysFlag.PLAIN_READ) !== 0) return hex(cpu.word(reg.offset), cpu.word(reg.offset + 4));
  makeSystemHelpers({ cpu, host: cpu.host }).sysreg_read!(reg.index);
  return hex(cpu.word(CpuCommon.offset.scratch), cpu.word(CpuCommon.offset.scratch + 4));
}

/** Registers whose value at the moment of reading is not a matter of the table. */
const VOLATILE = new Set([
  'CNTPCT_EL0', 'CNTVCT_EL0', 'CNTP_TVAL_EL0', 'CNTV_TVAL_EL0', 'VBAR_EL1', 'ELR_EL1', 'SPSR_EL1', 'ESR_EL1', 'NZCV', 'FAR_EL1',
]);

/** On the cores, but not in QEMU 7.2. */
const ONLY_HERE = [
  'DBGDTR_EL0', 'DBGDTRRX_EL0', 'OSDTRRX_EL1', 'OSDTRTX_EL1', 'OSECCR_EL1', 'DBGPRCR_EL1', 'DBGCLAIMSET_EL1',
  'DBGCLAIMCLR_EL1', 'DBGAUTHSTATUS_EL1',
];

describe('system registers against QEMU', () => {
  for (const model of ['cortex-a57', 'cortex-a53', 'cortex-a72']) {
    it(`${model}: the same registers with the same reset values`, () => {
      const cpu = new FakeMachine(model, 1, 0, 4096).cpus[0]!;
      // FPCR and FPSR trap at reset; QEMU's list was read so.
      const flags = cpu.word(ENV.tbFlags);
      const theirs = vectors[model]!;
      const wrong: string[] = [];
      const missing: string[] = [];
      for (const [key, value] of Object.entries(theirs)) {
        const [op0, op1, crn, crm, op2] = key.split(' ').map(Number) as [number, number, number, number, number];
        const reg = sysregLookup(op0, op1, crn, crm, op2);
        if (reg === undefined || sysregAccess(reg, flags, cpu.features, true) !== SysAccess.OK) missing.push(`${key} = ${value}`);
        else if (!VOLATILE.has(reg.name) && mrs(cpu, reg) !== value) wrong.push(`${reg.name}: ${mrs(cpu, reg)}, QEMU ${value}`);
      }
      expect(wrong).toEqual([]);
      expect(missing).toEqual([]);
      const extra = SYSREGS.filter(
        (r) =>
          (r.flags & SysFlag.SYS) === 0 && sysregAccess(r, flags, cpu.features, true) === SysAccess.OK &&
          theirs[[r.op0, r.op1, r.crn, r.crm, r.op2].join(' ')] === undefined,
      ).map((r) => r.name);
      expect(extra).toEqual(ONLY_HERE);
    });
  }
});

/** What the reference's `max` has and ours does not: pointer authentication, RAS, error records, random numbers, MTE, ... */
describe('model max', () => {
  const cpu = new FakeMachine('max', 1, 0, 4096).cpus[0]!;
  const field = (crm: number, op2: number, shift: number): number => {
    const reg = sysregLookup(3, 0, 0, crm, op2)!;
    return Number((BigInt(`0x${mrs(cpu, reg)}`) >> BigInt(shift)) & 15n);
  };

  it('has no register that the reference lacks', () => {
    const extra = SYSREGS.filter(
      (r) =>
        (r.flags & SysFlag.SYS) === 0 && sysregAccess(r, cpu.word(ENV.tbFlags), cpu.features, true) === SysAccess.OK &&
        vectors.max![[r.op0, r.op1, r.crn, r.crm, r.op2].join(' ')] === undefined,
    ).map((r) => r.name);
    expect(extra).toEqual(ONLY_HERE);
  });

  it('advertises no feature above the reference, and what the feature bits say', () => {
    const above: string[] = [];
    for (const [crm, op2] of [[4, 0], [4, 1], [6, 0], [6, 1], [7, 1], [7, 2]] as const) {
      const theirs = BigInt(`0x${vectors.max![[3, 0, 0, crm, op2].join(' ')]!}`);
      for (let shift = 0; shift < 64; shift += 4) {
        // EL0 and EL1 of the reference may run AArch32 too; CSV2, CSV3 are about speculation.
        if (field(crm, op2, shift) > Number((theirs >> BigInt(shift)) & 15n)) above.push(`CRm ${crm} op2 ${op2} bit ${shift}`);
      }
    }
    expect(above).toEqual([]);
    const has = (bit: number): number => ((cpu.features & bit) !== 0 ? 1 : 0);
    expect(field(6, 0, 20)).toBe(has(Feature.LSE) * 2);
    expect(field(6, 0, 28)).toBe(has(Feature.RDM));
    expect(field(6, 0, 44)).toBe(has(Feature.DOTPROD));
    expect(field(6, 1, 20)).toBe(has(Feature.LRCPC));
    expect(field(7, 1, 20)).toBe(has(Feature.PAN) + has(Feature.PAN2));
    expect(field(7, 2, 4)).toBe(has(Feature.UAO));
    expect(field(4, 0, 16)).toBe(has(Feature.FP16));
    expect(field(4, 0, 20)).toBe(has(Feature.FP16));
  });
});

describe('the table', () => {
  it('has each encoding once, and every row can be read or written as its flags say', () => {
    const seen = new Set<string>();
    for (const r of SYSREGS) {
      const key = [r.op0, r.op1, r.crn, r.crm, r.op2].join(' ');
      expect(seen.has(key), `${r.name} ${key}`).toBe(false);
      seen.add(key);
      expect(sysregLookup(r.op0, r.op1, r.crn, r.crm, r.op2)).toBe(r);
      const f = r.flags;
      if ((f & (SysFlag.R1 | SysFlag.R0)) !== 0) {
        const readable = (f & (SysFlag.NZCV | SysFlag.RAZ)) !== 0 || r.offset >= 0 || r.read !== undefined;
        expect(readable, `${r.name} cannot be read`).toBe(true);
      }
      if ((f & (SysFlag.W1 | SysFlag.W0)) !== 0) {
        const inline = SysFlag.NZCV | SysFlag.NOP | SysFlag.DC_ZVA | SysFlag.PSTATE;
        const writable = (f & inline) !== 0 || ((f & SysFlag.PLAIN_WRITE) !== 0 && r.offset >= 0) || r.write !== undefined;
        expect(writable, `${r.name} cannot be written`).toBe(true);
      }
      // A plain 64-bit access of a 32-bit field would overrun it.
      if ((f & SysFlag.READ32) !== 0) expect(f & SysFlag.PLAIN_READ, r.name).toBe(0);
      if (r.write !== undefined) expect(f & SysFlag.PLAIN_WRITE, r.name).toBe(0);
    }
  });

  it('all models reset to an EL1h that may read its ID registers', () => {
    for (const model of ARM_MODELS) {
      const cpu = new FakeMachine(model.name, 1, 0, 4096).cpus[0]!;
      expect(mrs(cpu, sysregLookup(3, 0, 0, 0, 0)!)).toBe(model.midr.toString(16));
      expect(mrs(cpu, sysregLookup(3, 0, 4, 2, 2)!)).toBe('4');
    }
  });
});

describe('access from EL0', () => {
  const a57 = 0x1f;
  const get = (...enc: [number, number, number, number, number]): SysReg => sysregLookup(...enc)!;

  it('EL1 registers are UNDEFINED', () => {
    expect(sysregAccess(get(3, 0, 1, 0, 0), 0, a57, true)).toBe(SysAccess.UNDEF);
    expect(sysregAccess(get(3, 0, 0, 0, 0), 0, a57, true)).toBe(SysAccess.UNDEF);
  });

  it('traps until the control bit grants it', () => {
    for (const [reg, bit] of [
      [get(3, 3, 0, 0, 1), ArmTbFlag.UCT], // CTR_EL0
      [get(3, 3, 14, 0, 2), ArmTbFlag.EL0VCTEN], // CNTVCT_EL0
      [get(3, 3, 14, 0, 1), ArmTbFlag.EL0PCTEN], // CNTPCT_EL0
      [get(3, 3, 14, 3, 1), ArmTbFlag.EL0VTEN], // CNTV_CTL_EL0
      [get(3, 3, 14, 2, 1), ArmTbFlag.EL0PTEN], // CNTP_CTL_EL0
      [get(3, 3, 4, 2, 1), ArmTbFlag.UMA], // DAIF
      [get(3, 3, 9, 13, 0), ArmTbFlag.PM_CR], // PMCCNTR_EL0
    ] as const) {
      expect(sysregAccess(reg, 0, a57, true), reg.name).toBe(SysAccess.TRAP);
      expect(sysregAccess(reg, bit, a57, true), reg.name).toBe(SysAccess.OK);
    }
    const zva = get(1, 3, 7, 4, 1);
    expect(sysregAccess(zva, 0, a57, false)).toBe(SysAccess.TRAP);
    expect(sysregAccess(zva, ArmTbFlag.DZE, a57, false)).toBe(SysAccess.OK);
    const cvau = get(1, 3, 7, 11, 1);
    expect(sysregAccess(cvau, 0, a57, false)).toBe(SysAccess.TRAP);
    expect(sysregAccess(cvau, ArmTbFlag.UCI, a57, false)).toBe(SysAccess.OK);
  });

  it('thread registers: TPIDR_EL0 read-write, TPIDRRO_EL0 read-only', () => {
    expect(sysregAccess(get(3, 3, 13, 0, 2), 0, a57, false)).toBe(SysAccess.OK);
    expect(sysregAccess(get(3, 3, 13, 0, 3), 0, a57, true)).toBe(SysAccess.OK);
    expect(sysregAccess(get(3, 3, 13, 0, 3), 0, a57, false)).toBe(SysAccess.UNDEF);
  });

  it('FPCR traps like an FP instruction', () => {
    expect(sysregAccess(get(3, 3, 4, 4, 0), 0, a57, true)).toBe(SysAccess.FP_TRAP);
    expect(sysregAccess(get(3, 3, 4, 4, 0), ArmTbFlag.FP_ENABLED, a57, true)).toBe(SysAccess.OK);
  });

  it('features decide: PAN only where the CPU has it', () => {
    const el1 = 1;
    expect(sysregAccess(get(3, 0, 4, 2, 3), el1, a57, true)).toBe(SysAccess.UNDEF);
    expect(sysregAccess(get(3, 0, 4, 2, 3), el1, a57 | Feature.PAN, true)).toBe(SysAccess.OK);
  });
});
