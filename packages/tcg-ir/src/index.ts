export { Builder } from './builder/builder.ts';
export * from './ir/cond.ts';
export { IrFunction, type Label, NO_TEMP, STRIDE, type Temp, TempKind } from './ir/function.ts';
export { type GlobalDef, type HelperDef, HelperFlag, Type } from './ir/helper.ts';
export * from './ir/memop.ts';
export { Op, type OpName } from './op/codes.ts';
export { OP_DEFS, OP_FLAGS, OP_NAMES, type OpDef, OpFlag, OPS } from './op/table.ts';
export { CodeWriter } from './wasm/code-writer.ts';
export { compileModule, type CompileOptions, type CompileUnit, WasmCompiler } from './wasm/compiler.ts';
export { disassembleModule, WasmDisassembler } from './wasm/disassemble.ts';
export { compileDispatcher, compileStub } from './wasm/dispatcher.ts';
export { ModuleWriter } from './wasm/module-writer.ts';
export { W, wasmType, WType } from './wasm/opcode.ts';
export * from './wasm/target.ts';
export {
  type GuestMemory, type HelperFunction, Interpreter, type InterpreterOptions, type TbIdentity,
} from './interp/interpreter.ts';
export { OPT_PASSES, Optimizer, type OptPass } from './opt/optimizer.ts';
export { IrSyntaxError, parseFunction } from './text/parse.ts';
export { printFunction } from './text/print.ts';
export { assertValid, verify } from './verify/verify.ts';
