import { Builder } from '../builder/builder.ts';
import { Cond } from '../ir/cond.ts';
import { IrFunction, type Label, NO_TEMP, STRIDE, type Temp } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { MemOp, makeMemOp } from '../ir/memop.ts';
import { Op } from '../op/codes.ts';
import { OP_DEFS, OP_NAMES } from '../op/table.ts';
import { IMM_RANGES } from '../verify/ranges.ts';
import { type GenerateOptions, HOST, INTEGER, NAN_RESULT, PURE, TYPE } from './ops.ts';
import type { Random } from './random.ts';

/**
 * Random valid IR: all ops, forward branches, counted loops, guest accesses of which some fault, helper calls. A fixed
 * set of locals is defined at the start and may be read and written anywhere; fresh locals live in their block.
 */
export class Generator {
  readonly #r: Random;
  readonly #o: GenerateOptions;
  readonly #fn: IrFunction;
  readonly #b: Builder;
  /** Temps by type that may be read here; those that live across blocks. */
  readonly #pool: Temp[][] = [[], [], []];
  #fresh: Temp[][] = [[], [], []];
  #left: number;
  readonly #pcGlobal: Temp;
  #pc = 0x1000;

  constructor(random: Random, options: GenerateOptions) {
    this.#r = random;
    this.#o = options;
    this.#fn = new IrFunction(options.globals, options.helpers);
    this.#b = new Builder(this.#fn);
    this.#left = options.size;
    this.#pcGlobal = 1 + options.globals.findIndex((g) => g.name === 'pc');
    options.globals.forEach((g, i) => this.#pool[g.type]!.push(i + 1));
  }

  run(): IrFunction {
    const r = this.#r;
    const b = this.#b;
    this.#insnStart();
    if (r.oneIn(2)) {
      // runs at any address
      this.#fn.pcBase = b.newI64();
      b.movI64(this.#fn.pcBase, this.#pcGlobal);
    }
    for (const type of [Type.I32, Type.I64, Type.V128]) {
      for (let n = 1 + r.below(4); n > 0; n--) {
        const t = this.#fn.newTemp(type);
        this.#init(t, type);
        this.#pool[type]!.push(t);
      }
    }
    if (r.oneIn(3)) {
      this.#graph();
    } else {
      this.#code(2);
      this.#exit();
    }
    if (r.oneIn(4)) {
      // Something after the end that nobody reaches
      b.movI32(this.#read(Type.I32, true), this.#constant(Type.I32));
      this.#exit();
    }
    return this.#fn;
  }

  #init(t: Temp, type: number): void {
    if (type === Type.V128) this.#b.vor(t, this.#read(type), this.#constant(type));
    else if (type === Type.I64) this.#b.movI64(t, this.#read(type));
    else this.#b.movI32(t, this.#read(type));
  }

  #insnStart(): void {
    this.#b.insnStart(this.#pc, 0xffff8000 | 0, this.#r.oneIn(2) ? 0 : this.#r.below(1000));
    this.#pc += 4;
  }

  #newBlock(): void {
    this.#fresh = [[], [], []];
  }

  /** Straight code with structures nested to `depth`. */
  #code(depth: number): void {
    const r = this.#r;
    for (let n = 1 + r.below(5); n > 0 && this.#left > 0; n--) {
      for (let k = r.below(12); k > 0 && this.#left > 0; k--) this.#something();
      if (depth === 0) continue;
      switch (r.below(4)) {
        case 0: this.#ifThen(depth - 1); break;
        case 1: this.#ifElse(depth - 1); break;
        case 2: if (r.oneIn(2)) this.#loop(depth - 1); break;
      }
    }
  }

