import { atomicRead32, defineLayout, type Heap } from '@mttcg/atomic';
import { wordLock, wordUnlock } from './spin.ts';

/** Work that another thread asks of a vCPU; arguments in the order given. */
export const Work = {
  /** mmu index mask */
  TLB_FLUSH_IDX: 1,
  /** address low, high, mmu index mask */
  TLB_FLUSH_PAGE: 2,
  /** address low, high, bytes low, mmu index mask (bytes below 2^32) */
  TLB_FLUSH_RANGE: 3,
} as const;

const SLOTS = 32;
const WORDS = 8;

export const WorkQueueLayout = defineLayout({
  name: 'WorkQueue',
  align: 64,
  fields: {
    /** Word lock of the rest. */
    lock: 'u32',
    count: 'u32',
    /** More TLB work came than there is room for: mmu indexes to flush entirely instead. */
    overflow: 'u32',
    pad: 'u32',
    items: ['u32', SLOTS * WORDS],
  },
});

const Q = WorkQueueLayout.offset;

/** The async_run_on_cpu() queue of one vCPU, in shared memory. Items run on the vCPU's thread, outside guest code. */
export class WorkQueue {
  readonly #heap: Heap;
  readonly #at: number;
  readonly #batch = new Uint32Array(SLOTS * WORDS);

  constructor(heap: Heap, at: number) {
    this.#heap = heap;
    this.#at = at;
  }

  /** Queues TLB work; the caller then kicks the vCPU. Any thread. */
  post(kind: number, a: number, b: number, c: number, d: number, idxMask: number): void {
    const u32 = this.#heap.u32;
    const at = this.#at;
    wordLock(this.#heap, at + Q.lock);
    const n = u32[(at + Q.count) >>> 2]!;
    if (n === SLOTS) {
      u32[(at + Q.overflow) >>> 2]! |= idxMask;
    } else {
      const i = (at + Q.items + n * WORDS * 4) >>> 2;
      u32[i] = kind;
      u32[i + 1] = a;
      u32[i + 2] = b;
      u32[i + 3] = c;
      u32[i + 4] = d;
      u32[i + 5] = idxMask;
      u32[(at + Q.count) >>> 2] = n + 1;
    }
    wordUnlock(this.#heap, at + Q.lock);
  }

  get pending(): boolean {
    return atomicRead32(this.#heap, this.#at + Q.count) !== 0;
  }

  /** Takes all items and runs them. Owner's thread only. */
  drain(run: (kind: number, a: number, b: number, c: number, d: number, idxMask: number) => void): void {
    const u32 = this.#heap.u32;
    const at = this.#at;
    wordLock(this.#heap, at + Q.lock);
    const n = u32[(at + Q.count) >>> 2]!;
    const overflow = u32[(at + Q.overflow) >>> 2]!;
    const first = (at + Q.items) >>> 2;
    this.#batch.set(u32.subarray(first, first + n * WORDS));
    u32[(at + Q.count) >>> 2] = 0;
    u32[(at + Q.overflow) >>> 2] = 0;
    wordUnlock(this.#heap, at + Q.lock);
    if (overflow !== 0) run(Work.TLB_FLUSH_IDX, 0, 0, 0, 0, overflow);
    const b = this.#batch;
    for (let i = 0; i < n * WORDS; i += WORDS) run(b[i]!, b[i + 1]!, b[i + 2]!, b[i + 3]!, b[i + 4]!, b[i + 5]!);
  }
}
