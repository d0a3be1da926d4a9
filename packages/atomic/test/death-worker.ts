/** The Workers of owner-died.test.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { CondVar, fetchInc32, Heap, Mutex, OwnerDiedError, Rcu, RobustMutex, Threads } from '../src/index.ts';

export interface DeathJob {
  readonly memory: WebAssembly.Memory;
  readonly at: { readonly lock: number; readonly reached: number; readonly rcu: number; readonly threads: number };
  readonly id: number;
  readonly role: 'hold' | 'holdAndThrow' | 'holdPlain' | 'wait' | 'read' | 'synchronize';
}

const { memory, at, id, role } = workerData as DeathJob;
const heap = new Heap(memory);
const threads = new Threads(heap, at.threads);

/** Says that it has come so far, and sleeps until it is terminated or told to go on. */
function stay(): void {
  const [mutex, cond] = [new Mutex(heap, 20), new CondVar(heap, 16)];
  mutex.lock();
  fetchInc32(heap, at.reached);
  cond.wait(mutex);
}

const roles: Record<DeathJob['role'], () => void> = {
  hold() {
    new RobustMutex(heap, at.lock, { threads, threadId: id }).lock();
    stay();
  },
  holdAndThrow() {
    new RobustMutex(heap, at.lock, { threads, threadId: id }).lock();
    stay();
    throw new Error('dies');
  },
  holdPlain() {
    new Mutex(heap, at.lock).lock();
    stay();
  },
  wait() {
    const lock = new RobustMutex(heap, at.lock, { threads, threadId: id });
    fetchInc32(heap, at.reached);
    let owner = 0;
    let recovered = false;
    for (;;) {
      try {
        lock.lock();
        break;
      } catch (error) {
        if (!(error instanceof OwnerDiedError)) throw error;
        owner = error.threadId;
        recovered = lock.recover();
        if (recovered) break;
      }
    }
    lock.unlock();
    parentPort?.postMessage({ owner, recovered });
  },
  read() {
    new Rcu(heap, at.rcu, { threads, threadId: id }).register(id).lock();
    stay();
  },
  synchronize() {
    const evicted: number[] = [];
    const rcu = new Rcu(heap, at.rcu, { threads, threadId: id, stallMs: Infinity, onEvict: (reader) => evicted.push(reader) });
    fetchInc32(heap, at.reached);
    rcu.synchronize();
    parentPort?.postMessage(evicted);
  },
};

roles[role]();
