/** Stand-ins for the rest of the machine in tests of devices. */
import { Heap } from '@mttcg/atomic';
import type { CharBackend, DeviceLog, DeviceTimer, Dma, IrqLine, SharedState } from '../types.ts';

export function makeHeap(bytes = 1 << 20): Heap {
  return new Heap(new SharedArrayBuffer(bytes));
}

/** A zeroed state block away from address 0. */
export function makeState(heap = makeHeap()): SharedState {
  return { heap, base: 4096 };
}

/** A line that remembers its level and how often it rose. */
export interface Probe {
  readonly line: IrqLine;
  level: 0 | 1;
  rises: number;
}

export function makeProbe(): Probe {
  const probe: Probe = {
    level: 0,
    rises: 0,
    line: (level) => {
      if (level > probe.level) probe.rises++;
      probe.level = level;
    },
  };
  return probe;
}

export interface TestLog extends DeviceLog {
  readonly lines: string[];
}

export function makeLog(): TestLog {
  const lines: string[] = [];
  return {
    lines,
    unimp: (device, message) => void lines.push(`unimp ${device}: ${message}`),
    guestError: (device, message) => void lines.push(`error ${device}: ${message}`),
  };
}

export interface TestChar extends CharBackend {
  readonly sent: number[];
  accepts: number;
}

export function makeChar(): TestChar {
  const sent: number[] = [];
  const chr: TestChar = { sent, accepts: 0, write: (byte) => void sent.push(byte), acceptInput: () => void chr.accepts++ };
  return chr;
}

export interface TestTimer extends DeviceTimer {
  /** Undefined when not armed. */
  deadline: number | undefined;
}

export function makeTimer(): TestTimer {
  const timer: TestTimer = {
    deadline: undefined,
    arm: (deadline) => void (timer.deadline = deadline),
    cancel: () => void (timer.deadline = undefined),
  };
  return timer;
}

export interface TestDma extends Dma {
  readonly dirtied: { pa: number; len: number }[];
}

/** Guest RAM at physical `base`, `size` bytes from host address `host` on. */
export function makeDma(base: number, size: number, host: number): TestDma {
  const dirtied: { pa: number; len: number }[] = [];
  return {
    dirtied,
    host: (pa, len) => (pa >= base && len >= 0 && pa + len <= base + size ? host + (pa - base) : -1),
    dirty: (pa, len) => void dirtied.push({ pa, len }),
  };
}
