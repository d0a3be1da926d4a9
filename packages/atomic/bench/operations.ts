/**
 * Cost of single operations without contention, in ns: the median of several rounds, and the fastest.
 *
 *   node bench/operations.ts                            the default build
 *   node --conditions=development bench/operations.ts   the build with checks
 */
import {
  atomicInc32,
  cell16,
  cell64,
  cell8,
  CHECKED,
  cmpxchg32,
  CondVar,
  Event,
  fetchAdd32,
  Heap,
  loadAcquire32,
  LockCount,
  Mutex,
  Pair64,
  Rcu,
  RecursiveMutex,
  RobustMutex,
  Semaphore,
  SeqLock,
  SList,
  smpMb,
  Spinlock,
  storeRelease32,
  Threads,
} from '@mttcg/atomic';

const heap = new Heap(new SharedArrayBuffer(8192));
const threads = Threads.format(heap, 4096, 4);
const threadId = threads.register();
const mutex = new Mutex(heap, 64);
const robust = new RobustMutex(heap, 576, { threads, threadId });
const recursive = new RecursiveMutex(heap, 128);
const spinlock = new Spinlock(heap, 192);
const semaphore = new Semaphore(heap, 256);
const event = new Event(heap, 320);
const seqlock = new SeqLock(heap, 384);
const users = new LockCount(heap, 512);
const list = new SList(heap, 640);
const cond = new CondVar(heap, 704);
const reader = Rcu.format(heap, 1024, 2).register(1);
const pair = new Pair64(heap);
semaphore.post();

let sink = 0;
const cases: Record<string, (n: number) => void> = {
  'loadAcquire32': (n) => { for (let i = 0; i < n; i++) sink += loadAcquire32(heap, 448); },
  'storeRelease32': (n) => { for (let i = 0; i < n; i++) storeRelease32(heap, 448, i); },
  'fetchAdd32': (n) => { for (let i = 0; i < n; i++) sink += fetchAdd32(heap, 448, 1); },
  'atomicInc32': (n) => { for (let i = 0; i < n; i++) atomicInc32(heap, 448); },
  'cmpxchg32': (n) => { for (let i = 0; i < n; i++) sink += cmpxchg32(heap, 448, i, i); },
  'cell8.fetchAdd': (n) => { for (let i = 0; i < n; i++) sink += cell8.fetchAdd(heap, 448, 1); },
  'cell16.loadAcquire': (n) => { for (let i = 0; i < n; i++) sink += cell16.loadAcquire(heap, 448); },
  'cell64.loadAcquire': (n) => { for (let i = 0; i < n; i++) if (cell64.loadAcquire(heap, 456) === 1n) sink++; },
  'cell64.fetchAdd': (n) => { for (let i = 0; i < n; i++) if (cell64.fetchAdd(heap, 456, 3n) === 1n) sink++; },
  'Pair64.loadAcquire': (n) => { for (let i = 0; i < n; i++) { pair.loadAcquire(456); sink += pair.lo; } },
  'Pair64.fetchAdd': (n) => { for (let i = 0; i < n; i++) { pair.fetchAdd(456, 1, 0); sink += pair.lo; } },
  'smpMb': (n) => { for (let i = 0; i < n; i++) smpMb(heap); },
  'Mutex lock + unlock': (n) => { for (let i = 0; i < n; i++) { mutex.lock(); mutex.unlock(); } },
  'RobustMutex lock + unlock': (n) => { for (let i = 0; i < n; i++) { robust.lock(); robust.unlock(); } },
  'RecursiveMutex lock + unlock': (n) => { for (let i = 0; i < n; i++) { recursive.lock(1); recursive.unlock(1); } },
  'Spinlock lock + unlock': (n) => { for (let i = 0; i < n; i++) { spinlock.lock(); spinlock.unlock(); } },
  'Semaphore wait + post': (n) => { for (let i = 0; i < n; i++) { semaphore.wait(); semaphore.post(); } },
  'CondVar signal': (n) => { for (let i = 0; i < n; i++) cond.signal(); },
  'Event set + reset': (n) => { for (let i = 0; i < n; i++) { event.set(); event.reset(); } },
  'SeqLock read': (n) => { for (let i = 0; i < n; i++) if (seqlock.readRetry(seqlock.readBegin())) sink++; },
  'SeqLock write': (n) => { for (let i = 0; i < n; i++) { seqlock.writeBegin(); seqlock.writeEnd(); } },
  'LockCount inc + dec': (n) => { for (let i = 0; i < n; i++) { users.inc(); users.dec(); } },
  'SList insertHead + moveAll': (n) => { for (let i = 0; i < n; i++) { list.insertHead(768); sink += list.moveAll(); } },
  'RcuReader lock + unlock': (n) => { for (let i = 0; i < n; i++) { reader.lock(); reader.unlock(); } },
};

const N = 20_000;
const ROUNDS = 201;
console.log(`ns per operation, Node ${process.versions.node}, ${CHECKED ? 'with' : 'without'} the checks of the development build`);
console.log(`${''.padEnd(30)} median  fastest`);
for (const [name, body] of Object.entries(cases)) {
  for (let i = 0; i < 10; i++) body(N);
  const times = Array.from({ length: ROUNDS }, () => {
    const begin = performance.now();
    body(N);
    return ((performance.now() - begin) * 1e6) / N;
  }).sort((a, b) => a - b);
  console.log(`${name.padEnd(30)} ${times[ROUNDS >> 1].toFixed(1).padStart(6)}  ${times[0].toFixed(1).padStart(7)}`);
}
if (Number.isNaN(sink)) throw new Error('unreachable');
