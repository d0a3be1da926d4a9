/**
 * Notices loops that only look: a thread that has read the same values twice between pauses will do so until one of them
 * changes. Letting it spin on would add nothing but length, so the thread waits for that change (and goes on without it
 * only when no other thread can run, for loops that give up).
 */
import type { Codec } from './element.ts';
import type { Range } from './footprint.ts';

export interface Look extends Range {
  /** The operation. */
  readonly name: string;
  /** What was read. */
  readonly value: number | bigint;
  readonly codec: Pick<Codec, 'read'>;
}

/** Without any pause it takes more repetitions to be sure that it is a loop. */
const UNPAUSED = 16;
const LONGEST = 8;

const same = (a: Look, b: Look): boolean => a.name === b.name && a.address === b.address && a.size === b.size && Object.is(a.value, b.value);

export class SpinDetector {
  /** Reads since the thread last did anything else. */
  #looks: Look[] = [];
  /** Where in `looks` pauses stood. */
  #pauses: number[] = [];

  /** The thread has read and changed nothing. */
  looked(look: Look): void {
    this.#looks.push(look);
  }

  /** The thread has done something that others can see. */
  acted(): void {
    this.#looks = [];
    this.#pauses = [];
  }

  /** The thread pauses. @returns what it waits to see changed when this is a loop */
  paused(): readonly Look[] | undefined {
    const end = this.#looks.length;
    const start = this.#pauses.at(-1);
    const before = this.#pauses.at(-2) ?? 0;
    this.#pauses.push(end);
    if (start === undefined || start === end) return undefined;
    const length = end - start;
    // before the first pause the loop may have been entered by something else
    return start - length >= before && this.#repeats(length) ? this.#looks.slice(start) : undefined;
  }

  /** The thread is about to read. @returns what it waits to see changed when it loops without pauses */
  unpaused(): readonly Look[] | undefined {
    const length = this.#looks.length;
    if (length - (this.#pauses.at(-1) ?? 0) < UNPAUSED) return undefined;
    for (let period = 1; period <= LONGEST; period++) if (this.#repeats(period)) return this.#looks.slice(length - period);
    return undefined;
  }

  #repeats(period: number): boolean {
    const all = this.#looks;
    if (all.length < 2 * period) return false;
    for (let i = all.length - period; i < all.length; i++) if (!same(all[i], all[i - period])) return false;
    return true;
  }
}
