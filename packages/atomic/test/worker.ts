/** The threads of stress.test.ts: which scenario to run comes as worker data. */
import { workerData } from 'node:worker_threads';
import { CondVar, Event, Heap, Mutex, RecursiveMutex, Semaphore, SeqLock, Spinlock, Arena, atomicRead32, atomicSet32, fetchAdd32 } from '../src/index.ts';
import { AT, type Job } from './job.ts';

const { memory, scenario, thread, rounds } = workerData as Job;
const heap = new Heap(memory);

/** A critical section on plain words: torn or lost updates show in both of them. */
function bump(): void {
  const a = heap.u32[AT.data >>> 2];
  const b = heap.u32[(AT.data + 4) >>> 2];
  if (a !== b) fetchAdd32(heap, AT.errors, 1);
  heap.u32[AT.data >>> 2] = a + 1;
  for (let i = 0; i < 5; i++) atomicRead32(heap, AT.data);
  heap.u32[(AT.data + 4) >>> 2] = b + 1;
}

const SLOTS = 4;

const scenarios: Record<string, () => void | Promise<void>> = {
  mutex() {
    const mutex = new Mutex(heap, AT.lock);
    for (let i = 0; i < rounds; i++) {
      if ((i & 7) === 3) while (!mutex.tryLock());
      else mutex.lock();
      bump();
      mutex.unlock();
    }
  },
  async mutexAsync() {
    const mutex = new Mutex(heap, AT.lock);
    // A pending waitAsync does not keep the thread alive.
    const alive = setInterval(() => {}, 1000);
    for (let i = 0; i < rounds; i++) {
      await mutex.lockAsync();
      bump();
      mutex.unlock();
    }
    clearInterval(alive);
  },
  spinlock() {
    const lock = new Spinlock(heap, AT.lock);
    for (let i = 0; i < rounds; i++) {
      lock.lock();
      bump();
      lock.unlock();
    }
  },
  recursive() {
    const lock = new RecursiveMutex(heap, AT.lock);
    for (let i = 0; i < rounds; i++) {
      lock.lock(thread + 1);
      lock.lock(thread + 1);
      if (lock.owner() !== thread + 1) fetchAdd32(heap, AT.errors, 1);
      bump();
      lock.unlock(thread + 1);
      if (!lock.heldByMe(thread + 1)) fetchAdd32(heap, AT.errors, 1);
      lock.unlock(thread + 1);
    }
  },
  /** Even threads put items into a buffer of 4, odd ones take them out; both wait on one lock's two conditions. */
  condvar() {
    const mutex = new Mutex(heap, AT.lock);
    const notFull = new CondVar(heap, AT.cond);
    const notEmpty = new CondVar(heap, AT.cond + 4);
    const fill = AT.data >>> 2;
    for (let i = 1; i <= rounds; i++) {
      mutex.lock();
      if (thread % 2 === 0) {
        while (heap.u32[fill] === SLOTS) notFull.wait(mutex);
        heap.u32[fill + 1 + heap.u32[fill]++] = i;
        notEmpty.signal();
      } else {
        while (heap.u32[fill] === 0) notEmpty.wait(mutex);
        fetchAdd32(heap, AT.sum, heap.u32[fill + heap.u32[fill]--]);
        notFull.signal();
      }
      mutex.unlock();
    }
  },
  semaphore() {
    const semaphore = new Semaphore(heap, AT.lock);
    for (let i = 0; i < rounds; i++) {
      semaphore.wait();
      const inside = fetchAdd32(heap, AT.data, 1) + 1;
      if (inside > 2) fetchAdd32(heap, AT.errors, 1);
      fetchAdd32(heap, AT.data, -1);
      fetchAdd32(heap, AT.sum, 1);
      semaphore.post();
    }
  },
  /** Thread 0 consumes, the others produce: no produced unit may be left unseen. */
  event() {
    const event = new Event(heap, AT.lock);
    if (thread !== 0) {
      for (let i = 0; i < rounds; i++) {
        fetchAdd32(heap, AT.data, 1);
        event.set();
      }
      return;
    }
    const producers = heap.u32[AT.threads >>> 2] - 1;
    while (atomicRead32(heap, AT.sum) < rounds * producers) {
      event.reset();
      const seen = atomicRead32(heap, AT.data);
      if (seen === atomicRead32(heap, AT.sum)) {
        if (!event.wait(10_000)) {
          fetchAdd32(heap, AT.errors, 1);
          return;
        }
      } else atomicSet32(heap, AT.sum, seen);
    }
  },
  /** Thread 0 writes pairs (n, 3n), the others read them. */
  seqlock() {
    const seq = new SeqLock(heap, AT.lock);
    for (let i = 1; i <= rounds; i++) {
      if (thread === 0) {
        seq.writeBegin();
        atomicSet32(heap, AT.data, i);
        atomicSet32(heap, AT.data + 4, i * 3);
        seq.writeEnd();
        continue;
      }
      let a: number;
      let b: number;
      let start: number;
      do {
        start = seq.readBegin();
        a = atomicRead32(heap, AT.data);
        b = atomicRead32(heap, AT.data + 4);
      } while (seq.readRetry(start));
      if (b !== a * 3) fetchAdd32(heap, AT.errors, 1);
    }
  },
  /** Every block is filled with its thread's number: an overlap shows as a foreign byte. */
  arena() {
    const arena = new Arena(heap, AT.lock);
    const blocks: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const at = arena.alloc(24, 8);
      blocks.push(at);
      heap.u8.fill(thread + 1, at, at + 24);
    }
    for (const at of blocks) {
      for (let i = 0; i < 24; i++) if (heap.u8[at + i] !== thread + 1) fetchAdd32(heap, AT.errors, 1);
    }
  },
};

const ready = fetchAdd32(heap, AT.ready, 1) + 1;
if (ready === heap.u32[AT.threads >>> 2]) new Event(heap, AT.go).set();
new Event(heap, AT.go).wait();
await scenarios[scenario]();
