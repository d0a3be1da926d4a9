import { atomicRead32, defineLayout, fetchAdd32, type Heap, storeRelease32, waitAsync } from '@mttcg/atomic';
import { waitOn32, wakeOn32 } from '../accel/futex.ts';

const BYTES = 16384;

/** A byte ring in shared memory with one producer and one consumer at a time. Positions run on and wrap at 2^32. */
export const RingLayout = defineLayout({
  name: 'ByteRing',
  align: 64,
  fields: { head: 'u32', tail: 'u32', data: ['u8', BYTES] },
});

const R = RingLayout.offset;

export class ByteRing {
  readonly #heap: Heap;
  readonly #at: number;
  /** Futex of the consumer, bumped after each write. */
  readonly #wake: number;

  constructor(heap: Heap, at: number, wake: number) {
    this.#heap = heap;
    this.#at = at;
    this.#wake = wake;
  }

  /** Bytes waiting. */
  get length(): number {
    return (atomicRead32(this.#heap, this.#at + R.head) - atomicRead32(this.#heap, this.#at + R.tail)) >>> 0;
  }

  get room(): number {
    return BYTES - this.length;
  }

  /**
   * Appends one byte; false when the ring is full. Producer only. Tells the consumer if it may have seen the ring empty:
   * the producer stores head, then reads tail; the consumer stores tail, then reads head; so one of them sees the other.
   */
  push(byte: number): boolean {
    const heap = this.#heap;
    if (this.room === 0) return false;
    const head = atomicRead32(heap, this.#at + R.head);
    heap.u8[this.#at + R.data + (head & (BYTES - 1))] = byte;
    // release: pairs with the read of head in take()
    storeRelease32(heap, this.#at + R.head, (head + 1) >>> 0);
    if (atomicRead32(heap, this.#at + R.tail) === head) this.notify();
    return true;
  }

  /** Tells the consumer to look again. */
  notify(): void {
    fetchAdd32(this.#heap, this.#wake, 1);
    wakeOn32(this.#heap, this.#wake, 0x7fffffff);
  }

  /** Takes the next byte, -1 when there is none. Consumer only. */
  take(): number {
    const heap = this.#heap;
    if (this.length === 0) return -1;
    const tail = atomicRead32(heap, this.#at + R.tail);
    const byte = heap.u8[this.#at + R.data + (tail & (BYTES - 1))]!;
    // release: the slot may be written again; pairs with the read of tail in push()
    storeRelease32(heap, this.#at + R.tail, (tail + 1) >>> 0);
    return byte;
  }

  /** Takes all that is there; what is pushed after that comes with a notification. Consumer only. */
  takeAll(): Uint8Array {
    const bytes: number[] = [];
    for (let byte = this.take(); byte >= 0; byte = this.take()) bytes.push(byte);
    this.wakeProducer();
    return Uint8Array.from(bytes);
  }

  /** After {@link take}: tells producers that wait for room. Any thread. */
  wakeProducer(): void {
    wakeOn32(this.#heap, this.#at + R.tail, 0x7fffffff);
  }

  /** Resolves when the consumer has taken something or {@link wakeProducer} was called; at once when there is room. */
  async roomAsync(): Promise<void> {
    const tail = atomicRead32(this.#heap, this.#at + R.tail);
    if (this.room === 0) await waitAsync(this.#heap.i32, (this.#at + R.tail) >>> 2, tail | 0);
  }

  /** Blocks until there is room or `ms` passed. Producer only, on a thread that may block. */
  waitRoom(ms: number): void {
    const tail = atomicRead32(this.#heap, this.#at + R.tail);
    if (this.room === 0) waitOn32(this.#heap, this.#at + R.tail, tail, ms);
  }
}
