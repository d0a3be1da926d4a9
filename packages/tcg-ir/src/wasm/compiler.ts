import type { IrFunction } from '../ir/function.ts';
import { CodeWriter } from './code-writer.ts';
import { Emitter } from './emitter.ts';
import { ImportTable } from './imports.ts';
import { lebSize, MAX_MEMORY_PAGES, moduleHeader, Section, section } from './module-writer.ts';
import { WType } from './opcode.ts';
import { Structure } from './structure.ts';
import type { WasmTarget } from './target.ts';

/** A function to compile, and its place. */
export interface CompileUnit {
  readonly fn: IrFunction;
  /** Table index of the TB: a positive number, the same on all threads. */
  readonly tb: number;
  /** TB flags, compared by goto_ptr with those of the jump cache's entry. */
  readonly flags: number;
  /** Offset in its page of the pc at entry, where the function has a pc base. */
  readonly pageOffset?: number;
  /** Host address of direct jump slot 0, an i32; slot 1 follows it. */
  readonly slotAddr: number;
  /**
   * TB index that jump slot 0 or 1 will hold once it is patched, where that is known (a TB of the same batch, or this
   * one itself): makes the hop faster. Wrong guesses cost nothing but the comparison.
   */
  readonly expect0?: number;
  readonly expect1?: number;
}

export interface CompileOptions {
  /**
   * Poll env.exitRequest where a backward branch arrives at a label that an insn_start follows, and leave there with
   * MAIN_LOOP. For regions; TBs are polled by the dispatcher.
   */
  readonly pollBackEdges?: boolean;
  /**
   * Tell the engine that TLB lookups hit and polls do not leave: some 5 % in optimised loops with many live registers,
   * for 4 bytes per access. Default: as pollBackEdges, since TBs mostly run in baseline code.
   */
  readonly branchHints?: boolean;
}

/**
 * Compiles IR to WebAssembly. Holds the working arrays, so keep one per thread; nothing of a compilation stays in it.
 *
 * The module imports env.memory (shared), env.table (funcref) and, from "h", the slow paths and helpers that its
 * functions call; instantiating it puts the functions into the table at their TB indexes. Each is `(env: i32) -> i32`.
 */
export class WasmCompiler {
  readonly #imports = new ImportTable();
  readonly #emitter: Emitter;
  readonly #structure: Structure;
  readonly #code = new CodeWriter(65536);
  readonly #head = new CodeWriter(64);
  readonly #small = new CodeWriter(1024);
  /** Branch hints: functions that have some, and the encoded hints of each, one after another. */
  readonly #hinted: number[] = [];
  readonly #hintEnd: number[] = [];
  readonly #hints = new CodeWriter(1024);
  readonly #out = new CodeWriter(65536);

  constructor(target: WasmTarget) {
    this.#emitter = new Emitter(target, this.#imports);
    this.#structure = new Structure(this.#emitter);
  }

  /** The module's bytes, a fresh array. All units must have the same helper list. */
  compileModule(units: readonly CompileUnit[], options: CompileOptions = {}): Uint8Array {
    this.#imports.reset();
    this.#emitter.c.hinting = options.branchHints ?? options.pollBackEdges === true;
    this.#code.reset();
    this.#hints.reset();
    this.#hinted.length = this.#hintEnd.length = 0;
    for (let i = 0; i < units.length; i++) this.#function(units[i], i, options);
    return this.#assemble(units);
  }

  #function(unit: CompileUnit, index: number, options: CompileOptions): void {
    const e = this.#emitter;
    const { fn } = unit;
    this.#imports.use(fn.helpers);
    e.begin(unit);
    this.#structure.run(options.pollBackEdges === true);
    const body = e.c;
    body.end();
    const head = this.#head;
    head.reset();
    e.locals.declare(head);
    const code = this.#code;
    if (body.nHints > 0) {
      this.#hinted.push(index);
      const hints = this.#hints;
      hints.u32(body.nHints);
      for (let k = 0; k < body.nHints; k++) {
        hints.u32(head.pos + (body.hints[k] >> 1));
        hints.byte(1);
        hints.byte(body.hints[k] & 1);
      }
      this.#hintEnd.push(hints.pos);
    }
    code.u32(head.pos + body.pos);
    code.bytes(head.buf, 0, head.pos);
    code.bytes(body.buf, 0, body.pos);
  }

  #assemble(units: readonly CompileUnit[]): Uint8Array {
    const imports = this.#imports;
    const out = this.#out;
    const small = this.#small;
    out.reset();
    moduleHeader(out);
    section(out, Section.TYPE, imports.nTypes, imports.types);

    small.reset();
    small.name('env');
    small.name('memory');
    small.byte(2);
    small.byte(3);
    small.u32(0);
    small.u32(MAX_MEMORY_PAGES);
    small.name('env');
    small.name('table');
    small.byte(1);
    small.byte(WType.funcref);
    small.byte(0);
    small.u32(0);
    small.bytes(imports.imports.buf, 0, imports.imports.pos);
    section(out, Section.IMPORT, 2 + imports.nFuncs, small);

    small.reset();
    for (let i = 0; i < units.length; i++) small.byte(0);
    section(out, Section.FUNCTION, units.length, small);

    // One element segment per run of consecutive TB indexes.
    small.reset();
    let segments = 0;
    for (let i = 0; i < units.length; ) {
      let n = 1;
      while (i + n < units.length && units[i + n].tb === units[i].tb + n) n++;
      small.byte(0);
      small.i32Const(units[i].tb);
      small.end();
      small.u32(n);
      for (let k = 0; k < n; k++) small.u32(imports.nFuncs + i + k);
      segments++;
      i += n;
    }
    section(out, Section.ELEMENT, segments, small);

    if (this.#hinted.length > 0) this.#branchHints();

    out.byte(Section.CODE);
    out.u32(this.#code.pos + lebSize(units.length));
    out.u32(units.length);
    out.bytes(this.#code.buf, 0, this.#code.pos);
    return out.buf.slice(0, out.pos);
  }

  /** The custom section of the branch hinting proposal; an engine without it passes over the section. */
  #branchHints(): void {
    const small = this.#small;
    small.reset();
    small.name('metadata.code.branch_hint');
    small.u32(this.#hinted.length);
    let from = 0;
    for (let i = 0; i < this.#hinted.length; i++) {
      small.u32(this.#imports.nFuncs + this.#hinted[i]);
      small.bytes(this.#hints.buf, from, this.#hintEnd[i]);
      from = this.#hintEnd[i];
    }
    this.#out.byte(Section.CUSTOM);
    this.#out.u32(small.pos);
    this.#out.bytes(small.buf, 0, small.pos);
  }
}

/** Compiles one module without keeping a compiler; see `WasmCompiler` for repeated use. */
export function compileModule(units: readonly CompileUnit[], target: WasmTarget, options?: CompileOptions): Uint8Array {
  return new WasmCompiler(target).compileModule(units, options);
}
