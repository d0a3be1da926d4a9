import type { GuestArch, GuestCpu, TranslateRequest } from '@mttcg/softmmu';
import { type Builder, Cond, type IrFunction, type Label, Op, STRIDE, type Temp } from '@mttcg/tcg-ir';

/** TBs in one region at most, and guest instructions. */
const REGION_TBS = 64;
const REGION_INSNS = 600;
/** Return addresses that the end of a subroutine is compared with. */
const REGION_RETURNS = 8;

/** Guest bytes of a region, as offsets in its page. */
export interface RegionExtent {
  start: number;
  end: number;
}

/**
 * Forms regions: the TBs that a hot one leads to by direct jumps and calls within the page, in one IR function. A jump
 * between two of them becomes a branch, so loops run inside the function with guest registers in locals; a jump out of
 * the region goes through the jump cache. The end of a subroutine compares the pc with the return addresses of the
 * region's own calls first.
 */
export class RegionBuilder<C extends GuestCpu> {
  readonly #arch: GuestArch<Builder, C>;
  readonly #builder: Builder;
  readonly #pcLo = new Uint32Array(REGION_TBS);
  readonly #labels: Label[] = [];
  readonly #pc: Temp;
  /** Return addresses (low words) of the region's calls, and labels of the code that compares with them, one per return. */
  readonly #returnLo: number[] = [];
  readonly #returning: Label[] = [];
  readonly #extent: RegionExtent = { start: 0, end: 0 };
  #count = 0;

  constructor(arch: GuestArch<Builder, C>, builder: Builder) {
    this.#arch = arch;
    this.#builder = builder;
    // temps of globals begin at 1
    this.#pc = arch.globals.findIndex((g) => g.offset === arch.pcOffset) + 1;
  }

  /** Builds into `fn`, which is empty, from the entry in `r` (key and cflags); `pageHost` is where its page lies. */
  build(fn: IrFunction, r: TranslateRequest, pageHost: number, cpu: C): RegionExtent {
    const b = this.#builder;
    const mask = (1 << this.#arch.pageBits) - 1;
    const extent = this.#extent;
    extent.start = mask + 1;
    extent.end = 0;
    this.#count = 0;
    this.#labels.length = this.#returnLo.length = this.#returning.length = 0;
    this.#arch.begin(b, r);
    this.#node(r.pcLo, 0);
    let insns = 0;
    for (let i = 0; i < this.#count; i++) {
      const pcLo = this.#pcLo[i]!;
      const offset = pcLo & mask;
      r.pcLo = pcLo;
      r.maxInsns = 512;
      r.code = pageHost + offset;
      r.codeBytes = mask + 1 - offset;
      r.succCount = 0;
      r.returns = false;
      b.setLabel(this.#labels[i]!);
      const first = fn.nOps;
      this.#arch.translate(b, r, cpu);
      insns += r.insns;
      extent.start = Math.min(extent.start, offset);
      extent.end = Math.max(extent.end, offset + r.size);
      this.#link(fn, first, r, insns);
    }
    for (const label of this.#returning) this.#return(label, r.entryLo);
    return extent;
  }

  /** Label of the TB at `pcLo`, which joins the region if there is room; -1 if not. */
  #node(pcLo: number, insns: number): Label {
    for (let i = 0; i < this.#count; i++) if (this.#pcLo[i] === pcLo) return this.#labels[i]!;
    if (this.#count === REGION_TBS || insns > REGION_INSNS) return -1;
    this.#pcLo[this.#count] = pcLo;
    const label = this.#builder.newLabel();
    this.#labels[this.#count++] = label;
    return label;
  }

  /** Turns the direct jumps of the TB just translated into branches, or into look-ups; has a return compare addresses. */
  #link(fn: IrFunction, first: number, r: TranslateRequest, insns: number): void {
    for (let i = first; i < fn.nOps; i++) {
      if (fn.ops[i] === Op.goto_tb) {
        const label = this.#destination(fn.args[i * STRIDE]!, r, insns);
        if (label < 0) fn.ops[i] = Op.goto_ptr;
        else this.#branch(fn, i, label);
      } else if (fn.ops[i] === Op.goto_ptr && r.returns) {
        const label = this.#builder.newLabel();
        this.#returning.push(label);
        this.#branch(fn, i, label);
      }
    }
  }

  #branch(fn: IrFunction, i: number, label: Label): void {
    fn.ops[i] = Op.br;
    fn.args[i * STRIDE] = label;
  }

  #destination(slot: number, r: TranslateRequest, insns: number): Label {
    for (let s = 0; s < r.succCount; s++) {
      if (r.succSlot[s] !== slot) continue;
      const label = this.#node(r.succLo[s]! >>> 0, insns);
      if (label >= 0) this.#called(r, insns);
      return label;
    }
    return -1;
  }

  /** If the TB is a call: its return address joins the region. */
  #called(r: TranslateRequest, insns: number): void {
    for (let s = 0; s < r.succCount; s++) {
      const pcLo = r.succLo[s]! >>> 0;
      if (r.succSlot[s]! >= 0 || this.#returnLo.includes(pcLo) || this.#returnLo.length === REGION_RETURNS) continue;
      if (this.#node(pcLo, insns) >= 0) this.#returnLo.push(pcLo);
    }
  }

  /**
   * One per return, not one for all: a block that all lead to could head a loop, and no instruction begins there for
   * the loop to be left at.
   */
  #return(label: Label, entryLo: number): void {
    const b = this.#builder;
    b.setLabel(label);
    for (const pcLo of this.#returnLo) {
      const address = b.newI64();
      b.addI64(address, b.fn.pcBase, b.constI64n((pcLo >>> 0) - (entryLo >>> 0)));
      b.brcondI64(this.#pc, address, Cond.EQ, this.#node(pcLo, 0));
    }
    b.gotoPtr();
  }
}
