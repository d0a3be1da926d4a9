import { Feature } from './features.ts';

/** Slots of ENV.idRegs: 0..55 are op0 3, op1 0, CRn 0, CRm 1..7 (slot (CRm - 1) * 8 + op2); then single registers. */
export const IdSlot = { MIDR: 56, MPIDR: 57, REVIDR: 58, CLIDR: 59, AIDR: 60, CTR: 61, DCZID: 62, CNTFRQ: 63 } as const;

export function idSlot(crm: number, op2: number): number {
  return (crm - 1) * 8 + op2;
}

/** Generic timer: 62.5 MHz, a tick every 16 ns. */
export const CNTFRQ_HZ = 62_500_000;
export const NS_PER_TICK = 16;

/** What `-cpu` chooses. Values of ID registers are given as [CRm, op2, high word, low word]; others are 0. */
export interface ArmModel {
  readonly name: string;
  readonly midr: number;
  readonly features: number;
  readonly id: readonly (readonly [number, number, number, number])[];
  readonly clidr: number;
  readonly ctr: number;
  /** CCSIDR_EL1 by CSSELR_EL1 (level 1 data, level 1 instruction, level 2). */
  readonly ccsidr: readonly number[];
  readonly pmcr: number;
  /** Granules: bit 0 4K, bit 1 16K, bit 2 64K. */
  readonly granules: number;
  /** Physical address bits. */
  readonly paBits: number;
}

type IdRows = ArmModel['id'];

/** AArch32 state, as the Cortex-A cores of the first Armv8 generation report it (TRMs, register summary). */
const AARCH32_V80: IdRows = [
  [1, 0, 0, 0x131], [1, 1, 0, 0x10001], [1, 2, 0, 0x3010006], [1, 4, 0, 0x10101105], [1, 5, 0, 0x40000000],
  [1, 6, 0, 0x1260000], [1, 7, 0, 0x2102211], [2, 0, 0, 0x2101110], [2, 1, 0, 0x13112111], [2, 2, 0, 0x21232042],
  [2, 3, 0, 0x1112131], [2, 4, 0, 0x11142], [2, 5, 0, 0x11121], [3, 0, 0, 0x10110222], [3, 1, 0, 0x12111111],
  [3, 2, 0, 0x43],
];

function v80(mmfr0: number, extra: IdRows = []): IdRows {
  return [...AARCH32_V80, ...extra, [4, 0, 0, 0x22], [5, 0, 0, 0x10305106], [6, 0, 0, 0x11120], [7, 0, 0, mmfr0]];
}

const V80_FEATURES =
  Feature.CRC32 | Feature.AES | Feature.PMULL | Feature.SHA1 | Feature.SHA256;

const MAX_FEATURES =
  V80_FEATURES | Feature.LSE | Feature.RDM | Feature.DOTPROD | Feature.FP16 | Feature.FLAGM | Feature.PAN | Feature.PAN2 |
  Feature.UAO | Feature.LRCPC | Feature.DIT | Feature.SSBS | Feature.DPB | Feature.TLBI_RANGE | Feature.E0PD |
  Feature.FLAGM2 | Feature.FHM | Feature.FCMA | Feature.JSCVT | Feature.FRINTTS | Feature.I8MM | Feature.SHA512 |
  Feature.SHA3 | Feature.SB;

/** ID registers of the model `max` (Arm ARM D17.2), field by field from its features; AArch64 only at EL0. */
function maxId(f: number): IdRows {
  const on = (bit: number, value: number, shift: number): number => ((f & bit) !== 0 ? value << shift : 0);
  const fp = (f & Feature.FP16) !== 0 ? 1 : 0;
  const isar0Lo =
    (on(Feature.PMULL, 2, 4) || on(Feature.AES, 1, 4)) | on(Feature.SHA1, 1, 8) |
    (on(Feature.SHA512, 2, 12) || on(Feature.SHA256, 1, 12)) | on(Feature.CRC32, 1, 16) | on(Feature.LSE, 2, 20) |
    on(Feature.RDM, 1, 28);
  const isar0Hi =
    on(Feature.SHA3, 1, 0) | on(Feature.DOTPROD, 1, 12) | on(Feature.FHM, 1, 16) |
    (on(Feature.FLAGM2, 2, 20) || on(Feature.FLAGM, 1, 20)) | on(Feature.TLBI_RANGE, 2, 24) | on(Feature.RNG, 1, 28);
  const isar1Lo = on(Feature.DPB, 1, 0) | on(Feature.JSCVT, 1, 12) | on(Feature.FCMA, 1, 16) | on(Feature.LRCPC, 1, 20);
  const isar1Hi = on(Feature.FRINTTS, 1, 0) | on(Feature.SB, 1, 4) | on(Feature.BF16, 1, 12) | on(Feature.I8MM, 1, 20);
  // CSV2 and CSV3: no speculation leaks another context's data.
  const pfr0Hi = on(Feature.DIT, 1, 16) | (1 << 24) | (1 << 28);
  return [
    [4, 0, pfr0Hi, 0x11 | (fp << 16) | (fp << 20)],
    [4, 1, 0, on(Feature.SSBS, 2, 4)],
    [5, 0, 0, 0x10305106],
    [6, 0, isar0Hi, isar0Lo],
    [6, 1, isar1Hi, isar1Lo],
    // 48 bits of physical address, 16-bit ASIDs, both byte orders, 4K, 16K and 64K granules.
    [7, 0, 0, 0x101125],
    [7, 1, 0, on(Feature.PAN2, 2, 20) || on(Feature.PAN, 1, 20)],
    [7, 2, on(Feature.E0PD, 1, 28), 1 | on(Feature.UAO, 1, 4)],
  ];
}

const A57: ArmModel = {
  name: 'cortex-a57',
  midr: 0x411fd070,
  features: V80_FEATURES,
  id: v80(0x1124),
  clidr: 0xa200023,
  ctr: 0x8444c004 | 0,
  ccsidr: [0x701fe00a, 0x201fe012, 0x70ffe07a],
  pmcr: 0x41013000,
  granules: 5,
  paBits: 44,
};

/** The models of `-cpu`; the first is the default. */
export const ARM_MODELS: readonly ArmModel[] = [
  A57,
  {
    ...A57,
    name: 'cortex-a53',
    midr: 0x410fd034,
    id: v80(0x1122),
    ctr: 0x84448004 | 0,
    ccsidr: [0x700fe01a, 0x201fe00a, 0x707fe07a],
    pmcr: 0x41033000,
    paBits: 40,
  },
  {
    ...A57,
    name: 'cortex-a72',
    midr: 0x410fd083,
    id: v80(0x1124, [[1, 4, 0, 0x10201105]]),
    ccsidr: [0x701fe00a, 0x201fe012, 0x707fe07a],
    pmcr: 0x41023000,
  },
  {
    ...A57,
    name: 'max',
    midr: 0xf0510,
    features: MAX_FEATURES,
    id: maxId(MAX_FEATURES),
    clidr: 0x2000023,
    granules: 7,
    paBits: 48,
  },
];

/** @throws Error naming the models there are */
export function findModel(name: string): ArmModel {
  const model = ARM_MODELS.find((m) => m.name === name);
  if (model === undefined) {
    throw new Error(`-cpu ${name}: no such model; there are ${ARM_MODELS.map((m) => m.name).join(', ')}`);
  }
  return model;
}
