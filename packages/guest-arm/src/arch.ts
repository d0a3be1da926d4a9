import type { GuestArch } from '@mttcg/softmmu';
import type { Builder } from '@mttcg/tcg-ir';
import { ArmCpu } from './cpu/cpu.ts';
import { ARM_GLOBALS, ENV, ENV_SIZE } from './cpu/env.ts';
import { ARM_MODELS } from './cpu/models.ts';
import { MMU_INDEXES } from './cpu/tb-flags.ts';
import { disassembleA64 } from './disas/disassemble.ts';
import { ARM_HELPERS, makeArmHelpers } from './helper/index.ts';
import { beginA64, translateA64 } from './translate/translate.ts';

/** AArch64 guest: A64 at EL0 and EL1. */
export const armArch: GuestArch<Builder, ArmCpu> = {
  name: 'aarch64',
  globals: ARM_GLOBALS,
  helpers: ARM_HELPERS,
  envSize: ENV_SIZE,
  pcOffset: ENV.pc,
  pageBits: 12,
  insnAlignBits: 2,
  mmuIndexes: MMU_INDEXES,
  models: ARM_MODELS.map((m) => m.name),
  createCpu: (host, model) => new ArmCpu(host, model),
  makeHelpers: makeArmHelpers,
  begin: beginA64,
  translate: translateA64,
  disassemble: disassembleA64,
};
