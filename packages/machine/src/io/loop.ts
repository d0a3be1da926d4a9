import { atomicRead32, type Heap } from '@mttcg/atomic';
import { waitOn32 } from '../accel/futex.ts';
import type { GuestCpu } from '@mttcg/softmmu';
import type { BigLock } from '../accel/big-lock.ts';
import type { CharReceiver, TimerClient } from '../device/types.ts';
import { DEVICE_TIMERS, MachineHeader, RunState, TIMERS_PER_CPU } from '../memory/layout.ts';
import { isEnding, parkForReset } from '../thread/run-state.ts';
import type { BlockService } from './block-service.ts';
import type { ByteRing } from './ring.ts';

const H = MachineHeader.offset;

export interface IoLoopParts {
  readonly heap: Heap;
  readonly header: number;
  /** Host address of the IO_STATE. */
  readonly ioState: number;
  readonly bql: BigLock;
  readonly cpus: readonly GuestCpu[];
  readonly deviceTimers: readonly (TimerClient | undefined)[];
  /** What is typed into each serial port, and where it goes. */
  readonly serial: readonly { readonly input: ByteRing; readonly device: CharReceiver }[];
  readonly disks: readonly BlockService[];
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

/** The I/O thread: timer deadlines, serial input, block requests. Returns when the machine ends, with the disks closed. */
export function runIoLoop(p: IoLoopParts): void {
  const { heap, header } = p;
  for (;;) {
    // read before the causes are looked at: pairs with wakeIo(), which bumps it after the cause is set
    const seq = atomicRead32(heap, header + H.ioWake);
    const state = atomicRead32(heap, header + H.state);
    if (isEnding(state) || state === RunState.RESET) {
      for (const disk of p.disks) disk.drain();
      if (state === RunState.RESET) {
        parkForReset(heap, header, p.ioState);
        continue;
      }
      for (const disk of p.disks) disk.close();
      return;
    }
    let busy = false;
    for (const disk of p.disks) busy = disk.poll() || busy;
    for (const { input, device } of p.serial) busy = feed(p, input, device) || busy;
    const running = state === RunState.RUNNING;
    const longest = running && p.sample() ? SAMPLE_MS : MAX_SLEEP_MS;
    const alarm = running ? fireTimers(p, longest * 1e6) : p.nowNs() + longest * 1e6;
    if (busy) continue;
    const ms = (alarm - p.nowNs()) / 1e6;
    if (ms > 0) waitOn32(heap, header + H.ioWake, seq, ms);
  }
}

/** Types what the device has room for. Returns whether that was anything. */
function feed(p: IoLoopParts, input: ByteRing, device: CharReceiver): boolean {
  if (input.length === 0) return false;
  p.bql.lock();
  let taken = 0;
  for (let room = Math.min(device.canReceive(), input.length); room > 0; room--, taken++) device.receive(input.take());
  if (taken > 0) device.received?.();
  p.bql.unlock();
  if (taken > 0) input.wakeProducer();
  return taken > 0;
}

/**
 * Fires what has expired. Returns the time to look again: the earliest deadline that is left, `longestNs` from now at
 * most. That is also ioAlarm, so that setTimer() need not wake this thread for what it will see anyway.
 */
function fireTimers(p: IoLoopParts, longestNs: number): number {
  const { f64 } = p.heap;
  const cpuAt = (p.header + H.cpuTimers) / 8;
  const devAt = (p.header + H.deviceTimers) / 8;
  p.bql.lock();
  const now = p.nowNs();
  let next = now + longestNs;
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
  f64[(p.header + H.ioAlarm) / 8] = next;
  p.bql.unlock();
  const sliceAt = (p.header + H.sliceEnd) / 8;
  if (f64[sliceAt]! <= now) {
    f64[sliceAt] = Infinity;
    p.endSlice();
  }
  return Math.min(next, f64[sliceAt]!);
}
