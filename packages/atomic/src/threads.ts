/**
 * Which threads are alive: a table in shared memory by which locks tell a holder that is slow from one that has ended.
 *
 * A Worker that ends, by `terminate()` or an error, takes nothing back: its locks stay locked. Nobody but the thread that
 * started it sees that, by an event; so that thread says it here ({@link Threads.ended}), and {@link RobustMutex},
 * RecursiveMutex and Rcu ask here. Asking is for those who wait already: a lock that is free costs nothing more.
 *
 *   waiter                                     whoever sees the Worker's end
 *   slot.waitsOn = word     (A)                slot.id = ended          (C)
 *   is the owner alive?     (B)                scan all waitsOn         (D)
 *   sleep while word == seen                   change the word, wake
 *
 * Store, then load, on both sides, sequentially consistent: if B does not see C, D sees A, and then the word is changed
 * before the waiter is woken, so that it either wakes or never goes to sleep.
 */
import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { defineLayout } from './layout.ts';
import { add, compareExchange, load, notify, store } from './primitive.ts';

const ThreadsLayout = defineLayout({ name: 'Threads', fields: { slots: 'u32' } });
const SlotLayout = defineLayout({ name: 'ThreadSlot', fields: { id: 'u32', waitsOn: 'u32' } });

/** A slot's number is the low bits of its ids; the rest counts how often the slot was used. */
const SLOT_BITS = 10;
const MAX_SLOTS = 2 ** SLOT_BITS - 1;
/** Ids are below this: lock words have two bits beside the owner's id. */
const ID_LIMIT = 2 ** 30;
const ENDED = 0x4000_0000;

/** What a lock word holds beside its owner's id: somebody sleeps on it. */
export const CONTENDED = 0x4000_0000;
/** What a lock word holds beside its owner's id: the owner has ended. Bit 31, so i32 words are negative. */
export const OWNER_DIED = 0x8000_0000 | 0;
export const OWNER_MASK: number = ID_LIMIT - 1;

/** Kinds of words that a thread sleeps on, in the low bit of `waitsOn`: a lock word, or a counter of wake-ups. */
export const ON_LOCK = 0;
export const ON_COUNTER = 1;

/** The table of threads; each thread makes a handle of its own. */
export class Threads {
  readonly #view: Int32Array;
  readonly #slots: number;
  readonly #first: number;

  /** Bytes of a table for up to `slots` threads at a time; alignment 4. */
  static sizeFor(slots: number): number {
    return ThreadsLayout.size + slots * SlotLayout.size;
  }

  /**
   * Makes an empty table at `offset`. One thread, before others open it.
   * @param slots threads alive at a time, 1 to 1023
   */
  static format(heap: Heap, offset: number, slots: number): Threads {
    if (!(slots >= 1 && slots <= MAX_SLOTS) || !Number.isInteger(slots)) {
      throw new AtomicError('ERR_BAD_ARGUMENT', `slots: ${slots} is not an integer from 1 to ${MAX_SLOTS}`);
    }
    checkRange('threads offset', offset, Threads.sizeFor(slots), ThreadsLayout.align, heap.size);
    heap.u8.fill(0, offset, offset + Threads.sizeFor(slots));
    store(heap.i32, (offset + ThreadsLayout.offset.slots) >>> 2, slots);
    return new Threads(heap, offset);
  }

