export { VIRT } from './board/index.ts';
export type { BlockFile, ControlPlatform, ThreadHandle, ThreadPlatform } from './host/platform.ts';
export { LoaderError } from './loader/index.ts';
export { LOG_ITEMS, type LogItem, type LogOptions, type LogRange, type LogSink } from './log/log.ts';
export { buildDtb, ConfigError, CPU_MODELS, createMachine, Machine, type MachineEnd, type MachineOptions } from './machine.ts';
export { MAX_CPUS } from './memory/layout.ts';
export { MAX_RAM_BYTES } from './memory/plan.ts';
export type { DriveConfig, MachineConfig } from './thread/config.ts';
export { threadMain, type ThreadData } from './thread/main.ts';
