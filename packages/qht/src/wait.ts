/** Waiting for other threads' changes of a table: short spins, then naps, and an error when it takes too long. */
import { AtomicError, load, nap, pause, spinTryLock } from '@mttcg/atomic';

/** Pauses before the first nap: about 20 µs, far longer than any change of a chain takes. */
const SPINS = 500;
const HELD = 1;

/** For how many ms a lock may be held, or a chain be in change, before a waiter gives up, unless told otherwise. */
export const DEFAULT_STALL_MS = 10_000;

/** The error of a waiter that gives up on `what` at a byte address. */
export function stalled(what: string, address: number, stallMs: number): AtomicError {
  return new AtomicError(
    'ERR_STALLED',
    `qht: ${what} at ${address} has not been given up for ${stallMs} ms; if its Worker has ended, the table has to be made anew`,
  );
}

/**
 * Waits until the word differs from `value`.
 * @param what names the word in the error
 * @throws AtomicError ERR_STALLED when it has not after `stallMs`: a Worker that has ended never gives up what it held
 */
export function awaitChange(view: Int32Array, index: number, value: number, stallMs: number, what: string): void {
  let deadline = 0;
  for (let spins = 0; load(view, index) === value; spins++) {
    if (spins < SPINS) {
      pause();
      continue;
    }
    if (deadline === 0) deadline = performance.now() + stallMs;
    else if (performance.now() > deadline) {
      throw stalled(what, index * 4, stallMs);
    }
    nap(view, index, value);
  }
}

/**
 * Takes the lock word at a view index; {@link spinUnlock} gives it up.
 * @throws AtomicError ERR_STALLED when it was held for `stallMs`
 */
export function lockWord(view: Int32Array, index: number, stallMs: number, what: string): void {
  // acquire: pairs with the exchange in spinUnlock()
  while (!spinTryLock(view, index)) awaitChange(view, index, HELD, stallMs, what);
}
