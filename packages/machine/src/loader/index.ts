export { LoaderError, sizeText } from './error.ts';
export type { LoaderOption } from './error.ts';
export { gunzip, isGzip } from './gzip.ts';
export { parseKernel } from './kernel.ts';
export type { Kernel, Segment } from './kernel.ts';
export { parseDtb } from './dtb.ts';
export { planBoot } from './place.ts';
export type { BootFiles, BootPlan, Ram } from './place.ts';
