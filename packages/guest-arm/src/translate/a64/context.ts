import { type Builder, Cond, MemOp, TbExit, type Temp } from '@mttcg/tcg-ir';
import { CFlag, CpuCommon, type TranslateRequest } from '@mttcg/softmmu';
import type { ArmCpu } from '../../cpu/cpu.ts';
import { ENV, PC, SP, X } from '../../cpu/env.ts';
import { PState } from '../../cpu/pstate.ts';
import { ArmExcp, synFpAccess, synUncategorized } from '../../cpu/syndrome.ts';
import { ArmTbFlag, flagsEl, flagsMmuIdx } from '../../cpu/tb-flags.ts';
import { A64Fields } from '../../decode/generated/a64-fields.ts';
import { Flags } from './flags.ts';

/** How the translation of the TB goes on after an instruction. */
export const Next = {
  /** With the next instruction. */
  CONTINUE: 0,
  /** The TB ends; all ways out are emitted. */
  NONE: 1,
} as const;

const PAGE_MASK = 0xfff;

/**
 * State of one translation: where it is, what is fixed for the TB, and the ways to leave. One object per thread, used
 * again for each TB. Functions of the group files get it as their first argument.
 */
export class A64Context {
  b!: Builder;
  cpu!: ArmCpu;
  /** Fields of the current instruction. */
  readonly fields: A64Fields = new A64Fields();
  /** Condition flags and what is known about them. */
  readonly flagState: Flags = new Flags();
  /** Feature bits of the CPU. */
  features = 0;
  /** ArmTbFlag bits of the TB. */
  flags = 0;
  /** CFlag bits of the TB. */
  cflags = 0;
  /** Address of the current instruction, two i32. */
  pcLo = 0;
  pcHi = 0;
  /** Low word of the pc at which the function is entered. */
  entryLo = 0;
  /** The current instruction word, i32. */
  word = 0;
  /** Next. */
  next = 0;
  /** Set by fpAccess(): flags may have been written by code that does not tell. */
  #fpUsed = false;
  #request!: TranslateRequest;
  /** Bits of every memop: mmu index, byte order. */
  #memBase = 0;

  begin(b: Builder, request: TranslateRequest, cpu: ArmCpu): void {
    this.b = b;
    this.cpu = cpu;
    this.#request = request;
    this.features = cpu.features;
    this.flags = request.flags;
    this.cflags = request.cflags;
    this.entryLo = request.entryLo;
    this.pcLo = request.pcLo | 0;
    this.pcHi = request.pcHi | 0;
    this.#memBase =
      (flagsMmuIdx(this.flags) << MemOp.MMU_SHIFT) | ((this.flags & ArmTbFlag.BIG_ENDIAN) !== 0 ? MemOp.BSWAP : 0);
    this.next = Next.CONTINUE;
    this.#fpUsed = false;
    this.flagState.begin(b);
    request.succCount = 0;
    request.returns = false;
  }

  /** Called by the translation loop after each instruction. */
  endInstruction(): void {
    if (this.#fpUsed) {
      this.flagState.forget();
      this.#fpUsed = false;
    }
  }

  /** Current exception level. */
  get el(): number {
    return flagsEl(this.flags);
  }

  /** Other vCPUs may run at the same time. */
  get parallel(): boolean {
    return (this.cflags & CFlag.PARALLEL) !== 0;
  }

  get stepping(): boolean {
    return (this.flags & ArmTbFlag.SS_ACTIVE) !== 0;
  }

  // Registers

  /** Xn, zero for 31. Not a copy: do not write it. */
  x(n: number): Temp {
    return n === 31 ? this.b.constI64(0, 0) : X(n);
  }

  /** Xn, SP for 31. */
  xsp(n: number): Temp {
    return n === 31 ? SP : X(n);
  }

  /** Low word of Xn as i32, zero for 31. */
  w(n: number): Temp {
    if (n === 31) return this.b.constI32(0);
    const t = this.b.newI32();
    this.b.extrlI32I64(t, X(n));
    return t;
  }

