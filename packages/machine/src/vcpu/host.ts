import { atomicRead32, cmpxchg32, fetchAdd32, fetchAnd32, fetchOr32, type Heap, storeRelease32 } from '@mttcg/atomic';
import { wakeOn32 } from '../accel/futex.ts';
import { CpuCommon, type CpuHost, type TlbControl } from '@mttcg/softmmu';
import type { BigLock } from '../accel/big-lock.ts';
import { wordLock, wordUnlock } from '../accel/spin.ts';
import { isEnding } from '../thread/run-state.ts';
import { MachineHeader, PAIR_LOCKS, RunState, TIMERS_PER_CPU } from '../memory/layout.ts';

const C = CpuCommon.offset;
const H = MachineHeader.offset;

/** Cross-thread signals to vCPUs and the other threads, over the machine's header. Any thread. */
export class Signals {
  readonly #heap: Heap;
  readonly #header: number;

  constructor(heap: Heap, header: number) {
    this.#heap = heap;
    this.#header = header;
  }

  env(cpu: number): number {
    return this.#heap.u32[(this.#header + H.env + cpu * 4) >>> 2]!;
  }

  /** Makes a vCPU leave generated code, or wakes it. The cause is set first: pairs with the top of CpuExec.run(). */
  kick(cpu: number): void {
    const heap = this.#heap;
    const env = this.env(cpu);
    storeRelease32(heap, env + C.exitRequest, 1);
    fetchAdd32(heap, env + C.wake, 1);
    wakeOn32(heap, env + C.wake, 0x7fffffff);
    fetchAdd32(heap, this.#header + H.anyWake, 1);
    wakeOn32(heap, this.#header + H.anyWake, 1);
  }

  /**
   * Work was queued for a vCPU: makes it leave generated code if it runs. One that does not run looks at its queue
   * before it runs again. Pairs with CpuExec.run(): it sets `running`, then reads the queue; here the queue was written
   * before `running` is read.
   */
  kickIfRunning(cpu: number): void {
    const env = this.env(cpu);
    if (atomicRead32(this.#heap, env + C.running) !== 0) storeRelease32(this.#heap, env + C.exitRequest, 1);
  }

  interrupt(cpu: number, bits: number): void {
    fetchOr32(this.#heap, this.env(cpu) + C.interruptRequest, bits);
    this.kick(cpu);
  }

  clearInterrupt(cpu: number, bits: number): void {
    fetchAnd32(this.#heap, this.env(cpu) + C.interruptRequest, ~bits);
  }

  /** Makes the I/O thread look at deadlines and rings. */
  wakeIo(): void {
    fetchAdd32(this.#heap, this.#header + H.ioWake, 1);
    wakeOn32(this.#heap, this.#header + H.ioWake, 1);
  }

  /** Makes the control thread look at console output and the machine's state. */
  wakeControl(): void {
    fetchAdd32(this.#heap, this.#header + H.controlWake, 1);
    wakeOn32(this.#heap, this.#header + H.controlWake, 0x7fffffff);
  }

  /** Changes the machine's run state and tells everybody. A state that ends the machine is never left again. */
  setState(state: number, cpuCount: number): void {
    const at = this.#header + H.state;
    for (;;) {
      const old = atomicRead32(this.#heap, at);
      if (isEnding(old)) break;
      if (cmpxchg32(this.#heap, at, old, state) === old) break;
    }
    wakeOn32(this.#heap, this.#header + H.state, 0x7fffffff);
    for (let cpu = 0; cpu < cpuCount; cpu++) this.kick(cpu);
    this.wakeIo();
    this.wakeControl();
  }
}

/** What a VcpuHost is made of. */
export interface VcpuHostParts {
  readonly heap: Heap;
  readonly header: number;
  readonly cpuIndex: number;
  readonly cpuCount: number;
  readonly bql: BigLock;
  readonly signals: Signals;
  readonly tlb: TlbControl;
  readonly nowNs: () => number;
  readonly setOutput: (cpu: number, line: number, level: 0 | 1) => void;
  readonly ramHost: (pa: number, size: number) => number;
  readonly isMapped: (pa: number) => boolean;
  readonly log: (mask: string, text: string) => void;
  readonly logs: (mask: string) => boolean;
}

/** Services of the machine to one vCPU, as one thread sees it. */
export class VcpuHost implements CpuHost {
  readonly heap: Heap;
  readonly env: number;
  readonly cpuIndex: number;
  readonly cpuCount: number;
  readonly tlb: TlbControl;
  readonly nowNs: () => number;
  readonly ramHost: (pa: number, size: number) => number;
  readonly isMapped: (pa: number) => boolean;
  readonly log: (mask: string, text: string) => void;
  /** Whether lines under a mask go anywhere. */
  readonly logs: (mask: string) => boolean;
  readonly #p: VcpuHostParts;

  constructor(parts: VcpuHostParts) {
    this.#p = parts;
    this.heap = parts.heap;
    this.cpuIndex = parts.cpuIndex;
    this.cpuCount = parts.cpuCount;
    this.env = parts.signals.env(parts.cpuIndex);
    this.tlb = parts.tlb;
    this.nowNs = parts.nowNs;
    this.ramHost = parts.ramHost;
    this.isMapped = parts.isMapped;
    this.log = parts.log;
    this.logs = parts.logs;
  }

  envOf(cpuIndex: number): number {
    return this.#p.signals.env(cpuIndex);
  }

  setTimer(timer: number, deadlineNs: number): void {
    const at = (this.#p.header + H.cpuTimers) / 8 + this.cpuIndex * TIMERS_PER_CPU + timer;
    this.heap.f64[at] = deadlineNs;
    // otherwise the I/O thread looks in time by itself; it sets the alarm under the BQL too
    if (deadlineNs < this.heap.f64[(this.#p.header + H.ioAlarm) / 8]!) this.#p.signals.wakeIo();
  }

  setOutput(line: number, level: 0 | 1): void {
    this.#p.setOutput(this.cpuIndex, line, level);
  }

  interruptCpu(cpuIndex: number, bits: number): void {
    this.#p.signals.interrupt(cpuIndex, bits);
  }

  lock(): void {
    this.#p.bql.lock();
  }

  unlock(): void {
    this.#p.bql.unlock();
  }

  lockPair(host: number): void {
    wordLock(this.heap, this.#pairLock(host));
  }

  unlockPair(host: number): void {
    wordUnlock(this.heap, this.#pairLock(host));
  }

  #pairLock(host: number): number {
    return this.#p.header + H.pairLocks + (((host >>> 4) ^ (host >>> 12)) & (PAIR_LOCKS - 1)) * 4;
  }

  shutdown(reason: 'poweroff' | 'reset' | 'panic'): void {
    const state = reason === 'poweroff' ? RunState.POWEROFF : reason === 'reset' ? RunState.RESET : RunState.PANIC;
    this.#p.signals.setState(state, this.cpuCount);
  }
}
