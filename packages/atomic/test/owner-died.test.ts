/** Workers that end while they hold a lock, or within a read-side critical section. */
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { atomicRead32, CondVar, Heap, Mutex, Rcu, RobustMutex, Threads } from '../src/index.ts';
import type { DeathJob } from './death-worker.ts';

const AT = { lock: 8, reached: 12, rcu: 256, threads: 1024 };

function setUp() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const heap = new Heap(memory);
  const threads = Threads.format(heap, AT.threads, 8);
  Rcu.format(heap, AT.rcu, 4);
  const me = threads.register();
  const lock = new RobustMutex(heap, AT.lock, { threads, threadId: me, name: 'the lock' });

  /** Starts a Worker, whose end is told. */
  const start = (role: DeathJob['role']) => {
    const id = threads.register();
    const messages: unknown[] = [];
    const worker = new Worker(new URL('./death-worker.ts', import.meta.url), {
      workerData: { memory, at: AT, id, role } satisfies DeathJob,
      execArgv: ['--conditions=@mttcg/source'],
    });
    const ended = new Promise<unknown[]>((resolve) => {
      worker.on('message', (message) => messages.push(message));
      // one that throws is dead too
      worker.on('error', () => undefined);
      worker.on('exit', () => {
        threads.ended(id);
        resolve(messages);
      });
    });
    return { id, worker, ended };
  };
  const reached = async (count: number) => {
    while (atomicRead32(heap, AT.reached) < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return { heap, threads, me, lock, start, reached };
}

/** Ends the Worker that holds the lock, one way or the other. */
async function end(heap: Heap, worker: Worker, how: 'terminate' | 'throw'): Promise<void> {
  if (how === 'terminate') {
    await worker.terminate();
    return;
  }
  // under its mutex the holder is about to sleep, or does
  const mutex = new Mutex(heap, 20);
  await mutex.lockAsync();
  mutex.unlock();
  new CondVar(heap, 16).broadcast();
}

describe.each(['terminate', 'throw'] as const)('a Worker that holds a lock ends (%s)', (how) => {
  const role = how === 'throw' ? 'holdAndThrow' : 'hold';

  it('a thread that must not block is told, and recovers the lock', async () => {
    const { heap, lock, start, reached } = setUp();
    const holder = start(role);
    await reached(1);
    const waiting = lock.lockAsync();
    void end(heap, holder.worker, how);
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_OWNER_DIED', lock: 'the lock', threadId: holder.id });
    expect([lock.recover(), lock.heldByMe()]).toEqual([true, true]);
    lock.unlock();
  });

  it('Workers that sleep for it are told, one recovers, all go on', async () => {
    const { heap, lock, start, reached } = setUp();
    const holder = start(role);
    await reached(1);
    const waiters = [start('wait'), start('wait')];
    await reached(3);
    void end(heap, holder.worker, how);
    const results = (await Promise.all(waiters.map(({ ended }) => ended))).flat() as { owner: number; recovered: boolean }[];
    // the other may come when the first has recovered it already
    expect(results.map(({ recovered }) => recovered).sort()).toEqual([false, true]);
    for (const { owner, recovered } of results) expect(recovered ? [holder.id] : [0, holder.id]).toContain(owner);
    await lock.lockAsync();
    lock.unlock();
  });
});

it('a grace period does not wait for a reader that has ended', async () => {
  const { heap, threads, me, start, reached } = setUp();
  const reader = start('read');
  await reached(1);
  const writer = start('synchronize');
  await reached(2);
  const evicted: number[] = [];
  const own = new Rcu(heap, AT.rcu, { threads, threadId: me, stallMs: Infinity, onEvict: (id) => evicted.push(id) }).synchronizeAsync();
  void reader.worker.terminate();
  await own;
  const [theirs] = (await writer.ended) as number[][];
  expect([...evicted, ...theirs]).toEqual([reader.id]);
});

it('without a table of threads the same reader is reported', async () => {
  const { heap, start, reached } = setUp();
  const reader = start('read');
  await reached(1);
  void reader.worker.terminate();
  await reader.ended;
  expect(() => new Rcu(heap, AT.rcu, { stallMs: 20 }).synchronize()).toThrow(new RegExp(`reader ${reader.id} has kept a grace period open`));
});

it('a plain mutex cannot tell, but can be freed by force', async () => {
  const { heap, start, reached } = setUp();
  const holder = start('holdPlain');
  await reached(1);
  void holder.worker.terminate();
  await holder.ended;
  const mutex = new Mutex(heap, AT.lock);
  expect(mutex.tryLock()).toBe(false);
  mutex.forceUnlock();
  expect(mutex.tryLock()).toBe(true);
});
