/**
 * A small A64 assembler for bare-metal guests: one method per instruction, emitting one word; labels by name, resolved
 * by finish(). It knows the instructions that such guests need, not all of them (`word` takes any other). Encodings:
 * Arm ARM C4.1 and C6.2. Operands out of range throw RangeError with the instruction's name.
 */
import { DataAssembler } from './asm-data.ts';
import { field, sf, signedField } from './emitter.ts';
import {
  type Barrier, BARRIERS, type Condition, CONDITIONS, type Reg, SYSTEM_INSTRUCTIONS, SYSTEM_REGISTERS, type SysEncoding,
  type SystemInstruction, type SystemRegister, XZR,
} from './registers.ts';

export * from './registers.ts';

/** How an address is formed from a base register. */
export type Address =
  /** [base, #offset] */
  | { readonly base: Reg; readonly offset?: number }
  /** [base, #offset]! */
  | { readonly base: Reg; readonly pre: number }
  /** [base], #offset */
  | { readonly base: Reg; readonly post: number }
  /** [base, Xindex], by the access size with `scaled` */
  | { readonly base: Reg; readonly index: Reg; readonly scaled?: boolean };

/** Acquire and release of LSE atomics. */
export type AtomicOrder = '' | 'a' | 'l' | 'al';
const ATOMIC_ORDER = { '': 0, l: 1 << 22, a: 1 << 23, al: 3 << 22 } as const;

/** Assembles a program that starts at `origin`. */
export class Assembler extends DataAssembler {
  // Memory

  /** 32 or 64 bits, by the register. */
  ldr(t: Reg, address: Address): this {
    return this.#loadStore('ldr', t.is64 ? 3 : 2, 1, t, address);
  }

  str(t: Reg, address: Address): this {
    return this.#loadStore('str', t.is64 ? 3 : 2, 0, t, address);
  }

  ldrb(t: Reg, address: Address): this {
    return this.#loadStore('ldrb', 0, 1, t, address);
  }

  strb(t: Reg, address: Address): this {
    return this.#loadStore('strb', 0, 0, t, address);
  }

  ldrh(t: Reg, address: Address): this {
    return this.#loadStore('ldrh', 1, 1, t, address);
  }

  strh(t: Reg, address: Address): this {
    return this.#loadStore('strh', 1, 0, t, address);
  }

