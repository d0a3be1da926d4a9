import type { Heap } from '@mttcg/atomic';
import type { HelperDef, JsHelper } from '@mttcg/softmmu';
import type { TbCache } from './cache.ts';
import { ModuleLayout, TbLayout } from './descriptor.ts';

/** Imports of generated modules, by module and name. */
export type CodeImports = Record<string, Record<string, WebAssembly.ImportValue>>;

/** What is compiled once per machine and instantiated on every thread. */
export interface FixedCode {
  readonly dispatcher: Uint8Array;
  readonly stub: Uint8Array;
  readonly wasmHelpers: Uint8Array | undefined;
}

/**
 * Generated code as one thread has it: a function table (the same index means the same TB on every thread) and the
 * instances behind it. Slots whose module this thread has not met lead to the stub, which asks for it.
 */
export class CodeThread {
  readonly #heap: Heap;
  readonly #cache: TbCache;
  readonly #table: WebAssembly.Table;
  readonly #imports: CodeImports;
  readonly #stub: WebAssembly.ExportValue;
  #flushCount: number;
  /** Modules instantiated by this thread since it started. */
  instances = 0;

  /** Runs TBs from `tb` on until one returns something else than a TB. Returns 0 or a negative exit word. */
  readonly run: (env: number, tb: number) => number;

  constructor(
    heap: Heap,
    cache: TbCache,
    fixed: FixedCode,
    helpers: readonly HelperDef[],
    jsHelpers: Record<string, JsHelper>,
  ) {
    this.#heap = heap;
    this.#cache = cache;
    this.#flushCount = cache.flushCount;
    const memory = heap.memory;
    const stub = new WebAssembly.Instance(new WebAssembly.Module(fixed.stub as BufferSource));
    this.#stub = stub.exports['stub']!;
    // Full size from the start: another thread may patch a jump to any TB at any time.
    this.#table = new WebAssembly.Table({ element: 'anyfunc', initial: cache.maxTbs }, this.#stub);
    const h: Record<string, WebAssembly.ImportValue> = { ...jsHelpers };
    const base = { memory, table: this.#table };
    if (fixed.wasmHelpers !== undefined) {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(fixed.wasmHelpers as BufferSource), { env: base, h });
      for (const def of helpers) {
        if (def.kind === 'wasm') h[def.name] = instance.exports[def.name]!;
      }
    }
    this.#imports = { env: base, h };
    const dispatcher = new WebAssembly.Instance(new WebAssembly.Module(fixed.dispatcher as BufferSource), this.#imports);
    this.run = dispatcher.exports['run'] as (env: number, tb: number) => number;
  }

  /** Forgets all code when another thread flushed the cache. To be called before a TB is looked up. */
  syncFlush(): boolean {
    const count = this.#cache.flushCount;
    if (count === this.#flushCount) return false;
    this.#flushCount = count;
    for (let i = 1; i < this.#table.length; i++) this.#table.set(i, this.#stub);
    return true;
  }

  /** Instantiates the module that holds `tb` on this thread. */
  compileTb(tb: number): void {
    const u32 = this.#heap.u32;
    const module = u32[(this.#cache.addr(tb) + TbLayout.offset.module) >>> 2]!;
    const code = u32[(module + ModuleLayout.offset.code) >>> 2]!;
    const bytes = u32[(module + ModuleLayout.offset.bytes) >>> 2]!;
    // a copy: engines refuse bytes that other threads could change
    this.instantiate(this.#heap.u8.slice(code, code + bytes));
  }

  /** Instantiates module bytes; its element segment fills the table slots of its TBs. */
  instantiate(bytes: Uint8Array): void {
    this.instances++;
    new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), this.#imports);
  }

  /** Runs exactly one TB, compiled on this thread if need be, and returns what it returned. */
  runOne(env: number, tb: number): number {
    if (this.#table.get(tb) === this.#stub) this.compileTb(tb);
    return (this.#table.get(tb) as (env: number) => number)(env);
  }
}
