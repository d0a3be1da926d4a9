import type { TranslateRequest } from '@mttcg/softmmu';

/** TBs in one module at most. A module costs some 50 µs and 18 KB whatever it holds, a TB that never runs its translation. */
export const BATCH_TBS = 32;

/**
 * Guesses below this are not worth a translation: a TB costs about a quarter of what a module of its own costs later,
 * which needs memory too.
 */
const WORTH = 0.15;

/** Shares of successors that ran in a boot of Linux on AArch64 once the TB before them had, by how it leads to them. */
const AFTER_CALL = 0.98;
const ONLY_WAY = 0.95;
const FALL_THROUGH = 0.75;
const BACKWARD = 0.65;
/** A branch forward by less than so many bytes, and how often it was ever taken. */
const FORWARD: readonly (readonly [bytes: number, likelihood: number])[] = [[64, 0.65], [256, 0.5], [Infinity, 0.35]];

/** How likely successor `s` of the TB just translated is to run, 0 to 1. */
function likelihood(r: TranslateRequest, s: number): number {
  const slot = r.succSlot[s]!;
  if (slot < 0) return AFTER_CALL;
  if (r.succCount === 1 || r.succSlot[1 - s]! < 0) return ONLY_WAY;
  if (slot === 0) return FALL_THROUGH;
  const distance = (r.succLo[s]! - r.pcLo) | 0;
  if (distance <= 0) return BACKWARD;
  return FORWARD.find(([bytes]) => distance < bytes)![1];
}

/**
 * What to translate together: from an entry on, whatever is likeliest to run next among the direct successors of the
 * TBs taken so far. Two of five TBs never ran when all were taken breadth first.
 */
export class BatchPlan {
  /** Low words of pcs: those taken, and behind them those to choose from. */
  readonly pcLo = new Uint32Array(BATCH_TBS * 3);
  readonly #likely = new Float64Array(BATCH_TBS * 3);
  /** TBs taken. */
  taken = 0;
  #known = 0;

  /** Starts with the entry, which take() returns first. */
  begin(pcLo: number): void {
    this.taken = 0;
    this.#known = 1;
    this.pcLo[0] = pcLo;
    this.#likely[0] = 1;
  }

  /** Index of the next TB to translate, -1 when nothing worth it is left. */
  take(): number {
    const { pcLo, taken } = this;
    const likely = this.#likely;
    if (taken === BATCH_TBS || taken === this.#known) return -1;
    let best = taken;
    for (let i = taken + 1; i < this.#known; i++) if (likely[i]! > likely[best]!) best = i;
    if (likely[best]! < WORTH) return -1;
    const pc = pcLo[best]!;
    const l = likely[best]!;
    pcLo[best] = pcLo[taken]!;
    likely[best] = likely[taken]!;
    pcLo[taken] = pc;
    likely[taken] = l;
    return this.taken++;
  }

  /** Successor `s` of TB `from` may be taken, unless it is there already; `translated` tells of TBs of other modules. */
  offer(from: number, r: TranslateRequest, s: number, translated: (pcLo: number) => boolean): void {
    const pc = r.succLo[s]! >>> 0;
    const l = this.#likely[from]! * likelihood(r, s);
    for (let i = 0; i < this.#known; i++) {
      if (this.pcLo[i] !== pc) continue;
      if (i >= this.taken && l > this.#likely[i]!) this.#likely[i] = l;
      return;
    }
    if (l < WORTH || translated(pc)) return;
    this.pcLo[this.#known] = pc;
    this.#likely[this.#known++] = l;
  }
}
