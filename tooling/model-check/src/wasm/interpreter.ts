/**
 * Runs the encoded bytes of a WebAssembly function, each access to memory as a step. The module is taken to be valid (the
 * engine checks that); what traps in an engine throws WebAssembly.RuntimeError here.
 */
import { ModelError } from '../error.ts';
import type { Host } from '../views.ts';
import { type Block, type Control, findControl } from './control.ts';
import { isLoad, isStore, WasmMemory } from './memory.ts';
import { type DefinedFunction, I64, readModule, type WasmModule } from './module.ts';
import { binary, unary, type Value } from './numeric.ts';
import { Reader } from './reader.ts';

export type ImportedCallback = (...args: Value[]) => unknown;
export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Calls deeper than this trap. */
const DEEPEST = 500;

interface Label {
  /** Where a branch to it goes on. */
  readonly target: number;
  /** Values that a branch to it takes along. */
  readonly arity: number;
  /** Height of the stack below them. */
  readonly height: number;
  readonly loop: boolean;
}

/** One instance: its globals are its own, its memory is the model's. */
export class Interpreter {
  readonly module: WasmModule;
  readonly #memory: WasmMemory;
  readonly #imports: readonly ImportedCallback[];
  readonly #controls: readonly Control[];
  readonly #globals: Value[];
  #depth = 0;

