import { CodeWriter } from './code-writer.ts';
import { wasmType, WType } from './opcode.ts';

/** Section ids of the binary format. */
export const Section = { CUSTOM: 0, TYPE: 1, IMPORT: 2, FUNCTION: 3, TABLE: 4, GLOBAL: 6, EXPORT: 7, ELEMENT: 9, CODE: 10 } as const;

const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Pages of the largest memory a module can import; an import must allow at least what the memory declares. */
export const MAX_MEMORY_PAGES = 65536;

/**
 * Builds a module from hand-written functions. Signatures are strings of letters (see `wasmType`), parameters and
 * results separately. All imports of functions come before the first `addFunc`, since they take the low indexes.
 *
 *     const m = new ModuleWriter();
 *     m.importMemory('env', 'memory');
 *     const c = new CodeWriter();
 *     c.localGet(0); c.localGet(1); c.op(W.i64_add);
 *     m.exportFunc('add', m.addFunc('ll', 'l', '', c));
 *     const bytes = m.finish();
 */
export class ModuleWriter {
  readonly #types: string[] = [];
  readonly #typeBytes = new CodeWriter(256);
  readonly #imports = new CodeWriter(256);
  readonly #functions = new CodeWriter(64);
  readonly #exports = new CodeWriter(64);
  readonly #globals = new CodeWriter(64);
  readonly #elements = new CodeWriter(64);
  readonly #code = new CodeWriter(1024);
  #nImports = 0;
  #nImportedFuncs = 0;
  #nFuncs = 0;
  #nExports = 0;
  #nGlobals = 0;
  #nElements = 0;
  #table = -1;

  /** Index of a function type, made when it is new. */
  type(params: string, results: string): number {
    const key = `${params}>${results}`;
    const found = this.#types.indexOf(key);
    if (found >= 0) return found;
    const w = this.#typeBytes;
    w.byte(0x60);
    w.u32(params.length);
    for (const letter of params) w.byte(wasmType(letter));
    w.u32(results.length);
    for (const letter of results) w.byte(wasmType(letter));
    return this.#types.push(key) - 1;
  }

  /** Imports a function and returns its index. */
  importFunc(module: string, name: string, params: string, results: string): number {
    if (this.#nFuncs > 0) throw new Error('function imports must precede the first function');
    this.#import(module, name, 0);
    this.#imports.u32(this.type(params, results));
    return this.#nImportedFuncs++;
  }

  /** Imports the (shared) memory, of any size. */
  importMemory(module: string, name: string, shared = true): void {
    this.#import(module, name, 2);
    if (shared) {
      this.#imports.byte(3);
      this.#imports.u32(0);
      this.#imports.u32(MAX_MEMORY_PAGES);
    } else {
      this.#imports.byte(0);
      this.#imports.u32(0);
    }
  }

  /** Imports a table of functions, of any size. */
  importTable(module: string, name: string): void {
    this.#import(module, name, 1);
    this.#imports.byte(WType.funcref);
    this.#imports.byte(0);
    this.#imports.u32(0);
  }

  /** Gives the module a table of its own with `size` entries. */
  addTable(size: number): void {
    this.#table = size;
  }

  /** A global with a constant initial value (i32 or i64, of 32 bits); returns its index. Imports of globals are not supported. */
  addGlobal(letter: 'i' | 'l', mutable: boolean, initial: number): number {
    const w = this.#globals;
    w.byte(wasmType(letter));
    w.byte(mutable ? 1 : 0);
    if (letter === 'i') w.i32Const(initial);
    else w.i64ConstS(initial);
    w.end();
    return this.#nGlobals++;
  }

  /** Adds a function; `locals` has a letter per local after the parameters. The body is copied, without its final `end`. */
  addFunc(params: string, results: string, locals: string, body: CodeWriter): number {
    this.#functions.u32(this.type(params, results));
    const head = new CodeWriter(16);
    let runs = 0;
    for (let i = 0; i < locals.length; i++) if (locals[i] !== locals[i - 1]) runs++;
    head.u32(runs);
    for (let i = 0; i < locals.length; ) {
      let j = i + 1;
      while (locals[j] === locals[i]) j++;
      head.u32(j - i);
      head.byte(wasmType(locals[i]!));
      i = j;
    }
    this.#code.u32(head.pos + body.pos + 1);
    this.#code.bytes(head.buf, 0, head.pos);
    this.#code.bytes(body.buf, 0, body.pos);
    this.#code.end();
    return this.#nImportedFuncs + this.#nFuncs++;
  }

  exportFunc(name: string, index: number): void {
    this.#exports.name(name);
    this.#exports.byte(0);
    this.#exports.u32(index);
    this.#nExports++;
  }

  /** Puts functions into table 0 from `offset` on when the module is instantiated. */
  elements(offset: number, functions: readonly number[]): void {
    const w = this.#elements;
    w.byte(0);
    w.i32Const(offset);
    w.end();
    w.u32(functions.length);
    for (const f of functions) w.u32(f);
    this.#nElements++;
  }

  /** The module's bytes. */
  finish(): Uint8Array {
    const out = new CodeWriter(this.#code.pos + 1024);
    out.bytes(HEADER);
    section(out, Section.TYPE, this.#types.length, this.#typeBytes);
    section(out, Section.IMPORT, this.#nImports, this.#imports);
    section(out, Section.FUNCTION, this.#nFuncs, this.#functions);
    if (this.#table >= 0) {
      const table = new CodeWriter(16);
      table.byte(WType.funcref);
      table.byte(0);
      table.u32(this.#table);
      section(out, Section.TABLE, 1, table);
    }
    section(out, Section.GLOBAL, this.#nGlobals, this.#globals);
    section(out, Section.EXPORT, this.#nExports, this.#exports);
    section(out, Section.ELEMENT, this.#nElements, this.#elements);
    section(out, Section.CODE, this.#nFuncs, this.#code);
    return out.buf.slice(0, out.pos);
  }

  #import(module: string, name: string, kind: number): void {
    this.#imports.name(module);
    this.#imports.name(name);
    this.#imports.byte(kind);
    this.#nImports++;
  }
}

/** Writes a section that is a vector of `count` items, nothing when there are none. */
export function section(out: CodeWriter, id: number, count: number, items: CodeWriter): void {
  if (count === 0) return;
  out.byte(id);
  out.u32(items.pos + lebSize(count));
  out.u32(count);
  out.bytes(items.buf, 0, items.pos);
}

/** Bytes of the unsigned LEB128 of a value. */
export function lebSize(value: number): number {
  let n = 1;
  for (let v = value >>> 7; v !== 0; v >>>= 7) n++;
  return n;
}

/** The bytes every module begins with. */
export function moduleHeader(out: CodeWriter): void {
  out.bytes(HEADER);
}
