/**
 * Read-copy-update across Workers: readers run without locks over structures that writers replace, and writers learn
 * when nobody can still be looking at what they took out (a *grace period*).
 *
 * Each reader thread has a line of its own in shared memory, which only it writes: 0 outside of read-side critical
 * sections, otherwise the grace-period number it saw on entering. A writer takes its structure out of reach, raises the
 * number, and waits until every line is 0 or holds a number no older than the raised one.
 *
 *   reader                                     writer
 *   line = number          (A)                 unpublish                (C)
 *   read published handle  (B)                 number += 2; scan lines  (D)
 *
 * Store, then load, on both sides: this needs sequential consistency, which these accesses have. If D does not see A, then
 * B sees C. Handles are therefore read by `rcuRead32` (atomically); what they lead to may be read plainly.
 *
 * Readers never write a line that others write, but to wake a writer that sleeps. Writers need no lock among each other:
 * everyone takes a number of his own. Numbers are odd and wrap; a reader cannot stay for 2^30 grace periods, as each waits
 * for it.
 *
 * With a table of threads ({@link RcuOptions.threads}) readers whose Workers have ended are not waited for: a writer that
 * meets one evicts it. Without, it is reported as stalled ({@link RcuOptions.onStall}).
 */
import { AtomicError, checkRange } from './error.ts';
import type { Heap } from './heap.ts';
import { defineLayout } from './layout.ts';
import { add, compareExchange, load, notify, store, sub, wait, waitAsync } from './primitive.ts';
import { ON_COUNTER, type Threads } from './threads.ts';

const RcuLayout = defineLayout({ name: 'Rcu', align: 64, fields: { number: 'u32', slots: 'u32', sleepers: 'u32', wake: 'u32' } });
const SlotLayout = defineLayout({ name: 'RcuSlot', align: 64, fields: { number: 'u32', owner: 'u32' } });
const FIRST_NUMBER = 1;

/** A reader that keeps a grace period from ending. */
export interface StalledReader {
  /** As given to {@link Rcu.register}. */
  readonly threadId: number;
  /** For how long the writer has waited, in ms. */
  readonly waitedMs: number;
}

/** How a thread waits in an RCU domain. */
export interface RcuOptions {
  /** After how many ms of waiting, and each such time again, {@link onStall} is called. Default 10,000. */
  readonly stallMs?: number;
  /**
   * Told of each reader that a writer has waited for that long. When its thread has ended, evict it (`rcu.evict(threadId)`)
   * and the writer goes on. Default: a thrown AtomicError ERR_STALLED.
   */
  readonly onStall?: (reader: StalledReader) => void;
  /**
   * The table of threads by whose ids readers register. A reader that has ended by it is evicted by the next writer that it
   * keeps waiting.
   */
  readonly threads?: Threads;
  /**
   * This thread's id in {@link threads}, so that the end of a reader wakes it at once when it sleeps in `synchronize` or
   * `drain`. Without it, and in the async forms, it looks every 50 ms.
   */
  readonly threadId?: number;
  /** Told of each reader that this thread evicted because it had ended. */
  readonly onEvict?: (threadId: number) => void;
}

/** One thread's handle of an RCU domain. */
export class Rcu {
  /** Alignment of the domain's block. */
  static readonly ALIGN: number = RcuLayout.align;
  readonly #view: Int32Array;
  readonly #number: number;
  readonly #sleepers: number;
  readonly #wake: number;
  readonly #firstSlot: number;
  readonly #slots: number;
  readonly #stallMs: number;
  readonly #onStall: (reader: StalledReader) => void;
  readonly #threads: Threads | undefined;
  readonly #me: number | undefined;
  readonly #onEvict: (threadId: number) => void;
  /** Callbacks of {@link defer}, oldest first: numbers that must have passed, and what to do then. */
  readonly #deferred: { readonly target: number; readonly run: () => void }[] = [];

  /** Bytes of a domain for up to `readers` reader threads at a time. */
  static sizeFor(readers: number): number {
    return RcuLayout.size + readers * SlotLayout.size;
  }

  /** Makes a domain at `offset`. One thread, before others open it. */
  static format(heap: Heap, offset: number, readers: number, options?: RcuOptions): Rcu {
    checkRange('rcu offset', offset, Rcu.sizeFor(readers), RcuLayout.align, heap.size);
    heap.u8.fill(0, offset, offset + Rcu.sizeFor(readers));
    heap.u32[(offset + RcuLayout.offset.slots) >>> 2] = readers;
    store(heap.i32, (offset + RcuLayout.offset.number) >>> 2, FIRST_NUMBER);
    return new Rcu(heap, offset, options);
  }

