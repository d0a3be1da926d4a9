/**
 * Structures in shared memory. A layout is written once, as a list of fields; offsets, size and alignment follow from
 * it by C's rules (natural alignment, size rounded up to the alignment), so no offset is ever typed by hand twice.
 *
 * ```ts
 * const Node = defineLayout({ name: 'Node', fields: { next: 'u32', key: 'u64' } }, { size: 16, at: { key: 8 } });
 * heap.u32[(node + Node.offset.next) >>> 2] = 0;
 * ```
 */
import { AtomicError } from './error.ts';

const SCALAR_SIZE = { i8: 1, u8: 1, i16: 2, u16: 2, i32: 4, u32: 4, f32: 4, i64: 8, u64: 8, f64: 8, v128: 16 } as const;

/** Types of a single value; 64-bit and wider ones are aligned to their size. */
export type ScalarType = keyof typeof SCALAR_SIZE;

/** A scalar, another layout, or an array of one of these: `['u32', 6]`, `[Node, 4]`. */
export type FieldType = ScalarType | AnyLayout | readonly [ScalarType | AnyLayout, number];

/** What is known of every layout, whatever its fields. */
export interface AnyLayout {
  /** As given to {@link defineLayout}; for errors. */
  readonly name: string;
  /** Bytes, a multiple of {@link align}. */
  readonly size: number;
  /** Bytes, a power of two. */
  readonly align: number;
  /** Byte offset of each field from the structure's start. */
  readonly offset: Readonly<Record<string, number>>;
}

/** A structure in shared memory, as {@link defineLayout} laid it out. */
export interface Layout<F extends Record<string, FieldType>> extends AnyLayout {
  /** Byte offset of each field from the structure's start; of an array, that of element 0. */
  readonly offset: { readonly [K in keyof F]: number };
  /** Bytes of one element of each field: the stride of an array, the size of anything else. */
  readonly stride: { readonly [K in keyof F]: number };
  /** Elements of each field: 1 unless an array. */
  readonly count: { readonly [K in keyof F]: number };
}

/** What must hold for a layout that generated code or another format fixes. */
export interface LayoutAssertions<K extends string> {
  /** Bytes. */
  readonly size?: number;
  /** Bytes. */
  readonly align?: number;
  /** Byte offsets of fields. */
  readonly at?: { readonly [P in K]?: number };
}

/** What {@link defineLayout} takes. */
export interface LayoutSpec<F extends Record<string, FieldType>> {
  /** For errors. */
  readonly name: string;
  /** Raises the alignment (and so the size's granularity): 64 for a cache line. A power of two. */
  readonly align?: number;
  /** In memory order. */
  readonly fields: F;
  /** The assertions may stand here or be the second argument. */
  readonly assert?: LayoutAssertions<keyof F & string>;
}

const isPowerOfTwo = (n: number): boolean => Number.isInteger(n) && n > 0 && 2 ** Math.round(Math.log2(n)) === n;

/** `value` rounded up to a multiple of the power of two `align`. Exact for all non-negative safe integers. */
export function alignUp(value: number, align: number): number {
  const rest = value % align;
  return rest === 0 ? value : value + align - rest;
}

/**
 * Lays the fields out in the order given.
 * @throws AtomicError ERR_BAD_LAYOUT when an assertion fails, an alignment is no power of two or a count no integer
 */
export function defineLayout<const F extends Record<string, FieldType>>(
  spec: LayoutSpec<F>,
  assertions: LayoutAssertions<keyof F & string> = {},
): Layout<F> {
  const fail = (why: string): never => {
    throw new AtomicError('ERR_BAD_LAYOUT', `layout ${spec.name}: ${why}`);
  };
  if (spec.align !== undefined && !isPowerOfTwo(spec.align)) fail(`align ${spec.align} is not a power of two`);
  const offset: Record<string, number> = {};
  const stride: Record<string, number> = {};
  const count: Record<string, number> = {};
  let end = 0;
  let align = spec.align ?? 1;
  for (const [key, type] of Object.entries<FieldType>(spec.fields)) {
    const isArray = Array.isArray(type);
    const element = (isArray ? type[0] : type) as ScalarType | AnyLayout;
    const n = isArray ? (type[1] as number) : 1;
    if (!Number.isInteger(n) || n < 0) fail(`${key}: count ${n} is not a whole number`);
    const size = typeof element === 'string' ? SCALAR_SIZE[element] : element.size;
    if (size === undefined) fail(`${key}: unknown type ${String(element)}`);
    const fieldAlign = typeof element === 'string' ? size : element.align;
    end = alignUp(end, fieldAlign);
    offset[key] = end;
    stride[key] = size;
    count[key] = n;
    end += size * n;
    align = Math.max(align, fieldAlign);
  }
  const size = alignUp(end, align);
  for (const want of [spec.assert ?? {}, assertions]) {
    if (want.size !== undefined && want.size !== size) fail(`size is ${size}, asserted ${want.size}`);
    if (want.align !== undefined && want.align !== align) fail(`align is ${align}, asserted ${want.align}`);
    for (const [key, at] of Object.entries<number | undefined>(want.at ?? {})) {
      if (at !== undefined && offset[key] !== at) fail(`${key} is at ${offset[key]}, asserted ${at}`);
    }
  }
  return Object.freeze({
    name: spec.name,
    size,
    align,
    offset: Object.freeze(offset),
    stride: Object.freeze(stride),
    count: Object.freeze(count),
  }) as Layout<F>;
}
