import { beforeEach, expect, it } from 'vitest';
import { makeLog, makeProbe, makeState } from '../testing/harness.ts';
import type { Probe } from '../testing/harness.ts';
import { Pl061 } from './index.ts';

const [DIR, IS, IBE, IEV, IE, RIS, MIS, IC] = [0x400, 0x404, 0x408, 0x40c, 0x410, 0x414, 0x418, 0x41c];
const KEY = 3;

let gpio: Pl061;
let irq: Probe;
let outputs: [number, number][];

beforeEach(() => {
  irq = makeProbe();
  outputs = [];
  gpio = new Pl061(makeState(), { irq: irq.line, log: makeLog(), output: (line, level) => void outputs.push([line, level]) });
  gpio.reset();
});

const read = (offset: number): number => gpio.read(offset, 4);
const write = (offset: number, value: number): void => gpio.write(offset, 4, value);

it('takes the mask of lines from the address', () => {
  write(DIR, 0x0f);
  write(0xff << 2, 0xff);
  expect(outputs).toEqual([[0, 1], [1, 1], [2, 1], [3, 1]]);
  write(0x02 << 2, 0);
  expect(read(0xff << 2)).toBe(0x0d);
  expect(read(0x05 << 2)).toBe(0x05);
});

it('sees both edges of the power key, as gpio-keys sets it up', () => {
  write(IBE, 1 << KEY);
  write(IE, 1 << KEY);
  gpio.setInput(KEY, 1);
  expect([irq.level, read(MIS), read((1 << KEY) << 2)]).toEqual([1, 1 << KEY, 1 << KEY]);
  write(IC, 1 << KEY);
  expect(irq.level).toBe(0);
  gpio.setInput(KEY, 0);
  expect(irq.level).toBe(1);
});

it('sees one edge or the other', () => {
  write(IEV, 0b01);
  gpio.setInput(0, 1);
  gpio.setInput(1, 1);
  expect(read(RIS)).toBe(0b01);
  gpio.setInput(1, 0);
  expect(read(RIS)).toBe(0b11);
  write(IC, 0xff);
  gpio.setInput(0, 0);
  expect(read(RIS)).toBe(0);
});

it('follows levels, and forgets them with the line', () => {
  write(IS, 0b11);
  write(IEV, 0b01);
  write(IE, 0b01);
  expect(read(RIS)).toBe(0b10); // line 1 waits for low
  gpio.setInput(0, 1);
  expect(irq.level).toBe(1);
  write(IC, 0xff);
  expect(irq.level).toBe(1);
  gpio.setInput(0, 0);
  expect(irq.level).toBe(0);
});

it('identifies itself', () => {
  expect(read(0xfe0) | (read(0xfe4) << 8) | ((read(0xfe8) & 0xf) << 16)).toBe(0x41061);
});
