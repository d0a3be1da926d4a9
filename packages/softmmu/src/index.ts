export * from './cpu/common.ts';
export * from './cpu/guest.ts';
