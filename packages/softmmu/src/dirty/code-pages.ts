import type { Heap } from '@mttcg/atomic';
import type { AddressSpace } from '../memory/address-space.ts';
import { resetDirty } from '../tlb/reset-dirty.ts';
import { type DirtyMemory, DirtyClient } from './dirty-memory.ts';

const PAGE = 4096;

/**
 * Traps stores to pages with translated code, for a TB cache. Any thread; pages are physical page numbers (of the lowest
 * alias), and the caller serialises protect() and unprotect() of one page by that page's lock.
 */
export class CodePages {
  readonly #heap: Heap;
  readonly #dirty: DirtyMemory;
  readonly #memory: AddressSpace;
  readonly #cpuCount: number;
  readonly #envOf: (cpuIndex: number) => number;

  constructor(heap: Heap, dirty: DirtyMemory, memory: AddressSpace, cpuCount: number, envOf: (cpuIndex: number) => number) {
    this.#heap = heap;
    this.#dirty = dirty;
    this.#memory = memory;
    this.#cpuCount = cpuCount;
    this.#envOf = envOf;
  }

  /** From the return on, stores to the page reach TlbHooks.notdirtyWrite, except ones already past their tag compare. */
  protect(page: number): void {
    const host = this.#memory.ramHost(page * PAGE, PAGE);
    // clean already: every TLB has NOTDIRTY, or will set it when it fills
    if (host < 0 || !this.#dirty.testAndClear(host, PAGE, DirtyClient.CODE)) return;
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) resetDirty(this.#heap, this.#envOf(cpu), host, PAGE);
  }

  /** No code is left on the page: the next store drops NOTDIRTY. */
  unprotect(page: number): void {
    const host = this.#memory.ramHost(page * PAGE, PAGE);
    if (host >= 0) this.#dirty.set(host, PAGE, DirtyClient.CODE);
  }

  /**
   * A bus master has written `length` bytes at `pa`: marks them dirty for the other clients and calls `invalidate` for
   * the share of each page with translated code. What is not RAM is skipped.
   */
  written(pa: number, length: number, invalidate: (pa: number, bytes: number, host: number) => void): void {
    const end = pa + length;
    for (let at = pa; at < end; ) {
      const bytes = Math.min(end, (Math.floor(at / PAGE) + 1) * PAGE) - at;
      const section = this.#memory.find(at);
      const host = this.#memory.ramHost(at, bytes);
      if (host >= 0) {
        // the barrier in set() comes between the bytes and the look at CODE: pairs with protect()
        this.#dirty.set(host, bytes, DirtyClient.DISPLAY | DirtyClient.MIGRATION);
        if ((this.#dirty.get(host) & DirtyClient.CODE) === 0) invalidate(at + section.canonicalDelta, bytes, host);
      }
      at += bytes;
    }
  }
}
