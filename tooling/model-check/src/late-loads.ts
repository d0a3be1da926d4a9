/**
 * Load buffering: a plain load may return what another thread stores after it. The load guesses among the values that were
 * seen to be stored there in earlier executions, and the guess has to come true: before the thread's next atomic access or
 * fence, or its end, another thread's store of that value takes effect. An execution in which that cannot be is given up.
 *
 * Values are learnt while executions run, so an exploration is repeated until nothing new was learnt.
 */
import type { Range } from './footprint.ts';

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** What threads were seen to store, over the executions of an exploration. */
export class StoredValues {
  readonly #stores: (Range & { readonly thread: number; readonly bytes: Uint8Array })[] = [];
  /** Whether a value came in since this was last set to false. */
  grew = false;

  learn(thread: number, address: number, bytes: Uint8Array): void {
    const known = this.#stores.some((store) => store.thread === thread && store.address === address && sameBytes(store.bytes, bytes));
    if (known) return;
    this.#stores.push({ thread, address, size: bytes.length, bytes: bytes.slice() });
    this.grew = true;
  }

  /** What others than the thread store to exactly that range: new ones come last. */
  byOthers(thread: number, { address, size }: Range): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (const store of this.#stores) {
      if (store.thread === thread || store.address !== address || store.size !== size) continue;
      if (!found.some((bytes) => sameBytes(bytes, store.bytes))) found.push(store.bytes);
    }
    return found;
  }
}

interface Guess {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** The guesses of one execution that have not come true yet. */
export class Guesses {
  readonly #values: StoredValues;
  readonly #open: Guess[][];

  constructor(values: StoredValues, threads: number) {
    this.#values = values;
    this.#open = Array.from({ length: threads }, () => []);
  }

  /** What a load may guess, beyond what it may return anyway. */
  candidates(thread: number, range: Range, possible: readonly Uint8Array[]): Uint8Array[] {
    return this.#values.byOthers(thread, range).filter((bytes) => !possible.some((other) => sameBytes(bytes, other)));
  }

  make(thread: number, { address }: Range, bytes: Uint8Array): void {
    this.#open[thread].push({ address, bytes });
  }

  /** A store takes effect. */
  stored(thread: number, address: number, bytes: Uint8Array): void {
    this.#values.learn(thread, address, bytes);
    this.#open.forEach((open, other) => {
      if (other === thread) return;
      for (let i = open.length - 1; i >= 0; i--) {
        if (open[i].address === address && sameBytes(open[i].bytes, bytes)) open.splice(i, 1);
      }
    });
  }

  /** Whether all guesses of the thread have come true. */
  settled(thread: number): boolean {
    return this.#open[thread].length === 0;
  }

  get allSettled(): boolean {
    return this.#open.every((open) => open.length === 0);
  }
}
