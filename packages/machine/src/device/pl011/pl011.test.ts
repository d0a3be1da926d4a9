import { beforeEach, describe, expect, it } from 'vitest';
import { makeChar, makeLog, makeProbe, makeState } from '../testing/harness.ts';
import type { Probe, TestChar, TestLog } from '../testing/harness.ts';
import { Pl011 } from './index.ts';
import * as R from './registers.ts';

let uart: Pl011;
let chr: TestChar;
let irq: Probe;
let log: TestLog;

beforeEach(() => {
  chr = makeChar();
  irq = makeProbe();
  log = makeLog();
  uart = new Pl011(makeState(), { irq: irq.line, chr, log });
  uart.reset();
});

const read = (offset: number): number => uart.read(offset, 4);
const write = (offset: number, value: number): void => uart.write(offset, 4, value);

describe('sending', () => {
  it('passes bytes on and is always ready for more', () => {
    for (const byte of [0x48, 0x169]) {
      expect(read(R.FR) & (R.FR_TXFE | 0x20)).toBe(R.FR_TXFE);
      write(R.DR, byte);
    }
    expect(chr.sent).toEqual([0x48, 0x69]);
  });

  it('interrupts until the driver has had enough', () => {
    write(R.IMSC, R.INT_TX);
    expect(irq.level).toBe(0);
    write(R.DR, 1);
    expect([irq.level, read(R.RIS), read(R.MIS)]).toEqual([1, R.INT_TX, R.INT_TX]);
    write(R.ICR, R.INT_TX);
    expect(irq.level).toBe(0);
    write(R.DR, 2);
    write(R.IMSC, 0);
    expect([irq.level, read(R.RIS), read(R.MIS)]).toEqual([0, R.INT_TX, 0]);
  });
});

describe('receiving', () => {
  it('holds one byte without the FIFO and 32 with it', () => {
    expect(uart.canReceive()).toBe(1);
    uart.receive(0x41);
    expect([uart.canReceive(), read(R.FR) & (R.FR_RXFE | R.FR_RXFF)]).toEqual([0, R.FR_RXFF]);
    write(R.LCR_H, R.LCR_H_FEN); // empties it
    expect([uart.canReceive(), read(R.FR) & (R.FR_RXFE | R.FR_RXFF)]).toEqual([32, R.FR_RXFE]);
    for (let i = 0; i < 32; i++) uart.receive(i);
    expect(uart.canReceive()).toBe(0);
    const accepts = chr.accepts;
    for (let i = 0; i < 32; i++) expect(read(R.DR)).toBe(i);
    expect(chr.accepts).toBe(accepts + 1);
    expect(read(R.DR)).toBe(0);
  });

  it('interrupts while there is something', () => {
    write(R.LCR_H, R.LCR_H_FEN);
    write(R.IMSC, R.INT_RX);
    uart.receive(1);
    uart.receive(2);
    expect(irq.level).toBe(1);
    read(R.DR);
    expect(irq.level).toBe(1);
    read(R.DR);
    expect([irq.level, irq.rises]).toEqual([0, 1]);
  });

  it('reports what was lost', () => {
    uart.receive(1);
    uart.receive(2);
    expect(read(R.RIS) & R.INT_OE).toBe(R.INT_OE);
    expect(read(R.DR)).toBe(1);
    uart.receive(3);
    expect(read(R.DR)).toBe(3 | R.DR_OE);
    expect(read(R.RSR)).toBe(8);
    write(R.RSR, 0);
    expect(read(R.RSR)).toBe(0);
  });

  it('reports a break', () => {
    uart.receiveBreak();
    expect(read(R.DR)).toBe(R.DR_BE);
  });

  it('hears itself in loopback', () => {
    write(R.CR, R.CR_RESET | R.CR_LBE | 1);
    write(R.DR, 0x55);
    expect(read(R.DR)).toBe(0x55);
    expect(chr.sent).toEqual([]);
  });
});

it('keeps settings, in their widths', () => {
  for (const [at, width] of [[R.IBRD, 16], [R.FBRD, 6], [R.LCR_H, 8], [R.CR, 16], [R.IFLS, 6], [R.IMSC, 11]] as const) {
    write(at, 0xffffffff);
    expect(read(at)).toBe(2 ** width - 1);
  }
  uart.reset();
  expect([read(R.CR), read(R.IFLS), read(R.LCR_H), read(R.IMSC)]).toEqual([0x300, 0x12, 0, 0]);
});

it('identifies itself as the driver expects', () => {
  const id = [0, 4, 8, 12, 16, 20, 24, 28].map((at) => read(R.PERIPH_ID0 + at));
  expect(id[0] | (id[1] << 8) | ((id[2] & 0xf) << 16)).toBe(0x41011);
  expect(id.slice(4)).toEqual([0x0d, 0xf0, 0x05, 0xb1]);
});

it('logs what is no register', () => {
  expect(read(0x50)).toBe(0);
  write(0x50, 1);
  expect(log.lines.length).toBe(2);
});