  #branch(label: Label): void {
    const r = this.#r;
    const cond = r.oneIn(20) ? r.below(2) : 2 + r.below(12);
    if (r.oneIn(2)) this.#b.brcondI32(this.#read(Type.I32), this.#read(Type.I32), cond, label);
    else this.#b.brcondI64(this.#read(Type.I64), this.#read(Type.I64), cond, label);
  }

  #ifThen(depth: number): void {
    const skip = this.#b.newLabel();
    this.#branch(skip);
    this.#code(depth);
    if (this.#r.oneIn(6)) this.#exit();
    this.#b.setLabel(skip);
    this.#newBlock();
  }

  #ifElse(depth: number): void {
    const [other, join] = [this.#b.newLabel(), this.#b.newLabel()];
    this.#branch(other);
    this.#code(depth);
    this.#b.br(join);
    this.#b.setLabel(other);
    this.#newBlock();
    this.#code(depth);
    this.#b.setLabel(join);
    this.#newBlock();
  }

  #loop(depth: number): void {
    const b = this.#b;
    const head = b.newLabel();
    const count = b.newI32();
    b.movI32(count, b.constI32(1 + this.#r.below(4)));
    b.setLabel(head);
    this.#newBlock();
    this.#insnStart();
    this.#code(depth);
    b.subI32(count, count, b.constI32(1));
    b.brcondI32(count, b.constI32(0), Cond.NE, head);
  }

  /** Blocks that branch to any of each other until a budget is used up: loops with several entries and all. */
  #graph(): void {
    const r = this.#r;
    const b = this.#b;
    const budget = b.newI32();
    const out = b.newLabel();
    b.movI32(budget, b.constI32(4 + r.below(12)));
    const labels = Array.from({ length: 2 + r.below(7) }, () => b.newLabel());
    for (const label of labels) {
      b.setLabel(label);
      this.#newBlock();
      this.#insnStart();
      for (let k = r.below(10); k > 0; k--) this.#something();
      b.subI32(budget, budget, b.constI32(1));
      b.brcondI32(budget, b.constI32(0), Cond.LE, out);
      if (!r.oneIn(4)) this.#branch(r.pick(labels));
      for (let k = r.below(4); k > 0; k--) this.#something();
      if (r.oneIn(3)) b.br(r.pick(labels));
      else if (r.oneIn(6)) this.#exit();
    }
    this.#exit();
    b.setLabel(out);
    this.#newBlock();
    this.#exit();
  }

  #exit(): void {
    if (this.#fn.pcBase !== NO_TEMP && this.#r.oneIn(2)) {
      const near = this.#r.oneIn(2) ? this.#o.near : this.#r.below(0x4000) * 4 - 0x8000;
      if (this.#r.oneIn(4)) this.#b.movI64(this.#pcGlobal, this.#fn.pcBase);
      else this.#b.addI64(this.#pcGlobal, this.#fn.pcBase, this.#b.constI64n(near));
    }
    switch (this.#r.below(4)) {
      case 0: this.#b.gotoTb(this.#r.below(2)); break;
      case 1: this.#b.gotoPtr(); break;
      default: this.#b.exitTb(1 + this.#r.below(7));
    }
  }

  #something(): void {
    this.#left--;
    const r = this.#r;
    switch (r.below(20)) {
      case 0:
        if (r.oneIn(4)) this.#discard();
        else this.#insnStart();
        break;
      case 1: this.#b.mb(r.below(64)); break;
      case 2: this.#call(); break;
      case 3: case 4: this.#guestAccess(); break;
      case 5: this.#guestAtomic(); break;
      case 6: case 7: this.#hostAccess(); break;
      case 8: case 9: {
        const type = r.below(2);
        const d = this.#write(type);
        if (type === Type.I64) this.#b.movI64(d, this.#read(type));
        else this.#b.movI32(d, this.#read(type));
        break;
      }
      case 10: case 11: case 12: case 13: case 14: this.#pure(r.pick(INTEGER)); break;
      default: this.#pure(r.pick(PURE));
    }
  }

  /** A temp of the type to read; `local`: one that lives across blocks. */
  #read(type: number, local = false): Temp {
    const r = this.#r;
    const fresh = this.#fresh[type]!;
    if (!local && r.oneIn(5)) return this.#constant(type);
    if (!local && fresh.length > 0 && !r.oneIn(3)) return r.pick(fresh.slice(-4));
    return r.pick(this.#pool[type]!);
  }

  #constant(type: number): Temp {
    const r = this.#r;
    if (type === Type.I32) return this.#b.constI32(r.word());
    if (type === Type.I64) return this.#b.constI64(...r.pair());
    return this.#b.constV128(...r.pair(), ...r.pair());
  }

  /** A temp of the type to write. */
  #write(type: number): Temp {
    const r = this.#r;
    if (r.oneIn(3)) return r.pick(this.#pool[type]!);
    return this.#fn.newTemp(type);
  }

  /** Makes a written temp readable. */
  #written(t: Temp): void {
    const type = this.#fn.tempType[t]!;
    if (t >= this.#fn.fixedTemps && !this.#pool[type]!.includes(t)) this.#fresh[type]!.push(t);
  }

  #emit(op: number, args: readonly number[]): void {
    const i = this.#fn.append(op);
    this.#fn.args.set(args, i * STRIDE);
  }

  #pure(op: number): void {
    const r = this.#r;
    const def = OP_DEFS[op]!;
    const ins = [...def.ins].map((letter) => this.#read(TYPE[letter]!));
    if (op === Op.addc_i32 || op === Op.addc_i64 || op === Op.subb_i32 || op === Op.subb_i64) {
      const bit = this.#b.newI32();
      this.#b.andI32(bit, this.#read(Type.I32), this.#b.constI32(1));
      ins[2] = r.oneIn(3) ? this.#b.constI32(r.below(2)) : bit;
    }
    if (op === Op.vshuffle) {
      const word = (): number => r.u32() & 0x1f1f1f1f;
      ins[2] = this.#b.constV128(word(), word(), word(), word());
    }
    const imms = this.#imms(op);
    let outs = [...def.outs].map((letter) => this.#write(TYPE[letter]!));
    while (outs.length === 2 && outs[0] === outs[1]) outs = [outs[0]!, this.#write(TYPE[def.outs[1]!]!)];
    if (NAN_RESULT.has(op)) {
      const raw = this.#fn.newTemp(TYPE[def.outs[0]!]!);
      this.#emit(op, [raw, ...ins, ...imms]);
      this.#definite(op, outs[0]!, raw, imms[0] ?? 0);
    } else {
      this.#emit(op, [...outs, ...ins, ...imms]);
    }
    outs.forEach((t) => this.#written(t));
  }

  /** d = raw, with NaNs replaced by one of known bits. */
  #definite(op: number, d: Temp, raw: Temp, lane: number): void {
    const b = this.#b;
    switch (OP_DEFS[op]!.outs) {
      case 'v': {
        const ordered = b.newV128();
        b.vfcmp(ordered, raw, raw, lane, 0);
        b.vbitsel(d, raw, this.#constant(Type.V128), ordered);
        return;
      }
      case 'l': {
        const ordered = b.newI64();
        const bit = b.newI32();
        b.fsetcondF64(bit, raw, raw, 0);
        b.extuI64I32(ordered, bit);
        b.movcondI64(d, ordered, b.constI64(0, 0), raw, this.#constant(Type.I64), Cond.NE);
        return;
      }
      default: {
        const ordered = b.newI32();
        b.fsetcondF32(ordered, raw, raw, 0);
        b.movcondI32(d, ordered, b.constI32(0), raw, this.#constant(Type.I32), Cond.NE);
      }
    }
  }

  #imms(op: number): number[] {
    const r = this.#r;
    const def = OP_DEFS[op]!;
    const ranges = IMM_RANGES[op];
    let n = 0;
    const imms = [...def.imms].map((letter) => {
      if (letter === 'c') return op === Op.vcmp ? 2 + r.below(10) : r.oneIn(20) ? r.below(2) : 2 + r.below(12);
      if (letter === 'f') return r.below(6);
      const range = ranges?.[n++] ?? [0, 15];
      return range[0] + r.below(range[1] - range[0] + 1);
    });
    if (/^(deposit|s?extract)_/.test(this.#name(op))) {
      const width = /i64$/.test(this.#name(op)) ? 64 : 32;
      imms[1] = 1 + r.below(width - imms[0]!);
    }
    if (op === Op.vextractu_i32 || op === Op.vextracts_i32 || op === Op.vinsert_i32) imms[1]! &= (16 >> imms[0]!) - 1;
    // No unsigned order of 64-bit lanes
    if (op === Op.vcmp && imms[0] === 3 && imms[1]! >= Cond.LTU) imms[1]! -= 4;
    return imms;
  }

  #name(op: number): string {
    return OP_NAMES[op]!;
  }

  /** Gives a fresh local up: nothing reads it from here on. */
  #discard(): void {
    const fresh = this.#r.pick(this.#fresh);
    const t = fresh.pop();
    if (t !== undefined && !fresh.includes(t)) this.#b.discard(t);
  }

  #call(): void {
    const r = this.#r;
    const { helpers } = this.#o;
    const index = r.below(helpers.length);
    const helper = helpers[index]!;
    const args = [...helper.params].map((letter) => this.#read(TYPE[letter]!));
    const ret = helper.ret === '' ? NO_TEMP : this.#write(TYPE[helper.ret]!);
    this.#b.call(index, ret, ...args);
    if (ret !== NO_TEMP) this.#written(ret);
  }

  /** A guest address, mostly inside the mapped range. */
  #address(align: number): Temp {
    const b = this.#b;
    const [offset, addr] = [b.newI64(), b.newI64()];
    const mask = (this.#o.guestBytes - 1) & ~(this.#r.oneIn(8) ? 0 : align);
    const base = this.#o.guestBase;
    b.andI64(offset, this.#read(Type.I64), b.constI64(mask, 0));
    b.addI64(addr, offset, b.constI64(Number(base & 0xffff_ffffn) | 0, Number(base >> 32n)));
    return addr;
  }

  #guestAccess(): void {
    const r = this.#r;
    const type = r.below(3);
    const size = type === Type.V128 ? 4 : r.below(type === Type.I64 ? 4 : 3);
    const ordered = type !== Type.V128 && r.oneIn(6);
    const extra = (type !== Type.V128 && r.oneIn(2) ? MemOp.SIGN : 0) | (r.oneIn(4) ? MemOp.BSWAP : 0) | (ordered ? MemOp.ORDERED : 0);
    const aligned = ordered || r.oneIn(3);
    const memop = makeMemOp(size, r.below(2), aligned, extra);
    const addr = this.#address(aligned ? (1 << size) - 1 : 0);
    const store = r.oneIn(2);
    if (store) {
      this.#emit(Op.guest_st_i32 + type, [this.#read(type), addr, memop & ~MemOp.SIGN]);
    } else {
      const d = this.#write(type);
      this.#emit(Op.guest_ld_i32 + type, [d, addr, memop]);
      this.#written(d);
    }
  }

  #guestAtomic(): void {
    const r = this.#r;
    const type = r.below(2);
    const size = r.below(type === Type.I64 ? 4 : 3);
    const memop = makeMemOp(size, 0, true, (r.oneIn(3) ? MemOp.SIGN : 0) | (r.oneIn(4) ? MemOp.BSWAP : 0));
    const addr = this.#address((1 << size) - 1);
    const d = this.#write(type);
    if (r.oneIn(2)) this.#emit(Op.guest_rmw_i32 + type, [d, addr, this.#read(type), memop, r.below(9) | (r.oneIn(2) ? 16 : 0)]);
    else this.#emit(Op.guest_cmpxchg_i32 + type, [d, addr, this.#read(type), this.#read(type), memop]);
    this.#written(d);
  }

  #hostAccess(): void {
    const r = this.#r;
    const op = r.pick(HOST);
    const def = OP_DEFS[op]!;
    // Few places, so that accesses meet; some at odd offsets overlap.
    const offset = this.#o.stateOffset + (r.oneIn(4) ? r.below(this.#o.stateBytes - 16) : r.below(this.#o.stateBytes / 16) * 16);
    let base = 0;
    let rest = offset;
    if (r.oneIn(4)) {
      base = this.#b.newI32();
      const k = r.below(64);
      this.#b.addI32(base, 0, this.#b.constI32(k));
      rest = offset - k;
    }
    if (def.outs === '') {
      this.#emit(op, [this.#read(TYPE[def.ins[0]!]!), base, rest]);
    } else {
      const d = this.#write(TYPE[def.outs]!);
      this.#emit(op, [d, base, rest]);
      this.#written(d);
    }
  }
}
