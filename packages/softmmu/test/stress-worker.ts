/** The threads of stress.test.ts. */
import { workerData } from 'node:worker_threads';
import { atomicRead32, atomicSet32, fetchAdd32, pause, spinLock, spinUnlock } from '@mttcg/atomic';
import { Access, CodePages, DirtyClient, resetDirty } from '../src/index.ts';
import { PAGES, type StressJob, StressLayout } from './stress-job.ts';
import { openTestMemory, RAM_PA, TestCpu } from './test-cpu.ts';

const { role, places, env, shared, rounds, seed } = workerData as StressJob;
const m = openTestMemory(places);
const { heap, dirty, ramHost } = m;
const S = StressLayout.offset;
const code = new CodePages(heap, dirty, m.space, 1, () => env);

let state = seed;
const random = (n: number): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % n;
const lock = (page: number): void => spinLock(heap.i32, (shared + S.pageLock + page * 4) >>> 2);
const unlock = (page: number): void => spinUnlock(heap.i32, (shared + S.pageLock + page * 4) >>> 2);
const count = (at: number): void => void fetchAdd32(heap, shared + at, 1);
const get = (at: number): number => atomicRead32(heap, shared + at);
const wordOf = (page: number): number => atomicRead32(heap, ramHost + page * 4096);

function error(kind: number): void {
  count(S.errors);
  atomicSet32(heap, shared + S.firstError, kind);
}

/** Stores to random pages as generated code does, with flushes and evictions in between. */
function vcpu(): void {
  const cpu = new TestCpu(m, {
    env,
    hooks: {
      notdirtyWrite: (pa) => {
        const page = (pa - RAM_PA) >>> 12;
        lock(page);
        if (get(S.valid + page * 4) !== 0) count(S.invalidations);
        atomicSet32(heap, shared + S.valid + page * 4, 0);
        code.unprotect(RAM_PA / 4096 + page);
        unlock(page);
      },
    },
  });
  cpu.log.push = () => 0;
  // three virtual pages for each physical one, in the same table slot: fills, evictions and victim swaps
  for (let page = 0; page < PAGES; page++) for (let k = 0; k < 3; k++) cpu.client.map((page + k * 1024) * 4096, RAM_PA + page * 4096);
  for (let i = 1; i <= rounds; i++) {
    const page = random(PAGES);
    const lo = (page + (random(6) === 0 ? random(3) : 0) * 1024) * 4096;
    atomicSet32(heap, shared + S.inFast, 1);
    if (cpu.fastHit(lo, Access.STORE)) {
      heap.u32[(ramHost + page * 4096) >>> 2] = i;
      atomicSet32(heap, shared + S.inFast, 0);
      count(S.fastStores);
    } else {
      atomicSet32(heap, shared + S.inFast, 0);
      if (random(2) === 0) {
        if (cpu.st(lo, 2, i.toString(16)) !== 0) error(1);
      } else {
        const host = cpu.tlb.atomicSlow(lo, 0, 2 | (2 << 5));
        if (host !== ramHost + page * 4096) error(2);
        // the instruction that follows is not part of what the protocol covers (see resetDirty()): store the slow way
        if (cpu.st(lo, 2, i.toString(16)) !== 0) error(1);
      }
      count(S.slowStores);
    }
    count(S.epoch);
    if (random(100) === 0) {
      cpu.nowMs += random(60);
      if (random(3) === 0) cpu.tlb.flushAll();
      else cpu.tlb.flushPageByMmuIdx(lo, 0, 1);
    }
  }
  atomicSet32(heap, shared + S.done, 1);
}

/** No store can be past its tag compare and not yet done. */
function waitFast(): void {
  while (get(S.inFast) !== 0) pause();
}

/** Two accesses later, whatever was going on has reached its hook. */
function waitAccesses(): void {
  const start = get(S.epoch);
  while (get(S.epoch) - start < 2 && get(S.done) === 0) pause();
}

function translator(): void {
  while (get(S.done) === 0) {
    const page = random(PAGES);
    lock(page);
    if (get(S.valid + page * 4) === 0) {
      code.protect(RAM_PA / 4096 + page);
      waitFast();
      atomicSet32(heap, shared + S.copy + page * 4, wordOf(page));
      atomicSet32(heap, shared + S.valid + page * 4, 1);
      count(S.translations);
    } else if (wordOf(page) !== get(S.copy + page * 4)) {
      // stored, and on the way to the hook
      unlock(page);
      waitAccesses();
      lock(page);
      if (get(S.valid + page * 4) !== 0) error(3);
    }
    unlock(page);
  }
}

function display(): void {
  const shown = new Array<number>(PAGES).fill(-1);
  while (get(S.done) === 0) {
    const page = random(PAGES);
    const host = ramHost + page * 4096;
    if ((dirty.get(host) & DirtyClient.DISPLAY) !== 0) {
      dirty.testAndClear(host, 4096, DirtyClient.DISPLAY);
      resetDirty(heap, env, host, 4096);
      waitFast();
      shown[page] = wordOf(page);
      count(S.snapshots);
    } else if (shown[page] !== -1 && wordOf(page) !== shown[page]) {
      waitAccesses();
      if ((dirty.get(host) & DirtyClient.DISPLAY) === 0) error(4);
    }
  }
}

({ vcpu, translator, display })[role]();
