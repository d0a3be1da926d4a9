/**
 * Cost of single operations without contention, in ns.
 *
 *   node --conditions=@mttcg/source bench/locks.ts
 */
import { cmpxchg32, Event, fetchAdd32, Heap, loadAcquire32, Mutex, RecursiveMutex, Semaphore, SeqLock, smpMb, Spinlock, storeRelease32 } from '../src/index.ts';

const heap = new Heap(new SharedArrayBuffer(1024));
const mutex = new Mutex(heap, 64);
const recursive = new RecursiveMutex(heap, 128);
const spinlock = new Spinlock(heap, 192);
const semaphore = new Semaphore(heap, 256);
const event = new Event(heap, 320);
const seqlock = new SeqLock(heap, 384);
semaphore.post();

let sink = 0;
const cases: Record<string, (n: number) => void> = {
  'loadAcquire32': (n) => { for (let i = 0; i < n; i++) sink += loadAcquire32(heap, 448); },
  'storeRelease32': (n) => { for (let i = 0; i < n; i++) storeRelease32(heap, 448, i); },
  'fetchAdd32': (n) => { for (let i = 0; i < n; i++) sink += fetchAdd32(heap, 448, 1); },
  'cmpxchg32': (n) => { for (let i = 0; i < n; i++) sink += cmpxchg32(heap, 448, i, i); },
  'smpMb': (n) => { for (let i = 0; i < n; i++) smpMb(heap); },
  'Mutex lock + unlock': (n) => { for (let i = 0; i < n; i++) { mutex.lock(); mutex.unlock(); } },
  'RecursiveMutex lock + unlock': (n) => { for (let i = 0; i < n; i++) { recursive.lock(1); recursive.unlock(1); } },
  'Spinlock lock + unlock': (n) => { for (let i = 0; i < n; i++) { spinlock.lock(); spinlock.unlock(); } },
  'Semaphore wait + post': (n) => { for (let i = 0; i < n; i++) { semaphore.wait(); semaphore.post(); } },
  'Event set + reset': (n) => { for (let i = 0; i < n; i++) { event.set(); event.reset(); } },
  'SeqLock read': (n) => { for (let i = 0; i < n; i++) if (seqlock.readRetry(seqlock.readBegin())) sink++; },
};

const N = 2_000_000;
for (const [name, body] of Object.entries(cases)) {
  body(N / 4);
  const begin = performance.now();
  body(N);
  console.log(`${name.padEnd(30)} ${(((performance.now() - begin) * 1e6) / N).toFixed(1).padStart(6)}`);
}
if (Number.isNaN(sink)) throw new Error('unreachable');
