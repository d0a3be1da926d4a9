export { FdtError, FdtNode, cells, sizedCells, strings, u64Cells } from './tree.ts';
export type { FdtTree } from './tree.ts';
export { writeFdt } from './write.ts';
export { parseFdt } from './parse.ts';
export { setBootInfo, setPsci } from './boot.ts';
export type { BootInfo } from './boot.ts';
