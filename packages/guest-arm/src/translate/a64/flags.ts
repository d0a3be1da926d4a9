import { type Builder, Cond, type Label, type Temp } from '@mttcg/tcg-ir';
import { CF, NF, VF, ZF } from '../../cpu/env.ts';

/** What the flags are known to come from. */
const From = { UNKNOWN: 0, SUB: 1, LOGIC: 2, RESULT: 3 } as const;

/**
 * The condition flags during a translation. Every setter writes the flag globals (N is bit 63 of NF, Z is ZF == 0,
 * C is CF, V is bit 63 of VF) and remembers the operands, so that a condition that follows in the same TB becomes a
 * comparison of those; the writes of flags that nobody reads are then dead.
 *
 * Operands that are remembered must be temps that nobody writes again (constants, or copies of registers).
 */
export class Flags {
  /** Result of test(): condition `cond` of a and b, which are i64 when `wide`. */
  a: Temp = 0;
  b: Temp = 0;
  cond = 0;
  wide = false;

  #b!: Builder;
  #from = 0;
  #wide = false;
  #x: Temp = 0;
  #y: Temp = 0;
  #result: Temp = 0;

  begin(b: Builder): void {
    this.#b = b;
    this.#from = From.UNKNOWN;
  }

  /** The flag globals were written without telling. */
  forget(): void {
    this.#from = From.UNKNOWN;
  }

  /** Flags of result = x - y. */
  setSub(wide: boolean, x: Temp, y: Temp, result: Temp): void {
    const b = this.#b;
    this.#setNz(wide, result);
    if (wide) {
      b.setcondI64(CF, x, y, Cond.GEU);
      const t = b.newI64();
      b.xorI64(t, x, y);
      b.xorI64(VF, x, result);
      b.andI64(VF, VF, t);
    } else {
      b.setcondI32(CF, x, y, Cond.GEU);
      const t = b.newI32(), u = b.newI32();
      b.xorI32(t, x, y);
      b.xorI32(u, x, result);
      b.andI32(t, t, u);
      b.extsI64I32(VF, t);
    }
    this.#remember(From.SUB, wide, x, y, result);
  }

  /** Flags of result = x + y. */
  setAdd(wide: boolean, x: Temp, y: Temp, result: Temp): void {
    if (wide) this.#b.setcondI64(CF, result, x, Cond.LTU);
    else this.#b.setcondI32(CF, result, x, Cond.LTU);
    this.setAddV(wide, x, y, result);
  }

  /** N, Z and V of result = x + y (+ carry); CF is written already. */
  setAddV(wide: boolean, x: Temp, y: Temp, result: Temp): void {
    const b = this.#b;
    this.#setNz(wide, result);
    if (wide) {
      const t = b.newI64();
      b.xorI64(t, x, y);
      b.xorI64(VF, x, result);
      b.andcI64(VF, VF, t);
    } else {
      const t = b.newI32(), u = b.newI32();
      b.xorI32(t, x, y);
      b.xorI32(u, x, result);
      b.andcI32(t, u, t);
      b.extsI64I32(VF, t);
    }
    this.#remember(From.RESULT, wide, 0, 0, result);
  }

  /** Flags of a logical result: C and V are 0. */
  setLogic(wide: boolean, result: Temp): void {
    const b = this.#b;
    this.#setNz(wide, result);
    b.movI32(CF, b.constI32(0));
    b.movI64(VF, b.constI64(0, 0));
    this.#remember(From.LOGIC, wide, 0, 0, result);
  }

  /** All four from bits 31-28 of an i32 known only at run time. */
  setNzcv(value: Temp): void {
    const b = this.#b;
    const t = b.newI32();
    b.movI32(t, value);
    b.extsI64I32(NF, t);
    const u = b.newI32();
    b.shriI32(u, t, 30);
    b.andI32(u, u, b.constI32(1));
    b.xorI32(u, u, b.constI32(1));
    b.extuI64I32(ZF, u);
    b.shriI32(CF, t, 29);
    b.andI32(CF, CF, b.constI32(1));
    b.shliI32(u, t, 3);
    b.extsI64I32(VF, u);
    this.forget();
  }

  /** d (i32) := NZCV in bits 31-28. */
  getNzcv(d: Temp): void {
    const b = this.#b;
    const t = b.newI32();
    b.extrhI32I64(d, NF);
    b.andI32(d, d, b.constI32(0x80000000 | 0));
    b.setcondI64(t, ZF, b.constI64(0, 0), Cond.EQ);
    b.shliI32(t, t, 30);
    b.orI32(d, d, t);
    b.shliI32(t, CF, 29);
    b.orI32(d, d, t);
    b.extrhI32I64(t, VF);
    b.shriI32(t, t, 31);
    b.shliI32(t, t, 28);
    b.orI32(d, d, t);
  }

