import { type IrFunction, TempKind } from '../ir/function.ts';
import { Type } from '../ir/helper.ts';
import { clzPair } from './pair.ts';

/**
 * What the forward walk knows of each temp at its present place: what it is a copy of, which bits are known, how many
 * of its top bits are equal, which op defined it, which i32 is its low half.
 *
 * Every write gives a temp a new version; facts about other temps are noted with their version and so become stale by
 * themselves. A new block makes everything stale at once (`#gen`). No list is kept and nothing is cleared.
 *
 * Known bits: `z` has a bit for every bit known to be zero, `o` for one. The high words count for i64 only.
 */
export class Facts {
  fn!: IrFunction;
  zLo: Int32Array = new Int32Array(0);
  zHi: Int32Array = new Int32Array(0);
  oLo: Int32Array = new Int32Array(0);
  oHi: Int32Array = new Int32Array(0);
  /** Number of top bits that are equal to the sign bit, itself included. */
  sign: Uint8Array = new Uint8Array(0);
  version: Uint32Array = new Uint32Array(0);
  #gen: Uint32Array = new Uint32Array(0);
  #source: Int32Array = new Int32Array(0);
  #sourceVersion: Uint32Array = new Uint32Array(0);
  #low: Int32Array = new Int32Array(0);
  #lowVersion: Uint32Array = new Uint32Array(0);
  #def: Int32Array = new Int32Array(0);
  #defVersion0: Uint32Array = new Uint32Array(0);
  #defVersion1: Uint32Array = new Uint32Array(0);
  #now = 0;

  /** Starts a function; `extra` is how many constants may be added while it is walked. */
  begin(fn: IrFunction, extra: number): void {
    this.fn = fn;
    const need = fn.nTemps + extra;
    if (need > this.sign.length) this.#allocate(need * 2);
    this.#now++;
  }

  /** Forgets everything: control may come from elsewhere. */
  newBlock(): void {
    this.#now++;
  }

  #allocate(n: number): void {
    this.zLo = new Int32Array(n);
    this.zHi = new Int32Array(n);
    this.oLo = new Int32Array(n);
    this.oHi = new Int32Array(n);
    this.sign = new Uint8Array(n);
    this.version = new Uint32Array(n);
    this.#gen = new Uint32Array(n);
    this.#source = new Int32Array(n);
    this.#sourceVersion = new Uint32Array(n);
    this.#low = new Int32Array(n);
    this.#lowVersion = new Uint32Array(n);
    this.#def = new Int32Array(n);
    this.#defVersion0 = new Uint32Array(n);
    this.#defVersion1 = new Uint32Array(n);
  }

  /** Makes the entries of `t` valid; call before reading the known bits. */
  touch(t: number): void {
    if (this.#gen[t] === this.#now) return;
    this.#gen[t] = this.#now;
    this.#source[t] = -1;
    this.#low[t] = -1;
    this.#def[t] = -1;
    const fn = this.fn;
    if (fn.tempKind[t] !== TempKind.CONST) {
      this.zLo[t] = this.zHi[t] = this.oLo[t] = this.oHi[t] = 0;
      this.sign[t] = 1;
      return;
    }
    const lo = fn.constLo[t]!;
    const hi = fn.constHi[t]!;
    const wide = fn.tempType[t] !== Type.I32;
    this.oLo[t] = lo;
    this.oHi[t] = hi;
    this.zLo[t] = ~lo;
    this.zHi[t] = ~hi;
    const top = wide ? hi : lo;
    this.sign[t] = clzPair(wide, top < 0 ? ~lo : lo, top < 0 ? ~hi : hi);
  }

  /** The temp to read instead of `t`: the one it is a copy of, else itself. */
  resolve(t: number): number {
    while (this.#gen[t] === this.#now) {
      const s = this.#source[t]!;
      if (s < 0 || this.version[s] !== this.#sourceVersion[t]) return t;
      t = s;
    }
    return t;
  }

  /** `t` gets a value of which nothing is known. */
  write(t: number): void {
    this.version[t] = this.version[t]! + 1;
    this.#gen[t] = this.#now;
    this.#source[t] = -1;
    this.#low[t] = -1;
    this.#def[t] = -1;
    this.zLo[t] = this.zHi[t] = this.oLo[t] = this.oHi[t] = 0;
    this.sign[t] = 1;
  }

  writeGlobals(): void {
    for (let t = 1; t < this.fn.fixedTemps; t++) this.write(t);
  }

  /** `t`, just written or about to be replaced by it, equals `s`. */
  setCopy(t: number, s: number): void {
    this.touch(t);
    this.#source[t] = s;
    this.#sourceVersion[t] = this.version[s]!;
  }

  /** Gives `d` everything known of the value of `s`. */
  copyKnowledge(d: number, s: number): void {
    this.touch(s);
    this.zLo[d] = this.zLo[s]!;
    this.zHi[d] = this.zHi[s]!;
    this.oLo[d] = this.oLo[s]!;
    this.oHi[d] = this.oHi[s]!;
    this.sign[d] = this.sign[s]!;
    this.#low[d] = this.#low[s]!;
    this.#lowVersion[d] = this.#lowVersion[s]!;
    this.#def[d] = this.#def[s]!;
    this.#defVersion0[d] = this.#defVersion0[s]!;
    this.#defVersion1[d] = this.#defVersion1[s]!;
  }

  /** Notes that op `i` with first two inputs of these versions (before the write) defined `t`. */
  setDef(t: number, i: number, version0: number, version1: number): void {
    this.#def[t] = i;
    this.#defVersion0[t] = version0;
    this.#defVersion1[t] = version1;
  }

  /** The op that computed the value of `t`, -1 if unknown. */
  def(t: number): number {
    return this.#gen[t] === this.#now ? this.#def[t]! : -1;
  }

  /** True if the first (or second) input of def(t) still has the value that the op read. */
  defInputHolds(t: number, which: 0 | 1, input: number): boolean {
    return this.version[input] === (which === 0 ? this.#defVersion0[t] : this.#defVersion1[t]);
  }

  setLow(t: number, low: number): void {
    this.touch(t);
    this.#low[t] = low;
    this.#lowVersion[t] = this.version[low]!;
  }

  /** An i32 that equals the low half of `t`, -1 if none is known. */
  low(t: number): number {
    if (this.#gen[t] !== this.#now) return -1;
    const low = this.#low[t]!;
    return low >= 0 && this.version[low] === this.#lowVersion[t] ? low : -1;
  }
}
