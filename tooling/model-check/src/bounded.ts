/**
 * All orders, without reduction: every choice of next step, up to a number of *deviations* from the execution in which
 * each thread runs until it ends or has to wait. A deviation is a preemption (another thread goes on although this one
 * could and has not paused) or, in relaxed mode, a store that does not take effect at once or a load of an older value.
 * With no limit it is what the reduction is tested against.
 */
import type { Candidate, Decision, Search, Step } from './execution.ts';
import { preferred } from './reduction.ts';

interface Option {
  readonly process: number;
  readonly variant: number;
  readonly cost: number;
}

interface Choice {
  readonly options: readonly Option[];
  taken: number;
  /** Deviations before it. */
  readonly spent: number;
}

export class BoundedSearch implements Search {
  readonly #bound: number;
  readonly #choices: Choice[] = [];
  #depth = 0;
  #last: number | undefined;

  /** @param bound on deviations, Infinity for all orders */
  constructor(bound: number) {
    this.#bound = bound;
  }

  begin(): void {
    this.#depth = 0;
    this.#last = undefined;
  }

  next(): boolean {
    for (let choice = this.#choices.at(-1); choice !== undefined; choice = this.#choices.at(-1)) {
      // the first option may come at any cost: not to go on is no choice
      while (++choice.taken < choice.options.length) {
        if (choice.spent + choice.options[choice.taken].cost <= this.#bound) return true;
      }
      this.#choices.pop();
    }
    return false;
  }

  choose(offered: readonly Candidate[]): Decision {
    if (this.#depth === this.#choices.length) {
      const before = this.#choices.at(-1);
      const spent = before === undefined ? 0 : before.spent + before.options[before.taken].cost;
      this.#choices.push({ options: optionsOf(offered, this.#last), taken: 0, spent });
    }
    const { options, taken } = this.#choices[this.#depth++];
    const { process, variant } = options[taken];
    return { candidate: offered.find((candidate) => candidate.process === process)!, variant };
  }

  stepped(step: Step): void {
    this.#last = step.thread;
  }
}

function optionsOf(offered: readonly Candidate[], last: number | undefined): Option[] {
  const enabled = offered.filter((candidate) => candidate.enabled);
  const first = preferred(enabled, last);
  const goesOn = first.thread === last && !first.yielded;
  const options: Option[] = [];
  for (const candidate of [first, ...enabled.filter((other) => other !== first)]) {
    const preempts = candidate.thread !== first.thread && goesOn;
    const overtakes = !candidate.flush && enabled.some(({ flush, thread }) => flush && thread === candidate.thread);
    const variants = candidate.operation.variants?.() ?? 1;
    for (let variant = 0; variant < variants; variant++) {
      options.push({ process: candidate.process, variant, cost: candidate === first && variant === 0 ? 0 : Number(preempts) + Number(overtakes) + Number(variant > 0) });
    }
  }
  return options;
}
