import { describe, expect, it } from 'vitest';
import { explore, ModelError } from '../index.ts';
import { Model } from '../model.ts';
import { wasmBody } from './index.ts';
import { Interpreter } from './interpreter.ts';
import { assemble, code, type FunctionSource, i32, i64, leb, sleb } from './testing.ts';

const LIMITS = { initial: 1, maximum: 1, shared: true } as const;

interface Instance {
  readonly memory: WebAssembly.Memory;
  call(name: string, args: readonly (number | bigint)[]): unknown;
}

function inEngine(bytes: Uint8Array): Instance {
  const memory = new WebAssembly.Memory(LIMITS);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { m: { m: memory, twice: (a: number) => a * 2 } });
  return { memory, call: (name, args) => (exports[name] as (...args: readonly (number | bigint)[]) => unknown)(...args) };
}

function inInterpreter(bytes: Uint8Array): Instance {
  const memory = new WebAssembly.Memory(LIMITS);
  const model = new Model(memory.buffer as unknown as SharedArrayBuffer, 1);
  const interpreter = new Interpreter(bytes, model, { m: { twice: (a: unknown) => Number(a) * 2 } });
  return { memory, call: (name, args) => interpreter.call(name, args) };
}

const instances = new WeakMap<Uint8Array, { readonly engine: Instance; readonly interpreter: Instance }>();

/** Calls a function in both: the same result or kind of error, and the same memory after it. */
function same(bytes: Uint8Array, name: string, args: readonly (number | bigint)[], fill: Uint8Array = new Uint8Array(64), what = name): void {
  const pair = instances.get(bytes) ?? { engine: inEngine(bytes), interpreter: inInterpreter(bytes) };
  instances.set(bytes, pair);
  const run = ({ memory, call }: Instance): unknown => {
    const view = new Uint8Array(memory.buffer);
    view.set(fill);
    try {
      return [call(name, args), view.slice(0, fill.length)];
    } catch (error) {
      return [(error as Error).constructor.name, view.slice(0, fill.length)];
    }
  };
  expect(run(pair.interpreter), what).toEqual(run(pair.engine));
}

const NUMBERS = [0, 1, -1, 2, 7, 31, 32, 33, 0x7fffffff, -0x80000000, 0x12345678, -0x12345678];
const BIGS = [0n, 1n, -1n, 63n, 64n, 65n, (1n << 63n) - 1n, -(1n << 63n), 0x123456789abcdefn, -0x123456789abcdefn];

/** A function of one instruction over its parameters. */
const instruction = (opcode: readonly number[], params: readonly number[], result: number): FunctionSource => ({
  name: 'f', params, results: [result], code: code(params.map((_, i) => [0x20, i]), opcode),
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const hex = (opcode: number): string => `0x${opcode.toString(16)}`;

describe('computes what the engine does', () => {
  it.each([...range(0x46, 0x4f), ...range(0x6a, 0x78)].map(hex))('i32 %s', (opcode) => {
    const bytes = assemble([instruction([Number(opcode)], [i32, i32], i32)]);
    for (const a of NUMBERS) for (const b of NUMBERS) same(bytes, 'f', [a, b], undefined, `${a}, ${b}`);
  });

  it.each([...range(0x51, 0x5a), ...range(0x7c, 0x8a)].map(hex))('i64 %s', (opcode) => {
    const bytes = assemble([instruction([Number(opcode)], [i64, i64], Number(opcode) < 0x60 ? i32 : i64)]);
    for (const a of BIGS) for (const b of BIGS) same(bytes, 'f', [a, b], undefined, `${a}, ${b}`);
  });

  it.each([[0x45, i32, i32], [0x67, i32, i32], [0x68, i32, i32], [0x69, i32, i32], [0xac, i32, i64], [0xad, i32, i64], [0xc0, i32, i32], [0xc1, i32, i32],
    [0x50, i64, i32], [0x79, i64, i64], [0x7a, i64, i64], [0x7b, i64, i64], [0xa7, i64, i32], [0xc2, i64, i64], [0xc3, i64, i64], [0xc4, i64, i64],
  ])('one operand: %i', (opcode, param, result) => {
    const bytes = assemble([instruction([opcode], [param], result)]);
    for (const a of param === i32 ? NUMBERS : BIGS) same(bytes, 'f', [a], undefined, String(a));
  });
});

const FILL = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 129) & 255);

