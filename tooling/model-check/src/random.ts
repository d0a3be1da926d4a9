/** Random executions: longer interleavings than the exhaustive part can afford, reproducible by their seed. */
import type { Candidate, Decision, Search, Step } from './execution.ts';
import { preferred } from './reduction.ts';

export class RandomSearch implements Search {
  #left: number;
  #state: number;
  #last: number | undefined;

  constructor(executions: number, seed: number) {
    this.#left = executions;
    this.#state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  }

  begin(): void {
    this.#last = undefined;
  }

  next(): boolean {
    return --this.#left > 0;
  }

  choose(offered: readonly Candidate[]): Decision {
    const enabled = offered.filter((candidate) => candidate.enabled);
    const candidate = this.#below(4) === 0 ? preferred(enabled, this.#last) : enabled[this.#below(enabled.length)];
    const variants = candidate.operation.variants?.() ?? 1;
    // mostly what memory holds: guesses of what is stored later often come to nothing
    return { candidate, variant: variants === 1 || this.#below(4) !== 0 ? 0 : this.#below(variants) };
  }

  stepped(step: Step): void {
    this.#last = step.thread;
  }

  /** xorshift32. */
  #below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
}
