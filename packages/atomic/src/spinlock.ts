import { CHECKED } from './checked.ts';
import { checkIndex } from './checks.ts';
import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { compareExchange, exchange, load, nap, pause } from './primitive.ts';

const FREE = 0;
const HELD = 1;
const SPINS = 500;

/**
 * Takes the spinlock at view index `index`. For structures with many locks, which want no object for each. Ordering: acquire.
 * Cost: 10 ns uncontended. Pairs with {@link spinUnlock}.
 */
export function spinLock(view: Int32Array, index: number): void {
  if (CHECKED) checkIndex('spinLock', view, index);
  // acquire: pairs with the exchange in spinUnlock()
  while (compareExchange(view, index, FREE, HELD) !== FREE) {
    let spins = 0;
    while (load(view, index) !== FREE) {
      if (++spins < SPINS) pause();
      else nap(view, index, HELD);
    }
  }
}

/** Takes the spinlock if it is free. Ordering: acquire when true. Cost: 10 ns. Pairs with {@link spinUnlock}. */
export function spinTryLock(view: Int32Array, index: number): boolean {
  if (CHECKED) checkIndex('spinTryLock', view, index);
  return compareExchange(view, index, FREE, HELD) === FREE;
}

/**
 * {@link spinLock} for threads that must not block for long: yields to the event loop between tries. A timer each time, so
 * a spinlock that is often contended wants no such threads.
 */
export async function spinLockAsync(view: Int32Array, index: number): Promise<void> {
  while (!spinTryLock(view, index)) await new Promise<void>((resolve) => setTimeout(resolve, 0));
}

/** Gives the spinlock up. Ordering: release. Cost: 10 ns. Pairs with {@link spinLock}. @throws AtomicError ERR_NOT_LOCKED when it was free */
export function spinUnlock(view: Int32Array, index: number): void {
  // release: pairs with the compare-exchange in spinLock()
  if (exchange(view, index, FREE) === FREE) {
    throw new AtomicError('ERR_NOT_LOCKED', 'spinlock: unlock of a lock that is free');
  }
}

/**
 * Test-and-test-and-set lock over one u32, for critical sections of a few dozen instructions that never block. After
 * about 20 µs of spinning the waiter takes short naps (on threads that may), so that a holder that lost its core can
 * finish. Not recursive, not fair, knows no owner: those who spin for a lock whose holder's Worker has ended spin for ever.
 * Zeroed memory is a free lock. Ordering: {@link lock} acquires, {@link unlock} releases and pairs with the next `lock`. Cost:
 * 20 to 25 ns for an uncontended pair.
 */
export class Spinlock {
  /** Bytes at `offset`; alignment 4. */
  static readonly SIZE: number = 4;
  readonly #view: Int32Array;
  readonly #index: number;

  constructor(heap: Heap, offset: number) {
    checkRange('spinlock offset', offset, 4, 4, heap.size);
    this.#view = heap.i32;
    this.#index = offset >>> 2;
  }

  /** Takes the lock, spinning while another has it. Locking twice on one thread never returns. */
  lock(): void {
    spinLock(this.#view, this.#index);
  }

  /** Takes the lock if it is free; acquire semantics when true. */
  tryLock(): boolean {
    return spinTryLock(this.#view, this.#index);
  }

  /** Gives the lock up. @throws AtomicError ERR_NOT_LOCKED when it was free */
  unlock(): void {
    spinUnlock(this.#view, this.#index);
  }

  /** Whether anybody holds it: for assertions. */
  isLocked(): boolean {
    return load(this.#view, this.#index) !== FREE;
  }

  /** {@link lock} for threads that must not block for long: yields to the event loop between short spins. */
  lockAsync(): Promise<void> {
    return spinLockAsync(this.#view, this.#index);
  }
}
