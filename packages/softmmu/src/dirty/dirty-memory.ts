import { atomicRead32, fetchAnd32, fetchOr32, type Heap } from '@mttcg/atomic';

/** Who wants to know of stores to a page; a bit set means "written since that client cleared it". */
export const DirtyClient = {
  DISPLAY: 1,
  /** Clean: the page has translated code, every store must be looked at. */
  CODE: 2,
  MIGRATION: 4,
} as const;

export const DIRTY_ALL = 7;
const PAGE_BITS = 12;

/**
 * One byte of {@link DirtyClient} bits for each 4 KiB page of guest RAM, in shared memory; all accesses are atomic, any
 * thread. Pages are named by their host address, so that RAM seen at two physical addresses has one state.
 *
 * A client that clears its bit must afterwards call resetDirty() for every vCPU, which makes their stores take the slow
 * path again; the vCPUs read the bit under their TLB's lock when they fill or drop NOTDIRTY, so none is missed.
 */
export class DirtyMemory {
  readonly #heap: Heap;
  readonly #base: number;
  readonly ramHost: number;
  readonly ramBytes: number;

  /** Bytes that the map of `ramBytes` bytes of RAM takes; 4-byte aligned. */
  static bytes(ramBytes: number): number {
    return (Math.ceil(ramBytes / 4096) + 3) & ~3;
  }

  /** Sets all bits: nobody watches anything. Once, before other threads use the map. */
  static format(heap: Heap, base: number, ramBytes: number): void {
    heap.u8.fill(DIRTY_ALL, base, base + DirtyMemory.bytes(ramBytes));
  }

  /** @param ramHost host address of the first byte of guest RAM, a multiple of 4096 */
  constructor(heap: Heap, base: number, ramHost: number, ramBytes: number) {
    this.#heap = heap;
    this.#base = base;
    this.ramHost = ramHost;
    this.ramBytes = ramBytes;
  }

  /** Whether the map covers the byte. */
  covers(host: number): boolean {
    return host >= this.ramHost && host < this.ramHost + this.ramBytes;
  }

  #lastPage(host: number, length: number): number {
    return (Math.min(host + length - this.ramHost, this.ramBytes) - 1) >>> PAGE_BITS;
  }

  /** Bits of the byte's page; all set outside the map. */
  get(host: number): number {
    if (!this.covers(host)) return DIRTY_ALL;
    const page = (host - this.ramHost) >>> PAGE_BITS;
    return (atomicRead32(this.#heap, this.#base + (page & ~3)) >>> ((page & 3) * 8)) & DIRTY_ALL;
  }

  /**
   * Marks the pages of `length` bytes dirty for the clients in the mask. Call it after the bytes were stored: it is a
   * full barrier, so that a client that clears its bit after this reads the new bytes, and one that cleared it before is
   * told. (A load that skips the read-modify-write when the bits are set would not do: the store could pass it.)
   */
  set(host: number, length: number, clients: number): void {
    if (!this.covers(host) || length <= 0) return;
    const last = this.#lastPage(host, length);
    for (let page = (host - this.ramHost) >>> PAGE_BITS; page <= last; page++) {
      fetchOr32(this.#heap, this.#base + (page & ~3), clients << ((page & 3) * 8));
    }
  }

  /** Clears the clients' bits; returns true when one was set. resetDirty() must follow (see above). */
  testAndClear(host: number, length: number, clients: number): boolean {
    if (!this.covers(host) || length <= 0) return false;
    const last = this.#lastPage(host, length);
    let any = false;
    for (let page = (host - this.ramHost) >>> PAGE_BITS; page <= last; page++) {
      const bits = clients << ((page & 3) * 8);
      if ((fetchAnd32(this.#heap, this.#base + (page & ~3), ~bits) & bits) !== 0) any = true;
    }
    return any;
  }
}
