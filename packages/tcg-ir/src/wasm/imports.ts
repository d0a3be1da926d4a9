import type { HelperDef } from '../ir/helper.ts';
import { CodeWriter } from './code-writer.ts';

/** Slow paths that generated code may import from module "h", and their parameters; all return i32. */
export const SLOW_PATHS: readonly { readonly name: string; readonly params: string }[] = [
  { name: 'mmu_ld', params: 'iii' },
  { name: 'mmu_st', params: 'iii' },
  { name: 'mmu_atomic', params: 'iii' },
];
export const Slow = { LOAD: 0, STORE: 1, ATOMIC: 2 } as const;

const WASM_TYPE: Readonly<Record<string, number>> = { i: 0x7f, l: 0x7e, v: 0x7b };

/** The functions that a module imports, numbered by first use; and its function types. Type 0 is that of TBs. */
export class ImportTable {
  readonly types: CodeWriter = new CodeWriter(256);
  nTypes = 0;
  readonly imports: CodeWriter = new CodeWriter(1024);
  nFuncs = 0;
  #signatures: string[] = [];
  #helpers: readonly HelperDef[] = [];
  #helperIndex: Int32Array = new Int32Array(64);
  #slowIndex: Int32Array = new Int32Array(SLOW_PATHS.length);

  /** Starts a module. */
  reset(): void {
    this.types.reset();
    this.imports.reset();
    this.#signatures.length = 0;
    this.nTypes = 0;
    this.nFuncs = 0;
    this.#helpers = [];
    this.#slowIndex.fill(-1);
    this.#type('i', 'i');
  }

  /** Names the helper list of the functions to come; all functions of a module have the same. */
  use(helpers: readonly HelperDef[]): void {
    if (helpers === this.#helpers) return;
    if (this.#helpers.length > 0) throw new Error('the functions of one module must share one helper list');
    this.#helpers = helpers;
    if (this.#helperIndex.length < helpers.length) this.#helperIndex = new Int32Array(helpers.length * 2);
    this.#helperIndex.fill(-1);
  }

  /** Function index of a helper. */
  helper(index: number): number {
    let f = this.#helperIndex[index];
    if (f < 0) {
      const def = this.#helpers[index];
      if (def.kind === 'js') {
        if (/v/.test(def.params + def.ret)) throw new Error(`helper ${def.name}: JavaScript functions take no v128`);
        f = this.#import(def.name, def.params.replaceAll('l', 'ii'), jsResult(def));
      } else {
        f = this.#import(def.name, def.params, wasmResult(def));
      }
      this.#helperIndex[index] = f;
    }
    return f;
  }

  /** Function index of a slow path. */
  slow(index: number): number {
    let f = this.#slowIndex[index];
    if (f < 0) {
      const def = SLOW_PATHS[index];
      this.#slowIndex[index] = f = this.#import(def.name, def.params, 'i');
    }
    return f;
  }

  #import(name: string, params: string, results: string): number {
    const w = this.imports;
    w.name('h');
    w.name(name);
    w.byte(0);
    w.u32(this.#type(params, results));
    return this.nFuncs++;
  }

  #type(params: string, results: string): number {
    const key = `${params}>${results}`;
    const found = this.#signatures.indexOf(key);
    if (found >= 0) return found;
    const w = this.types;
    w.byte(0x60);
    w.u32(params.length);
    for (let i = 0; i < params.length; i++) w.byte(WASM_TYPE[params[i]]);
    w.u32(results.length);
    for (let i = 0; i < results.length; i++) w.byte(WASM_TYPE[results[i]]);
    this.nTypes++;
    return this.#signatures.push(key) - 1;
  }
}

/** A fault status is returned as i32; an i64 result of a JavaScript function goes through env. */
function jsResult(def: HelperDef): string {
  if (def.ret === 'l') return '';
  return wasmResult(def);
}

function wasmResult(def: HelperDef): string {
  return (def.flags & 8) !== 0 ? 'i' : def.ret;
}
