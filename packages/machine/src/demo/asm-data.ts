import { encodeBitmask } from './bitmask.ts';
import { Emitter, field, sf } from './emitter.ts';
import { type Condition, CONDITIONS, type Reg, WZR, XZR } from './registers.ts';

const SHIFTS = { lsl: 0, lsr: 1, asr: 2 } as const;
type Shift = keyof typeof SHIFTS;

/** Instructions that work on registers only. */
export class DataAssembler extends Emitter {
  // Moves

  movz(d: Reg, imm16: number, shift = 0): this {
    return this.#moveWide('movz', 0x52800000, d, imm16, shift);
  }

  movn(d: Reg, imm16: number, shift = 0): this {
    return this.#moveWide('movn', 0x12800000, d, imm16, shift);
  }

  movk(d: Reg, imm16: number, shift = 0): this {
    return this.#moveWide('movk', 0x72800000, d, imm16, shift);
  }

  #moveWide(name: string, op: number, d: Reg, imm16: number, shift: number): this {
    const hw = field(name, shift, d.is64 ? 2 : 1, 16);
    return this.word(sf(d) | op | (hw << 21) | (field(name, imm16, 16) << 5) | d.n);
  }

  /** Any constant: one MOVZ and as many MOVK as it takes. */
  movImm(d: Reg, value: number | bigint): this {
    let v = BigInt(value) & (d.is64 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn);
    let first = true;
    for (let shift = 0; v !== 0n || first; shift += 16, v >>= 16n) {
      const part = Number(v & 0xffffn);
      if (part === 0 && v !== 0n) continue;
      if (first) this.movz(d, part, shift);
      else this.movk(d, part, shift);
      first = false;
    }
    return this;
  }

  mov(d: Reg, s: Reg): this {
    return d.sp || s.sp ? this.add(d, s, 0) : this.orr(d, d.is64 ? XZR : WZR, s);
  }

  // Arithmetic: the second operand is a register or an immediate (12 bits, or 12 bits shifted by 12)

  add(d: Reg, n: Reg, m: Reg | number, shift: Shift = 'lsl', amount = 0): this {
    return this.#addSub('add', 0x0b000000, 0x11000000, d, n, m, shift, amount);
  }

  adds(d: Reg, n: Reg, m: Reg | number, shift: Shift = 'lsl', amount = 0): this {
    return this.#addSub('adds', 0x2b000000, 0x31000000, d, n, m, shift, amount);
  }

  sub(d: Reg, n: Reg, m: Reg | number, shift: Shift = 'lsl', amount = 0): this {
    return this.#addSub('sub', 0x4b000000, 0x51000000, d, n, m, shift, amount);
  }

  subs(d: Reg, n: Reg, m: Reg | number, shift: Shift = 'lsl', amount = 0): this {
    return this.#addSub('subs', 0x6b000000, 0x71000000, d, n, m, shift, amount);
  }

  cmp(n: Reg, m: Reg | number): this {
    return this.subs(n.is64 ? XZR : WZR, n, m);
  }

  #addSub(name: string, regOp: number, immOp: number, d: Reg, n: Reg, m: Reg | number, shift: Shift, amount: number): this {
    if (typeof m === 'number') {
      const high = m > 0xfff;
      return this.word(sf(d) | immOp | (high ? 1 << 22 : 0) | (field(name, m, 12, high ? 4096 : 1) << 10) | (n.n << 5) | d.n);
    }
    if (d.sp || n.sp) throw new RangeError(`${name}: sp takes an immediate`);
    return this.word(sf(d) | regOp | (SHIFTS[shift] << 22) | (m.n << 16) | (field(name, amount, d.is64 ? 6 : 5) << 10) | (n.n << 5) | d.n);
  }

  /** Immediates are bitmasks: a run of ones, rotated and repeated. */
  and(d: Reg, n: Reg, m: Reg | number | bigint): this {
    return this.#logical('and', 0x0a000000, 0x12000000, d, n, m);
  }

  orr(d: Reg, n: Reg, m: Reg | number | bigint): this {
    return this.#logical('orr', 0x2a000000, 0x32000000, d, n, m);
  }

  eor(d: Reg, n: Reg, m: Reg | number | bigint): this {
    return this.#logical('eor', 0x4a000000, 0x52000000, d, n, m);
  }

  ands(d: Reg, n: Reg, m: Reg | number | bigint): this {
    return this.#logical('ands', 0x6a000000, 0x72000000, d, n, m);
  }

  bic(d: Reg, n: Reg, m: Reg): this {
    return this.#logical('bic', 0x0a200000, 0, d, n, m);
  }

  tst(n: Reg, m: Reg | number | bigint): this {
    return this.ands(n.is64 ? XZR : WZR, n, m);
  }

  #logical(name: string, regOp: number, immOp: number, d: Reg, n: Reg, m: Reg | number | bigint): this {
    if (typeof m === 'object') return this.word(sf(d) | regOp | (m.n << 16) | (n.n << 5) | d.n);
    const bits = encodeBitmask(BigInt(m), d.is64);
    if (bits === undefined) throw new RangeError(`${name}: ${m} is not a bitmask immediate`);
    return this.word(sf(d) | immOp | (bits << 10) | (n.n << 5) | d.n);
  }

  lsl(d: Reg, n: Reg, by: Reg | number): this {
    if (typeof by === 'object') return this.#twoSource(0x1ac02000, d, n, by);
    const bits = d.is64 ? 64 : 32;
    field('lsl', by, d.is64 ? 6 : 5);
    return this.#bitfield(0x53000000, d, n, (bits - by) % bits, bits - 1 - by);
  }

  lsr(d: Reg, n: Reg, by: Reg | number): this {
    if (typeof by === 'object') return this.#twoSource(0x1ac02400, d, n, by);
    return this.#bitfield(0x53000000, d, n, field('lsr', by, d.is64 ? 6 : 5), d.is64 ? 63 : 31);
  }

  asr(d: Reg, n: Reg, by: Reg | number): this {
    if (typeof by === 'object') return this.#twoSource(0x1ac02800, d, n, by);
    return this.#bitfield(0x13000000, d, n, field('asr', by, d.is64 ? 6 : 5), d.is64 ? 63 : 31);
  }

  /** Unsigned bit field of `width` bits from bit `lsb`. */
  ubfx(d: Reg, n: Reg, lsb: number, width: number): this {
    return this.#bitfield(0x53000000, d, n, lsb, field('ubfx', lsb + width - 1, d.is64 ? 6 : 5));
  }

  #bitfield(op: number, d: Reg, n: Reg, immr: number, imms: number): this {
    return this.word(sf(d) | op | (d.is64 ? 1 << 22 : 0) | (immr << 16) | (imms << 10) | (n.n << 5) | d.n);
  }

  udiv(d: Reg, n: Reg, m: Reg): this {
    return this.#twoSource(0x1ac00800, d, n, m);
  }

  sdiv(d: Reg, n: Reg, m: Reg): this {
    return this.#twoSource(0x1ac00c00, d, n, m);
  }

  #twoSource(op: number, d: Reg, n: Reg, m: Reg): this {
    return this.word(sf(d) | op | (m.n << 16) | (n.n << 5) | d.n);
  }

  madd(d: Reg, n: Reg, m: Reg, a: Reg): this {
    return this.word(sf(d) | 0x1b000000 | (m.n << 16) | (a.n << 10) | (n.n << 5) | d.n);
  }

  /** d = a - n * m */
  msub(d: Reg, n: Reg, m: Reg, a: Reg): this {
    return this.word(sf(d) | 0x1b008000 | (m.n << 16) | (a.n << 10) | (n.n << 5) | d.n);
  }

  mul(d: Reg, n: Reg, m: Reg): this {
    return this.madd(d, n, m, d.is64 ? XZR : WZR);
  }

  csel(d: Reg, n: Reg, m: Reg, condition: Condition): this {
    return this.word(sf(d) | 0x1a800000 | (m.n << 16) | (CONDITIONS.indexOf(condition) << 12) | (n.n << 5) | d.n);
  }

  /** 1 or 0. */
  cset(d: Reg, condition: Condition): this {
    return this.word(sf(d) | 0x1a800400 | (31 << 16) | ((CONDITIONS.indexOf(condition) ^ 1) << 12) | (31 << 5) | d.n);
  }
}
