/** One thread of torture.test.ts; its role comes as worker data. */
import { workerData } from 'node:worker_threads';
import * as atomic from '@mttcg/atomic';
import * as parts from '../model/parts.ts';
import { fillJumpCache, HEADER, lookupTb, openWorld, publishTb, worldBytes } from '../model/tb-world.ts';
import { CpuCommon } from '@mttcg/softmmu';
import { generateTbLookup } from '../../src/tb/cache.ts';
import { type Job, PAGES, PLACES, randomFrom, SHARED, SIZE } from './job.ts';

const { memory, role, index, threads, rounds, seed } = workerData as Job;
const m = { ...parts, atomic };
const heap = new atomic.Heap(memory);
const random = randomFrom(seed + index * 7919);
const H = m.MachineHeader.offset;

/** Does what vCPUs do with the cache: look up, translate what is missing, chain, store to code. */
function cache(): void {
  const tbs = openWorld(m, heap, SIZE, index % 2 === 0 ? generateTbLookup(heap, HEADER) : undefined);
  let last = 0;
  for (let round = 0; round < rounds; round++) {
    const page = 1 + random(PAGES);
    const offset = random(PLACES) * 24;
    if (random(8) === 0) {
      // some of these hit two places: they are 16 bytes long and 24 apart
      const start = random(PLACES * 24);
      tbs.invalidateRange(page, start, start + 1 + random(40));
      continue;
    }
    let tb = lookupTb(tbs, page, offset);
    if (tb === 0) {
      const mine = tbs.reserve(1);
      if (mine === 0) return;
      tb = publishTb(m, heap, tbs, mine, page, offset);
    }
    fillJumpCache(m, heap, tbs, index, tb);
    if (last !== 0) tbs.addJump(last, random(2), tb);
    last = tb;
  }
}

/** Runs "guest code" and exclusive sections; each looks whether the other is where it must not be. */
function exclusive(): void {
  const end = worldBytes(m, SIZE);
  const env = heap.u32[(HEADER + H.env + index * 4) >>> 2]!;
  const kick = (cpu: number): void => atomic.atomicSet32(heap, heap.u32[(HEADER + H.env + cpu * 4) >>> 2]! + CpuCommon.offset.exitRequest, 1);
  const exclusives = new m.Exclusive(heap, HEADER, threads, kick);
  const lock = new m.BigLock(heap, HEADER + H.bql, index);
  const failed = (): void => void atomic.fetchAdd32(heap, end + SHARED.failures, 1);
  for (let round = 0; round < rounds; round++) {
    if (random(10) === 0) {
      exclusives.start();
      if (atomic.fetchAdd32(heap, end + SHARED.alone, 1) !== 0) failed();
      for (let cpu = 0; cpu < threads; cpu++) if (atomic.atomicRead32(heap, end + SHARED.guest + cpu * 4) !== 0) failed();
      // not atomic: only this thread may be here
      heap.u32[(end + SHARED.sections) >>> 2]!++;
      atomic.fetchAdd32(heap, end + SHARED.alone, -1);
      exclusives.end();
    } else {
      exclusives.execStart(env);
      atomic.atomicSet32(heap, end + SHARED.guest + index * 4, 1);
      for (let spin = random(50); spin >= 0; spin--) {
        if (atomic.atomicRead32(heap, end + SHARED.alone) !== 0) failed();
        if (atomic.atomicRead32(heap, env + CpuCommon.offset.exitRequest) !== 0) break;
      }
      atomic.atomicSet32(heap, env + CpuCommon.offset.exitRequest, 0);
      atomic.atomicSet32(heap, end + SHARED.guest + index * 4, 0);
      exclusives.execEnd(env);
    }
    if (random(4) === 0) {
      lock.lock();
      lock.lock();
      heap.u32[(end + SHARED.sections + 4) >>> 2]!++;
      lock.unlock();
      lock.unlock();
      atomic.fetchAdd32(heap, end + SHARED.sections + 8, 1);
    }
  }
}

if (role === 'cache') cache();
else exclusive();
