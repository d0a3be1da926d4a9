export { Builder } from './builder/builder.ts';
export * from './ir/cond.ts';
export { IrFunction, type Label, NO_TEMP, STRIDE, type Temp, TempKind } from './ir/function.ts';
export { type GlobalDef, type HelperDef, HelperFlag, Type } from './ir/helper.ts';
export * from './ir/memop.ts';
export { Op, type OpName } from './op/codes.ts';
export { OP_DEFS, OP_FLAGS, OP_NAMES, type OpDef, OpFlag, OPS } from './op/table.ts';
export * from './wasm/target.ts';
