/** Litmus threads as code that the engine compiles: WebAssembly, or JavaScript. */
import { load, store } from '../primitive.ts';
import type { LitmusOp } from './tests.ts';

/** Bytes of one instance of a test: two locations and four registers, a cache line each. */
export const STRIDE = 64 * 6;
export const registerOffset = (register: number): number => 64 * (2 + register);
const locationOffset = (at: number): number => 64 * at;

/** Runs one thread's accesses on `count` instances from byte offset `base` on. */
export type LitmusProgram = (base: number, count: number) => void;

const MAX_PAGES = 65536;

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest >>>= 7;
    if (rest === 0) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];
const named = (text: string): number[] => [text.length, ...[...text].map((c) => c.charCodeAt(0))];

/** i32 accesses of the local `base`, by opcode: [plain..., or 0xfe atomic...], alignment 2^2, offset. */
const LOAD = { plain: [0x28], atomic: [0xfe, 0x10] } as const;
const STORE = { plain: [0x36], atomic: [0xfe, 0x17] } as const;

/**
 * The function `(base, count)`: a loop over instances; the accesses, then plain stores of the registers, so that nothing
 * but the accesses under test stands between them. A register is stored as `base ^ register`: an engine that sinks a
 * load into the one instruction that uses it then shows plain loads out of order. The low two bits of `base` are 0.
 */
export function wasmProgram(ops: readonly LitmusOp[], access: 'plain' | 'atomic', memory: WebAssembly.Memory): LitmusProgram {
  const LOCAL_GET = 0x20;
  const LOCAL_SET = 0x21;
  const LOCAL_TEE = 0x22;
  const I32_CONST = 0x41;
  const I32_XOR = 0x73;
  const [BASE, COUNT, FIRST_REGISTER] = [0, 1, 2];
  const code: number[] = [0x03, 0x40]; // loop
  let registers = 0;
  const saves: number[] = [];
  for (const op of ops) {
    code.push(LOCAL_GET, BASE);
    if (op.op === 'store') code.push(I32_CONST, op.value, ...STORE[access], 2, ...leb(locationOffset(op.at)));
    else {
      const local = FIRST_REGISTER + registers++;
      code.push(...LOAD[access], 2, ...leb(locationOffset(op.at)), LOCAL_SET, local);
      saves.push(LOCAL_GET, BASE, LOCAL_GET, BASE, LOCAL_GET, local, I32_XOR, ...STORE.plain, 2, ...leb(registerOffset(op.register)));
    }
  }
  code.push(...saves);
  // base += STRIDE; if (--count) continue
  code.push(LOCAL_GET, BASE, I32_CONST, 0x80 | (STRIDE & 0x7f), STRIDE >> 7, 0x6a, LOCAL_SET, BASE);
  code.push(LOCAL_GET, COUNT, I32_CONST, 1, 0x6b, LOCAL_TEE, COUNT, 0x0d, 0, 0x0b, 0x0b);
  const body = [1, registers, 0x7f, ...code];
  const bytes = new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    ...section(1, [1, 0x60, 2, 0x7f, 0x7f, 0]),
    ...section(2, [1, ...named('m'), ...named('m'), 0x02, 0x03, 0, ...leb(MAX_PAGES)]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...named('f'), 0x00, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } }).exports['f'] as LitmusProgram;
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