  #loadStore(name: string, size: number, opc: number, t: Reg, a: Address): this {
    const common = (size << 30) | 0x38000000 | (opc << 22) | (a.base.n << 5) | t.n;
    if ('pre' in a) return this.word(common | (signedField(name, a.pre, 9) << 12) | 0xc00);
    if ('post' in a) return this.word(common | (signedField(name, a.post, 9) << 12) | 0x400);
    if ('index' in a) return this.word(common | 0x206800 | (a.index.n << 16) | (a.scaled ? 0x1000 : 0));
    const offset = a.offset ?? 0;
    if (offset >= 0 && offset % 2 ** size === 0) return this.word(common | 0x01000000 | (field(name, offset, 12, 2 ** size) << 10));
    return this.word(common | (signedField(name, offset, 9) << 12));
  }

  /** Loads a 64-bit or 32-bit literal at a label. */
  ldrLiteral(t: Reg, label: string): this {
    return this.toLabel(t.is64 ? 0x58000000 : 0x18000000, label, 'imm19', t.n);
  }

  ldp(t1: Reg, t2: Reg, address: Exclude<Address, { index: Reg }>): this {
    return this.#pair('ldp', 1, t1, t2, address);
  }

  stp(t1: Reg, t2: Reg, address: Exclude<Address, { index: Reg }>): this {
    return this.#pair('stp', 0, t1, t2, address);
  }

  #pair(name: string, load: number, t1: Reg, t2: Reg, a: Exclude<Address, { index: Reg }>): this {
    const scale = t1.is64 ? 8 : 4;
    const [mode, offset] = 'pre' in a ? [3, a.pre] : 'post' in a ? [1, a.post] : [2, a.offset ?? 0];
    return this.word(sf(t1) | 0x28000000 | (mode << 23) | (load << 22) | (signedField(name, offset, 7, scale) << 15) | (t2.n << 10) | (a.base.n << 5) | t1.n);
  }

  ldxr(t: Reg, base: Reg): this {
    return this.#exclusive(0x085f7c00, t, base);
  }

  ldaxr(t: Reg, base: Reg): this {
    return this.#exclusive(0x085ffc00, t, base);
  }

  /** `status`: a W register, 0 when it was stored. */
  stxr(status: Reg, t: Reg, base: Reg): this {
    return this.#exclusive(0x08007c00 | (status.n << 16), t, base);
  }

  stlxr(status: Reg, t: Reg, base: Reg): this {
    return this.#exclusive(0x0800fc00 | (status.n << 16), t, base);
  }

  ldar(t: Reg, base: Reg): this {
    return this.#exclusive(0x08dffc00, t, base);
  }

  stlr(t: Reg, base: Reg): this {
    return this.#exclusive(0x089ffc00, t, base);
  }

  clrex(): this {
    return this.word(0xd5033f5f);
  }

  #exclusive(op: number, t: Reg, base: Reg): this {
    return this.word(((t.is64 ? 3 : 2) << 30) | op | (base.n << 5) | t.n);
  }

  /** LSE (Armv8.1): t = [base]; [base] += s. */
  ldadd(s: Reg, t: Reg, base: Reg, order: AtomicOrder = ''): this {
    return this.#atomic(0x38200000, s, t, base, order);
  }

  /** LSE: t = [base]; [base] = s. */
  swp(s: Reg, t: Reg, base: Reg, order: AtomicOrder = ''): this {
    return this.#atomic(0x38208000, s, t, base, order);
  }

  /** LSE: if [base] == s then [base] = t; s = what was there. */
  cas(s: Reg, t: Reg, base: Reg, order: AtomicOrder = ''): this {
    const bits = (order.includes('a') ? 1 << 22 : 0) | (order.includes('l') ? 1 << 15 : 0);
    return this.word(((t.is64 ? 3 : 2) << 30) | 0x08a07c00 | bits | (s.n << 16) | (base.n << 5) | t.n);
  }

  #atomic(op: number, s: Reg, t: Reg, base: Reg, order: AtomicOrder): this {
    return this.word(((t.is64 ? 3 : 2) << 30) | op | ATOMIC_ORDER[order] | (s.n << 16) | (base.n << 5) | t.n);
  }

  // Branches

  b(label: string): this {
    return this.toLabel(0x14000000, label, 'imm26', 0);
  }

  bl(label: string): this {
    return this.toLabel(0x94000000, label, 'imm26', 0);
  }

  bcond(condition: Condition, label: string): this {
    return this.toLabel(0x54000000, label, 'imm19', CONDITIONS.indexOf(condition));
  }

  cbz(t: Reg, label: string): this {
    return this.toLabel(sf(t) | 0x34000000, label, 'imm19', t.n);
  }

  cbnz(t: Reg, label: string): this {
    return this.toLabel(sf(t) | 0x35000000, label, 'imm19', t.n);
  }

  tbz(t: Reg, bit: number, label: string): this {
    return this.toLabel(0x36000000 | ((bit & 32) << 26) | ((bit & 31) << 19), label, 'imm14', t.n);
  }

  tbnz(t: Reg, bit: number, label: string): this {
    return this.toLabel(0x37000000 | ((bit & 32) << 26) | ((bit & 31) << 19), label, 'imm14', t.n);
  }

  br(n: Reg): this {
    return this.word(0xd61f0000 | (n.n << 5));
  }

  blr(n: Reg): this {
    return this.word(0xd63f0000 | (n.n << 5));
  }

  ret(): this {
    return this.word(0xd65f03c0);
  }

  eret(): this {
    return this.word(0xd69f03e0);
  }

  /** Address of a label within 1 MiB. */
  adr(d: Reg, label: string): this {
    return this.toLabel(0x10000000, label, 'adr', d.n);
  }

  // System

  svc(imm = 0): this {
    return this.word(0xd4000001 | (field('svc', imm, 16) << 5));
  }

  hvc(imm = 0): this {
    return this.word(0xd4000002 | (field('hvc', imm, 16) << 5));
  }

  brk(imm = 0): this {
    return this.word(0xd4200000 | (field('brk', imm, 16) << 5));
  }

  mrs(t: Reg, register: SystemRegister | SysEncoding): this {
    return this.word(0xd5200000 | sysBits(SYSTEM_REGISTERS, register) | t.n);
  }

  msr(register: SystemRegister | SysEncoding, t: Reg): this {
    return this.word(0xd5000000 | sysBits(SYSTEM_REGISTERS, register) | t.n);
  }

  /** Masks interrupts: bit 3 debug, 2 SError, 1 IRQ, 0 FIQ. */
  daifset(bits: number): this {
    return this.word(0xd50340df | (field('daifset', bits, 4) << 8));
  }

  daifclr(bits: number): this {
    return this.word(0xd50340ff | (field('daifclr', bits, 4) << 8));
  }

  /** Cache, address and TLB maintenance. */
  sys(instruction: SystemInstruction | SysEncoding, t: Reg = XZR): this {
    return this.word(0xd5000000 | sysBits(SYSTEM_INSTRUCTIONS, instruction) | t.n);
  }

  dmb(barrier: Barrier = 'ish'): this {
    return this.word(0xd50330bf | (BARRIERS[barrier] << 8));
  }

  dsb(barrier: Barrier = 'ish'): this {
    return this.word(0xd503309f | (BARRIERS[barrier] << 8));
  }

  isb(): this {
    return this.word(0xd5033fdf);
  }

  nop(): this {
    return this.word(0xd503201f);
  }

  yield(): this {
    return this.word(0xd503203f);
  }

  wfe(): this {
    return this.word(0xd503205f);
  }

  wfi(): this {
    return this.word(0xd503207f);
  }

  sev(): this {
    return this.word(0xd503209f);
  }

  sevl(): this {
    return this.word(0xd50320bf);
  }
}

function sysBits<T extends string>(table: Readonly<Record<T, SysEncoding>>, name: T | SysEncoding): number {
  const [op0, op1, crn, crm, op2] = typeof name === 'string' ? table[name] : name;
  return (op0 << 19) | (op1 << 16) | (crn << 12) | (crm << 8) | (op2 << 5);
}
