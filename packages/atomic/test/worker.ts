/** The threads of stress.test.ts: which scenario to run comes as worker data. */
import { workerData } from 'node:worker_threads';
import {
  Arena,
  atomicRead32,
  atomicSet32,
  CondVar,
  Event,
  fetchAdd32,
  Heap,
  LockCount,
  Mutex,
  Rcu,
  rcuRead32,
  rcuSet32,
  RecursiveMutex,
  RobustMutex,
  Semaphore,
  SeqLock,
  SList,
  Spinlock,
  Threads,
} from '../src/index.ts';
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
  robust() {
    const threads = new Threads(heap, AT.cond);
    const threadId = threads.register();
    const lock = new RobustMutex(heap, AT.lock, { threads, threadId });
    for (let i = 0; i < rounds; i++) {
      if ((i & 7) === 3) while (!lock.tryLock());
      else lock.lock();
      if (lock.owner() !== threadId) fetchAdd32(heap, AT.errors, 1);
      bump();
      lock.unlock();
      if (lock.heldByMe()) fetchAdd32(heap, AT.errors, 1);
    }
    threads.ended(threadId);
  },
  seqlockWriter() {
    const seq = new SeqLock(heap, AT.lock);
    for (let i = 1; i <= rounds; i++) {
      seq.writeBegin();
      atomicSet32(heap, AT.data, i);
      atomicSet32(heap, AT.data + 4, i * 3);
      seq.writeEnd();
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
    if (thread === 0) {
      scenarios['seqlockWriter']();
      return;
    }
    const seq = new SeqLock(heap, AT.lock);
    for (let i = 1; i <= rounds; i++) {
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
  /** Walkers count themselves; the last one out clears a plain flag under the lock, which no walker may see happen. */
  lockCount() {
    const users = new LockCount(heap, AT.lock);
    const cleaning = AT.data >>> 2;
    for (let i = 0; i < rounds; i++) {
      if (i % 16 === 15) {
        users.lock();
        bump();
        if (i % 32 === 31) {
          users.incAndUnlock();
          users.dec();
        } else users.unlock();
        continue;
      }
      users.inc();
      if (users.count() === 0) fetchAdd32(heap, AT.errors, 1);
      if (atomicRead32(heap, AT.sum) !== 0) fetchAdd32(heap, AT.errors, 1);
      const last = i % 2 === 0 ? users.decAndLock() : users.decIfLock();
      if (last) {
        if (users.count() !== 0) fetchAdd32(heap, AT.errors, 1);
        // Nobody may become a user while the count is 0 and the lock is held.
        atomicSet32(heap, AT.sum, 1);
        for (let k = 0; k < 5; k++) atomicRead32(heap, AT.sum);
        atomicSet32(heap, AT.sum, 0);
        heap.u32[cleaning + 8]++;
        users.unlock();
      } else if (i % 2 !== 0) users.dec();
    }
  },
  /** Thread 0 takes whole lists, the others push numbered nodes: each must come out once, in its pusher's order. */
  slist() {
    const list = new SList(heap, AT.lock, 4);
    const arena = new Arena(heap, AT.cond + 16);
    if (thread !== 0) {
      for (let i = 1; i <= rounds; i++) {
        const node = arena.alloc(12, 4);
        heap.u32[node >>> 2] = i;
        heap.u32[(node + 8) >>> 2] = thread;
        list.insertHead(node);
      }
      return;
    }
    const lastOf = new Uint32Array(16);
    let left = rounds * (heap.u32[AT.threads >>> 2] - 1);
    while (left > 0) {
      for (let node = list.moveAllInOrder(); node !== 0; node = list.next(node)) {
        const owner = heap.u32[(node + 8) >>> 2];
        if (heap.u32[node >>> 2] !== ++lastOf[owner]) fetchAdd32(heap, AT.errors, 1);
        left--;
      }
    }
    if (!list.isEmpty()) fetchAdd32(heap, AT.errors, 1);
  },
  /**
   * Thread 0 replaces a structure of words that are all equal, and overwrites the old one after a grace period, which it
   * awaits or defers to in turn. Readers must never see an overwritten one.
   */
  rcu() {
    const rcu = new Rcu(heap, AT.rcu);
    const WORDS = 8;
    const blockAt = (i: number) => AT.rcuBlocks + (i % 64) * WORDS * 4;
    if (thread !== 0) {
      const reader = rcu.register(thread);
      reader.lock();
      while (atomicRead32(heap, AT.sum) === 0) {
        const block = rcuRead32(heap, AT.data);
        const value = heap.u32[block >>> 2];
        for (let i = 0; i < WORDS; i++) if (value === 0 || heap.u32[(block >>> 2) + i] !== value) fetchAdd32(heap, AT.errors, 1);
        if (value % 3 === 0) reader.quiescent();
        else {
          reader.unlock();
          reader.lock();
        }
      }
      reader.unlock();
      reader.unregister();
      return;
    }
    const free = Array.from({ length: 63 }, (_, i) => blockAt(i + 1));
    let current = blockAt(0);
    for (let i = 1; i <= rounds; i++) {
      while (free.length === 0) rcu.drain();
      const fresh = free.pop() as number;
      for (let k = 0; k < WORDS; k++) heap.u32[(fresh >>> 2) + k] = i;
      const old = current;
      rcuSet32(heap, AT.data, fresh);
      current = fresh;
      const reuse = () => {
        heap.u32.fill(0, old >>> 2, (old >>> 2) + WORDS);
        free.push(old);
      };
      if (i % 8 === 0) {
        rcu.synchronize();
        reuse();
      } else rcu.defer(reuse);
    }
    rcu.drain();
    atomicSet32(heap, AT.sum, 1);
  },
};

const ready = fetchAdd32(heap, AT.ready, 1) + 1;
if (ready === heap.u32[AT.threads >>> 2]) new Event(heap, AT.go).set();
new Event(heap, AT.go).wait();
await scenarios[scenario]();
