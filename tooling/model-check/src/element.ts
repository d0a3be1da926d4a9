/** Elements of typed arrays as bytes. The real constructors, whatever the global names stand for meanwhile. */
export const CONSTRUCTORS = {
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array, Float32Array, Float64Array,
} as const;

export const RealDataView = DataView;

export type ViewName = keyof typeof CONSTRUCTORS;
export type View = InstanceType<(typeof CONSTRUCTORS)[ViewName]>;

const SHORT: Readonly<Record<ViewName, string>> = {
  Int8Array: 'i8', Uint8Array: 'u8', Uint8ClampedArray: 'u8c', Int16Array: 'i16', Uint16Array: 'u16', Int32Array: 'i32', Uint32Array: 'u32',
  BigInt64Array: 'i64', BigUint64Array: 'u64', Float32Array: 'f32', Float64Array: 'f64',
};

const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag)!.get as () => ViewName | undefined;

/** The kind of a typed array, whatever has been done to its prototype; undefined for anything else (a Proxy, too). */
export function viewName(value: unknown): ViewName | undefined {
  return tagOf.call(value as object);
}

/** One kind of element: its name in traces, and how its bytes are read. */
export class Codec {
  readonly name: string;
  readonly size: number;
  readonly #one: View;
  readonly #bytes: Uint8Array;

  constructor(name: ViewName) {
    this.#one = new CONSTRUCTORS[name](1);
    this.#bytes = new CONSTRUCTORS.Uint8Array(this.#one.buffer);
    this.name = SHORT[name];
    this.size = this.#one.BYTES_PER_ELEMENT;
  }

  /** The element at a byte address. */
  read(memory: Uint8Array, address: number): number | bigint {
    for (let i = 0; i < this.size; i++) this.#bytes[i] = memory[address + i];
    return this.#one[0];
  }

  decode(bytes: Uint8Array): number | bigint {
    this.#bytes.set(bytes);
    return this.#one[0];
  }

  /** @throws TypeError for a number where a bigint is wanted, and the other way round */
  encode(value: unknown): Uint8Array {
    this.#one[0] = value as never;
    return this.#bytes.slice();
  }
}

const codecs = new Map((Object.keys(CONSTRUCTORS) as ViewName[]).map((name) => [name, new Codec(name)]));

export function codecOf(name: ViewName): Codec {
  return codecs.get(name)!;
}
