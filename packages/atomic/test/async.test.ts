/** Threads that must not block: the test's own thread takes part by the async forms, while Workers block. */
import { expect, it } from 'vitest';
import {
  atomicRead32,
  atomicSet32,
  CondVar,
  Event,
  fetchAdd32,
  type Heap,
  LockCount,
  Mutex,
  Rcu,
  rcuSet32,
  RecursiveMutex,
  RobustMutex,
  Semaphore,
  SeqLock,
  Spinlock,
  Threads,
} from '../src/index.ts';
import { AT } from './job.ts';
import { run } from './run.ts';

const OWN_ROUNDS = 300;
const ROUNDS = 3000;
const word = (heap: Heap, at: number) => heap.u32[at >>> 2];

async function bump(heap: Heap): Promise<void> {
  const a = heap.u32[AT.data >>> 2];
  if (a !== heap.u32[(AT.data + 4) >>> 2]) fetchAdd32(heap, AT.errors, 1);
  heap.u32[AT.data >>> 2] = a + 1;
  // lets others come in between, if the lock does
  await Promise.resolve();
  heap.u32[(AT.data + 4) >>> 2] = a + 1;
}

interface Lock {
  lockAsync(): Promise<void>;
  unlock(): void;
}

it.each<[string, (heap: Heap) => Lock]>([
  ['mutex', (heap) => new Mutex(heap, AT.lock)],
  ['spinlock', (heap) => new Spinlock(heap, AT.lock)],
  ['recursive', (heap) => new RecursiveMutex(heap, AT.lock).as(1)],
  ['robust', (heap) => {
    const threads = new Threads(heap, AT.cond);
    return new RobustMutex(heap, AT.lock, { threads, threadId: threads.register() });
  }],
])('%s: lockAsync', async (scenario, make) => {
  const heap = await run(scenario, 3, ROUNDS, {
    prepare: (h) => void Threads.format(h, AT.cond, 3),
    async main(h) {
      const lock = make(h);
      for (let i = 0; i < OWN_ROUNDS; i++) {
        await lock.lockAsync();
        await bump(h);
        lock.unlock();
      }
    },
  });
  expect([word(heap, AT.data), word(heap, AT.data + 4), word(heap, AT.lock)]).toEqual([2 * ROUNDS + OWN_ROUNDS, 2 * ROUNDS + OWN_ROUNDS, 0]);
});

it('condition variable: waitAsync', async () => {
  const heap = await run('condvar', 2, OWN_ROUNDS, {
    async main(h) {
      const mutex = new Mutex(h, AT.lock);
      const [notFull, notEmpty] = [new CondVar(h, AT.cond), new CondVar(h, AT.cond + 4)];
      const fill = AT.data >>> 2;
      for (let i = 1; i <= OWN_ROUNDS; i++) {
        await mutex.lockAsync();
        while (h.u32[fill] === 4) await notFull.waitAsync(mutex);
        h.u32[fill + 1 + h.u32[fill]++] = i;
        notEmpty.signal();
        mutex.unlock();
      }
    },
  });
  expect([word(heap, AT.sum), word(heap, AT.data)]).toEqual([(OWN_ROUNDS * (OWN_ROUNDS + 1)) / 2, 0]);
});

it('semaphore: waitAsync', async () => {
  const heap = await run('semaphore', 4, ROUNDS, {
    prepare: (h) => new Semaphore(h, AT.lock).post(2),
    async main(h) {
      const semaphore = new Semaphore(h, AT.lock);
      for (let i = 0; i < OWN_ROUNDS; i++) {
        expect(await semaphore.waitAsync()).toBe(true);
        if (fetchAdd32(h, AT.data, 1) + 1 > 2) fetchAdd32(h, AT.errors, 1);
        await Promise.resolve();
        fetchAdd32(h, AT.data, -1);
        semaphore.post();
      }
    },
  });
  expect([word(heap, AT.sum), new Semaphore(heap, AT.lock).value()]).toEqual([3 * ROUNDS, 2]);
});

it('event: waitAsync', async () => {
  const heap = await run('event', 3, ROUNDS, {
    async main(h) {
      const event = new Event(h, AT.lock);
      while (atomicRead32(h, AT.sum) < 2 * ROUNDS) {
        event.reset();
        const seen = atomicRead32(h, AT.data);
        if (seen === atomicRead32(h, AT.sum)) expect(await event.waitAsync(10_000)).toBe(true);
        else atomicSet32(h, AT.sum, seen);
      }
    },
  });
  expect(word(heap, AT.sum)).toBe(2 * ROUNDS);
});

it('seqlock: readAsync', async () => {
  let read = 0;
  await run('seqlockWriter', 2, ROUNDS, {
    async main(h) {
      const seq = new SeqLock(h, AT.lock);
      let last = 0;
      while (last < ROUNDS) {
        const [a, b] = await seq.readAsync(() => [atomicRead32(h, AT.data), atomicRead32(h, AT.data + 4)]);
        expect([b, a >= last]).toEqual([a * 3, true]);
        last = a;
        read++;
      }
    },
  });
  expect(read).toBeGreaterThan(0);
});

it('lock count: incAsync, decAndLockAsync, lockAsync', async () => {
  const heap = await run('lockCount', 3, ROUNDS, {
    async main(h) {
      const users = new LockCount(h, AT.lock);
      for (let i = 0; i < OWN_ROUNDS; i++) {
        if (i % 4 === 0) {
          await users.lockAsync();
          await bump(h);
          users.unlock();
          continue;
        }
        await users.incAsync();
        if (atomicRead32(h, AT.sum) !== 0) fetchAdd32(h, AT.errors, 1);
        if (!(await users.decAndLockAsync())) continue;
        if (users.count() !== 0) fetchAdd32(h, AT.errors, 1);
        atomicSet32(h, AT.sum, 1);
        await Promise.resolve();
        atomicSet32(h, AT.sum, 0);
        users.unlock();
      }
    },
  });
  expect(word(heap, AT.lock)).toBe(0);
  expect(word(heap, AT.data)).toBe(2 * Math.floor(ROUNDS / 16) + OWN_ROUNDS / 4);
});

it('RCU: synchronizeAsync, drainAsync', async () => {
  const WORDS = 8;
  await run('rcu', 3, 0, {
    prepare(h) {
      Rcu.format(h, AT.rcu, 4);
      h.u32[AT.data >>> 2] = AT.rcuBlocks;
      h.u32.fill(0xffffffff, AT.rcuBlocks >>> 2, (AT.rcuBlocks + 32) >>> 2);
    },
    async main(h) {
      const rcu = new Rcu(h, AT.rcu);
      const free = Array.from({ length: 7 }, (_, i) => AT.rcuBlocks + (i + 1) * WORDS * 4);
      let current: number = AT.rcuBlocks;
      for (let i = 1; i <= OWN_ROUNDS; i++) {
        if (free.length === 0) await rcu.drainAsync();
        const fresh = free.pop()!;
        h.u32.fill(i, fresh >>> 2, (fresh >>> 2) + WORDS);
        const old = current;
        rcuSet32(h, AT.data, fresh);
        current = fresh;
        const reuse = () => {
          h.u32.fill(0, old >>> 2, (old >>> 2) + WORDS);
          free.push(old);
        };
        if (i % 8 === 0) {
          await rcu.synchronizeAsync();
          reuse();
        } else rcu.defer(reuse);
      }
      await rcu.drainAsync();
      expect(free.length).toBe(7);
      atomicSet32(h, AT.sum, 1);
    },
  });
});
