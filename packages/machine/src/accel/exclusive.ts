import { atomicRead32, atomicSet32, fetchAdd32, type Heap } from '@mttcg/atomic';
import { waitOn32, wakeOn32 } from './futex.ts';
import { CpuCommon } from '@mttcg/softmmu';
import { MachineHeader } from '../memory/layout.ts';
import { wordLock, wordUnlock } from './spin.ts';

const C = CpuCommon.offset;
const H = MachineHeader.offset;
/** This vCPU was running when an exclusive section asked for quiet, and has not reported yet. Under exclusiveLock. */
const HAS_WAITER = C.machine;

/**
 * Exclusive sections: one thread runs alone while every other vCPU is outside the execution of guest code.
 *
 * Entering guest code writes `running`, then reads `pendingCpus`; starting a section writes `pendingCpus`, then reads
 * every `running`. Both sides are sequentially consistent atomics, so at least one sees the other (store buffering).
 */
export class Exclusive {
  readonly #heap: Heap;
  readonly #header: number;
  readonly #cpuCount: number;
  readonly #kick: (cpu: number) => void;
  #depth = 0;

  /** `kick` makes a vCPU leave guest code soon. */
  constructor(heap: Heap, header: number, cpuCount: number, kick: (cpu: number) => void) {
    this.#heap = heap;
    this.#header = header;
    this.#cpuCount = cpuCount;
    this.#kick = kick;
  }

  #env(cpu: number): number {
    return this.#heap.u32[(this.#header + H.env + cpu * 4) >>> 2]!;
  }

  /** Waits until no section is pending. exclusiveLock is held, and is again on return. */
  #waitIdle(): void {
    const heap = this.#heap;
    const header = this.#header;
    while (atomicRead32(heap, header + H.pendingCpus) !== 0) {
      heap.u32[(header + H.exclusiveWaiters) >>> 2]!++;
      const seq = atomicRead32(heap, header + H.exclusiveResume);
      wordUnlock(heap, header + H.exclusiveLock);
      waitOn32(heap, header + H.exclusiveResume, seq);
      wordLock(heap, header + H.exclusiveLock);
      heap.u32[(header + H.exclusiveWaiters) >>> 2]!--;
    }
  }

  /** Returns when all other vCPUs are outside guest code. Nests. Neither the big lock nor execStart() may be in force. */
  start(): void {
    if (this.#depth++ > 0) return;
    const heap = this.#heap;
    const header = this.#header;
    wordLock(heap, header + H.exclusiveLock);
    this.#waitIdle();
    // pairs with the read of pendingCpus in execStart() and execEnd()
    atomicSet32(heap, header + H.pendingCpus, 1);
    let runners = 0;
    for (let cpu = 0; cpu < this.#cpuCount; cpu++) {
      const env = this.#env(cpu);
      if (atomicRead32(heap, env + C.running) !== 0) {
        heap.u32[(env + HAS_WAITER) >>> 2] = 1;
        runners++;
        this.#kick(cpu);
      }
    }
    atomicSet32(heap, header + H.pendingCpus, runners + 1);
    while (atomicRead32(heap, header + H.pendingCpus) > 1) {
      const seq = atomicRead32(heap, header + H.exclusiveCond);
      wordUnlock(heap, header + H.exclusiveLock);
      waitOn32(heap, header + H.exclusiveCond, seq);
      wordLock(heap, header + H.exclusiveLock);
    }
    wordUnlock(heap, header + H.exclusiveLock);
  }

  end(): void {
    if (--this.#depth > 0) return;
    const heap = this.#heap;
    const header = this.#header;
    wordLock(heap, header + H.exclusiveLock);
    atomicSet32(heap, header + H.pendingCpus, 0);
    const waiters = heap.u32[(header + H.exclusiveWaiters) >>> 2]!;
    fetchAdd32(heap, header + H.exclusiveResume, 1);
    wordUnlock(heap, header + H.exclusiveLock);
    if (waiters > 0) wakeOn32(heap, header + H.exclusiveResume, waiters);
  }

  /** Before guest code runs; waits while another thread's section is pending. */
  execStart(env: number): void {
    const heap = this.#heap;
    // pairs with start(): write running, then read pendingCpus
    atomicSet32(heap, env + C.running, 1);
    if (atomicRead32(heap, this.#header + H.pendingCpus) === 0) return;
    wordLock(heap, this.#header + H.exclusiveLock);
    // Counted by start()? Then execEnd() reports. Otherwise it must not see this vCPU run.
    if (heap.u32[(env + HAS_WAITER) >>> 2] === 0) {
      atomicSet32(heap, env + C.running, 0);
      this.#waitIdle();
      atomicSet32(heap, env + C.running, 1);
    }
    wordUnlock(heap, this.#header + H.exclusiveLock);
  }

  /** After guest code; reports to a section that waits for this vCPU. */
  execEnd(env: number): void {
    const heap = this.#heap;
    const header = this.#header;
    atomicSet32(heap, env + C.running, 0);
    if (atomicRead32(heap, header + H.pendingCpus) === 0) return;
    wordLock(heap, header + H.exclusiveLock);
    let wake = false;
    if (heap.u32[(env + HAS_WAITER) >>> 2] !== 0) {
      heap.u32[(env + HAS_WAITER) >>> 2] = 0;
      const left = atomicRead32(heap, header + H.pendingCpus) - 1;
      atomicSet32(heap, header + H.pendingCpus, left);
      if (left === 1) {
        fetchAdd32(heap, header + H.exclusiveCond, 1);
        wake = true;
      }
    }
    wordUnlock(heap, header + H.exclusiveLock);
    if (wake) wakeOn32(heap, header + H.exclusiveCond, 1);
  }
}
