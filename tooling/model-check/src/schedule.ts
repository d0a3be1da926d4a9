/**
 * An execution as a string: for each step, the thread (`0`) or the buffered store that takes effect (`0.2`: the third that
 * thread 0 made), `:v` for an older value of a plain load, `*n` for the same again, n times in all.
 */
import { ModelError } from './error.ts';
import type { Candidate, Decision, Search } from './execution.ts';
import { preferred } from './reduction.ts';

interface Made {
  readonly process: number;
  readonly variant: number;
}

export function formatSchedule(decisions: readonly Made[], threads: number): string {
  const words: { text: string; count: number }[] = [];
  for (const { process, variant } of decisions) {
    const thread = process % threads;
    const serial = Math.floor(process / threads) - 1;
    const text = `${thread}${serial < 0 ? '' : `.${serial}`}${variant === 0 ? '' : `:${variant}`}`;
    const last = words.at(-1);
    if (last?.text === text) last.count++;
    else words.push({ text, count: 1 });
  }
  return words.map(({ text, count }) => (count === 1 ? text : `${text}*${count}`)).join(' ');
}

/** @throws ModelError ERR_BAD_ARGUMENT for what is no schedule of so many threads */
export function parseSchedule(schedule: string, threads: number): Made[] {
  return schedule.split(/\s+/).filter(Boolean).flatMap((word) => {
    const [, thread, serial, variant, count] = /^(\d+)(?:\.(\d+))?(?::(\d+))?(?:\*(\d+))?$/.exec(word) ?? [];
    if (thread === undefined || Number(thread) >= threads) throw new ModelError('ERR_BAD_ARGUMENT', `schedule: ${JSON.stringify(word)} is no step of ${threads} threads`);
    const process = Number(thread) + (serial === undefined ? 0 : threads * (Number(serial) + 1));
    return Array.from({ length: Number(count ?? 1) }, () => ({ process, variant: Number(variant ?? 0) }));
  });
}

/** Makes the steps of a schedule, and what follows without preemptions. */
export class Replay implements Search {
  readonly #steps: readonly Made[];
  #next = 0;

  constructor(steps: readonly Made[]) {
    this.#steps = steps;
  }

  begin(): void {
    this.#next = 0;
  }

  next(): boolean {
    return false;
  }

  choose(offered: readonly Candidate[]): Decision {
    const made = this.#steps[this.#next++] as Made | undefined;
    const enabled = offered.filter((candidate) => candidate.enabled);
    if (made === undefined) return { candidate: preferred(enabled, undefined), variant: 0 };
    const candidate = enabled.find(({ process }) => process === made.process);
    if (candidate === undefined || made.variant >= (candidate.operation.variants?.() ?? 1)) {
      throw new ModelError('ERR_BAD_ARGUMENT', `schedule: its step ${this.#next} is not possible here; is it of another scenario?`);
    }
    return { candidate, variant: made.variant };
  }

  stepped(): void {}
}