  /** Low word of Xn, of SP for 31. */
  wsp(n: number): Temp {
    const t = this.b.newI32();
    this.b.extrlI32I64(t, this.xsp(n));
    return t;
  }

  /** Where to write Xn: the register itself, or a temp that is thrown away for 31. */
  dx(n: number): Temp {
    return n === 31 ? this.b.newI64() : X(n);
  }

  /** Xn := value (i64), nothing for 31. */
  setX(n: number, value: Temp): void {
    if (n !== 31) this.b.movI64(X(n), value);
  }

  /** Wn := value (i32), zero-extended to 64 bits; nothing for 31. */
  setW(n: number, value: Temp): void {
    if (n !== 31) this.b.extuI64I32(X(n), value);
  }

  /** Wn or WSP := value. */
  setWsp(n: number, value: Temp): void {
    this.b.extuI64I32(this.xsp(n), value);
  }

  /** A copy of the value that later writes to registers do not change. */
  copyX(value: Temp): Temp {
    if (this.b.fn.isConst(value)) return value;
    const t = this.b.newI64();
    this.b.movI64(t, value);
    return t;
  }

  /** Descriptor of an ordinary access; aligned when SCTLR.A or `aligned` says so. */
  memOp(sizeLog2: number, extra = 0, aligned = false): number {
    const align = aligned || (this.flags & ArmTbFlag.ALIGN) !== 0 ? sizeLog2 << MemOp.ALIGN_SHIFT : 0;
    return sizeLog2 | this.#memBase | align | extra;
  }

  // Exceptions and other ways out

