/** Small programs over each primitive whose every interleaving must come out right. */
import type * as Atomic from '../../src/index.ts';
import type { Heap } from '../../src/index.ts';
import { type HeapScenario } from './heap-scenario.ts';

const A = 64;
const B = 128;
const DATA = 256;
const WORD = DATA >>> 2;
const FLAG = WORD + 16;

const equal = (actual: unknown, wanted: unknown, what: string): void => {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
};

const bump = (heap: Heap): void => {
  heap.u32[WORD] = heap.u32[WORD] + 1;
};

export function scenarios(atomic: typeof Atomic): Record<string, HeapScenario> {
  const counted = (n: number): Pick<HeapScenario, 'check'> => ({
    check: (heap) => equal([heap.u32[WORD], heap.u32[A >>> 2]], [n, 0], 'count and lock word'),
  });
  const locked = (heap: Heap): void => {
    const mutex = new atomic.Mutex(heap, A);
    mutex.lock();
    bump(heap);
    mutex.unlock();
  };
  const tried = (heap: Heap): number => {
    const mutex = new atomic.Mutex(heap, A);
    if (!mutex.tryLock()) return 0;
    bump(heap);
    mutex.unlock();
    return 1;
  };
  const spun = (heap: Heap): void => {
    const lock = new atomic.Spinlock(heap, A);
    lock.lock();
    bump(heap);
    lock.unlock();
  };
  const recursive = (id: number) => (heap: Heap): boolean => {
    const lock = new atomic.RecursiveMutex(heap, A);
    const before = lock.heldByMe(id);
    lock.lock(id);
    lock.lock(id);
    bump(heap);
    lock.unlock(id);
    const inside = lock.heldByMe(id);
    lock.unlock(id);
    return !before && inside && !lock.heldByMe(id);
  };
  const awaiter = (heap: Heap): number => {
    const mutex = new atomic.Mutex(heap, A);
    const cond = new atomic.CondVar(heap, B);
    mutex.lock();
    while (heap.u32[WORD] === 0) cond.wait(mutex);
    const value = heap.u32[WORD];
    mutex.unlock();
    return value;
  };
  const announcer = (all: boolean) => (heap: Heap): void => {
    const mutex = new atomic.Mutex(heap, A);
    mutex.lock();
    heap.u32[WORD] = 5;
    mutex.unlock();
    const cond = new atomic.CondVar(heap, B);
    if (all) cond.broadcast();
    else cond.signal();
  };
  const producer = (heap: Heap): void => {
    atomic.fetchAdd32(heap, DATA, 1);
    new atomic.Event(heap, A).set();
  };
  const consumer = (goal: number) => (heap: Heap): number => {
    const event = new atomic.Event(heap, A);
    for (;;) {
      event.reset();
      if (atomic.atomicRead32(heap, DATA) === goal) return goal;
      event.wait();
    }
  };
  const holder = (heap: Heap): void => {
    const semaphore = new atomic.Semaphore(heap, A);
    semaphore.wait();
    bump(heap);
    semaphore.post();
  };
  const user = (heap: Heap): number => {
    const users = new atomic.LockCount(heap, A);
    users.inc();
    const broken = heap.u32[WORD];
    if (!users.decAndLock()) return broken;
    // While this thread cleans up, nobody may be a user.
    heap.u32[WORD] = 1;
    heap.u32[WORD] = 0;
    users.unlock();
    return broken;
  };
  const pusher = (node: number) => (heap: Heap): void => {
    const list = new atomic.SList(heap, A);
    heap.u32[(node >>> 2) + 1] = node;
    list.insertHead(node);
  };
  const taker = (heap: Heap): number[] => {
    const list = new atomic.SList(heap, A);
    const taken: number[] = [];
    for (let node = list.moveAll(); node !== 0; node = list.next(node)) taken.push(heap.u32[(node >>> 2) + 1]);
    return taken;
  };

  // RCU: the published block is one of two; 7s are alive, 0 is freed.
  const RCU = 512;
  const BLOCKS = [1024, 1088] as const;
  const reader = (quiescent: boolean) => (heap: Heap): number[] => {
    const me = new atomic.Rcu(heap, RCU).register(9);
    const seen: number[] = [];
    me.lock();
    seen.push(heap.u32[atomic.rcuRead32(heap, DATA) >>> 2]);
    if (quiescent) {
      me.quiescent();
      seen.push(heap.u32[atomic.rcuRead32(heap, DATA) >>> 2]);
    }
    me.unlock();
    return seen;
  };
  const replacer = (deferred: boolean) => (heap: Heap): void => {
    // For ever, so that a lost wake-up is a deadlock and not a time-out.
    const rcu = new atomic.Rcu(heap, RCU, { stallMs: Infinity });
    heap.u32[BLOCKS[1] >>> 2] = 7;
    atomic.rcuSet32(heap, DATA, BLOCKS[1]);
    const free = (): void => void (heap.u32[BLOCKS[0] >>> 2] = 0);
    if (deferred) {
      rcu.defer(free);
      rcu.drain();
    } else {
      rcu.synchronize();
      free();
    }
  };
  const rcu = (quiescent: boolean, deferred: boolean): HeapScenario => ({
    setup(heap) {
      atomic.Rcu.format(heap, RCU, 2);
      heap.u32[WORD] = BLOCKS[0];
      heap.u32[BLOCKS[0] >>> 2] = 7;
    },
    threads: [reader(quiescent), replacer(deferred)],
    check: (_, [seen]) => equal((seen as number[]).every((value) => value === 7), true, `reader saw ${seen}`),
  });

  // A reader that died inside its critical section.
  const DEAD = 9;

  return {
    'publication by plain accesses and barriers': {
      threads: [
        (heap) => {
          heap.u32[WORD] = 7;
          atomic.smpWmb(heap);
          heap.u32[FLAG] = 1;
        },
        (heap) => {
          const flag = heap.u32[FLAG];
          atomic.smpRmb(heap);
          return [flag, heap.u32[WORD]];
        },
      ],
      check: (_, [, seen]) => equal((seen as number[])[0] === 1 && (seen as number[])[1] !== 7, false, `flag without data: ${seen}`),
    },
    'two that look at each other by plain accesses and barriers': {
      threads: [[WORD, FLAG], [FLAG, WORD]].map(([mine, other]) => (heap: Heap): number => {
        heap.u32[mine] = 1;
        atomic.smpMb(heap);
        return heap.u32[other];
      }),
      check: (_, [a, b]) => equal(a === 0 && b === 0, false, 'neither saw the other'),
    },
    'publication by release and acquire': {
      threads: [
        (heap) => {
          heap.u32[WORD] = 7;
          atomic.storeRelease32(heap, FLAG * 4, 1);
        },
        (heap) => (atomic.loadAcquire32(heap, FLAG * 4) === 0 ? 7 : heap.u32[WORD]),
      ],
      check: (_, [, seen]) => equal(seen, 7, 'data'),
    },
    'mutex of two': { threads: [locked, locked], ...counted(2) },
    'mutex of three': { threads: [locked, locked, locked], preemptions: 2, ...counted(3) },
    'mutex and tryLock': {
      threads: [locked, tried],
      check: (heap, [, got]) => equal([heap.u32[WORD], heap.u32[A >>> 2]], [1 + Number(got), 0], 'count and lock word'),
    },
    spinlock: { threads: [spun, spun], ...counted(2) },
    'recursive mutex': {
      threads: [recursive(1), recursive(2)],
      check: (heap, results) => equal([heap.u32[WORD], results], [2, [true, true]], 'count and ownership'),
    },
    'condition variable, one waiter': {
      threads: [awaiter, announcer(false)],
      check: (_, [value]) => equal(value, 5, 'value'),
    },
    'condition variable, broadcast': {
      threads: [awaiter, awaiter, announcer(true)],
      preemptions: 2,
      check: (_, results) => equal(results.slice(0, 2), [5, 5], 'values'),
    },
    'event, one producer': { threads: [consumer(1), producer] },
    'event, reset beside a sleeper': {
      threads: [
        (heap) => new atomic.Event(heap, A).wait(),
        (heap) => {
          const event = new atomic.Event(heap, A);
          event.reset();
          event.set();
        },
      ],
    },
    'event, two producers': { threads: [consumer(2), producer, producer] },
    'semaphore as a lock': {
      setup: (heap) => new atomic.Semaphore(heap, A).post(),
      threads: [holder, holder, holder],
      preemptions: 2,
      check: (heap) => equal([heap.u32[WORD], new atomic.Semaphore(heap, A).value()], [3, 1], 'count and units'),
    },
    'semaphore, two posts wake two': {
      preemptions: 2,
      threads: [
        (heap) => new atomic.Semaphore(heap, A).wait(),
        (heap) => new atomic.Semaphore(heap, A).wait(),
        (heap) => {
          new atomic.Semaphore(heap, A).post();
          new atomic.Semaphore(heap, A).post();
        },
      ],
    },
    'seqlock shows no torn pair': {
      threads: [
        (heap) => {
          const seq = new atomic.SeqLock(heap, A);
          for (const n of [1, 2]) {
            seq.writeBegin();
            atomic.atomicSet32(heap, DATA, n);
            atomic.atomicSet32(heap, DATA + 4, n);
            seq.writeEnd();
          }
        },
        (heap) => {
          const seq = new atomic.SeqLock(heap, A);
          let pair: number[];
          let start: number;
          do {
            start = seq.readBegin();
            pair = [atomic.atomicRead32(heap, DATA), atomic.atomicRead32(heap, DATA + 4)];
          } while (seq.readRetry(start));
          return pair;
        },
      ],
      check: (_, [, pair]) => equal((pair as number[])[0], (pair as number[])[1], 'pair'),
    },
    'lock count': {
      threads: [user, user],
      check: (heap, results) => equal([results, heap.u32[A >>> 2]], [[0, 0], 0], 'users saw, and the word'),
    },
    'lock-free list': {
      threads: [pusher(1024), pusher(1088), taker],
      check(heap, [, , taken]) {
        const all = [...(taken as number[]), ...taker(heap)];
        equal(all.sort((a, b) => a - b), [1024, 1088], 'nodes');
      },
    },
    'seqlock over plain data': {
      threads: [
        (heap) => {
          const seq = new atomic.SeqLock(heap, A);
          seq.writeBeginPlain();
          heap.u32[WORD] = 1;
          heap.u32[WORD + 1] = 1;
          seq.writeEndPlain();
        },
        (heap) => {
          const seq = new atomic.SeqLock(heap, A);
          let pair: number[];
          let start: number;
          do {
            start = seq.readBegin();
            pair = [heap.u32[WORD], heap.u32[WORD + 1]];
          } while (seq.readRetryPlain(start));
          return pair;
        },
      ],
      check: (_, [, pair]) => equal((pair as number[])[0], (pair as number[])[1], 'pair'),
    },
    'reference count': {
      setup: (heap) => void (heap.u32[WORD] = 1),
      threads: [
        ...[0, 1].map(() => (heap: Heap): number => {
          if (atomic.fetchIncNonzero32(heap, DATA) === 0) return 0;
          const freed = heap.u32[FLAG];
          // the last one frees
          if (atomic.fetchDec32(heap, DATA) === 1) heap.u32[FLAG] = 1;
          return freed;
        }),
        (heap) => {
          if (atomic.fetchDec32(heap, DATA) === 1) heap.u32[FLAG] = 1;
        },
      ],
      check: (heap, results) => equal([results.slice(0, 2), heap.u32[WORD], heap.u32[FLAG]], [[0, 0], 0, 1], 'uses of what is freed, count, freed'),
    },
    'RCU, a dead reader is evicted': {
      setup(heap) {
        atomic.Rcu.format(heap, RCU, 2).register(DEAD).lock();
      },
      threads: [
        (heap) => new atomic.Rcu(heap, RCU, { stallMs: Infinity }).synchronize(),
        (heap) => new atomic.Rcu(heap, RCU).evict(DEAD),
      ],
      check: (_, [, evicted]) => equal(evicted, true, 'evicted'),
    },
    'RCU, synchronize': rcu(false, false),
    'RCU, deferred': rcu(false, true),
    'RCU, quiescent reader': rcu(true, false),
    arena: {
      setup: (heap) => void atomic.Arena.format(heap, A, 1024, 2048),
      threads: [16, 24].map((size) => (heap: Heap) => new atomic.Arena(heap, A).alloc(size, 8)),
      check(heap, results) {
        const [a, b] = results as number[];
        equal([a + 16 <= b || b + 24 <= a, new atomic.Arena(heap, A).used], [true, 40], `blocks at ${a} and ${b}`);
      },
    },
    pool: {
      preemptions: 2,
      setup(heap) {
        const pool = new atomic.Pool(heap, 512, atomic.Arena.format(heap, A, 1024, 4096));
        const blocks = [pool.alloc(16), pool.alloc(16)];
        for (const block of blocks) pool.free(block, 16);
      },
      threads: [0, 1].map(() => (heap: Heap) => {
        const pool = new atomic.Pool(heap, 512, new atomic.Arena(heap, A));
        const first = pool.alloc(16);
        pool.free(first, 16);
        return pool.alloc(16);
      }),
      check: (_, [a, b]) => equal(a !== b, true, `both got ${a}`),
    },
    ...ownerScenarios(atomic),
  };
}

