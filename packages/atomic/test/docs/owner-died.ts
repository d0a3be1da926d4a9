import { OwnerDiedError, RobustMutex, Threads, type Heap } from '@mttcg/atomic';

const TABLE = 64;
const LOCK = 128;
const COUNT = 192 >>> 2;

export const setup = (heap: Heap) => void Threads.format(heap, TABLE, 4);

const survivor = (heap: Heap) => {
  const threads = new Threads(heap, TABLE);
  const threadId = threads.register();
  const lock = new RobustMutex(heap, LOCK, { threads, threadId, name: 'count' });
  for (;;) {
    try {
      lock.lock();
    } catch (error) {
      if (!(error instanceof OwnerDiedError)) throw error;
      if (!lock.recover()) continue; // another was first
      heap.u32[COUNT] &= ~1; // mends what the dead thread left half done
    }
    heap.u32[COUNT] += 2;
    lock.unlock();
    return [heap.u32[COUNT]];
  }
};

export const threads = [
  (heap: Heap) => {
    const threads = new Threads(heap, TABLE);
    const threadId = threads.register();
    new RobustMutex(heap, LOCK, { threads, threadId }).lock();
    heap.u32[COUNT] += 1; // ends in the middle of its work
    // what worker.on('exit', () => threads.ended(threadId)) says
    threads.ended(threadId);
  },
  survivor,
  survivor,
];

export const check = ([, [first], [second]]: number[][]) => (first & ~1) !== 0 && (second & ~1) !== 0;
