import { beforeEach, expect, it } from 'vitest';
import { makeLog, makeProbe, makeState, makeTimer } from '../testing/harness.ts';
import type { Probe, TestTimer } from '../testing/harness.ts';
import { Pl031 } from './index.ts';

const [DR, MR, LR, CR, IMSC, RIS, MIS, ICR] = [0, 4, 8, 0xc, 0x10, 0x14, 0x18, 0x1c];
const BOOT = 1_700_000_000;

let now: number;
let rtc: Pl031;
let irq: Probe;
let timer: TestTimer;

beforeEach(() => {
  now = 5.5e9;
  irq = makeProbe();
  timer = makeTimer();
  rtc = new Pl031(makeState(), {
    irq: irq.line, timer, log: makeLog(), clock: { nowNs: () => now }, wallClock: { nowSeconds: () => BOOT + 0.9 },
  });
  rtc.reset();
});

const read = (offset: number): number => rtc.read(offset, 4);
const write = (offset: number, value: number): void => rtc.write(offset, 4, value);

it('counts seconds from the wall clock on', () => {
  expect(read(DR)).toBe(BOOT);
  now += 100e9;
  expect(read(DR)).toBe(BOOT + 100);
  expect(read(CR)).toBe(1);
});

it('can be set', () => {
  write(LR, 10);
  now += 2e9;
  expect([read(DR), read(LR)]).toEqual([12, 10]);
});

it('wakes at the alarm', () => {
  write(IMSC, 1);
  write(MR, BOOT + 3);
  expect(timer.deadline).toBe(8e9);
  now = 8e9;
  rtc.onTimer();
  expect([irq.level, read(RIS), read(MIS)]).toEqual([1, 1, 1]);
  write(ICR, 1);
  expect([irq.level, read(RIS)]).toEqual([0, 0]);
});

it('arms again when the deadline was the wrong one', () => {
  write(MR, BOOT + 3);
  write(LR, BOOT - 7); // ten seconds more to wait
  rtc.onTimer();
  expect(read(RIS)).toBe(0);
  expect(timer.deadline).toBe((5 + 10) * 1e9);
});

it('matches at once, and after the counter wraps', () => {
  write(MR, BOOT);
  expect(read(RIS)).toBe(1);
  write(LR, 0xffffffff);
  write(MR, 1);
  expect(timer.deadline).toBe(7e9);
});

it('identifies itself', () => {
  expect(read(0xfe0) | (read(0xfe4) << 8) | ((read(0xfe8) & 0xf) << 16)).toBe(0x41031);
});
