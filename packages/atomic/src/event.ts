import { checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { compareExchange, exchange, load, notify, wait, waitAsync } from './primitive.ts';

/** Not set, nobody sleeps. Zero, so that zeroed memory is an event that has not happened. */
const FREE = 0;
const SET = 1;
/** Not set, somebody sleeps: the one who sets it must wake. */
const BUSY = 2;

/**
 * `QemuEvent`: a flag that one side sets and another waits for. Several may set it and several may wait, but only one
 * thread resets it: another's reset would take away a set that this one has not seen. The consumer's pattern, which loses
 * no event:
 *
 * ```ts
 * for (;;) {
 *   event.reset();
 *   if (conditionHolds()) break;
 *   event.wait();
 * }
 * ```
 *
 * {@link set} (`qemu_event_set`) has release semantics and pairs with {@link wait} (`qemu_event_wait`, acquire). Cost: 10 ns
 * each when nobody sleeps. `set` and `reset` are also full barriers
 * against each other: either `conditionHolds()` after `reset` sees what was written before `set`, or `wait` sees the
 * set. That is why both always do a read-modify-write, even when the state already is what they want.
 */
export class Event {
  /** Bytes at `offset`; alignment 4. */
  static readonly SIZE: number = 4;
  readonly #view: Int32Array;
  readonly #index: number;

  constructor(heap: Heap, offset: number) {
    checkRange('event offset', offset, 4, 4, heap.size);
    this.#view = heap.i32;
    this.#index = offset >>> 2;
  }

  /** Sets the event and wakes all who wait. 10 ns when nobody does. */
  set(): void {
    if (exchange(this.#view, this.#index, SET) === BUSY) notify(this.#view, this.#index);
  }

  /** Clears the event. A set that comes later is not lost. */
  reset(): void {
    compareExchange(this.#view, this.#index, SET, FREE);
  }

  /** Whether it is set now; acquire when true. */
  isSet(): boolean {
    return load(this.#view, this.#index) === SET;
  }

  /**
   * Waits until the event is set; does not clear it.
   * @param timeoutMs milliseconds, default for ever @returns whether it was set
   */
  wait(timeoutMs = Infinity): boolean {
    if (this.#announce()) return true;
    if (timeoutMs !== Infinity) return wait(this.#view, this.#index, BUSY, timeoutMs) !== 'timed-out' || this.isSet();
    // A wake-up means that it was set, even if somebody has reset it since.
    wait(this.#view, this.#index, BUSY);
    return true;
  }

  /** {@link wait} for threads that must not block. */
  async waitAsync(timeoutMs = Infinity): Promise<boolean> {
    if (this.#announce()) return true;
    return (await waitAsync(this.#view, this.#index, BUSY, timeoutMs)) !== 'timed-out' || this.isSet();
  }

  /** Says that a sleeper is coming. @returns true when the event is set already */
  #announce(): boolean {
    // acquire: pairs with the exchange in set()
    return load(this.#view, this.#index) === SET || compareExchange(this.#view, this.#index, FREE, BUSY) === SET;
  }
}