  /** Opens a table that {@link format} made, from any thread. */
  constructor(heap: Heap, offset: number) {
    checkRange('threads offset', offset, ThreadsLayout.size, ThreadsLayout.align, heap.size);
    this.#view = heap.i32;
    this.#slots = heap.u32[(offset + ThreadsLayout.offset.slots) >>> 2];
    checkRange('threads offset', offset, Threads.sizeFor(this.#slots), ThreadsLayout.align, heap.size);
    this.#first = (offset + ThreadsLayout.size) >>> 2;
  }

  /**
   * Takes an id for a thread, alive from now on: for the caller, or for a Worker that it is about to start and passes the
   * id to. So the one who starts a Worker knows which id to give to {@link ended} when it exits.
   * @returns an id from 1 to 2^30 - 1; one that has ended comes again after a million others of its slot
   * @throws AtomicError ERR_BAD_ARGUMENT when as many threads are alive as the table has slots
   */
  register(): number {
    for (let slot = 0; slot < this.#slots; slot++) {
      const at = this.#first + slot * WORDS;
      const old = load(this.#view, at + ID);
      if (old !== 0 && (old & ENDED) === 0) continue;
      const id = nextId(old & ~ENDED, slot);
      if (compareExchange(this.#view, at + ID, old, id) === old) return id;
      slot--; // somebody else took it, or it is free again: look once more
    }
    throw new AtomicError('ERR_BAD_ARGUMENT', `threads: all ${this.#slots} slots are taken`);
  }

  /**
   * Says that a thread has ended: call it from the Worker's `exit` event, or from the thread itself as its last deed. Those
   * who sleep for its locks wake and throw ERR_OWNER_DIED; RCU waits for it no longer. For a thread that still runs it takes
   * its locks away under its feet.
   * @returns whether it was alive until now
   */
  ended(id: number): boolean {
    const at = this.#slotOf(id);
    // release: what the caller knows of the thread's end happens before whoever sees that it has ended
    if (compareExchange(this.#view, at + ID, id, id | ENDED) !== id) return false;
    for (let slot = 0; slot < this.#slots; slot++) {
      const waitsOn = load(this.#view, this.#first + slot * WORDS + WAITS_ON) >>> 0;
      // also of the ended thread itself: a wake-up that was meant for one has to go to another
      if (waitsOn !== 0) this.#wake(waitsOn, id);
    }
    store(this.#view, at + WAITS_ON, 0);
    return true;
  }

  /** Whether the thread has ended, or there never was one of that id. */
  hasEnded(id: number): boolean {
    return load(this.#view, this.#slotOf(id) + ID) !== id;
  }

  /** Ids of all threads that are alive: for diagnostics, out of date as soon as it is returned. */
  alive(): number[] {
    const ids = [];
    for (let slot = 0; slot < this.#slots; slot++) {
      const id = load(this.#view, this.#first + slot * WORDS + ID);
      if (id !== 0 && (id & ENDED) === 0) ids.push(id);
    }
    return ids;
  }

  /** @throws AtomicError ERR_BAD_ARGUMENT unless the id is that of a thread that is alive */
  check(id: number): void {
    if (this.hasEnded(id)) throw new AtomicError('ERR_BAD_ARGUMENT', `threadId: there is no living thread ${id}`);
  }

  /** Internal, for locks: the thread `id` is about to sleep on the word at view index `index`. */
  announce(id: number, index: number, kind: typeof ON_LOCK | typeof ON_COUNTER): void {
    store(this.#view, this.#slotOf(id) + WAITS_ON, (index << 1) | kind);
  }

  /** Internal, for locks: it sleeps no more. */
  retract(id: number): void {
    store(this.#view, this.#slotOf(id) + WAITS_ON, 0);
  }

  #wake(waitsOn: number, ended: number): void {
    const index = waitsOn >>> 1;
    if ((waitsOn & 1) === ON_COUNTER) add(this.#view, index, 1);
    else {
      let word = load(this.#view, index);
      while ((word & OWNER_MASK) === ended && (word & OWNER_DIED) === 0) {
        const seen = compareExchange(this.#view, index, word, word | OWNER_DIED);
        if (seen === word) break;
        word = seen;
      }
    }
    notify(this.#view, index);
  }

  #slotOf(id: number): number {
    const slot = (id & MAX_SLOTS) - 1;
    if (!(id > 0 && id < ID_LIMIT && slot >= 0 && slot < this.#slots)) {
      throw new AtomicError('ERR_BAD_ARGUMENT', `threadId: ${id} is not an id of this table`);
    }
    return this.#first + slot * WORDS;
  }
}

const ID = SlotLayout.offset.id >>> 2;
const WAITS_ON = SlotLayout.offset.waitsOn >>> 2;
const WORDS = SlotLayout.size >>> 2;

/** The id after `last` in its slot; the first of a slot is its number + 1. */
function nextId(last: number, slot: number): number {
  const next = last === 0 ? slot + 1 : last + 2 ** SLOT_BITS;
  return next < ID_LIMIT ? next : slot + 1;
}
