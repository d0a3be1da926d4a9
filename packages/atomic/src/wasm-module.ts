/**
 * Writes small WebAssembly modules over one shared memory: what generated accesses to shared structures need, and no
 * more. Functions take i32 parameters, have i32 locals and at most one i32 result. Code is a list of bytes, put together
 * from the opcodes and immediates below:
 *
 * ```ts
 * const code = [...wasm.localGet(0), ...wasm.access(wasm.I32_LOAD.atomic, 2, 16)]; // the word 16 bytes on, atomically
 * const bytes = wasm.wasmModule([{ name: 'read', params: 1, locals: 0, result: true, code }]);
 * const { read } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { heap: { memory: heap.memory } }).exports;
 * ```
 *
 * Source: WebAssembly core specification, "Binary Format"; threads proposal for the 0xfe prefix.
 */

/** Opcodes without immediates, and those whose immediates are written out beside them, by their names in the text format. */
export const BLOCK = 0x02;
export const LOOP = 0x03;
export const IF = 0x04;
export const END = 0x0b;
export const BR = 0x0c;
export const BR_IF = 0x0d;
export const RETURN = 0x0f;
export const CALL = 0x10;
export const I32_EQZ = 0x45;
export const I32_EQ = 0x46;
export const I32_NE = 0x47;
export const I64_NE = 0x52;
export const I32_CTZ = 0x68;
export const I32_ADD = 0x6a;
export const I32_SUB = 0x6b;
export const I32_MUL = 0x6c;
export const I32_AND = 0x71;
export const I32_OR = 0x72;
export const I32_XOR = 0x73;
export const I32_SHL = 0x74;
/** Type of a block without a result. */
export const VOID = 0x40;

/** An access both as an ordinary and as a (sequentially consistent) atomic instruction. The latter traps when misaligned. */
export interface AccessOp {
  /** Opcode of the ordinary instruction. */
  readonly plain: readonly number[];
  /** Opcode of the atomic one, with its prefix. */
  readonly atomic: readonly number[];
}
export const I32_LOAD: AccessOp = { plain: [0x28], atomic: [0xfe, 0x10] };
export const I64_LOAD: AccessOp = { plain: [0x29], atomic: [0xfe, 0x11] };
export const I32_LOAD8_U: AccessOp = { plain: [0x2d], atomic: [0xfe, 0x12] };
export const I32_LOAD16_U: AccessOp = { plain: [0x2f], atomic: [0xfe, 0x13] };
export const I32_STORE: AccessOp = { plain: [0x36], atomic: [0xfe, 0x17] };

const I32 = 0x7f;
const FUNC_TYPE = 0x60;
const SHARED_WITH_MAXIMUM = 0x03;
/** Import limits that every shared 32-bit memory meets, so that the bytes do not depend on its size. */
const MAX_PAGES = 65536;

/** Unsigned LEB128 of a u32. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const byte = rest & 0x7f;
    rest >>>= 7;
    if (rest === 0) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

/** Signed LEB128 of an i32 (or the u32 with the same bits). */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; ) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && byte < 0x40) || (rest === -1 && byte >= 0x40)) return [...bytes, byte];
    bytes.push(byte | 0x80);
  }
}

export const i32Const = (value: number): number[] => [0x41, ...signed(value)];
export const localGet = (local: number): number[] => [0x20, ...unsigned(local)];
export const localSet = (local: number): number[] => [0x21, ...unsigned(local)];
export const localTee = (local: number): number[] => [0x22, ...unsigned(local)];

/** A load or store at the address on the stack plus `offset`, a u32. @param alignBits log2 of the access's bytes */
export const access = (op: readonly number[], alignBits: number, offset: number): number[] => [...op, alignBits, ...unsigned(offset)];

/** An exported function. */
export interface WasmFunction {
  /** Name of the export. */
  readonly name: string;
  /** i32 parameters: locals 0 to `params` - 1. */
  readonly params: number;
  /** More i32 locals. */
  readonly locals: number;
  /** Whether it leaves an i32. */
  readonly result: boolean;
  /** Without the final `end`. */
  readonly code: readonly number[];
}

/** A function without result that the module calls by `[CALL, index]`; imports come before the module's own functions. */
export interface WasmImport {
  /** Its name in the module `heap`. */
  readonly name: string;
  /** i32 parameters. */
  readonly params: number;
}

const text = (name: string): number[] => [...unsigned(name.length), ...[...name].map((c) => c.charCodeAt(0))];
const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, body: readonly number[]): number[] => [id, ...unsigned(body.length), ...body];
const signature = (params: number, result: boolean): number[] => [FUNC_TYPE, ...vector(Array<number[]>(params).fill([I32])), ...(result ? [1, I32] : [0])];

/** The module's bytes. It imports `heap.memory`, shared, and the functions of `imports` by `heap.<name>`. */
export function wasmModule(functions: readonly WasmFunction[], imports: readonly WasmImport[] = []): Uint8Array<ArrayBuffer> {
  const bodies = functions.map(({ locals, code }) => {
    const body = [...vector(locals > 0 ? [[...unsigned(locals), I32]] : []), ...code, END];
    return [...unsigned(body.length), ...body];
  });
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    ...section(1, vector([...imports.map((i) => signature(i.params, false)), ...functions.map((f) => signature(f.params, f.result))])),
    ...section(2, vector([
      [...text('heap'), ...text('memory'), 0x02, SHARED_WITH_MAXIMUM, 0, ...unsigned(MAX_PAGES)],
      ...imports.map(({ name }, type) => [...text('heap'), ...text(name), 0x00, ...unsigned(type)]),
    ])),
    ...section(3, vector(functions.map((_, i) => unsigned(imports.length + i)))),
    ...section(7, vector(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(imports.length + i)]))),
    ...section(10, vector(bodies)),
  ]);
}
