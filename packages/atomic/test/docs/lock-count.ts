import { atomicRead32, atomicSet32, LockCount, type Heap } from '@mttcg/atomic';

const USERS = 64;
const FREED = 128;
const DELETED = 192;

const walk = (heap: Heap) => {
  const users = new LockCount(heap, USERS);
  users.inc(); // no lock: walkers do not wait for each other
  const useAfterFree = atomicRead32(heap, FREED);
  atomicSet32(heap, DELETED, 1); // mark only: others may be looking at it
  if (users.decAndLock()) {
    // the last one out frees what is marked; nobody can come in meanwhile
    atomicSet32(heap, FREED, 1);
    atomicSet32(heap, DELETED, 0);
    atomicSet32(heap, FREED, 0);
    users.unlock();
  }
  return [useAfterFree];
};

export const threads = [walk, walk, walk];

export const check = (results: number[][]) => results.every(([useAfterFree]) => useAfterFree === 0);
