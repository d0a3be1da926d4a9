import { type Heap, notify, wait } from '@mttcg/atomic';

/** Blocks while the word at `offset` holds `value`, until woken or `ms` have passed. Not on a control thread. */
export function waitOn32(heap: Heap, offset: number, value: number, ms = Infinity): void {
  wait(heap.i32, offset >>> 2, value | 0, ms);
}

/** Wakes up to `count` threads that wait on the word. */
export function wakeOn32(heap: Heap, offset: number, count: number): void {
  notify(heap.i32, offset >>> 2, count);
}
