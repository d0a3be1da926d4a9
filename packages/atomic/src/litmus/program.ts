/** Litmus threads as code that the engine compiles: WebAssembly, or JavaScript. */
import { load, store } from '../primitive.ts';
import * as wasm from '../wasm-module.ts';
import type { LitmusOp } from './tests.ts';

/** Bytes of one instance of a test: two locations and four registers, a cache line each. */
export const STRIDE = 64 * 6;
export const registerOffset = (register: number): number => 64 * (2 + register);
const locationOffset = (at: number): number => 64 * at;

/** Runs one thread's accesses on `count` instances from byte offset `base` on. */
export type LitmusProgram = (base: number, count: number) => void;

/**
 * The function `(base, count)`: a loop over instances; the accesses, then plain stores of the registers, so that nothing
 * but the accesses under test stands between them. A register is stored as `base ^ register`: an engine that sinks a
 * load into the one instruction that uses it then shows plain loads out of order. The low two bits of `base` are 0.
 */
export function wasmProgram(ops: readonly LitmusOp[], access: 'plain' | 'atomic', memory: WebAssembly.Memory): LitmusProgram {
  const { localGet, localSet, localTee, i32Const, I32_LOAD, I32_STORE } = wasm;
  const [BASE, COUNT, FIRST_REGISTER] = [0, 1, 2];
  const code: number[] = [wasm.LOOP, wasm.VOID];
  let registers = 0;
  const saves: number[] = [];
  for (const op of ops) {
    code.push(...localGet(BASE));
    if (op.op === 'store') code.push(...i32Const(op.value), ...wasm.access(I32_STORE[access], 2, locationOffset(op.at)));
    else {
      const local = FIRST_REGISTER + registers++;
      code.push(...wasm.access(I32_LOAD[access], 2, locationOffset(op.at)), ...localSet(local));
      saves.push(...localGet(BASE), ...localGet(BASE), ...localGet(local), wasm.I32_XOR);
      saves.push(...wasm.access(I32_STORE.plain, 2, registerOffset(op.register)));
    }
  }
  code.push(...saves);
  // base += STRIDE; if (--count) continue
  code.push(...localGet(BASE), ...i32Const(STRIDE), wasm.I32_ADD, ...localSet(BASE));
  code.push(...localGet(COUNT), ...i32Const(1), wasm.I32_SUB, ...localTee(COUNT), wasm.BR_IF, 0, wasm.END);
  const bytes = wasm.wasmModule([{ name: 'run', params: 2, locals: registers, result: false, code }]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { heap: { memory } }).exports['run'] as LitmusProgram;
}

/**
 * The same as JavaScript. The accesses are spelled out in generated source, as an interpreter of `ops` would leave the
 * engine nothing to reorder. @throws EvalError where a content security policy forbids that
 */
export function jsProgram(ops: readonly LitmusOp[], access: 'plain' | 'atomic', memory: WebAssembly.Memory): LitmusProgram {
  const cell = (offset: number): string => `(base >>> 2) + ${offset >>> 2}`;
  const lines: string[] = [];
  const saves: string[] = [];
  for (const op of ops) {
    const at = cell(locationOffset(op.at));
    if (op.op === 'store') lines.push(access === 'plain' ? `view[${at}] = ${op.value};` : `store(view, ${at}, ${op.value});`);
    else {
      lines.push(`const r${op.register} = ${access === 'plain' ? `view[${at}]` : `load(view, ${at})`};`);
      saves.push(`view[${cell(registerOffset(op.register))}] = base ^ r${op.register};`);
    }
  }
  const source = `return (base, count) => { for (; count > 0; count--, base += ${STRIDE}) { ${lines.join(' ')} ${saves.join(' ')} } };`;
  const make = new Function('view', 'load', 'store', source) as (view: Int32Array, l: typeof load, s: typeof store) => LitmusProgram;
  return make(new Int32Array(memory.buffer), load, store);
}
