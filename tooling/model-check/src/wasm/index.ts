/** Thread bodies in WebAssembly: the encoded bytes are run as they are, each access to memory as a step. */
import type { Body } from '../explore.ts';
import { type Imports, Interpreter } from './interpreter.ts';
import type { Value } from './numeric.ts';

export type { Imports } from './interpreter.ts';

export interface WasmBodyOptions {
  /** Functions that the module imports. Its memory, imported or its own, is the scenario's. */
  readonly imports?: Imports;
}

/**
 * A thread that calls one exported function. Its instance is fresh in each execution.
 * @param bytes of the module: 32- and 64-bit integers, control flow, calls, loads and stores, all atomic instructions
 * @param args i32 as numbers, i64 as bigints
 * @returns a body whose result is the function's: a number, a bigint, an array of several, or undefined
 * @throws ModelError ERR_UNSUPPORTED (at the first execution) naming what it cannot explore
 */
export function wasmBody(bytes: Uint8Array, name: string, args: readonly Value[] = [], options: WasmBodyOptions = {}): Body {
  return (_memory, model) => new Interpreter(bytes, model, options.imports).call(name, args);
}

/** A function of a module over the memory of the scenario, for bodies that call several: `(memory, model) => { const f = wasmFunctions(bytes, model); ... }`. */
export function wasmFunctions(bytes: Uint8Array, model: Parameters<Body>[1], imports: Imports = {}): Record<string, (...args: Value[]) => Value | Value[] | undefined> {
  const interpreter = new Interpreter(bytes, model, imports);
  return Object.fromEntries([...interpreter.module.exports.keys()].map((name) => [name, (...args: Value[]) => interpreter.call(name, args)]));
}
