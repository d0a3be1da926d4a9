import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { defineLayout } from './layout.ts';
import { add, compareExchange, load, notify, sub, wait, waitAsync } from './primitive.ts';

const SemaphoreLayout = defineLayout({ name: 'Semaphore', fields: { count: 'i32', sleepers: 'i32' } });

/**
 * Counting semaphore. {@link post} has release semantics and pairs with the {@link wait} that takes its unit. Zeroed
 * memory is a semaphore of 0 units; post the initial ones. Cost: about 40 ns for an uncontended wait and post. Units that an
 * ended Worker held stay taken.
 */
export class Semaphore {
  /** Bytes at `offset`; alignment 4. */
  static readonly SIZE: number = SemaphoreLayout.size;
  readonly #view: Int32Array;
  readonly #count: number;
  readonly #sleepers: number;

  constructor(heap: Heap, offset: number) {
    checkRange('semaphore offset', offset, SemaphoreLayout.size, SemaphoreLayout.align, heap.size);
    this.#view = heap.i32;
    this.#count = (offset + SemaphoreLayout.offset.count) >>> 2;
    this.#sleepers = (offset + SemaphoreLayout.offset.sleepers) >>> 2;
  }

  /**
   * Adds `units` (default 1) and wakes as many sleepers. Ordering: release; pairs with the {@link wait} that takes a unit.
   * @throws AtomicError ERR_BAD_ARGUMENT unless `units` is a positive integer
   */
  post(units = 1): void {
    if (!(units >= 1) || !Number.isInteger(units)) throw new AtomicError('ERR_BAD_ARGUMENT', `units: ${units} is not a positive integer`);
    add(this.#view, this.#count, units);
    // Sequentially consistent with the sleeper, which raises `sleepers` before the futex compares `count`.
    if (load(this.#view, this.#sleepers) > 0) notify(this.#view, this.#count, units);
  }

  /** Takes a unit if there is one. Ordering: acquire when true. */
  tryWait(): boolean {
    let count = load(this.#view, this.#count);
    while (count > 0) {
      const seen = compareExchange(this.#view, this.#count, count, count - 1);
      if (seen === count) return true;
      count = seen;
    }
    return false;
  }

  /** Takes a unit, sleeping until there is one. @param timeoutMs milliseconds @returns false when the time ran out */
  wait(timeoutMs = Infinity): boolean {
    const deadline = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    while (!this.tryWait()) {
      const left = deadline === Infinity ? Infinity : deadline - performance.now();
      if (left <= 0) return false;
      add(this.#view, this.#sleepers, 1);
      wait(this.#view, this.#count, 0, left);
      sub(this.#view, this.#sleepers, 1);
    }
    return true;
  }

  /** {@link wait} for threads that must not block. @returns false when the time ran out */
  async waitAsync(timeoutMs = Infinity): Promise<boolean> {
    const deadline = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs;
    while (!this.tryWait()) {
      const left = deadline === Infinity ? Infinity : deadline - performance.now();
      if (left <= 0) return false;
      add(this.#view, this.#sleepers, 1);
      await waitAsync(this.#view, this.#count, 0, left);
      sub(this.#view, this.#sleepers, 1);
    }
    return true;
  }

  /** Units there are now: for diagnostics. */
  value(): number {
    return load(this.#view, this.#count);
  }
}
