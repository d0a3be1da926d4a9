import { describe, expect, it } from 'vitest';
import { Heap } from './heap.ts';
import { Rcu } from './rcu.ts';
import { RecursiveMutex } from './recursive-mutex.ts';
import { RobustMutex } from './robust-mutex.ts';
import { Threads } from './threads.ts';

const LOCK = 8;

function make(slots = 4) {
  const heap = new Heap(new SharedArrayBuffer(4096));
  const threads = Threads.format(heap, 64, slots);
  const [a, b] = [threads.register(), threads.register()];
  const lock = (threadId: number) => new RobustMutex(heap, LOCK, { threads, threadId, name: 'the lock' });
  return { heap, threads, a, b, lock };
}

describe('Threads', () => {
  it('hands out ids that do not come again soon', () => {
    const { heap, threads, a, b } = make(2);
    expect([a, b, threads.alive()]).toEqual([1, 2, [1, 2]]);
    expect(() => threads.register()).toThrow(/all 2 slots are taken/);
    expect([threads.ended(a), threads.ended(a), threads.hasEnded(a), threads.hasEnded(b)]).toEqual([true, false, true, false]);
    const c = new Threads(heap, 64).register();
    expect([c % 1024, c !== a, threads.hasEnded(a), threads.hasEnded(c)]).toEqual([1, true, true, false]);
    const seen = new Set([a, c]);
    for (let id = c, i = 0; i < 1000; i++) {
      threads.ended(id);
      id = threads.register();
      seen.add(id);
    }
    expect(seen.size).toBe(1002);
  });

  it('refuses bad arguments by name', () => {
    const { heap, threads, lock } = make();
    for (const slots of [0, 1024, 1.5]) expect(() => Threads.format(heap, 64, slots)).toThrow(/slots: .* is not an integer from 1 to 1023/);
    expect(() => Threads.format(heap, 66, 1)).toThrow(/threads offset: offset 66/);
    expect(() => Threads.format(heap, 4090 & ~3, 5)).toThrow(/threads offset: .* not within/);
    for (const id of [0, -1, 1000, 2 ** 31, NaN]) expect(() => threads.hasEnded(id)).toThrow(/threadId: .* is not an id/);
    expect(() => lock(3)).toThrow(/threadId: there is no living thread 3/);
  });
});

describe('RobustMutex', () => {
  it('excludes, and knows who holds it', async () => {
    const { a, b, lock } = make();
    const [mine, other] = [lock(a), lock(b)];
    mine.lock();
    expect([mine.heldByMe(), other.heldByMe(), other.owner(), other.tryLock()]).toEqual([true, false, a, false]);
    expect(() => other.unlock()).toThrow(/the lock: thread 2 unlocks it, the owner is 1/);
    expect(() => mine.lock()).toThrow(/thread 1 waits for a lock that it holds/);
    expect(mine.heldByMe()).toBe(true);
    const waiting = other.lockAsync();
    mine.unlock();
    await waiting;
    expect(other.heldByMe()).toBe(true);
    other.unlock();
    expect(() => other.unlock()).toThrow(expect.objectContaining({ code: 'ERR_NOT_OWNER' }));
    expect(mine.tryLock()).toBe(true);
    mine.unlock();
  });

  it('may be waited for by another task of the thread that has it', async () => {
    const { a, lock } = make();
    const [first, second] = [lock(a), lock(a)];
    await first.lockAsync();
    let entered = false;
    const waiting = second.lockAsync().then(() => (entered = true));
    await Promise.resolve();
    expect(entered).toBe(false);
    first.unlock();
    await waiting;
    second.unlock();
    expect(first.owner()).toBe(0);
  });

  it('tells who wants it that the holder has ended, until somebody recovers it', async () => {
    const { threads, a, b, lock } = make();
    lock(a).lock();
    const other = lock(b);
    expect(other.recover()).toBe(false);
    const waiting = other.lockAsync();
    threads.ended(a);
    const died = { code: 'ERR_OWNER_DIED', lock: 'the lock', threadId: a };
    await expect(waiting).rejects.toMatchObject(died);
    expect(() => other.lock()).toThrow(expect.objectContaining(died));
    expect(() => other.tryLock()).toThrow(/the lock: thread 1 has ended while it held the lock/);
    expect([other.recover(), other.recover(), other.heldByMe()]).toEqual([true, false, true]);
    other.unlock();
    other.lock();
    threads.ended(b);
    const third = lock(threads.register());
    expect(() => third.lock()).toThrow(/thread 2 has ended/);
    expect(third.recover()).toBe(true);
    third.unlock();
    expect(third.owner()).toBe(0);
  });

  it('a lock that was given up in time is simply free', () => {
    const { threads, a, b, lock } = make();
    lock(a).lock();
    lock(a).unlock();
    threads.ended(a);
    lock(b).lock();
    expect(lock(b).owner()).toBe(b);
  });
});

describe('RecursiveMutex with a table of threads', () => {
  it('tells the holder\'s end, and is recovered one level deep', async () => {
    const { heap, threads, a, b } = make();
    const mine = new RecursiveMutex(heap, 16, { threads, threadId: a, name: 'big lock' });
    const other = new RecursiveMutex(heap, 16, { threads, threadId: b, name: 'big lock' });
    mine.lock(a);
    mine.lock(a);
    expect([other.tryLock(b), other.recover(b)]).toEqual([false, false]);
    threads.ended(a);
    expect(() => other.lock(b)).toThrow(/big lock: thread 1 has ended/);
    await expect(other.lockAsync(b)).rejects.toMatchObject({ code: 'ERR_OWNER_DIED', threadId: a });
    expect([other.recover(b), other.heldByMe(b)]).toEqual([true, true]);
    other.lock(b);
    expect(other.unlockAll(b)).toBe(2);
    expect(() => other.lock(a)).toThrow(/threadId: 1 is not 2, which this handle locks for/);
    expect(() => other.unlock(b)).toThrow(/big lock: thread 2 unlocks it, the owner is nobody/);
    other.lock(b);
    expect(() => other.forceUnlock(b)).toThrow(/big lock: forceUnlock\(\)/);
    expect(() => new RecursiveMutex(heap, 32).recover(b)).toThrow(/without a table/);
  });
});

describe('Rcu with a table of threads', () => {
  it('does not wait for readers that have ended', async () => {
    const { heap, threads, a, b } = make();
    const evicted: number[] = [];
    const rcu = Rcu.format(heap, 512, 2, { threads, threadId: b, stallMs: Infinity, onEvict: (id) => evicted.push(id) });
    rcu.register(a).lock();
    const passing = rcu.synchronizeAsync();
    threads.ended(a);
    await passing;
    rcu.synchronize();
    expect(evicted).toEqual([a]);
    expect(() => rcu.register(a)).toThrow(/no living thread 1/);
    const again = threads.register();
    const reader = rcu.register(again);
    reader.lock();
    threads.ended(again);
    let ran = false;
    rcu.defer(() => (ran = true));
    expect([rcu.poll(), ran, evicted]).toEqual([0, true, [a, again]]);
  });
});
