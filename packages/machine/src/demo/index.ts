export { type Address, Assembler, type AtomicOrder, SP, w, WZR, x, XZR } from './asm.ts';
export type { Barrier, Condition, Reg, SysEncoding, SystemInstruction, SystemRegister } from './registers.ts';
export { elfExecutable } from './elf.ts';
export { demoGuest, type DemoOptions } from './guest.ts';