  /** @throws ModelError ERR_UNSUPPORTED naming an opcode it does not have, ERR_BAD_ARGUMENT for a missing import */
  constructor(bytes: Uint8Array, host: Host, imports: Imports = {}, napMs?: number) {
    this.module = readModule(bytes);
    this.#memory = new WasmMemory(host, napMs);
    this.#controls = this.module.functions.map((each) => findControl(this.module, each));
    this.#globals = this.module.globals.map(({ value }) => value);
    this.#imports = this.module.imports.map(({ module, name }) => {
      const given = imports[module]?.[name];
      if (typeof given !== 'function') throw new ModelError('ERR_BAD_ARGUMENT', `wasm: the import ${module}.${name} is no function`);
      return given as ImportedCallback;
    });
  }

  /** Calls an exported function. i32 arguments and results are numbers, i64 bigints. */
  call(name: string, args: readonly Value[]): Value | Value[] | undefined {
    const index = this.module.exports.get(name);
    if (index === undefined) throw new ModelError('ERR_BAD_ARGUMENT', `wasm: no exported function ${name}; there are ${[...this.module.exports.keys()].join(', ')}`);
    const type = this.#typeOf(index);
    const results = this.#invoke(index, type.params.map((param, i) => toWasm(args[i], param)));
    return results.length <= 1 ? results[0] : results;
  }

  #typeOf(index: number) {
    const { imports, functions } = this.module;
    return index < imports.length ? imports[index].type : functions[index - imports.length].type;
  }

  #invoke(index: number, args: Value[]): Value[] {
    const { imports, functions } = this.module;
    if (index < imports.length) {
      const result = this.#imports[index](...args);
      const { results } = imports[index].type;
      return results.length === 0 ? [] : results.length === 1 ? [toWasm(result, results[0])] : (result as Value[]).map((value, i) => toWasm(value, results[i]));
    }
    if (++this.#depth > DEEPEST) throw new RangeError('Maximum call stack size exceeded');
    try {
      return this.#run(functions[index - imports.length], this.#controls[index - imports.length], args);
    } finally {
      this.#depth--;
    }
  }

  #run({ type, locals: declared, start, end }: DefinedFunction, control: Control, args: Value[]): Value[] {
    const reader = new Reader(this.module.bytes, start);
    const locals = [...args, ...declared.map((local) => (local === I64 ? 0n : 0))];
    const stack: Value[] = [];
    const labels: Label[] = [{ target: end, arity: type.results.length, height: 0, loop: false }];
    const pop = (): Value => stack.pop()!;
    const branch = (depth: number): void => {
      const index = labels.length - 1 - depth;
      const { target, arity, height, loop } = labels[index];
      stack.splice(height, stack.length - height - arity);
      labels.length = loop ? index + 1 : index;
      reader.at = target;
    };
    const enter = (block: Block, loop: boolean): void => {
      labels.push({ target: loop ? block.body : block.end, arity: loop ? block.params : block.results, height: stack.length - block.params, loop });
    };

    while (reader.at < end && labels.length > 0) {
      const at = reader.at;
      const opcode = reader.byte();
      if (isLoad(opcode)) {
        reader.leb();
        const offset = reader.leb();
        stack.push(this.#memory.load(opcode, pop() as number, offset));
        continue;
      }
      if (isStore(opcode)) {
        reader.leb();
        const offset = reader.leb();
        const value = pop();
        this.#memory.store(opcode, pop() as number, offset, value);
        continue;
      }
      const one = unary(opcode);
      if (one !== undefined) {
        stack.push(one(pop()));
        continue;
      }
      const two = binary(opcode);
      if (two !== undefined) {
        const right = pop();
        stack.push(two(pop(), right));
        continue;
      }
      switch (opcode) {
        case 0x00: throw new WebAssembly.RuntimeError('unreachable');
        case 0x01: break;
        case 0x02: case 0x03: enter(blockAt(control, at, reader), opcode === 0x03); break;
        case 0x04: {
          const taken = pop() !== 0;
          const block = blockAt(control, at, reader);
          if (!taken && block.otherwise === undefined) reader.at = block.end;
          else {
            enter(block, false);
            if (!taken) reader.at = block.otherwise!;
          }
          break;
        }
        // the end of what was taken
        case 0x05: reader.at = labels.pop()!.target; break;
        case 0x0b: labels.pop(); break;
        case 0x0c: branch(reader.leb()); break;
        case 0x0d: {
          const depth = reader.leb();
          if (pop() !== 0) branch(depth);
          break;
        }
        case 0x0e: {
          const depths = reader.vector(() => reader.leb());
          const otherwise = reader.leb();
          branch(depths[(pop() as number) >>> 0] ?? otherwise);
          break;
        }
        case 0x0f: branch(labels.length - 1); break;
        case 0x10: {
          const index = reader.leb();
          const count = this.#typeOf(index).params.length;
          stack.push(...this.#invoke(index, stack.splice(stack.length - count, count)));
          break;
        }
        case 0x1a: pop(); break;
        case 0x1b: case 0x1c: {
          if (opcode === 0x1c) reader.vector(() => reader.byte());
          const first = pop() !== 0;
          const second = pop();
          if (!first) stack[stack.length - 1] = second;
          break;
        }
        case 0x20: stack.push(locals[reader.leb()]); break;
        case 0x21: locals[reader.leb()] = pop(); break;
        case 0x22: locals[reader.leb()] = stack.at(-1)!; break;
        case 0x23: stack.push(this.#globals[reader.leb()]); break;
        case 0x24: this.#globals[reader.leb()] = pop(); break;
        case 0x3f: reader.byte(); stack.push(this.#memory.pages); break;
        case 0x41: stack.push(Number(reader.signed(32))); break;
        case 0x42: stack.push(reader.signed(64)); break;
        case 0xfe: this.#atomic(reader, stack); break;
        default: throw new ModelError('ERR_UNSUPPORTED', `wasm: opcode ${opcode.toString(16)} cannot be explored`);
      }
    }
    return type.results.length === 0 ? [] : stack.slice(-type.results.length);
  }

  #atomic(reader: Reader, stack: Value[]): void {
    const opcode = reader.leb();
    if (opcode === 0x03) {
      reader.byte();
      this.#memory.fence();
      return;
    }
    reader.leb();
    const offset = reader.leb();
    const count = WasmMemory.operands(opcode)!;
    const [base, ...operands] = stack.splice(stack.length - count, count);
    const result = this.#memory.atomic(opcode, base as number, offset, operands);
    if (result !== undefined) stack.push(result);
  }
}

/** The block whose opcode stands at `at`; the reader is moved to its body. */
function blockAt(control: Control, at: number, reader: Reader): Block {
  const block = control.get(at)!;
  reader.at = block.body;
  return block;
}

function toWasm(value: unknown, type: number): Value {
  return type === I64 ? BigInt.asIntN(64, BigInt(value as bigint)) : Number(value) | 0;
}
