import { type Arena, cmpxchg32, defineLayout, type Heap, loadAcquire32 } from '@mttcg/atomic';

/**
 * What is known of a guest physical page with translated code. Never freed before the machine ends.
 *
 * Lock order: page locks in ascending page number only; a TB's jmpLock after page locks; nothing under a jmpLock.
 */
export const PageLayout = defineLayout({
  name: 'Page',
  align: 16,
  fields: {
    /** Word lock of the list (accel/spin.ts). */
    lock: 'u32',
    /** First TB: (TB << 1) | which of its pages this is; 0 for none. Under `lock`. */
    first: 'u32',
    /** Physical page number. */
    number: 'u32',
    spare: 'u32',
  },
});

const LEVEL_BITS = 10;
const LEVEL_SIZE = 1 << LEVEL_BITS;
const NODE_BYTES = LEVEL_SIZE * 4;

/**
 * Lockless radix tree from physical page number (30 bits: 42 bits of physical address) to page descriptor: three
 * levels of 1024 words. Nodes are inserted with compare-exchange and never removed, so a lookup takes no lock and
 * may run against any insert.
 */
export class PageTree {
  readonly #heap: Heap;
  readonly #root: number;
  readonly #arena: Arena;

  /** Allocates the root of an empty tree and returns its host address. */
  static format(arena: Arena): number {
    return arena.alloc(NODE_BYTES, 64);
  }

  constructor(heap: Heap, root: number, arena: Arena) {
    this.#heap = heap;
    this.#root = root;
    this.#arena = arena;
  }

  /** Host address of the page's descriptor, 0 when the page never had translated code. */
  find(page: number): number {
    const mid = this.#load(this.#root, page >>> (2 * LEVEL_BITS));
    if (mid === 0) return 0;
    const leaf = this.#load(mid, page >>> LEVEL_BITS);
    return leaf === 0 ? 0 : this.#load(leaf, page);
  }

  /** Host address of the page's descriptor, made when it is not there. */
  findOrInsert(page: number): number {
    const mid = this.#child(this.#root, page >>> (2 * LEVEL_BITS), NODE_BYTES, 64);
    const leaf = this.#child(mid, page >>> LEVEL_BITS, NODE_BYTES, 64);
    const found = this.#load(leaf, page);
    if (found !== 0) return found;
    const desc = this.#arena.alloc(PageLayout.size, PageLayout.align);
    this.#heap.u32[(desc + PageLayout.offset.number) >>> 2] = page;
    return this.#publish(leaf, page, desc);
  }

  #load(node: number, index: number): number {
    // acquire: pairs with the compare-exchange in #publish
    return loadAcquire32(this.#heap, node + ((index & (LEVEL_SIZE - 1)) << 2));
  }

  #child(node: number, index: number, bytes: number, align: number): number {
    const found = this.#load(node, index);
    return found !== 0 ? found : this.#publish(node, index, this.#arena.alloc(bytes, align));
  }

  /** The loser of a race leaves its allocation unused: it happens a few times in a machine's life. */
  #publish(node: number, index: number, value: number): number {
    // release: pairs with the acquire in #load
    const old = cmpxchg32(this.#heap, node + ((index & (LEVEL_SIZE - 1)) << 2), 0, value);
    return old === 0 ? value : old;
  }
}
