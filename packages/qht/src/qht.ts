/**
 * A concurrent hash table in shared memory, made for many readers: lookups take no lock and write nothing, so they
 * scale with the threads; writers lock one chain.
 *
 * ## What it stores
 * Elements are u32 handles, never 0: usually addresses of structures in the same memory. The table keeps each handle
 * with its 32-bit hash and never looks into the structure; comparators of the caller's do. The caller hashes: the low
 * bits choose the bucket, so they must be mixed. The same handle under two hashes is a bug of the caller's.
 *
 * ## Buckets
 * A bucket is one cache line: lock, sequence, six hashes, six handles, link to the next bucket of the chain. Most
 * chains are one bucket, so a lookup touches one line, plus the element it finds. The head bucket's lock and sequence
 * cover its chain. Entries are packed: the first null ends a chain. A removal moves the chain's last entry into the
 * hole, so a miss stops early.
 *
 * ## Readers
 * The sequence is odd while a writer is inside and different after it. A lookup reads the sequence, scans, and
 *  - on a **hit** returns at once. The handle was read atomically from a live chain and the comparator has looked at the
 *    element itself, so the element *was* in the table at a moment within the call. Which slot it was in does not matter,
 *    so nor does a writer that moved it. Hashes are read by plain loads: they only say which elements are worth comparing;
 *  - on a **miss** issues a load fence, reads the sequence again, and starts over if it has changed or was odd: the
 *    element may have been carried past the scan from an unread slot to a read one.
 * A lookup that finds a writer inside waits for it to leave before it starts over: by pauses, then by naps, so that a
 * writer that has lost its core gets one.
 *
 * The comparator may thus be called with an element that is being removed. So elements stay readable, keys unchanged,
 * until no lookup that began before their removal is still running (RCU's grace period), and a comparator decides by the
 * element's whole key, never by "the hash was equal".
 *
 * {@link generateLookup} makes the same as WebAssembly (`wasm-lookup.ts`), for keys that are fields of the element.
 *
 * ## Writers
 * Read the current map, lock the chain's head, and compare with the current map again: if a resize has come between,
 * start over. Then sequence + 1, the stores, sequence + 1. An insert publishes a new bucket, filled, by its link.
 *
 * ## Resizing
 * Table lock, then all bucket locks of the old map in ascending order; copy; publish the new map; unlock. Readers go on
 * in the old map, which is complete until they leave it; writers that wait for its locks find it stale. Its memory is
 * freed after a grace period, by the `defer` hook, or else when the owner calls {@link Qht.reclaim}.
 *
 * An automatic resize happens only when asked for, when an insert chains a bucket and more are chained than an eighth of
 * the heads: by trylock (another resizer is doing it already, otherwise), to twice the size. It never shrinks. Where
 * memory for it runs out, the table goes on with longer chains.
 *
 * ## Lock order
 * Table lock before bucket locks; bucket locks ascending. Callbacks of iterations run under both and must not call back
 * into the table. Nothing here may be called from a thread that must not block, lookups aside.
 *
 * ## Bad input, and Workers that end
 * All checks are always on: of arguments (`base`, `elements`, handles, descriptions of lookups), of a table that is not
 * formatted, and of what the allocator answers. None is on the way of a lookup; an insert or removal pays two
 * comparisons. Hashes are not checked: any number has 32 low bits.
 *
 * A Worker that ends while it holds a lock never gives it up. Whoever waits for a lock, or for a change of a chain to end,
 * gives up after `stallMs` with ERR_STALLED, which names the lock; what it held itself it has given up. The chain may have
 * been in the middle of a change, so the table has to be made anew. An insert that throws has added nothing, except that
 * the growth it brings about may stall, or the `defer` hook throw, after it.
 *
 * ## Rejected
 *  - *A lock or reference count for readers*: their cache line would travel between cores at each lookup.
 *  - *Re-checking the sequence on hits as well*: an atomic load (7 ns of about 40) that turns good hits into retries.
 *  - *Atomic loads of the hashes*: each is an engine call of 7 ns, up to six of them, where plain loads as a hint and a
 *    fence on the rarer miss do.
 *  - *Open addressing*: removal needs tombstones or moves entries across lines, and no lock covers them then.
 *  - *Resizing bit by bit*: lookups would have to look into two maps.
 *  - *Taking the table lock after meeting a stale map*, under which the map stands still: the lock is unfair, and a thread
 *    that resizes in a loop kept a writer out for seconds in a test. Every retry here means that a resize was completed.
 *  - *Split locks per entry*: a writer needs the chain's lock for the uniqueness check anyway.
 *  - *The owner's number in each lock*, to tell an ended owner from a slow one: threads would have to be registered, and
 *    somebody be told of their ends. A time limit needs neither.
 *  - *Breaking an ended Worker's lock*: half of a removal leaves an element twice, half of an insert a hash without one.
 *  - *Letting inserts of a full allocator fail when only a growth has failed*: the element is in.
 */
