/**
 * Typed arrays and DataViews over the model's memory, each plain access of which is a step. They are Proxies of real ones,
 * so `instanceof`, `length`, `byteOffset` and the rest are those of the real thing.
 */
import { plainLoad, plainStore, storeBytes } from './access.ts';
import { type Codec, codecOf, CONSTRUCTORS, RealDataView, type View, viewName, type ViewName } from './element.ts';
import type { Execution } from './execution.ts';

/** What the views of one exploration share. */
export interface Host {
  /** The model's memory. */
  readonly buffer: SharedArrayBuffer;
  /** Undefined outside of bodies, where accesses are direct. */
  readonly execution: Execution | undefined;
}

type ArrayMaker = new (buffer: ArrayBufferLike, at?: number, length?: number) => View;
type AnyConstructor = new (...args: unknown[]) => object;

/** Methods that change the array: done on a copy, which is stored back. */
const CHANGING = new Set(['copyWithin', 'reverse', 'sort']);

export class Views {
  readonly #host: Host;
  readonly #targets = new WeakMap<object, View>();
  /** Views of the whole memory, which bodies make again at each run. */
  readonly #whole = new Map<ViewName, View>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** The constructors of typed arrays, and DataView, that take the place of the real ones. */
  constructors(): Record<ViewName | 'DataView', unknown> {
    const names = Object.keys(CONSTRUCTORS) as ViewName[];
    const all = Object.fromEntries(names.map((name) => {
      return [name, this.#makes(CONSTRUCTORS[name] as unknown as AnyConstructor, (view) => this.#view(name, view as View), () => this.#wholeView(name))];
    }));
    all['DataView'] = this.#makes(RealDataView as unknown as AnyConstructor, (view) => this.#dataView(view as DataView));
    return all as Record<ViewName | 'DataView', unknown>;
  }

  /** The real array behind a view, and whether it shows the model's memory. */
  real(view: unknown): { readonly target: View; readonly shared: boolean } | undefined {
    const target = this.#targets.get(view as object) ?? view;
    if (viewName(target) === undefined) return undefined;
    return { target: target as View, shared: (target as { buffer: unknown }).buffer === this.#host.buffer };
  }

  #makes(real: AnyConstructor, wrap: (view: object) => object, whole?: () => object): AnyConstructor {
    return new Proxy(real, {
      construct: (target, args: unknown[], newTarget: { readonly prototype: unknown }) => {
        const shared = args[0] === this.#host.buffer;
        // a subclass gets what it asks for
        if (shared && whole !== undefined && args.length === 1 && newTarget.prototype === target.prototype) return whole();
        const view = Reflect.construct(target, args, newTarget as never) as object;
        return shared ? wrap(view) : view;
      },
    });
  }

  #wholeView(name: ViewName): View {
    let view = this.#whole.get(name);
    if (view === undefined) {
      view = this.#view(name, new (CONSTRUCTORS[name] as ArrayMaker)(this.#host.buffer));
      this.#whole.set(name, view);
    }
    return view;
  }

