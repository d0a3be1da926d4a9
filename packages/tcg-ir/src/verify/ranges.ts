import { Op, type OpName } from '../op/codes.ts';

/** Smallest and largest value of an immediate, both allowed. */
export type Range = readonly [number, number];

const ANY_LANE: Range = [0, 3];
const UP_TO_32: Range = [0, 2];
const UP_TO_16: Range = [0, 1];
const FLOAT_LANE: Range = [2, 3];

/** Ranges of `n` immediates in their order, by op; ops that are not here take any number. */
const BY_NAME: { readonly [K in OpName]?: readonly Range[] } = {
  goto_tb: [[0, 1]],
  exit_tb: [[1, 7]],
  mb: [[0, 0x3f]],
  deposit_i32: [[0, 31], [1, 32]],
  deposit_i64: [[0, 63], [1, 64]],
  extract_i32: [[0, 31], [1, 32]],
  extract_i64: [[0, 63], [1, 64]],
  sextract_i32: [[0, 31], [1, 32]],
  sextract_i64: [[0, 63], [1, 64]],
  extract2_i32: [[0, 32]],
  extract2_i64: [[0, 64]],
  guest_rmw_i32: [[0, 24]],
  guest_rmw_i64: [[0, 24]],
  vadd: [ANY_LANE],
  vsub: [ANY_LANE],
  vmul: [[1, 3]],
  vneg: [ANY_LANE],
  vabs: [ANY_LANE],
  vshl: [ANY_LANE],
  vshr: [ANY_LANE],
  vsar: [ANY_LANE],
  vcmp: [ANY_LANE],
  vmins: [UP_TO_32],
  vminu: [UP_TO_32],
  vmaxs: [UP_TO_32],
  vmaxu: [UP_TO_32],
  vaddss: [UP_TO_16],
  vaddus: [UP_TO_16],
  vsubss: [UP_TO_16],
  vsubus: [UP_TO_16],
  vavgu: [UP_TO_16],
  vsplat_i32: [UP_TO_32],
  vextractu_i32: [UP_TO_32, [0, 15]],
  vextracts_i32: [UP_TO_32, [0, 15]],
  vextract_i64: [[0, 1]],
  vinsert_i32: [UP_TO_32, [0, 15]],
  vinsert_i64: [[0, 1]],
  vextls: [UP_TO_32],
  vextlu: [UP_TO_32],
  vexths: [UP_TO_32],
  vexthu: [UP_TO_32],
  vnarrows: [[1, 2]],
  vnarrowu: [[1, 2]],
  vmulls: [UP_TO_32],
  vmullu: [UP_TO_32],
  vmulhs: [UP_TO_32],
  vmulhu: [UP_TO_32],
  vaddps: [UP_TO_16],
  vaddpu: [UP_TO_16],
  vbitmask: [ANY_LANE],
  valltrue: [ANY_LANE],
  vfadd: [FLOAT_LANE],
  vfsub: [FLOAT_LANE],
  vfmul: [FLOAT_LANE],
  vfdiv: [FLOAT_LANE],
  vfsqrt: [FLOAT_LANE],
  vfabs: [FLOAT_LANE],
  vfneg: [FLOAT_LANE],
  vffloor: [FLOAT_LANE],
  vfceil: [FLOAT_LANE],
  vftrunc: [FLOAT_LANE],
  vfnearest: [FLOAT_LANE],
  vfcmp: [FLOAT_LANE],
};

/** By opcode. */
export const IMM_RANGES: readonly (readonly Range[] | undefined)[] = (() => {
  const table: (readonly Range[] | undefined)[] = [];
  for (const [name, ranges] of Object.entries(BY_NAME)) table[Op[name as OpName]] = ranges;
  return table;
})();