/** Threads that end while they hold something. A thread's last deed tells its end, as its starter would right after. */
function ownerScenarios(atomic: typeof Atomic): Record<string, HeapScenario> {
  const THREADS = 512;
  const RCU = 1024;
  const setup = (heap: Heap): void => {
    const threads = atomic.Threads.format(heap, THREADS, 4);
    for (let i = 0; i < 3; i++) threads.register();
  };
  const lockOf = (heap: Heap, threadId: number) => {
    const threads = new atomic.Threads(heap, THREADS);
    return { threads, lock: new atomic.RobustMutex(heap, A, { threads, threadId }) };
  };
  const ends = (id: number, unlocks: boolean) => (heap: Heap): void => {
    const { threads, lock } = lockOf(heap, id);
    lock.lock();
    bump(heap);
    if (unlocks) lock.unlock();
    threads.ended(id);
  };
  /** @returns how often it recovered the lock */
  const survives = (id: number) => (heap: Heap): number => {
    const { lock } = lockOf(heap, id);
    for (let recovered = 0; ; ) {
      try {
        lock.lock();
      } catch (error) {
        if (!(error instanceof atomic.OwnerDiedError)) throw error;
        if (!lock.recover()) continue;
        recovered++;
      }
      bump(heap);
      lock.unlock();
      return recovered;
    }
  };
  /** Wants the lock, and gives up when its holder has ended. */
  const locks = (id: number) => (heap: Heap): void => {
    const { lock } = lockOf(heap, id);
    lock.lock();
    bump(heap);
    lock.unlock();
  };
  const counted = (n: number, recoveries: number): Pick<HeapScenario, 'check'> => ({
    check: (heap, results) => equal(
      // the thread that ends may come last, and keep it
      [heap.u32[WORD], (heap.u32[A >>> 2] & 0x3fff_ffff) <= 1, results.reduce((sum: number, r) => sum + Number(r ?? 0), 0) <= recoveries],
      [n, true, true], 'count, lock word and recoveries',
    ),
  });
  const BLOCK = 2048;
  const reads = (id: number, ended: boolean) => (heap: Heap): number => {
    const threads = new atomic.Threads(heap, THREADS);
    const rcu = new atomic.Rcu(heap, RCU, { threads, threadId: id });
    let reader: Atomic.RcuReader;
    try {
      reader = rcu.register(id);
    } catch (error) {
      if (!(error instanceof atomic.AtomicError)) throw error;
      return 7; // the only place is taken
    }
    reader.lock();
    const seen = heap.u32[atomic.rcuRead32(heap, DATA) >>> 2];
    if (ended) {
      threads.ended(id);
      return seen;
    }
    const again = heap.u32[atomic.rcuRead32(heap, DATA) >>> 2];
    reader.unlock();
    return Math.min(seen, again);
  };
  const replaces = (id: number) => (heap: Heap): void => {
    const threads = new atomic.Threads(heap, THREADS);
    const rcu = new atomic.Rcu(heap, RCU, { threads, threadId: id, stallMs: Infinity });
    for (let i = 1; i <= 2; i++) {
      heap.u32[(BLOCK + i * 64) >>> 2] = 7;
      atomic.rcuSet32(heap, DATA, BLOCK + i * 64);
      rcu.synchronize();
      heap.u32[(BLOCK + (i - 1) * 64) >>> 2] = 0;
    }
  };
  const rcu = (threads: HeapScenario['threads'], preemptions: number): HeapScenario => ({
    setup(heap) {
      setup(heap);
      atomic.Rcu.format(heap, RCU, 1);
      heap.u32[WORD] = BLOCK;
      heap.u32[BLOCK >>> 2] = 7;
    },
    threads,
    check: (_, seen) => equal(seen.filter((value) => value !== undefined).every((value) => value === 7), true, `reader saw ${seen}`),
    preemptions,
  });
  return {
    'robust mutex of two': { setup, threads: [locks(1), locks(2)], preemptions: 4, ...counted(2, 0) },
    'robust mutex of three': { setup, threads: [locks(1), locks(2), locks(3)], preemptions: 2, ...counted(3, 0) },
    'robust mutex, owner ends': { setup, threads: [ends(1, false), survives(2)], preemptions: 4, ...counted(2, 1) },
    'robust mutex, owner ends, two wait': { setup, threads: [ends(1, false), survives(2), survives(3)], preemptions: 2, ...counted(3, 1) },
    'robust mutex, given up in time': { setup, threads: [ends(1, true), locks(2)], preemptions: 4, ...counted(2, 0) },
    'RCU, reader ends': rcu([reads(1, true), replaces(2)], 3),
    'RCU, reader ends, another takes its place': rcu([reads(1, true), replaces(2), reads(3, false)], 2),
  };
}
