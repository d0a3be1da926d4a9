import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { compareExchange, exchange, load, nap, pause } from './primitive.ts';

const FREE = 0;
const HELD = 1;
const SPINS = 500;

/** Takes the spinlock at view index `index`. For structures with many locks, which want no object for each. */
export function spinLock(view: Int32Array, index: number): void {
  // acquire: pairs with the exchange in spinUnlock()
  while (compareExchange(view, index, FREE, HELD) !== FREE) {
    let spins = 0;
    while (load(view, index) !== FREE) {
      if (++spins < SPINS) pause();
      else nap(view, index, HELD);
    }
  }
}

/** Takes the spinlock if it is free. */
export function spinTryLock(view: Int32Array, index: number): boolean {
  return compareExchange(view, index, FREE, HELD) === FREE;
}

/** Gives the spinlock up. @throws AtomicError ERR_NOT_LOCKED when it was free */
export function spinUnlock(view: Int32Array, index: number): void {
  // release: pairs with the compare-exchange in spinLock()
  if (exchange(view, index, FREE) === FREE) {
    throw new AtomicError('ERR_NOT_LOCKED', 'spinlock: unlock of a lock that is free');
  }
}

/**
 * Test-and-test-and-set lock over one u32, for critical sections of a few dozen instructions that never block. After
 * about 20 µs of spinning the waiter takes short naps (on threads that may), so that a holder that lost its core can
 * finish. Not recursive, not fair. Zeroed memory is a free lock. {@link unlock} pairs with the next {@link lock}.
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

  lock(): void {
    spinLock(this.#view, this.#index);
  }

  tryLock(): boolean {
    return spinTryLock(this.#view, this.#index);
  }

  /** @throws AtomicError ERR_NOT_LOCKED when it was free */
  unlock(): void {
    spinUnlock(this.#view, this.#index);
  }

  /** Whether anybody holds it: for assertions. */
  isLocked(): boolean {
    return load(this.#view, this.#index) !== FREE;
  }

  /** {@link lock} for threads that must not block for long: yields to the event loop between short spins. */
  async lockAsync(): Promise<void> {
    while (!this.tryLock()) await new Promise<void>((resolve) => setTimeout(resolve, 0));
  }
}
