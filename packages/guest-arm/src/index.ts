export { armArch } from './arch.ts';
export { ArmCpu, type PsciConduit } from './cpu/cpu.ts';
export { ARM_GLOBALS, ArmEnv, ENV, ENV_SIZE, vOffset, xOffset } from './cpu/env.ts';
export { Feature } from './cpu/features.ts';
export { ARM_MODELS } from './cpu/models.ts';
export { ArmTbFlag, MmuIdx } from './cpu/tb-flags.ts';
export { ArmExcp, Ec } from './cpu/syndrome.ts';
export { ARM_HELPERS } from './helper/index.ts';