  /** Puts into a, b, cond, wide a comparison that says whether condition `c` (0..15) holds. */
  test(c: number): void {
    if (c >= 14) {
      this.#set(Cond.ALWAYS, true, this.#b.constI64(0, 0), this.#b.constI64(0, 0));
      return;
    }
    const invert = c & 1;
    const known =
      this.#from === From.SUB ? this.#testSub(c >> 1) :
      this.#from === From.LOGIC ? this.#testLogic(c >> 1) :
      this.#from === From.RESULT && this.#testResult(c >> 1);
    if (!known) this.#testGlobals(c >> 1);
    this.cond ^= invert;
  }

  /** Branches to `label` when the condition holds. */
  branch(c: number, label: Label): void {
    this.test(c);
    if (this.wide) this.#b.brcondI64(this.a, this.b, this.cond, label);
    else this.#b.brcondI32(this.a, this.b, this.cond, label);
  }

  /** d (i32) := 1 when the condition holds, else 0. */
  setcond(d: Temp, c: number): void {
    this.test(c);
    if (this.wide) this.#b.setcondI64(d, this.a, this.b, this.cond);
    else this.#b.setcondI32(d, this.a, this.b, this.cond);
  }

  #setNz(wide: boolean, result: Temp): void {
    const b = this.#b;
    if (wide) {
      b.movI64(NF, result);
      b.movI64(ZF, result);
    } else {
      b.extsI64I32(NF, result);
      b.movI64(ZF, NF);
    }
  }

  #remember(from: number, wide: boolean, x: Temp, y: Temp, result: Temp): void {
    this.#from = from;
    this.#wide = wide;
    this.#x = x;
    this.#y = y;
    this.#result = result;
  }

  #set(cond: number, wide: boolean, a: Temp, b: Temp): void {
    this.cond = cond;
    this.wide = wide;
    this.a = a;
    this.b = b;
  }

  #zero(): Temp {
    return this.#wide ? this.#b.constI64(0, 0) : this.#b.constI32(0);
  }

  #testSub(c: number): boolean {
    if (c === 2) this.#set(Cond.LT, this.#wide, this.#result, this.#zero());
    else if (c === 3) return false;
    else this.#set(SUB_COND[c]!, this.#wide, this.#x, this.#y);
    return true;
  }

  #testLogic(c: number): boolean {
    const cond = LOGIC_COND[c]!;
    this.#set(cond, this.#wide, this.#result, this.#zero());
    return true;
  }

  #testResult(c: number): boolean {
    if (c === 0) this.#set(Cond.EQ, this.#wide, this.#result, this.#zero());
    else if (c === 2) this.#set(Cond.LT, this.#wide, this.#result, this.#zero());
    else return false;
    return true;
  }

  #testGlobals(c: number): void {
    const b = this.#b;
    const zero = b.constI64(0, 0), zero32 = b.constI32(0);
    switch (c) {
      case 0:
        this.#set(Cond.EQ, true, ZF, zero);
        return;
      case 1:
        this.#set(Cond.NE, false, CF, zero32);
        return;
      case 2:
        this.#set(Cond.LT, true, NF, zero);
        return;
      case 3:
        this.#set(Cond.LT, true, VF, zero);
        return;
      case 4: {
        const t = b.newI32();
        b.setcondI64(t, ZF, zero, Cond.NE);
        b.andI32(t, t, CF);
        this.#set(Cond.NE, false, t, zero32);
        return;
      }
      case 5: {
        const t = b.newI64();
        b.xorI64(t, NF, VF);
        this.#set(Cond.GE, true, t, zero);
        return;
      }
      default: {
        const t = b.newI64(), lt = b.newI32(), z = b.newI32();
        b.xorI64(t, NF, VF);
        b.setcondI64(lt, t, zero, Cond.LT);
        b.setcondI64(z, ZF, zero, Cond.EQ);
        b.orI32(z, z, lt);
        this.#set(Cond.EQ, false, z, zero32);
      }
    }
  }
}

/** Conditions by number / 2: EQ, CS, MI, VS, HI, GE, GT. */
const SUB_COND: readonly number[] = [Cond.EQ, Cond.GEU, 0, 0, Cond.GTU, Cond.GE, Cond.GT];
const LOGIC_COND: readonly number[] = [Cond.EQ, Cond.NEVER, Cond.LT, Cond.NEVER, Cond.NEVER, Cond.GE, Cond.GT];