import { AtomicError, atomicRead32, load, Mutex, spinUnlock, store, type Heap } from '@mttcg/atomic';
import { CheckedAllocator, type QhtAllocator } from './allocator.ts';
import {
  INSERTED,
  INSERTED_GROWN,
  insertLocked,
  iterateLocked,
  iterateRemoveLocked,
  removeLocked,
  resetLocked,
  type SameElement,
  type Visit,
} from './bucket.ts';
import { checkTable } from './check.ts';
import { BUCKET_ENTRIES, BUCKET_WORDS_SHIFT, HASHES, LOCK, NEXT, POINTERS, QhtHeader, QhtMap, SEQUENCE } from './layout.ts';
import {
  bucketsFor,
  copyMap,
  countAddedBucket,
  createMap,
  destroyMap,
  forEachHead,
  headOf,
  linkRetired,
  lockAllBuckets,
  mapHeads,
  nextRetired,
  unlockAllBuckets,
} from './map.ts';
import { gatherStatistics, type QhtStatistics } from './stats.ts';
import { awaitChange, DEFAULT_STALL_MS, lockWord, stalled } from './wait.ts';

const MAP_BUCKETS = QhtMap.offset.buckets >>> 2;
const MAP_MASK = QhtMap.offset.mask >>> 2;

export interface QhtOptions {
  /** Whether two elements have equal keys: what inserts use that bring no comparator. Default: the same handle only. */
  readonly same?: SameElement;
  /**
   * Calls `reclaim` once after a grace period, on this thread: when no lookup or write that had begun before is still
   * running on any thread. Default: old maps are kept until {@link Qht.reclaim}.
   */
  readonly defer?: (reclaim: () => void) => void;
  /**
   * How many ms this thread waits for a lock, or for a change of a chain to end, before it throws ERR_STALLED: what a
   * Worker that has ended held is never given up. Default 10,000; Infinity waits for ever.
   */
  readonly stallMs?: number;
}

export interface QhtFormatOptions extends QhtOptions {
  /** Elements expected: the table starts with room for them in head buckets. Default 0: one bucket. */
  readonly elements?: number;
  /** Let inserts double the table. Default false. */
  readonly autoResize?: boolean;
}

const sameHandle: SameElement = (a, b) => a === b;

/** Largest handle: 0xffffffff is what generated lookups return for "busy". */
const MAX_HANDLE = 0xfffffffe;

function checkHandle(operation: string, handle: number): void {
  if (!(handle > 0) || handle > MAX_HANDLE) {
    throw new AtomicError('ERR_BAD_ARGUMENT', `qht ${operation}: handle ${handle} is not 1 to ${MAX_HANDLE}`);
  }
}

/** One thread's handle of a table; each thread makes its own over the same header. */
export class Qht {
  /** Bytes of the header at `base`. */
  static readonly SIZE: number = QhtHeader.size;
  /** Its alignment in bytes. */
  static readonly ALIGN: number = QhtHeader.align;

  readonly #heap: Heap;
  readonly #i32: Int32Array;
  readonly #u32: Uint32Array;
  readonly #base: number;
  /** Word index of the header's map pointer. */
  readonly #mapAt: number;
  readonly #tableLock: Mutex;
  readonly #allocator: CheckedAllocator;
  readonly #same: SameElement;
  readonly #defer: ((reclaim: () => void) => void) | undefined;
  readonly #stallMs: number;

