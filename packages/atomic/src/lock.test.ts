import { describe, expect, it } from 'vitest';
import { CondVar } from './condvar.ts';
import { Event } from './event.ts';
import { Heap } from './heap.ts';
import { Mutex } from './mutex.ts';
import { RecursiveMutex } from './recursive-mutex.ts';
import { Semaphore } from './semaphore.ts';
import { SeqLock } from './seqlock.ts';
import { Spinlock } from './spinlock.ts';

const makeHeap = () => new Heap(new SharedArrayBuffer(256));

describe.each([Mutex, Spinlock])('%o', (Lock) => {
  it('excludes, and refuses a double unlock', async () => {
    const heap = makeHeap();
    const a = new Lock(heap, 8);
    const b = new Lock(heap, 8);
    a.lock();
    expect(b.tryLock()).toBe(false);
    expect(b.isLocked()).toBe(true);
    a.unlock();
    expect(b.tryLock()).toBe(true);
    let late = false;
    const waiting = a.lockAsync().then(() => (late = true));
    await Promise.resolve();
    expect(late).toBe(false);
    b.unlock();
    await waiting;
    a.unlock();
    expect(() => a.unlock()).toThrow(/not locked|is free/);
  });

  it('refuses bad offsets', () => {
    expect(() => new Lock(makeHeap(), 2)).toThrow(/multiple of 4/);
    expect(() => new Lock(makeHeap(), 256)).toThrow(/not within/);
    expect(() => new Lock(makeHeap(), -4)).toThrow(/not within/);
  });
});

describe('RecursiveMutex', () => {
  it('counts levels and knows its owner', async () => {
    const heap = makeHeap();
    const lock = new RecursiveMutex(heap, 16);
    lock.lock(7);
    lock.lock(7);
    expect([lock.heldByMe(7), lock.heldByMe(8), lock.owner()]).toEqual([true, false, 7]);
    expect(lock.tryLock(8)).toBe(false);
    expect(() => lock.unlock(8)).toThrow(/thread 8 unlocks it, the owner is 7/);
    const levels = lock.unlockAll(7);
    expect([levels, lock.heldByMe(7)]).toEqual([2, false]);
    await lock.lockAsync(8);
    lock.unlock(8);
    lock.lockLevels(7, levels);
    expect(lock.unlockAll(7)).toBe(2);
    await lock.lockLevelsAsync(7, levels);
    lock.unlock(7);
    expect(lock.heldByMe(7)).toBe(true);
    lock.unlock(7);
    expect(lock.tryLock(8)).toBe(true);
    lock.forceUnlock(8);
    expect(lock.owner()).toBe(0);
    expect(() => lock.unlock(8)).toThrow(/owner is nobody/);
    expect(() => lock.lock(0)).toThrow(/threadId/);
  });
});

describe('CondVar', () => {
  it('times out, and is woken through the async forms', async () => {
    const heap = makeHeap();
    const mutex = new Mutex(heap, 8);
    const cond = new CondVar(heap, 12);
    mutex.lock();
    expect(cond.wait(mutex, 1)).toBe(false);
    expect(mutex.isLocked()).toBe(true);
    const waiting = cond.waitAsync(mutex, 10_000);
    expect(mutex.isLocked()).toBe(false);
    cond.signal();
    expect(await waiting).toBe(true);
    expect(mutex.isLocked()).toBe(true);
  });

  it('works with one thread\'s view of a recursive mutex', () => {
    const heap = makeHeap();
    const big = new RecursiveMutex(heap, 16);
    big.lock(3);
    expect(new CondVar(heap, 32).wait(big.as(3), 1)).toBe(false);
    expect(big.heldByMe(3)).toBe(true);
  });
});

describe('Event', () => {
  it('keeps a set until a reset', async () => {
    const event = new Event(makeHeap(), 8);
    expect(event.isSet()).toBe(false);
    expect(event.wait(1)).toBe(false);
    const waiting = event.waitAsync(10_000);
    event.set();
    expect(await waiting).toBe(true);
    expect(event.wait()).toBe(true);
    event.reset();
    expect(event.isSet()).toBe(false);
    event.set();
    event.set();
    expect(event.wait(0)).toBe(true);
  });
});

describe('Semaphore', () => {
  it('counts', async () => {
    const semaphore = new Semaphore(makeHeap(), 8);
    expect(semaphore.tryWait()).toBe(false);
    semaphore.post(2);
    expect([semaphore.wait(), semaphore.wait(0), semaphore.wait(1)]).toEqual([true, true, false]);
    const waiting = semaphore.waitAsync();
    semaphore.post();
    expect(await waiting).toBe(true);
    expect(semaphore.value()).toBe(0);
    for (const units of [0, -1, 0.5, NaN]) expect(() => semaphore.post(units)).toThrow(/units: .* is not a positive integer/);
  });
});

describe('SeqLock', () => {
  it('makes readers retry over a write', () => {
    const seq = new SeqLock(makeHeap(), 8);
    const start = seq.readBegin();
    expect(seq.readRetry(start)).toBe(false);
    seq.writeBegin();
    expect(seq.readRetry(start)).toBe(true);
    seq.writeEnd();
    expect(seq.readRetryPlain(start)).toBe(true);
    expect(seq.readBegin()).toBe(2);
  });

  it('runs a copy until it is undisturbed, without blocking when asked', async () => {
    const heap = makeHeap();
    const seq = new SeqLock(heap, 8);
    let copies = 0;
    const disturbed = () => {
      if (copies++ === 0) {
        seq.writeBegin();
        heap.u32[16] = 5;
        seq.writeEnd();
      }
      return heap.u32[16];
    };
    expect([seq.read(disturbed), copies]).toEqual([5, 2]);
    seq.writeBegin();
    let read: number | undefined;
    const reading = seq.readAsync(() => heap.u32[16]).then((value) => (read = value));
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(read).toBeUndefined();
    heap.u32[16] = 7;
    seq.writeEnd();
    expect(await reading).toBe(7);
    copies = 0;
    expect([await seq.readAsync(disturbed), copies]).toEqual([5, 2]);
  });

  it('refuses a second writer, and an end without a beginning', () => {
    const seq = new SeqLock(makeHeap(), 8);
    seq.writeBegin();
    expect(() => seq.writeBeginPlain()).toThrow(/writer is at work/);
    seq.writeEndPlain();
    expect(() => seq.writeEnd()).toThrow(/without writeBegin/);
    expect(seq.readBegin()).toBe(2);
  });
});