  #view(name: ViewName, target: View): View {
    const codec = codecOf(name);
    const host = this.#host;
    const methods = this.#methods(name, target, codec);
    const addressOf = (index: number): number => target.byteOffset + index * codec.size;
    const proxy = new Proxy(target, {
      get(_, key) {
        const index = indexOf(key);
        if (index === undefined) return Object.hasOwn(methods, key) ? methods[key as string] : inherited(target, key, methods, host);
        const run = host.execution;
        return run === undefined || !(index in target) ? target[index] : plainLoad(run, codec, addressOf(index));
      },
      set(_, key, value) {
        const index = indexOf(key);
        const run = host.execution;
        if (index === undefined || run === undefined || !(index in target)) return Reflect.set(target, key, value);
        plainStore(run, codec, addressOf(index), value);
        return true;
      },
    });
    this.#targets.set(proxy, target);
    return proxy;
  }

  /** Methods that are more than loads of all elements. */
  #methods(name: ViewName, target: View, codec: Codec): Record<string, unknown> {
    const host = this.#host;
    const load = (index: number): unknown => (host.execution === undefined ? target[index] : plainLoad(host.execution, codec, target.byteOffset + index * codec.size));
    const position = (at: number | undefined, otherwise: number): number => {
      const whole = Math.trunc(at ?? otherwise) || 0;
      return whole < 0 ? Math.max(0, target.length + whole) : Math.min(target.length, whole);
    };
    return {
      // one store of many bytes
      fill: (value: unknown, from?: number, to?: number) => {
        const [start, end] = [position(from, 0), position(to, target.length)];
        const run = host.execution;
        if (run === undefined) target.fill(value as never, start, end);
        else if (end > start) {
          const bytes = new CONSTRUCTORS.Uint8Array((end - start) * codec.size);
          const one = codec.encode(value);
          for (let i = 0; i < bytes.length; i += codec.size) bytes.set(one, i);
          const address = target.byteOffset + start * codec.size;
          storeBytes(run, address, bytes, `plain fill ${codec.name}@${address}..${address + bytes.length} = ${String(value)}`);
        }
        return this.#again(target);
      },
      set: (source: ArrayLike<unknown>, offset = 0) => {
        if (offset < 0 || source.length + offset > target.length) throw new RangeError('offset is out of bounds');
        for (let i = 0; i < source.length; i++) {
          if (host.execution === undefined) target[offset + i] = source[i] as never;
          else plainStore(host.execution, codec, target.byteOffset + (offset + i) * codec.size, source[i]);
        }
      },
      subarray: (from?: number, to?: number) => {
        const [start, end] = [position(from, 0), position(to, target.length)];
        return this.#view(name, new (CONSTRUCTORS[name] as ArrayMaker)(target.buffer, target.byteOffset + start * codec.size, Math.max(0, end - start)));
      },
      slice: (from?: number, to?: number) => {
        const [start, end] = [position(from, 0), position(to, target.length)];
        const copy = new CONSTRUCTORS[name](Math.max(0, end - start));
        for (let i = 0; i < copy.length; i++) copy[i] = load(start + i) as never;
        return copy;
      },
      at: (index: number) => {
        const at = index < 0 ? target.length + index : index;
        return at in target ? load(at) : undefined;
      },
    };
  }

  /** The view again, for chains of calls. */
  #again(target: View): View {
    return this.#view(target[Symbol.toStringTag] as ViewName, target);
  }

  #dataView(target: DataView): DataView {
    const host = this.#host;
    return new Proxy(target, {
      get(_, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        const method = value as (...args: unknown[]) => unknown;
        const [, kind, type] = /^(get|set)(.+)$/.exec(String(key)) ?? [];
        const name = `${type}Array`;
        return (at: number, ...rest: unknown[]) => {
          const run = host.execution;
          if (run === undefined || !(name in CONSTRUCTORS)) return method.call(target, at, ...rest);
          const codec = codecOf(name as ViewName);
          if (!(at >= 0 && at + codec.size <= target.byteLength)) throw new RangeError(`offset ${at} is outside the bounds of the DataView`);
          const little = rest[kind === 'get' ? 0 : 1] === true;
          const ordered = little ? codec : bigEndian(codec);
          if (kind === 'get') return plainLoad(run, ordered, target.byteOffset + at);
          plainStore(run, ordered, target.byteOffset + at, rest[0]);
          return undefined;
        };
      },
    });
  }
}

/** Index that a property key stands for. */
function indexOf(key: string | symbol): number | undefined {
  if (typeof key !== 'string' || key < '0' || key > '9~') return undefined;
  const index = Number(key);
  return String(index) === key ? index : undefined;
}

/** Other properties and methods: methods work on a copy of what is loaded. */
function inherited(target: View, key: string | symbol, methods: Record<string, unknown>, host: Host): unknown {
  const value: unknown = Reflect.get(target, key, target);
  if (typeof value !== 'function' || key === 'constructor') return value;
  return (...args: unknown[]): unknown => {
    if (host.execution === undefined) return (value as (...args: unknown[]) => unknown).apply(target, args);
    const copy = (methods['slice'] as () => View)();
    const result: unknown = (value as (...args: unknown[]) => unknown).apply(copy, args);
    if (CHANGING.has(String(key))) (methods['set'] as (source: View) => void)(copy);
    return result;
  };
}

/** The machine is little-endian, as WebAssembly is. */
function bigEndian(codec: Codec): Codec {
  return {
    name: `${codec.name}be`,
    size: codec.size,
    read: (memory: Uint8Array, address: number) => codec.decode(memory.slice(address, address + codec.size).reverse()),
    decode: (bytes: Uint8Array) => codec.decode(bytes.slice().reverse()),
    encode: (value: unknown) => codec.encode(value).reverse(),
  } as unknown as Codec;
}