  constructor(heap: Heap, offset: number, options: RcuOptions = {}) {
    checkRange('rcu offset', offset, RcuLayout.size, RcuLayout.align, heap.size);
    this.#view = heap.i32;
    this.#number = (offset + RcuLayout.offset.number) >>> 2;
    this.#sleepers = (offset + RcuLayout.offset.sleepers) >>> 2;
    this.#wake = (offset + RcuLayout.offset.wake) >>> 2;
    this.#firstSlot = (offset + RcuLayout.size) >>> 2;
    this.#slots = heap.u32[(offset + RcuLayout.offset.slots) >>> 2];
    this.#stallMs = options.stallMs ?? 10_000;
    this.#onStall = options.onStall ?? throwStalled;
    this.#threads = options.threads;
    this.#me = options.threadId;
    if (this.#me !== undefined) this.#threads?.check(this.#me);
    this.#onEvict = options.onEvict ?? (() => {});
  }

  /**
   * Makes the calling thread a reader.
   * @param threadId nonzero, unique among readers: names the thread in reports and for {@link evict}
   * @throws AtomicError ERR_BAD_ARGUMENT when all places are taken
   */
  register(threadId: number): RcuReader {
    if (!Number.isInteger(threadId) || threadId <= 0) throw new AtomicError('ERR_BAD_ARGUMENT', `threadId: ${threadId} is not a positive integer`);
    this.#threads?.check(threadId);
    for (let i = 0; i < this.#slots; i++) {
      const slot = this.#slotAt(i);
      if (compareExchange(this.#view, slot + OWNER, 0, threadId) === 0) {
        return new RcuReader(this.#view, slot, this.#number, this.#sleepers, this.#wake);
      }
    }
    throw new AtomicError('ERR_BAD_ARGUMENT', `rcu: all ${this.#slots} reader places are taken`);
  }

  /** Forgets a reader whose thread has ended. Evicting one that still runs breaks its protection. @returns whether it was there */
  evict(threadId: number): boolean {
    for (let i = 0; i < this.#slots; i++) if (this.#evictFrom(this.#slotAt(i), threadId)) return true;
    return false;
  }

  /**
   * Waits for a grace period: when it returns, every read-side critical section that had begun before the call has
   * ended, on every thread. Not within one's own critical section: that would wait for itself.
   */
  synchronize(): void {
    this.#waitSync(this.#raise());
  }

  /** {@link synchronize} for threads that must not block. */
  async synchronizeAsync(): Promise<void> {
    await this.#waitAsync(this.#raise());
  }

  async #waitAsync(target: number): Promise<void> {
    const begin = performance.now();
    let nextReport = this.#stallMs;
    add(this.#view, this.#sleepers, 1);
    try {
      for (;;) {
        const seen = load(this.#view, this.#wake);
        if (this.#hasPassed(target)) return;
        await waitAsync(this.#view, this.#wake, seen, this.#checkMs());
        nextReport = this.#reportStalls(target, begin, nextReport);
      }
    } finally {
      sub(this.#view, this.#sleepers, 1);
    }
  }

  /**
   * `call_rcu`: runs `callback` on this thread after a grace period, from a later {@link poll}, {@link drain} or
   * `defer`. Callbacks of a thread that ends first are lost with it.
   */
  defer(callback: () => void): void {
    this.#deferred.push({ target: this.#raise(), run: callback });
    this.poll();
  }

  /** Runs the deferred callbacks whose grace periods have passed. Never waits. @returns how many are left */
  poll(): number {
    let done = 0;
    while (done < this.#deferred.length && this.#hasPassed(this.#deferred[done].target)) done++;
    for (const { run } of this.#deferred.splice(0, done)) run();
    return this.#deferred.length;
  }

  /** Waits until all deferred callbacks of this thread have run. */
  drain(): void {
    let last = this.#deferred.at(-1);
    while (last !== undefined) {
      this.#waitSync(last.target);
      this.poll();
      last = this.#deferred.at(-1);
    }
  }

  /** {@link drain} for threads that must not block. */
  async drainAsync(): Promise<void> {
    let last = this.#deferred.at(-1);
    while (last !== undefined) {
      await this.#waitAsync(last.target);
      this.poll();
      last = this.#deferred.at(-1);
    }
  }

  #slotAt(i: number): number {
    return this.#firstSlot + ((i * SlotLayout.size) >>> 2);
  }

  /** Takes a number: sections that begin later carry it or a later one. */
  #raise(): number {
    return (add(this.#view, this.#number, 2) + 2) | 0;
  }

  #blocks(slot: number, target: number): boolean {
    const number = load(this.#view, slot + NUMBER);
    return number !== 0 && ((number - target) | 0) < 0 && !this.#evictEnded(slot);
  }

  /** Evicts the reader of a slot that keeps us waiting, when its thread has ended. */
  #evictEnded(slot: number): boolean {
    const owner = this.#threads === undefined ? 0 : load(this.#view, slot + OWNER);
    if (owner <= 0 || this.#threads?.hasEnded(owner) !== true || !this.#evictFrom(slot, owner)) return false;
    this.#onEvict(owner);
    return true;
  }

  /** @returns whether the slot was that reader's */
  #evictFrom(slot: number, threadId: number): boolean {
    // Claimed first: another may evict it too, and a new reader may take the place as soon as it has no owner.
    if (compareExchange(this.#view, slot + OWNER, threadId, EVICTING) !== threadId) return false;
    store(this.#view, slot + NUMBER, 0);
    store(this.#view, slot + OWNER, 0);
    wakeSleepers(this.#view, this.#sleepers, this.#wake);
    return true;
  }

  #hasPassed(target: number): boolean {
    for (let i = 0; i < this.#slots; i++) if (this.#blocks(this.#slotAt(i), target)) return false;
    return true;
  }

  #waitSync(target: number): void {
    const begin = performance.now();
    let nextReport = this.#stallMs;
    // Sequentially consistent with wakeSleepers(): the reader leaves, then looks for sleepers; we announce, then scan.
    add(this.#view, this.#sleepers, 1);
    try {
      for (;;) {
        const seen = load(this.#view, this.#wake);
        if (this.#hasPassed(target)) return;
        this.#sleep(seen, target);
        nextReport = this.#reportStalls(target, begin, nextReport);
      }
    } finally {
      sub(this.#view, this.#sleepers, 1);
    }
  }

  /** How long to sleep where the end of a reader wakes nobody. */
  #checkMs(): number {
    return this.#threads === undefined ? this.#stallMs : Math.min(this.#stallMs, CHECK_MS);
  }

  /** Sleeps until a reader leaves, or one ends. */
  #sleep(seen: number, target: number): void {
    if (this.#threads === undefined || this.#me === undefined) {
      wait(this.#view, this.#wake, seen, this.#checkMs());
      return;
    }
    this.#threads.announce(this.#me, this.#wake, ON_COUNTER);
    try {
      // Sequentially consistent with Threads.ended(): we announce, then look again whether a reader has ended.
      if (!this.#hasPassed(target)) wait(this.#view, this.#wake, seen, this.#stallMs);
    } finally {
      this.#threads.retract(this.#me);
    }
  }

  #reportStalls(target: number, begin: number, nextReport: number): number {
    const waitedMs = performance.now() - begin;
    if (waitedMs < nextReport) return nextReport;
    for (let i = 0; i < this.#slots; i++) {
      const slot = this.#slotAt(i);
      if (this.#blocks(slot, target)) this.#onStall({ threadId: load(this.#view, slot + OWNER), waitedMs });
    }
    return waitedMs + this.#stallMs;
  }
}

const NUMBER = SlotLayout.offset.number >>> 2;
const OWNER = SlotLayout.offset.owner >>> 2;
/** In the place of an owner: no thread's id. */
const EVICTING = -1;
/** How often a writer that cannot be woken by a reader's end looks for it. */
const CHECK_MS = 50;

function throwStalled(reader: StalledReader): void {
  throw new AtomicError('ERR_STALLED', `rcu: reader ${reader.threadId} has kept a grace period open for ${Math.round(reader.waitedMs)} ms`);
}

function wakeSleepers(view: Int32Array, sleepers: number, wake: number): void {
  if (load(view, sleepers) === 0) return;
  add(view, wake, 1);
  notify(view, wake);
}

/** The calling thread as a reader of a domain. Made by {@link Rcu.register}. */
export class RcuReader {
  readonly #view: Int32Array;
  readonly #slot: number;
  readonly #number: number;
  readonly #sleepers: number;
  readonly #wake: number;
  #depth = 0;

  /** Internal: view indexes of the reader's slot and the domain's words. */
  constructor(view: Int32Array, slot: number, number: number, sleepers: number, wake: number) {
    this.#view = view;
    this.#slot = slot;
    this.#number = number;
    this.#sleepers = sleepers;
    this.#wake = wake;
  }

  /** Enters a read-side critical section; they nest. About 20 ns for the outermost. */
  lock(): void {
    // Pairs with the scan in Rcu: sequentially consistent with the loads of handles that follow.
    if (this.#depth++ === 0) store(this.#view, this.#slot + NUMBER, load(this.#view, this.#number));
  }

  /** Leaves it. @throws AtomicError ERR_NOT_LOCKED outside of one */
  unlock(): void {
    if (this.#depth === 0) throw new AtomicError('ERR_NOT_LOCKED', 'rcu: unlock() outside of a read-side critical section');
    if (--this.#depth > 0) return;
    store(this.#view, this.#slot + NUMBER, 0);
    wakeSleepers(this.#view, this.#sleepers, this.#wake);
  }

  /** Leaves and enters again at once: for threads that live in a critical section, between two units of work. */
  quiescent(): void {
    if (this.#depth !== 1) throw new AtomicError('ERR_NOT_LOCKED', `rcu: quiescent() at depth ${this.#depth}, not 1`);
    const now = load(this.#view, this.#number);
    if (now === load(this.#view, this.#slot + NUMBER)) return;
    store(this.#view, this.#slot + NUMBER, now);
    wakeSleepers(this.#view, this.#sleepers, this.#wake);
  }

  /** Whether the thread is in a read-side critical section. */
  get locked(): boolean {
    return this.#depth > 0;
  }

  /** Gives the reader's place up; the object is of no use any more. Not within a critical section. */
  unregister(): void {
    if (this.#depth > 0) throw new AtomicError('ERR_NOT_LOCKED', 'rcu: unregister() within a read-side critical section');
    store(this.#view, this.#slot + OWNER, 0);
  }
}
