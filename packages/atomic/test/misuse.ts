/** Bad input, one row of the README's table each. Runs in Node over whichever build `@mttcg/atomic` leads to. */
import type * as Atomic from '../src/index.ts';

export interface Misuse {
  /** As the README's table has it. */
  readonly what: string;
  readonly code: Atomic.AtomicErrorCode;
  /** What the message has to name. */
  readonly names: RegExp;
  /** What the default build does instead, if it does not check. */
  readonly otherwise?: string;
  readonly attempt: (atomic: typeof Atomic) => unknown;
}

const heapOf = (atomic: typeof Atomic): Atomic.Heap => new atomic.Heap(new SharedArrayBuffer(4096));

function owners(atomic: typeof Atomic) {
  const heap = heapOf(atomic);
  const threads = atomic.Threads.format(heap, 64, 4);
  const [a, b] = [threads.register(), threads.register()];
  const lock = (threadId: number) => new atomic.RobustMutex(heap, 8, { threads, threadId, name: 'the lock' });
  return { heap, threads, a, b, lock };
}

export const MISUSES: readonly Misuse[] = [
  {
    what: 'a memory that is not shared',
    code: 'ERR_NOT_SHARED',
    names: /^memory: /,
    attempt: (atomic) => new atomic.Heap(new WebAssembly.Memory({ initial: 1, maximum: 1 })),
  },
  {
    what: 'a misaligned offset given to a constructor or `format`',
    code: 'ERR_MISALIGNED',
    names: /^mutex offset: /,
    attempt: (atomic) => new atomic.Mutex(heapOf(atomic), 10),
  },
  {
    what: 'one beyond the memory, negative or no integer',
    code: 'ERR_OUT_OF_RANGE',
    names: /^event offset: /,
    attempt: (atomic) => new atomic.Event(heapOf(atomic), 4096),
  },
  {
    what: 'unlocking what is not locked: `Mutex`, `Spinlock`, `LockCount`, `SeqLock`, `RcuReader`',
    code: 'ERR_NOT_LOCKED',
    names: /^(mutex|spinlock|lock count|seqlock|rcu): /,
    attempt(atomic) {
      const heap = heapOf(atomic);
      const rcu = atomic.Rcu.format(heap, 64, 1).register(1);
      const unlocks = [
        () => new atomic.Mutex(heap, 8).unlock(),
        () => new atomic.LockCount(heap, 8).unlock(),
        () => new atomic.SeqLock(heap, 8).writeEnd(),
        () => rcu.unlock(),
      ];
      for (const unlock of unlocks) {
        try {
          unlock();
        } catch (error) {
          if ((error as Atomic.AtomicError).code === 'ERR_NOT_LOCKED') continue;
        }
        throw new Error(`not refused: ${unlock}`);
      }
      new atomic.Spinlock(heap, 8).unlock();
    },
  },
  {
    what: 'unlocking what another thread holds: `RobustMutex`, `RecursiveMutex`',
    code: 'ERR_NOT_OWNER',
    names: /^the lock: thread 2/,
    attempt(atomic) {
      const { a, b, lock } = owners(atomic);
      lock(a).lock();
      lock(b).unlock();
    },
  },
  {
    what: 'waiting for what this thread holds: `RobustMutex`; two writers of a `SeqLock`',
    code: 'ERR_DEADLOCK',
    names: /^the lock: thread 1/,
    attempt(atomic) {
      const { a, lock } = owners(atomic);
      lock(a).lock();
      lock(a).lock();
    },
  },
  {
    what: 'a lock held by an ended Worker: `RobustMutex`, `RecursiveMutex` with a table of threads',
    code: 'ERR_OWNER_DIED',
    names: /^the lock: thread 1/,
    attempt(atomic) {
      const { threads, a, b, lock } = owners(atomic);
      lock(a).lock();
      threads.ended(a);
      lock(b).lock();
    },
  },
  {
    what: 'a grace period that a reader keeps open: `Rcu`',
    code: 'ERR_STALLED',
    names: /^rcu: reader 9/,
    attempt(atomic) {
      const rcu = atomic.Rcu.format(heapOf(atomic), 64, 1, { stallMs: 1 });
      rcu.register(9).lock();
      rcu.synchronize();
    },
  },
  {
    what: 'null where a node or block is wanted: `SList.insertHead`, `Pool.free`',
    code: 'ERR_NULL_HANDLE',
    names: /^pool: free: offset/,
    attempt(atomic) {
      const heap = heapOf(atomic);
      try {
        new atomic.SList(heap, 8).insertHead(0);
      } catch (error) {
        if ((error as Atomic.AtomicError).code === 'ERR_NULL_HANDLE') new atomic.Pool(heap, 64, atomic.Arena.format(heap, 16, 1024, 4096)).free(0, 16);
      }
    },
  },
  {
    what: 'a full `Arena`, or a `Pool` over one',
    code: 'ERR_ARENA_FULL',
    names: /^arena full: 64 bytes/,
    attempt: (atomic) => atomic.Arena.format(heapOf(atomic), 16, 64, 96).alloc(64),
  },
  {
    what: 'an argument out of its range: sizes, alignments, counts, thread ids',
    code: 'ERR_BAD_ARGUMENT',
    names: /^units: /,
    attempt: (atomic) => new atomic.Semaphore(heapOf(atomic), 8).post(0),
  },
  {
    what: 'a misaligned `addr` of an operation (`loadAcquire32`, `cell16`, `Pair64`, ...)',
    code: 'ERR_MISALIGNED',
    names: /^loadAcquire32: addr: /,
    otherwise: 'rounds it down',
    attempt: (atomic) => atomic.loadAcquire32(heapOf(atomic), 10),
  },
  {
    what: 'an `addr` beyond the memory, negative or no integer',
    code: 'ERR_OUT_OF_RANGE',
    names: /^fetchAdd32: addr: /,
    otherwise: 'a `RangeError` of the engine, or the address modulo 4 GiB',
    attempt: (atomic) => atomic.fetchAdd32(heapOf(atomic), 2 ** 32 + 8, 1),
  },
  {
    what: 'a `heap` that is none, given to an operation',
    code: 'ERR_BAD_ARGUMENT',
    names: /^storeRelease32: heap /,
    otherwise: 'a `TypeError` of the engine',
    attempt: (atomic) => atomic.storeRelease32({ u32: new Uint32Array(4) } as unknown as Atomic.Heap, 4, 1),
  },
  {
    what: 'a view that is not shared: `spinLock`, `spinTryLock`',
    code: 'ERR_NOT_SHARED',
    names: /^spinLock: view /,
    otherwise: 'locks what nobody else sees',
    attempt: (atomic) => atomic.spinLock(new Int32Array(4), 1),
  },
  {
    what: 'null where a structure is followed: `fieldAddress`, `SList.next`',
    code: 'ERR_NULL_HANDLE',
    names: /^fieldAddress Node.value: handle/,
    otherwise: 'an address near 0',
    attempt(atomic) {
      const Node = atomic.defineLayout({ name: 'Node', fields: { next: 'u32', value: 'u32' } });
      return atomic.fieldAddress(heapOf(atomic), Node, atomic.NULL, 'value');
    },
  },
  {
    what: 'a pointer that is not aligned as its layout, or not within the memory: `ptrTo`',
    code: 'ERR_MISALIGNED',
    names: /^ptrTo Wide: offset/,
    otherwise: 'takes it',
    attempt: (atomic) => atomic.ptrTo(heapOf(atomic), atomic.defineLayout({ name: 'Wide', fields: { value: 'u64' } }), 12),
  },
];

/** What happened, as the README's table has it: the code of a typed error, or anything else. */
export function outcomeOf(misuse: Misuse, atomic: typeof Atomic): string {
  try {
    misuse.attempt(atomic);
    return 'nothing';
  } catch (error) {
    if (!(error instanceof atomic.AtomicError)) return (error as Error).name;
    return misuse.names.test(error.message) ? error.code : `${error.code}: ${error.message}`;
  }
}
