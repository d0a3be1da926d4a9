/** A small assembler for the tests. */
export const i32 = 0x7f;
export const i64 = 0x7e;

export interface FunctionSource {
  readonly name: string;
  readonly params: readonly number[];
  readonly results: readonly number[];
  readonly locals?: readonly number[];
  /** Without its `end`. */
  readonly code: readonly number[];
}

export const code = (...parts: readonly (readonly number[] | readonly (readonly number[])[])[]): number[] => (parts as readonly number[][]).flat(3);

export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

export function sleb(value: number): number[] {
  const byte = value & 0x7f;
  const rest = value >> 7;
  return (rest === 0 && byte < 0x40) || (rest === -1 && byte >= 0x40) ? [byte] : [byte | 0x80, ...sleb(rest)];
}

const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];
const section = (id: number, items: readonly (readonly number[])[]): number[] => {
  const body = vector(items);
  return [id, ...leb(body.length), ...body];
};
const text = (value: string): number[] => [value.length, ...[...value].map((c) => c.charCodeAt(0))];

/** A module that imports a shared memory of a page as m.m. `twice`: a function m.twice of type (i32) -> i32 before the others. */
export function assemble(functions: readonly FunctionSource[], { twice = false, global }: { twice?: boolean; global?: number } = {}): Uint8Array {
  const types = functions.map(({ params, results }) => [0x60, ...vector(params.map((type) => [type])), ...vector(results.map((type) => [type]))]);
  const base = twice ? 1 : 0;
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    ...section(1, types),
    ...section(2, [...(twice ? [[...text('m'), ...text('twice'), 0x00, 0]] : []), [...text('m'), ...text('m'), 0x02, 0x03, 1, 1]]),
    ...section(3, functions.map((_, i) => leb(i))),
    ...(global === undefined ? [] : section(6, [[i32, 1, 0x41, ...sleb(global), 0x0b]])),
    ...section(7, functions.map(({ name }, i) => [...text(name), 0x00, ...leb(base + i)])),
    ...section(10, functions.map(({ locals = [], code: body }) => {
      const bytes = [...vector(locals.map((type) => [1, type])), ...body, 0x0b];
      return [...leb(bytes.length), ...bytes];
    })),
  ]);
}
