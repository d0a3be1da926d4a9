import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Arena, defineLayout, Event, Heap, Mutex } from '@mttcg/atomic';

// A structure in shared memory: offsets follow from the field types.
const Shared = defineLayout({ name: 'Shared', fields: { lock: 'u32', count: 'u32', running: 'u32', done: 'u32' } });

const THREADS = 3;
const ROUNDS = 10_000;

if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const heap = new Heap(memory);
  const arena = Arena.format(heap, 16, 1024, heap.size);
  const at = arena.alloc(Shared.size, Shared.align);
  heap.u32[(at + Shared.offset.running) >>> 2] = THREADS;

  for (let i = 0; i < THREADS; i++) new Worker(new URL(import.meta.url), { workerData: { memory, at } });
  // This thread might be one that must not block: waitAsync() instead of wait().
  await new Event(heap, at + Shared.offset.done).waitAsync();
  console.log(`count: ${heap.u32[(at + Shared.offset.count) >>> 2]}`);
} else {
  const { memory, at } = workerData;
  const heap = new Heap(memory);
  const lock = new Mutex(heap, at + Shared.offset.lock);
  const count = (at + Shared.offset.count) >>> 2;
  const running = (at + Shared.offset.running) >>> 2;

  for (let i = 0; i < ROUNDS; i++) {
    lock.lock();
    heap.u32[count]++; // an ordinary access: the lock orders it
    lock.unlock();
  }

  lock.lock();
  const last = --heap.u32[running] === 0;
  lock.unlock();
  if (last) new Event(heap, at + Shared.offset.done).set();
}
