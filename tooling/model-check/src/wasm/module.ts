/** Reads the parts of a WebAssembly module that the interpreter runs. */
import { ModelError } from '../error.ts';
import { Reader } from './reader.ts';

export interface FunctionType {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

export interface DefinedFunction {
  readonly type: FunctionType;
  /** Value types of the locals after the parameters. */
  readonly locals: readonly number[];
  /** Where in the module its code begins and ends. */
  readonly start: number;
  readonly end: number;
}

export interface GlobalVariable {
  readonly type: number;
  readonly value: number | bigint;
}

export interface WasmModule {
  readonly bytes: Uint8Array;
  readonly types: readonly FunctionType[];
  readonly imports: readonly ImportedFunction[];
  /** Where its memory comes from; undefined when it has none. */
  readonly memory: { readonly module: string; readonly name: string } | 'own' | undefined;
  readonly functions: readonly DefinedFunction[];
  readonly globals: readonly GlobalVariable[];
  /** Function indexes (imported ones first) by name. */
  readonly exports: ReadonlyMap<string, number>;
}

export const I32 = 0x7f;
export const I64 = 0x7e;

const unsupported = (what: string): ModelError => new ModelError('ERR_UNSUPPORTED', `wasm: ${what} cannot be explored`);

/** @throws ModelError ERR_BAD_ARGUMENT for what is no module, ERR_UNSUPPORTED for what the interpreter does not do */
export function readModule(bytes: Uint8Array): WasmModule {
  const reader = new Reader(bytes);
  if (reader.u32() !== 0x6d736100 || reader.u32() !== 1) throw new ModelError('ERR_BAD_ARGUMENT', 'wasm: the bytes are no WebAssembly module');
  const types: FunctionType[] = [];
  const imports: ImportedFunction[] = [];
  const declared: number[] = [];
  const globals: GlobalVariable[] = [];
  const functions: DefinedFunction[] = [];
  const exports = new Map<string, number>();
  let memory: WasmModule['memory'];

  const valueType = (): number => {
    const type = reader.byte();
    if (type !== I32 && type !== I64) throw unsupported(`value type 0x${type.toString(16)}`);
    return type;
  };
  const functionType = (): void => {
    if (reader.byte() !== 0x60) throw unsupported('a type that is no function');
    types.push({ params: reader.vector(valueType), results: reader.vector(valueType) });
  };
  const limits = (): void => {
    const flags = reader.byte();
    if ((flags & 4) !== 0) throw unsupported('64-bit memory');
    reader.leb();
    if ((flags & 1) !== 0) reader.leb();
  };
  const importEntry = (): void => {
    const [module, name] = [reader.name(), reader.name()];
    const kind = reader.byte();
    if (kind === 0) imports.push({ module, name, type: types[reader.leb()] });
    else if (kind === 2) {
      limits();
      memory = { module, name };
    } else throw unsupported(`the import ${module}.${name} (only functions and a memory)`);
  };
  const global = (): void => {
    const type = valueType();
    reader.byte();
    const opcode = reader.byte();
    if (opcode !== 0x41 && opcode !== 0x42) throw unsupported('a global that does not begin as a constant');
    globals.push({ type, value: opcode === 0x41 ? Number(reader.signed(32)) : reader.signed(64) });
    reader.byte();
  };
  const code = (): void => {
    const size = reader.leb();
    const end = reader.at + size;
    const locals = reader.vector(() => {
      const count = reader.leb();
      return new Array<number>(count).fill(valueType());
    }).flat();
    functions.push({ type: types[declared[functions.length]], locals, start: reader.at, end });
    reader.at = end;
  };

  while (!reader.atEnd) {
    const id = reader.byte();
    const size = reader.leb();
    const end = reader.at + size;
    if (id === 1) reader.vector(functionType);
    else if (id === 2) reader.vector(importEntry);
    else if (id === 3) declared.push(...reader.vector(() => reader.leb()));
    else if (id === 5) {
      reader.vector(limits);
      memory = 'own';
    } else if (id === 6) reader.vector(global);
    else if (id === 7) {
      reader.vector(() => {
        const name = reader.name();
        const kind = reader.byte();
        const index = reader.leb();
        if (kind === 0) exports.set(name, index);
      });
    } else if (id === 10) reader.vector(code);
    else if (id !== 0 && id !== 12) throw unsupported(`section ${id} (tables, start functions, elements, data)`);
    reader.at = end;
  }
  return { bytes, types, imports, memory, functions, globals, exports };
}
