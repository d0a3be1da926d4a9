import { type IrFunction, TempKind } from '../ir/function.ts';
import { type GlobalDef, Type } from '../ir/helper.ts';
import { CodeWriter } from './code-writer.ts';
import type { CompileUnit } from './compiler.ts';
import type { ImportTable } from './imports.ts';
import { Locals } from './locals.ts';
import { W } from './opcode.ts';
import { MAX_CACHED, Scan } from './scan.ts';
import type { WasmTarget } from './target.ts';

const LOAD_OP = [W.i32_load, W.i64_load, W.v128_load];
const STORE_OP = [W.i32_store, W.i64_store, W.v128_store];

/** The function under translation, and its globals in wasm locals: which are loaded, which are newer than env. */
export abstract class FunctionState {
  readonly target: WasmTarget;
  readonly c: CodeWriter = new CodeWriter(65536);
  readonly scan: Scan = new Scan();
  readonly locals: Locals = new Locals();
  readonly imports: ImportTable;

  fn!: IrFunction;
  ops!: Uint16Array;
  args!: Int32Array;
  globals!: readonly GlobalDef[];
  /** This TB: table index, flags, address of jump slot 0. */
  tb = 0;
  tbFlags = 0;
  slotAddr = 0;
  /** TBs that the slots are expected to hold, 0 if unknown. */
  expect0 = 0;
  expect1 = 0;
  /** Index of the pc among the globals, -1 if it is none (or not cached). */
  pcGlobal = -1;

  /** Open wasm blocks. */
  level = 0;
  /** Args index of the insn_start of the current instruction, -1 before the first. */
  insn = -1;
  /** Globals whose locals hold their value; those newer than env. */
  validLo = 0;
  validHi = 0;
  dirtyLo = 0;
  dirtyHi = 0;
  /** Constant temp that the pc global holds, -1 if it may hold anything else. */
  knownPc = -1;
  /** Page offset of the pc global, -1 if unknown. */
  knownOffset = -1;
  /** Page offset of the function's pc base, -1 if unknown. */
  pageOffset = -1;
  protected globalLocal: Int32Array = new Int32Array(MAX_CACHED);

  constructor(target: WasmTarget, imports: ImportTable) {
    this.target = target;
    this.imports = imports;
  }

  /** Puts pending trees that read the given globals into locals, before one of these is written. */
  protected abstract flush(lo: number, hi: number, memory: number): void;

  protected beginFunction(unit: CompileUnit): void {
    const fn = unit.fn;
    this.fn = fn;
    this.ops = fn.ops;
    this.args = fn.args;
    this.tb = unit.tb;
    this.tbFlags = unit.flags;
    this.slotAddr = unit.slotAddr;
    this.pageOffset = unit.pageOffset ?? -1;
    this.expect0 = unit.expect0 ?? 0;
    this.expect1 = unit.expect1 ?? 0;
    if (this.globals !== fn.globals) {
      this.globals = fn.globals;
      this.pcGlobal = fn.globals.findIndex((g, i) => i < MAX_CACHED && g.offset === this.target.env.pc && g.type === Type.I64);
    }
    this.globalLocal.fill(-1);
    this.c.reset();
    this.locals.reset();
    this.scan.run(fn, this.pcGlobal);
    this.level = 0;
    this.insn = -1;
    this.setGlobals(0, 0, 0, 0);
  }

  setGlobals(validLo: number, validHi: number, dirtyLo: number, dirtyHi: number): void {
    this.validLo = validLo;
    this.validHi = validHi;
    this.dirtyLo = dirtyLo;
    this.dirtyHi = dirtyHi;
  }

  isConst(t: number): boolean {
    return this.fn.tempKind[t] === TempKind.CONST;
  }

  /** True for the constant zero of an integer type. */
  isZero(t: number): boolean {
    return this.fn.tempKind[t] === TempKind.CONST && this.fn.constLo[t] === 0 && this.fn.constHi[t] === 0;
  }

  /** A local for the rest of this op. */
  scratch(type: number): number {
    const local = this.locals.alloc(type);
    this.locals.release(local);
    return local;
  }

  // Globals

  protected localOfGlobal(g: number): number {
    let local = this.globalLocal[g];
    if (local < 0) this.globalLocal[g] = local = this.locals.fresh(this.globals[g].type);
    return local;
  }

  protected pushGlobal(g: number): void {
    if (g < MAX_CACHED) {
      const bit = 1 << g;
      const local = this.localOfGlobal(g);
      if (((g < 32 ? this.validLo : this.validHi) & bit) !== 0) {
        this.c.localGet(local);
        return;
      }
      this.loadGlobal(g);
      this.c.localTee(local);
      if (g < 32) this.validLo |= bit;
      else this.validHi |= bit;
      return;
    }
    this.loadGlobal(g);
  }

  protected loadGlobal(g: number): void {
    const def = this.globals[g];
    this.c.localGet(0);
    this.c.mem(LOAD_OP[def.type], def.offset);
  }

  protected needGlobal(g: number): void {
    const bit = 1 << g;
    if (((g < 32 ? this.validLo : this.validHi) & bit) !== 0) return;
    this.loadGlobal(g);
    this.c.localSet(this.localOfGlobal(g));
    if (g < 32) this.validLo |= bit;
    else this.validHi |= bit;
  }

  /** Loads those of the globals that are not in their locals yet. */
  need(lo: number, hi: number): void {
    for (let m = lo & ~this.validLo; m !== 0; m &= m - 1) this.needGlobal(31 - Math.clz32(m & -m));
    for (let m = hi & ~this.validHi; m !== 0; m &= m - 1) this.needGlobal(63 - Math.clz32(m & -m));
  }

  protected setGlobal(g: number): void {
    const bit = 1 << g;
    if ((g & 32) === 0) this.flush(bit, 0, 0);
    else this.flush(0, bit, 0);
    if (g === this.pcGlobal) this.knownPc = this.knownOffset = -1;
    if (g < MAX_CACHED) {
      this.c.localSet(this.localOfGlobal(g));
      if (g < 32) {
        this.validLo |= bit;
        this.dirtyLo |= bit;
      } else {
        this.validHi |= bit;
        this.dirtyHi |= bit;
      }
      return;
    }
    const def = this.globals[g];
    const value = this.scratch(def.type);
    this.c.localSet(value);
    this.c.localGet(0);
    this.c.localGet(value);
    this.c.mem(STORE_OP[def.type], def.offset);
  }

  /** Stores the given cached globals to env; their state stays. */
  store(lo: number, hi: number): void {
    for (let m = lo; m !== 0; m &= m - 1) this.storeGlobal(31 - Math.clz32(m & -m));
    for (let m = hi; m !== 0; m &= m - 1) this.storeGlobal(63 - Math.clz32(m & -m));
  }

  protected storeGlobal(g: number): void {
    const def = this.globals[g];
    this.c.localGet(0);
    this.c.localGet(this.globalLocal[g]);
    this.c.mem(STORE_OP[def.type], def.offset);
  }

  writeBackButPc(): void {
    const pc = this.pcGlobal;
    const keepLo = pc >= 0 && pc < 32 ? this.dirtyLo & (1 << pc) : 0;
    const keepHi = pc >= 32 ? this.dirtyHi & (1 << pc) : 0;
    this.store(this.dirtyLo & ~keepLo, this.dirtyHi & ~keepHi);
    this.dirtyLo = keepLo;
    this.dirtyHi = keepHi;
  }

  /** Writes all dirty globals back. */
  writeBack(): void {
    this.store(this.dirtyLo, this.dirtyHi);
    this.dirtyLo = this.dirtyHi = 0;
  }
}
