import type { ArmCpu } from './cpu.ts';
import { ENV } from './env.ts';
import { NS_PER_TICK } from './models.ts';

/**
 * Generic timers (Arm ARM D11). Both count virtual time at 62.5 MHz with offset 0. A timer is a control word and a
 * compare value in env; its interrupt line follows from them and the time, and is driven whenever one of them changes
 * or the deadline passes. Everything here needs the big lock.
 */
export const Timer = { PHYS: 0, VIRT: 1 } as const;

/** PPIs of the timers (interrupt numbers, as the virt board's device tree has them). */
export const TIMER_PPI: readonly number[] = [30, 27];

export const TimerCtl = { ENABLE: 1, IMASK: 2, ISTATUS: 4 } as const;

const TWO_32 = 4294967296;
/** Largest tick count whose time in ns still is a usable deadline. */
const FOREVER = Number.MAX_SAFE_INTEGER;

function ctlOffset(timer: number): number {
  return timer === Timer.VIRT ? ENV.cntvCtl : ENV.cntpCtl;
}

function cvalOffset(timer: number): number {
  return timer === Timer.VIRT ? ENV.cntvCval : ENV.cntpCval;
}

/** The counter, in ticks since the machine started. */
export function counter(cpu: ArmCpu): number {
  return Math.floor(cpu.host.nowNs() / NS_PER_TICK);
}

export function tickHigh(ticks: number): number {
  return Math.floor(ticks / TWO_32) | 0;
}

/** Compare value as a number; values from 2^53 up lose low bits, which no counter reaches. */
function compareValue(cpu: ArmCpu, timer: number): number {
  const i = (cpu.env + cvalOffset(timer)) >>> 2;
  return cpu.u32[i + 1]! * TWO_32 + cpu.u32[i]!;
}

function conditionMet(cpu: ArmCpu, timer: number): boolean {
  return counter(cpu) >= compareValue(cpu, timer);
}

/** Value of CNTx_CTL_EL0. */
export function readCtl(cpu: ArmCpu, timer: number): number {
  const ctl = cpu.word(ctlOffset(timer));
  const status = (ctl & TimerCtl.ENABLE) !== 0 && conditionMet(cpu, timer) ? TimerCtl.ISTATUS : 0;
  return (ctl & (TimerCtl.ENABLE | TimerCtl.IMASK)) | status;
}

export function writeCtl(cpu: ArmCpu, timer: number, value: number): void {
  cpu.setPair(ctlOffset(timer), value & (TimerCtl.ENABLE | TimerCtl.IMASK), 0);
  update(cpu, timer);
}

export function writeCval(cpu: ArmCpu, timer: number, lo: number, hi: number): void {
  cpu.setPair(cvalOffset(timer), lo, hi);
  update(cpu, timer);
}

/** CNTx_TVAL_EL0: 32-bit distance to the compare value. */
export function readTval(cpu: ArmCpu, timer: number): number {
  return (cpu.word(cvalOffset(timer)) - (counter(cpu) | 0)) | 0;
}

export function writeTval(cpu: ArmCpu, timer: number, value: number): void {
  // Wraps below 0 as the 64-bit register does: then the condition is far away instead of met.
  let cval = counter(cpu) + (value | 0);
  let hi: number;
  if (cval < 0) {
    cval += TWO_32;
    hi = -1;
  } else {
    hi = tickHigh(cval);
  }
  writeCval(cpu, timer, cval % TWO_32 | 0, hi);
}

/** Drives the interrupt line from the timer's state and arms the host timer for the next change. */
function update(cpu: ArmCpu, timer: number): void {
  const { host } = cpu;
  const ctl = cpu.word(ctlOffset(timer));
  const ppi = TIMER_PPI[timer]!;
  if ((ctl & TimerCtl.ENABLE) === 0) {
    host.setTimer(timer, Infinity);
    host.setOutput(ppi, 0);
    return;
  }
  if (conditionMet(cpu, timer)) {
    host.setTimer(timer, Infinity);
    host.setOutput(ppi, (ctl & TimerCtl.IMASK) === 0 ? 1 : 0);
    return;
  }
  host.setOutput(ppi, 0);
  const deadline = compareValue(cpu, timer) * NS_PER_TICK;
  host.setTimer(timer, (ctl & TimerCtl.IMASK) !== 0 || deadline > FOREVER ? Infinity : deadline);
}

/** The deadline of a timer has passed, or nearly: clocks of threads may differ by a tick, so the state decides. */
export function timerExpired(cpu: ArmCpu, timer: number): void {
  update(cpu, timer);
}

/** At reset: no deadline, lines low. */
export function disarmTimers(cpu: ArmCpu): void {
  for (let timer = 0; timer < TIMER_PPI.length; timer++) {
    cpu.host.setTimer(timer, Infinity);
    cpu.host.setOutput(TIMER_PPI[timer]!, 0);
  }
}
