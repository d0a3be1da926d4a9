import { describe, expect, it } from 'vitest';
import { Heap } from './heap.ts';
import { LockCount } from './lock-count.ts';
import { Rcu, type StalledReader } from './rcu.ts';
import { SList } from './slist.ts';

const makeHeap = () => new Heap(new SharedArrayBuffer(4096));

describe('Rcu', () => {
  it('waits for sections that began before, not for later ones', async () => {
    const rcu = Rcu.format(makeHeap(), 64, 2);
    const a = rcu.register(11);
    const b = rcu.register(12);
    expect(() => rcu.register(13)).toThrow(/all 2 reader places/);
    a.lock();
    a.lock();
    const log: string[] = [];
    rcu.defer(() => log.push('first'));
    b.lock();
    rcu.defer(() => log.push('second'));
    expect(rcu.poll()).toBe(2);
    a.unlock();
    expect(rcu.poll()).toBe(2);
    a.unlock();
    expect([rcu.poll(), ...log]).toEqual([1, 'first']);
    b.quiescent();
    rcu.drain();
    expect(log).toEqual(['first', 'second']);
    expect(b.locked).toBe(true);
    expect(() => b.unregister()).toThrow(/within/);
    const passed = rcu.synchronizeAsync();
    b.unlock();
    await passed;
    b.unregister();
    expect(rcu.register(13).locked).toBe(false);
    rcu.synchronize();
  });

  it('reports a reader that does not leave, and goes on when it is evicted', async () => {
    const heap = makeHeap();
    const reported: StalledReader[] = [];
    const rcu: Rcu = Rcu.format(heap, 64, 3, {
      stallMs: 5,
      onStall: (reader) => {
        reported.push(reader);
        if (reported.length === 2) expect(rcu.evict(reader.threadId)).toBe(true);
      },
    });
    const reader = rcu.register(7);
    reader.lock();
    rcu.synchronize();
    expect(reported.map((r) => r.threadId)).toEqual([7, 7]);
    expect(reported[1].waitedMs).toBeGreaterThan(reported[0].waitedMs);
    expect(rcu.evict(7)).toBe(false);

    const strict = new Rcu(heap, 64, { stallMs: 1 });
    strict.register(8).lock();
    expect(() => strict.synchronize()).toThrow(/reader 8 has kept/);
    await expect(strict.synchronizeAsync()).rejects.toMatchObject({ code: 'ERR_STALLED' });
  });

  it('refuses misuse', () => {
    const rcu = Rcu.format(makeHeap(), 64, 1);
    const reader = rcu.register(1);
    expect(() => reader.unlock()).toThrow(/outside/);
    expect(() => reader.quiescent()).toThrow(/depth 0/);
    expect(() => rcu.register(0)).toThrow(/threadId/);
    expect(() => Rcu.format(makeHeap(), 32, 1)).toThrow(/multiple of 64/);
    expect(() => Rcu.format(makeHeap(), 64, 1000)).toThrow(/not within/);
  });
});

describe('LockCount', () => {
  it('gives the lock to the last user', async () => {
    const heap = makeHeap();
    const users = new LockCount(heap, 8);
    users.inc();
    users.inc();
    expect(users.decAndLock()).toBe(false);
    expect(users.decIfLock()).toBe(true);
    let entered = false;
    const entering = users.incAsync().then(() => (entered = true));
    await Promise.resolve();
    expect([entered, users.count()]).toEqual([false, 0]);
    users.unlock();
    await entering;
    expect(users.count()).toBe(1);
    users.lock();
    users.inc();
    expect(users.decIfLock()).toBe(false);
    users.dec();
    expect(users.decIfLock()).toBe(false);
    users.incAndUnlock();
    expect(users.count()).toBe(2);
    users.dec();
    users.dec();
    expect(() => users.dec()).toThrow(/without a user/);
    expect(() => users.decAndLock()).toThrow(/without a user/);
    expect(() => users.unlock()).toThrow(/lock that is free/);
    expect(users.count()).toBe(0);
    users.inc();
    await users.lockAsync();
    let last: boolean | undefined;
    const leaving = users.decAndLockAsync().then((locked) => (last = locked));
    await Promise.resolve();
    expect(last).toBeUndefined();
    users.unlock();
    expect(await leaving).toBe(true);
    users.unlock();
    users.inc();
    users.inc();
    expect(await users.decAndLockAsync()).toBe(false);
    users.dec();
    await expect(users.decAndLockAsync()).rejects.toMatchObject({ code: 'ERR_NOT_LOCKED' });
  });
});

describe('SList', () => {
  it('gives nodes back last pushed first, or in order', () => {
    const heap = makeHeap();
    const list = new SList(heap, 8, 4);
    const walk = (first: number) => {
      const nodes = [];
      for (let node = first; node !== 0; node = list.next(node)) nodes.push(node);
      return nodes;
    };
    expect([list.insertHead(64), list.insertHead(96), list.insertHead(128)]).toEqual([true, false, false]);
    expect(walk(list.moveAll())).toEqual([128, 96, 64]);
    expect(list.isEmpty()).toBe(true);
    expect(list.moveAll()).toBe(0);
    list.insertHead(64);
    list.insertHead(96);
    expect(walk(list.moveAllInOrder())).toEqual([64, 96]);
    expect(() => list.insertHead(0)).toThrow(/node 0/);
    expect(() => list.insertHead(66)).toThrow(/multiple of 4/);
  });
});