  /**
   * Makes an empty table at `base`. One thread, before others open it.
   * @throws AtomicError for a `base` or `elements` that cannot be; what the allocator throws
   */
  static format(heap: Heap, base: number, allocator: QhtAllocator, options: QhtFormatOptions = {}): Qht {
    const table = new Qht(heap, base, allocator, options);
    const heads = bucketsFor(options.elements ?? 0);
    heap.u32.fill(0, base >>> 2, (base + QhtHeader.size) >>> 2);
    heap.u32[(base + QhtHeader.offset.autoResize) >>> 2] = options.autoResize === true ? 1 : 0;
    store(heap.u32, (base + QhtHeader.offset.map) >>> 2, createMap(heap, table.#allocator, heads));
    return table;
  }

  /** @throws AtomicError ERR_MISALIGNED or ERR_OUT_OF_RANGE for `base`, ERR_BAD_ARGUMENT for `stallMs` */
  constructor(heap: Heap, base: number, allocator: QhtAllocator, options: QhtOptions = {}) {
    if (!Number.isInteger(base) || base < 0 || base + QhtHeader.size > heap.size) {
      throw new AtomicError('ERR_OUT_OF_RANGE', `qht base: ${base} is not within ${heap.size} bytes`);
    }
    if (base % QhtHeader.align !== 0) {
      throw new AtomicError('ERR_MISALIGNED', `qht base: ${base} is not a multiple of ${QhtHeader.align}`);
    }
    this.#heap = heap;
    this.#i32 = heap.i32;
    this.#u32 = heap.u32;
    this.#base = base;
    this.#mapAt = (base + QhtHeader.offset.map) >>> 2;
    this.#tableLock = new Mutex(heap, base + QhtHeader.offset.lock);
    this.#allocator = new CheckedAllocator(heap, allocator);
    this.#same = options.same ?? sameHandle;
    this.#defer = options.defer;
    this.#stallMs = options.stallMs ?? DEFAULT_STALL_MS;
    if (!(this.#stallMs > 0)) {
      throw new AtomicError('ERR_BAD_ARGUMENT', `qht stallMs: ${this.#stallMs} is not positive`);
    }
  }

  /**
   * Finds the element with this hash for which `equal` says true. Takes no lock, writes nothing, allocates nothing: keep
   * the comparator and the key object. The caller keeps elements alive (see Readers above) while it runs and while it
   * uses the result. A hit synchronises with the insert of that element.
   * @param hash 32 bits, signed or not
   * @param equal decides by the element's whole key; called only with elements that were in the table during the call
   * @param key handed on to `equal`
   * @returns the element, or 0
   * @throws AtomicError ERR_STALLED when the chain has been in change for `stallMs`; what `equal` throws
   */
  lookup<K = undefined>(hash: number, equal: (handle: number, key: K) => boolean, key?: K): number {
    const i32 = this.#i32;
    const u32 = this.#u32;
    const wanted = hash | 0;
    for (;;) {
      // acquire: pairs with the store in #replaceLocked(), after which the map's fields do not change
      const map = load(u32, this.#mapAt) >>> 2;
      if (map === 0) return 0;
      const head = (u32[map + MAP_BUCKETS] >>> 2) + ((wanted & u32[map + MAP_MASK]) << BUCKET_WORDS_SHIFT);
      // acquire: pairs with endLocked() of the last writer
      const sequence = load(i32, head + SEQUENCE);
      let bucket = head;
      do {
        for (let i = 0; i < BUCKET_ENTRIES; i++) {
          if (i32[bucket + HASHES + i] !== wanted) continue;
          // acquire: pairs with the store in insertLocked(): the element's contents are visible
          const handle = load(u32, bucket + POINTERS + i);
          if (handle !== 0 && equal(handle, key as K)) return handle;
        }
        // A plain load says whether there is a next bucket; if so, acquire: pairs with the store in insertLocked().
        bucket = u32[bucket + NEXT] === 0 ? 0 : load(u32, bucket + NEXT) >>> 2;
      } while (bucket !== 0);
      this.#heap.fence();
      if ((sequence & 1) === 0 && load(i32, head + SEQUENCE) === sequence) return 0;
      // A writer is inside. If it has left meanwhile, there is nothing to wait for.
      if ((sequence & 1) !== 0) awaitChange(i32, head + SEQUENCE, sequence, this.#stallMs, 'change of the chain');
    }
  }

  /**
   * Adds `handle` unless an element with the same hash and an equal key is there.
   * @param equal whether the element given to it has the key of the new one; default: the `same` option
   * @returns 0 when it was added, otherwise the element that was there
   * @throws AtomicError ERR_BAD_ARGUMENT for a handle that is not 1 to 0xfffffffe, ERR_STALLED; what the allocator or
   *   `equal` throws. The table is unchanged then
   */
  insert(hash: number, handle: number, equal: SameElement = this.#same): number {
    checkHandle('insert', handle);
    const heap = this.#heap;
    const head = this.#lockHead(hash);
    let result: number;
    let wantsResize = false;
    try {
      result = insertLocked(heap, head, hash | 0, handle, equal, this.#allocator);
      // While the chain is locked the map cannot be replaced.
      if (result === INSERTED_GROWN) wantsResize = countAddedBucket(heap, load(this.#u32, this.#mapAt));
    } finally {
      spinUnlock(this.#i32, head + LOCK);
    }
    if (wantsResize && this.#u32[(this.#base + QhtHeader.offset.autoResize) >>> 2] === 1) this.#grow();
    return result === INSERTED_GROWN ? INSERTED : result;
  }

  /** Removes this element (by handle, not by key). @returns whether it was there @throws AtomicError as {@link insert} */
  remove(hash: number, handle: number): boolean {
    checkHandle('remove', handle);
    const head = this.#lockHead(hash);
    const removed = removeLocked(this.#heap, head, hash | 0, handle);
    spinUnlock(this.#i32, head + LOCK);
    return removed;
  }

  /** Visits all elements as of one moment, holding all locks: `visit` must not call the table. */
  iterate(visit: Visit): void {
    const heap = this.#heap;
    this.#withAllLocks((map) => forEachHead(heap, map, (head) => iterateLocked(heap, head, visit)));
  }

  /** Removes the elements for which `drop` says true, holding all locks: `drop` must not call the table. @returns how many */
  iterateRemove(drop: (handle: number, hash: number) => boolean): number {
    const heap = this.#heap;
    let removed = 0;
    this.#withAllLocks((map) => {
      forEachHead(heap, map, (head) => {
        removed += iterateRemoveLocked(heap, head, drop);
      });
    });
    return removed;
  }

  /** Removes all elements; the map keeps its size. */
  reset(): void {
    this.#withTableLock((map) => this.#resetLocked(map));
  }

  /** Removes all elements and makes room for `elements`. @returns whether the number of head buckets changed */
  resetSize(elements: number): boolean {
    const heads = bucketsFor(elements);
    return this.#withTableLock((map) => {
      if (this.#replaceLocked(map, heads, false)) return true;
      this.#resetLocked(map);
      return false;
    });
  }

  /**
   * Makes room for `elements`, more or fewer than now. @returns whether the number of head buckets changed
   * @throws what the allocator throws; the table is unchanged then
   */
  resize(elements: number): boolean {
    const heads = bucketsFor(elements);
    return this.#withTableLock((map) => this.#replaceLocked(map, heads, true));
  }

  /** Figures about the table, taken without locks. Of a table that is not formatted yet (zeroed memory): zeros. */
  statistics(): QhtStatistics {
    return gatherStatistics(this.#heap, load(this.#u32, this.#mapAt));
  }

  /** How often the table has been resized. */
  get resizes(): number {
    return atomicRead32(this.#heap, this.#base + QhtHeader.offset.resizes);
  }

  /**
   * Frees the maps that resizes have left behind. For tables without a `defer` hook. The caller makes sure that no other
   * thread is inside any call of this table: in an exclusive section, say.
   */
  reclaim(): void {
    this.#withTableLock(() => {
      const at = (this.#base + QhtHeader.offset.retired) >>> 2;
      let map = this.#u32[at];
      this.#u32[at] = 0;
      while (map !== 0) {
        const next = nextRetired(this.#heap, map);
        destroyMap(this.#heap, this.#allocator, map);
        map = next;
      }
    });
  }

  /** Throws if the table is not in order. Nobody else uses it meanwhile. For tests. */
  check(): void {
    checkTable(this.#heap, this.#base);
  }

  /** Address of the current map; 0 is refused. */
  #currentMap(): number {
    // acquire: pairs with the store in #replaceLocked()
    const map = load(this.#u32, this.#mapAt);
    if (map === 0) throw new AtomicError('ERR_BAD_ARGUMENT', `qht: no table at ${this.#base}; call Qht.format() first`);
    return map;
  }

  /** Locks the chain for `hash` in the current map. @returns the word index of its head */
  #lockHead(hash: number): number {
    for (;;) {
      const map = this.#currentMap();
      const head = headOf(this.#heap, map, hash);
      lockWord(this.#i32, head + LOCK, this.#stallMs, 'lock of the chain');
      if (load(this.#u32, this.#mapAt) === map) return head;
      // A resize came between: this chain is history.
      spinUnlock(this.#i32, head + LOCK);
    }
  }

  /** Runs `body` with the table lock held: the map stays the current one unless `body` replaces it. */
  #withTableLock<T>(body: (map: number) => T): T {
    if (!this.#tableLock.lockWithin(this.#stallMs)) {
      throw stalled('table lock', this.#base + QhtHeader.offset.lock, this.#stallMs);
    }
    try {
      return body(this.#currentMap());
    } finally {
      this.#tableLock.unlock();
    }
  }

  #withAllLocks(body: (map: number) => void): void {
    this.#withTableLock((map) => {
      lockAllBuckets(this.#heap, map, this.#stallMs);
      try {
        body(map);
      } finally {
        unlockAllBuckets(this.#heap, map);
      }
    });
  }

  #resetLocked(map: number): void {
    lockAllBuckets(this.#heap, map, this.#stallMs);
    forEachHead(this.#heap, map, (head) => resetLocked(this.#heap, head));
    unlockAllBuckets(this.#heap, map);
  }

  /** Doubles the table after an insert that grew a chain, unless somebody else is at it. */
  #grow(): void {
    if (!this.#tableLock.tryLock()) return;
    try {
      const map = this.#currentMap();
      const added = atomicRead32(this.#heap, map + QhtMap.offset.addedBuckets);
      if (added > this.#u32[(map + QhtMap.offset.threshold) >>> 2]) this.#replaceLocked(map, mapHeads(this.#heap, map) * 2, true);
    } catch (error) {
      // Out of memory: longer chains are slower, not wrong, and the insert that got us here has succeeded.
      if (error !== this.#allocator.refusal) throw error;
    } finally {
      this.#tableLock.unlock();
    }
  }

  /** Replaces the map by one of `heads` head buckets, if that is another number. The caller holds the table lock. */
  #replaceLocked(old: number, heads: number, keepElements: boolean): boolean {
    const heap = this.#heap;
    if (mapHeads(heap, old) === heads) return false;
    const fresh = createMap(heap, this.#allocator, heads);
    try {
      lockAllBuckets(heap, old, this.#stallMs);
      try {
        if (keepElements) copyMap(heap, this.#allocator, old, fresh);
        // release: pairs with the load of the map in lookup() and #currentMap()
        store(this.#u32, this.#mapAt, fresh);
      } finally {
        unlockAllBuckets(heap, old);
      }
    } catch (error) {
      destroyMap(heap, this.#allocator, fresh);
      throw error;
    }
    this.#u32[(this.#base + QhtHeader.offset.resizes) >>> 2]++;
    this.#retireLocked(old);
    return true;
  }

  #retireLocked(map: number): void {
    if (this.#defer !== undefined) {
      this.#defer(() => destroyMap(this.#heap, this.#allocator, map));
      return;
    }
    const at = (this.#base + QhtHeader.offset.retired) >>> 2;
    linkRetired(this.#heap, map, this.#u32[at]);
    this.#u32[at] = map;
  }
}