  /** Bytes from the pc at the function's entry, which is in the same page, to that of the current instruction. */
  #fromEntry(): number {
    return (this.pcLo >>> 0) - (this.entryLo >>> 0);
  }

  insnStart(): void {
    const delta = this.#fromEntry();
    this.b.insnStart(delta, delta >> 31);
  }

  /** pc + offset of the current instruction. Not a copy: do not write it. */
  pcConst(offset: number): Temp {
    const { b } = this;
    const delta = this.#fromEntry() + offset;
    if (delta === 0) return b.fn.pcBase;
    const t = b.newI64();
    b.addI64(t, b.fn.pcBase, b.constI64n(delta));
    return t;
  }

  setPc(offset: number): void {
    const { b } = this;
    const delta = this.#fromEntry() + offset;
    if (delta === 0) b.movI64(PC, b.fn.pcBase);
    else b.addI64(PC, b.fn.pcBase, b.constI64n(delta));
  }

  /** Raises an exception with pc at the current instruction plus `offset`. Does not end the translation. */
  emitException(excp: number, syndrome: number, offset = 0): void {
    const { b } = this;
    b.stI32(b.constI32(excp), b.env, CpuCommon.offset.exceptionIndex);
    b.stI32(b.constI32(syndrome), b.env, ENV.excSyndrome);
    this.setPc(offset);
    b.exitTb(TbExit.EXCEPTION);
  }

  /** Raises an exception; the instruction does nothing else. */
  raise(excp: number, syndrome: number, offset = 0): void {
    this.emitException(excp, syndrome, offset);
    this.next = Next.NONE;
  }

  /** The encoding is UNDEFINED. */
  undefined(): void {
    this.raise(ArmExcp.UNDEF, synUncategorized());
  }

  /** A known instruction without a translation: named in the log, then UNDEFINED. */
  unimplemented(name: string): void {
    const hex = (v: number): string => (v >>> 0).toString(16).padStart(8, '0');
    this.cpu.host.log('unimp', `${name} (${hex(this.word)}) at 0x${hex(this.pcHi)}${hex(this.pcLo)} is not implemented`);
    this.undefined();
  }

  /** FP and SIMD access check: false when it traps (the exception is emitted). First thing of every FP function. */
  fpAccess(): boolean {
    this.#fpUsed = true;
    if ((this.flags & ArmTbFlag.FP_ENABLED) !== 0) return true;
    this.raise(ArmExcp.FP_TRAP, synFpAccess());
    return false;
  }

  /** Ends the TB at the next instruction, to the main loop, so that it looks at interrupts and new flags. */
  exitToMainLoop(): void {
    this.setPc(4);
    this.leave(TbExit.MAIN_LOOP);
    this.addSuccessor(4, -1);
  }

  /** exit_tb on the last path of the TB; steps when single stepping. pc is set already. */
  leave(code: number): void {
    this.#endStep();
    this.b.exitTb(code);
    this.next = Next.NONE;
  }

  /** Branch to the current instruction plus `offset` (bytes), through jump slot `slot` where that is possible. */
  gotoTb(slot: number, offset: number): void {
    const { b } = this;
    this.setPc(offset);
    if (this.stepping) {
      this.leave(TbExit.MAIN_LOOP);
      return;
    }
    if (this.#samePage(offset)) {
      this.addSuccessor(offset, (this.cflags & CFlag.NO_GOTO_TB) !== 0 ? -1 : slot);
      if ((this.cflags & CFlag.NO_GOTO_TB) === 0) {
        b.gotoTb(slot);
        this.next = Next.NONE;
        return;
      }
    }
    this.gotoPtr();
  }

  /** Goes on at the pc global. */
  gotoPtr(): void {
    if (this.stepping || (this.cflags & CFlag.NO_GOTO_PTR) !== 0) {
      this.leave(TbExit.MAIN_LOOP);
      return;
    }
    this.b.gotoPtr();
    this.next = Next.NONE;
  }

  /** Goes on at the pc global, which is the return address of a subroutine. */
  gotoReturn(): void {
    this.gotoPtr();
    this.#request.returns = true;
  }

  /** Reports a likely continuation at pc + offset when it is in the same page; slot -1: reached indirectly. */
  addSuccessor(offset: number, slot: number): void {
    const r = this.#request;
    if (r.succCount >= 2 || !this.#samePage(offset)) return;
    const lo = (this.pcLo >>> 0) + offset;
    r.succLo[r.succCount] = lo;
    r.succHi[r.succCount] = this.pcHi;
    r.succSlot[r.succCount++] = slot;
  }

  #samePage(offset: number): boolean {
    const inPage = (this.pcLo & PAGE_MASK) + offset;
    return inPage >= 0 && inPage <= PAGE_MASK;
  }

  /** Software step: clears PSTATE.SS after the stepped instruction. */
  #endStep(): void {
    if (!this.stepping) return;
    const { b } = this;
    const t = b.newI32();
    b.ldI32(t, b.env, ENV.pstate);
    b.andI32(t, t, b.constI32(~PState.SS));
    b.stI32(t, b.env, ENV.pstate);
    b.ldI32(t, b.env, ENV.tbFlags);
    b.andI32(t, t, b.constI32(~ArmTbFlag.PSTATE_SS));
    b.stI32(t, b.env, ENV.tbFlags);
  }

  /** dest := condition ? a : b, 64 bits; condition by number (0..15). */
  select(dest: Temp, cond: number, a: Temp, otherwise: Temp): void {
    const f = this.flagState;
    f.test(cond);
    if (f.wide) this.b.movcondI64(dest, f.a, f.b, a, otherwise, f.cond);
    else {
      const s = f.cond >= Cond.LT && f.cond <= Cond.GT;
      this.b.movcondI64(dest, this.#extend(f.a, s), this.#extend(f.b, s), a, otherwise, f.cond);
    }
  }

  /** The same for 32-bit values. */
  select32(dest: Temp, cond: number, a: Temp, otherwise: Temp): void {
    const f = this.flagState;
    f.test(cond);
    if (!f.wide) this.b.movcondI32(dest, f.a, f.b, a, otherwise, f.cond);
    else {
      const t = this.b.newI32();
      this.b.setcondI64(t, f.a, f.b, f.cond);
      this.b.movcondI32(dest, t, this.b.constI32(0), a, otherwise, Cond.NE);
    }
  }

  #extend(t: Temp, signed: boolean): Temp {
    const d = this.b.newI64();
    if (signed) this.b.extsI64I32(d, t);
    else this.b.extuI64I32(d, t);
    return d;
  }
}
