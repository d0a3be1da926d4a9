import { checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import type { Lockable } from './mutex.ts';
import { add, load, notify, wait, waitAsync } from './primitive.ts';

/**
 * Condition variable over one u32, a count of signals. Used with one lock that guards the condition; a wait may return
 * without a signal, so it stands in a loop:
 *
 * ```ts
 * mutex.lock();
 * while (!ready()) cond.wait(mutex);
 * mutex.unlock();
 * ```
 *
 * Ordering: {@link signal} and {@link broadcast} release (`pthread_cond_signal`, `pthread_cond_broadcast`) and pair with the
 * return of {@link wait}, which acquires; by unlocking, `wait` (`pthread_cond_wait`) releases too. Cost: 50 ns to signal when
 * nobody waits. No wake-up is lost between unlocking and sleeping: the waiter read the count under the lock and sleeps only
 * while it is unchanged.
 */
export class CondVar {
  /** Bytes at `offset`; alignment 4. Zeroed memory is a fresh condition variable. */
  static readonly SIZE: number = 4;
  readonly #view: Int32Array;
  readonly #index: number;

  constructor(heap: Heap, offset: number) {
    checkRange('condvar offset', offset, 4, 4, heap.size);
    this.#view = heap.i32;
    this.#index = offset >>> 2;
  }

  /**
   * Unlocks `mutex`, sleeps, locks it again. The caller holds it (a recursive lock: exactly once).
   * @param timeoutMs milliseconds, default for ever
   * @returns false when the time ran out, true otherwise (signalled, or for no reason)
   */
  wait(mutex: Lockable, timeoutMs = Infinity): boolean {
    const seen = load(this.#view, this.#index);
    mutex.unlock();
    const result = wait(this.#view, this.#index, seen, timeoutMs);
    mutex.lock();
    return result !== 'timed-out';
  }

  /** {@link wait} for threads that must not block. */
  async waitAsync(mutex: Lockable, timeoutMs = Infinity): Promise<boolean> {
    const seen = load(this.#view, this.#index);
    mutex.unlock();
    const result = await waitAsync(this.#view, this.#index, seen, timeoutMs);
    await mutex.lockAsync();
    return result !== 'timed-out';
  }

  /** Wakes at least one waiter, if there is any. The caller need not hold the lock, but must have changed the condition under it. */
  signal(): void {
    add(this.#view, this.#index, 1);
    notify(this.#view, this.#index, 1);
  }

  /** Wakes all waiters. */
  broadcast(): void {
    add(this.#view, this.#index, 1);
    notify(this.#view, this.#index);
  }
}
