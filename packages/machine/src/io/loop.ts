import { atomicRead32, type Heap } from '@mttcg/atomic';
import { waitOn32 } from '../accel/futex.ts';
import type { GuestCpu } from '@mttcg/softmmu';
import type { BigLock } from '../accel/big-lock.ts';
import type { CharReceiver, TimerClient } from '../device/types.ts';
import { DEVICE_TIMERS, MachineHeader, RunState, TIMERS_PER_CPU } from '../memory/layout.ts';
import type { ByteRing } from './ring.ts';

const H = MachineHeader.offset;

/** Host I/O that must not run on a vCPU: asked once per round, with the BQL not held. True when it did something. */
export type IoPoll = () => boolean;

export interface IoLoopParts {
  readonly heap: Heap;
  readonly header: number;
  readonly bql: BigLock;
  readonly cpus: readonly GuestCpu[];
  readonly deviceTimers: readonly (TimerClient | undefined)[];
  readonly serialIn: ByteRing;
  readonly serial: CharReceiver;
  readonly polls: readonly IoPoll[];
  readonly nowNs: () => number;
  /** Makes each vCPU that runs guest code leave it once, so that hot code is seen. False when none runs. */
  readonly sample: () => boolean;
  /** thread=single: makes the running vCPU give way. */
  readonly endSlice: () => void;
}

/** The longest sleep in ms: nothing needs it, it only bounds the harm of a lost wake-up on a strange host. */
const MAX_SLEEP_MS = 1000;

/** Period of the samples that find hot code. */
const SAMPLE_MS = 2;

/** The I/O thread: timer deadlines, console input, block requests. Returns when the machine ends. */
export function runIoLoop(p: IoLoopParts): void {
  const { heap, header, bql } = p;
  for (;;) {
    // read before the causes are looked at: pairs with wakeIo(), which bumps it after the cause is set
    const seq = atomicRead32(heap, header + H.ioWake);
    const state = atomicRead32(heap, header + H.state);
    if (state !== RunState.RUNNING && state !== RunState.PAUSED && state !== RunState.RESET) {
      for (const poll of p.polls) while (poll());
      return;
    }
    let busy = false;
    for (const poll of p.polls) busy = poll() || busy;
    if (p.serialIn.length > 0) busy = feedSerial(p) || busy;
    const next = state === RunState.RUNNING ? fireTimers(p) : Infinity;
    if (busy) continue;
    const ms = (next - p.nowNs()) / 1e6;
    const longest = state === RunState.RUNNING && p.sample() ? SAMPLE_MS : MAX_SLEEP_MS;
    if (ms > 0) waitOn32(heap, header + H.ioWake, seq, Math.min(ms, longest));
  }

  function feedSerial(parts: IoLoopParts): boolean {
    bql.lock();
    const room = Math.min(parts.serial.canReceive(), parts.serialIn.length);
    for (let i = 0; i < room; i++) parts.serial.receive(parts.serialIn.take());
    bql.unlock();
    return room > 0;
  }
}

/** Fires what has expired; the earliest deadline that is left, Infinity for none. */
function fireTimers(p: IoLoopParts): number {
  const { f64 } = p.heap;
  const cpuAt = (p.header + H.cpuTimers) / 8;
  const devAt = (p.header + H.deviceTimers) / 8;
  let next = Infinity;
  p.bql.lock();
  const now = p.nowNs();
  for (let i = 0; i < p.cpus.length * TIMERS_PER_CPU; i++) {
    if (f64[cpuAt + i]! <= now) {
      f64[cpuAt + i] = Infinity;
      p.cpus[Math.floor(i / TIMERS_PER_CPU)]!.timerExpired(i % TIMERS_PER_CPU);
    }
    next = Math.min(next, f64[cpuAt + i]!);
  }
  for (let i = 0; i < DEVICE_TIMERS; i++) {
    if (f64[devAt + i]! <= now) {
      f64[devAt + i] = Infinity;
      p.deviceTimers[i]?.onTimer();
    }
    next = Math.min(next, f64[devAt + i]!);
  }
  p.bql.unlock();
  const sliceAt = (p.header + H.sliceEnd) / 8;
  if (f64[sliceAt]! <= now) {
    f64[sliceAt] = Infinity;
    p.endSlice();
  }
  return Math.min(next, f64[sliceAt]!);
}