describe('accesses memory as the engine does', () => {
  it.each([0x28, 0x29, ...range(0x2c, 0x35)])('load %i', (opcode) => {
    const result = opcode === 0x29 || opcode >= 0x30 ? i64 : i32;
    const bytes = assemble([{ name: 'f', params: [i32], results: [result], code: code([0x20, 0, opcode, 0, 3]) }]);
    // unaligned, at the end, and beyond it
    for (const at of [0, 1, 9, 65528, 65529, 65532, 65536, -1]) same(bytes, 'f', [at], FILL, `at ${at}`);
  });

  it.each([0x36, 0x37, ...range(0x3a, 0x3e)])('store %i', (opcode) => {
    const wide = opcode === 0x37 || opcode >= 0x3c;
    const bytes = assemble([{ name: 'f', params: [i32, wide ? i64 : i32], results: [], code: code([0x20, 0, 0x20, 1, opcode, 0, 3]) }]);
    for (const at of [0, 1, 9, 65528, 65536]) same(bytes, 'f', [at, wide ? -0x123456789abcdefn : -0x1234567], FILL, `at ${at}`);
  });

  it.each(range(0x10, 0x4e))('atomic %i', (opcode) => {
    const position = (opcode - 0x10) % 7;
    const wide = position === 1 || position > 3;
    const alignment = [2, 3, 0, 1, 0, 1, 2][position];
    const operands = opcode < 0x17 ? 0 : opcode < 0x48 ? 1 : 2;
    const value = wide ? i64 : i32;
    const isStore = opcode >= 0x17 && opcode < 0x1e;
    const params = [i32, ...Array.from({ length: operands }, () => value)];
    const bytes = assemble([{ name: 'f', params, results: isStore ? [] : [value], code: code(params.map((_, i) => [0x20, i]), [0xfe, opcode, alignment, 8]) }]);
    const values = wide ? [0n, -1n, 0x81n, 0x1234567890abcdefn] : [0, -1, 0x81, 0x12345678];
    for (const a of values) {
      for (const at of [0, 8, 1, 65536]) same(bytes, 'f', [at, a, values[3]].slice(0, params.length), FILL, `${a} at ${at}`);
      // and one that is expected
      if (operands === 2) same(bytes, 'f', [16, value === i64 ? 0n : 0, a], new Uint8Array(64), `${a} for 0`);
    }
  });
});

describe('takes the branches that the engine does', () => {
  const GET0 = [0x20, 0];
  const functions: FunctionSource[] = [
    // sum of 1 to n: a loop with a branch out of the block around it
    { name: 'sum', params: [i32], results: [i32], locals: [i32], code: code(
      [0x02, 0x40, 0x03, 0x40, ...GET0, 0x45, 0x0d, 1, 0x20, 1, ...GET0, 0x6a, 0x21, 1, ...GET0, 0x41, 1, 0x6b, 0x22, 0, 0x1a, 0x0c, 0, 0x0b, 0x0b, 0x20, 1],
    ) },
    { name: 'choose', params: [i32], results: [i32], code: code([...GET0, 0x04, i32, 0x41, ...sleb(-5), 0x05, 0x41, ...sleb(1000), 0x0b]) },
    { name: 'onlyThen', params: [i32], results: [i32], code: code([...GET0, 0x04, 0x40, 0x41, 3, 0x21, 0, 0x0b, ...GET0]) },
    // br_table over three blocks, each of which returns a value
    { name: 'table', params: [i32], results: [i32], code: code(
      [0x02, 0x40, 0x02, 0x40, 0x02, 0x40, ...GET0, 0x0e, 2, 0, 1, 2, 0x0b, 0x41, 10, 0x0f, 0x0b, 0x41, 20, 0x0f, 0x0b, 0x41, 30],
    ) },
    // a branch takes one value and drops those below it
    { name: 'drops', params: [i32], results: [i32], code: code([0x02, i32, 0x41, 1, 0x41, 2, ...GET0, 0x0d, 0, 0x6a, 0x0b]) },
    { name: 'select', params: [i32], results: [i32], code: code([0x41, 1, 0x41, 2, ...GET0, 0x1b, 0x41, 4, 0x41, 8, ...GET0, 0x1c, 1, i32, 0x6a]) },
    { name: 'factorial', params: [i64], results: [i64], code: code([...GET0, 0x50, 0x04, i64, 0x42, 1, 0x05, ...GET0, ...GET0, 0x42, 1, 0x7d, 0x10, 7, 0x7e, 0x0b]) },
    { name: 'imported', params: [i32], results: [i32], code: code([...GET0, 0x10, 0, 0x41, 1, 0x6a]) },
    { name: 'counter', params: [i32], results: [i32], code: code([0x23, 0, ...GET0, 0x6a, 0x24, 0, 0x23, 0, 0x3f, 0, 0x6a]) },
    // a block with a parameter, and a loop that hands one on
    { name: 'params', params: [i32], results: [i32], code: code([...GET0, 0x03, ...leb(0), 0x41, 3, 0x6b, 0x22, 0, ...GET0, 0x41, 0, 0x4a, 0x0d, 0, 0x0b]) },
    { name: 'unreachable', params: [i32], results: [], code: code([0x00]) },
    { name: 'twoResults', params: [i32], results: [i32, i64], code: code([...GET0, 0x42, 9]) },
  ];
  // function 0 is the import; type 0 is (i32) -> i32
  const bytes = assemble(functions, { twice: true, global: 5 });

  it.each(functions.map(({ name }) => name))('%s', (name) => {
    for (const n of [0, 1, 2, 3, 5, -1]) {
      if (n < 0 && (name === 'sum' || name === 'factorial')) continue;
      same(bytes, name, [name === 'factorial' ? BigInt(n) : n], undefined, `${name}(${n})`);
    }
  });
});

