/** Optional parts of the architecture that a CPU model has; each is a bit of CpuModel.features. */
export const Feature = {
  CRC32: 1 << 0,
  AES: 1 << 1,
  PMULL: 1 << 2,
  SHA1: 1 << 3,
  SHA256: 1 << 4,
  /** FEAT_LSE: atomic memory instructions. */
  LSE: 1 << 5,
  RDM: 1 << 6,
  DOTPROD: 1 << 7,
  FP16: 1 << 8,
  FHM: 1 << 9,
  FLAGM: 1 << 10,
  PAN: 1 << 11,
  UAO: 1 << 12,
  LRCPC: 1 << 13,
  DIT: 1 << 14,
  SSBS: 1 << 15,
  /** FEAT_DPB: DC CVAP. */
  DPB: 1 << 16,
  /** FEAT_TLBIOS, FEAT_TLBIRANGE. */
  TLBI_RANGE: 1 << 17,
  FLAGM2: 1 << 18,
  FCMA: 1 << 19,
  JSCVT: 1 << 20,
  FRINTTS: 1 << 21,
  SHA512: 1 << 22,
  SHA3: 1 << 23,
  RNG: 1 << 24,
  /** FEAT_PAN2: AT S1E1RP, S1E1WP. */
  PAN2: 1 << 25,
  SB: 1 << 26,
  E0PD: 1 << 27,
  BF16: 1 << 28,
  I8MM: 1 << 29,
} as const;

export type FeatureName = keyof typeof Feature;

export function hasFeature(features: number, bit: number): boolean {
  return (features & bit) !== 0;
}