describe('as a body', () => {
  const store = (value: number): FunctionSource => ({ name: 'f', params: [i32], results: [], code: code([0x20, 0, 0x41, value, 0x36, 2, 0]) });
  const fenced = (fence: readonly number[]): FunctionSource[] => [
    { name: 'write', params: [], results: [], code: code([0x41, 0, 0x41, 7, 0x36, 2, 0, ...fence, 0x41, 4, 0x41, 1, 0x36, 2, 0]) },
    { name: 'read', params: [], results: [i32], locals: [i32], code: code([0x41, 0, 0x28, 2, 4, ...fence, 0x21, 0, 0x41, 0, 0x28, 2, 0, 0x20, 0, 0x41, ...sleb(100), 0x6c, 0x6a]) },
  ];
  const outcomes = (fence: readonly number[], plain: 'sc' | 'relaxed'): unknown[] => {
    const bytes = assemble(fenced(fence));
    const seen = new Set<unknown>();
    explore({ plain, threads: [wasmBody(bytes, 'write'), wasmBody(bytes, 'read')], check: (_, [, read]) => void seen.add(read) });
    return [...seen].sort();
  };

  it('shows plain accesses out of order, but not past a fence', () => {
    expect(outcomes([], 'sc')).toEqual([0, 107, 7]);
    expect(outcomes([], 'relaxed')).toEqual([0, 100, 107, 7]);
    expect(outcomes([0xfe, 3, 0], 'relaxed')).toEqual([0, 107, 7]);
  });

  it('sleeps and wakes', () => {
    const bytes = assemble([
      { name: 'sleep', params: [], results: [i32], code: code([0x41, 0, 0x41, 0, 0x42, ...sleb(-1), 0xfe, 1, 2, 0]) },
      { name: 'wake', params: [], results: [i32], code: code([0x41, 0, 0x41, 1, 0xfe, 0x17, 2, 0, 0x41, 0, 0x41, 1, 0xfe, 0, 2, 0]) },
    ]);
    const seen = new Set<string>();
    explore({ threads: [wasmBody(bytes, 'sleep'), wasmBody(bytes, 'wake')], check: (_, results) => void seen.add(results.join()) });
    expect([...seen].sort()).toEqual(['0,1', '1,0']);
    expect(() => explore({ threads: [wasmBody(bytes, 'sleep')] })).toThrow(/deadlock/);
  });

  it('names what it cannot explore', () => {
    const float = assemble([{ name: 'f', params: [], results: [], code: code([0x43, 0, 0, 0, 0, 0x1a]) }]);
    expect(() => explore({ threads: [wasmBody(float, 'f')] })).toThrow(/opcode 43 cannot be explored/);
    expect(() => explore({ threads: [wasmBody(assemble([store(1)]), 'g')] })).toThrow(/no exported function g; there are f/);
    expect(() => explore({ threads: [wasmBody(Uint8Array.of(1, 2, 3), 'f')] })).toThrow(ModelError);
  });

  it('runs what bodies instantiate themselves', () => {
    const bytes = assemble([store(5)]);
    const module = new WebAssembly.Module(bytes as BufferSource);
    const body = (compiled?: WebAssembly.Module) => (memory: SharedArrayBuffer): void => {
      const own = compiled ?? new WebAssembly.Module(bytes as BufferSource);
      const instance = new WebAssembly.Instance(own, { m: { m: { buffer: memory } as unknown as WebAssembly.Memory, twice: () => 0 } });
      (instance.exports['f'] as (at: number) => void)(8);
    };
    const { steps } = explore({ threads: [body()], check: (memory) => expect(new Int32Array(memory)[2]).toBe(5) });
    expect(steps).toBe(1);
    expect(() => explore({ threads: [body(module)] })).toThrow(/compiled before the exploration/);
  });
});
