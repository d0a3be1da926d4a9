import { beforeEach, expect, it } from 'vitest';
import { makeDma, makeHeap, makeLog } from '../testing/harness.ts';
import type { TestDma, TestLog } from '../testing/harness.ts';
import { FwCfg } from './index.ts';

const RAM = 0x4000_0000;
const HOST = 0x8000;
const SIZE = 0x8000;

const heap = makeHeap();
let dma: TestDma;
let log: TestLog;
let device: FwCfg;

beforeEach(() => {
  heap.u8.fill(0);
  dma = makeDma(RAM, SIZE, HOST);
  log = makeLog();
  const files = [
    { name: 'opt/b', data: Uint8Array.of(9, 8, 7) },
    { name: 'etc/a', data: new TextEncoder().encode('hello') },
  ];
  device = new FwCfg({ heap, base: 4096 }, { cpus: 3, files, dma, log });
  device.reset();
});

const select = (key: number): void => device.write(8, 2, ((key & 0xff) << 8) | (key >> 8));
const bytes = (n: number): number[] => Array.from({ length: n }, () => device.read(0, 1));

it('has the signature and features', () => {
  select(0);
  expect(String.fromCharCode(...bytes(4))).toBe('QEMU');
  select(0);
  expect(device.read(0, 4)).toBe(0x554d4551); // the bytes in the order of memory
  select(1);
  expect(device.read(0, 4)).toBe(3);
  select(5);
  expect(device.read(0, 2)).toBe(3);
  expect([device.read(16, 4), device.read(20, 4)]).toEqual([0x554d4551, 0x47464320]);
});

it('lists files by name and serves them', () => {
  select(0x19);
  const dir = bytes(4 + 2 * 64);
  expect(dir.slice(0, 4)).toEqual([0, 0, 0, 2]);
  expect(dir.slice(4, 10)).toEqual([0, 0, 0, 5, 0, 0x20]);
  expect(String.fromCharCode(...dir.slice(12, 18))).toBe('etc/a\0');
  select(0x20);
  expect(String.fromCharCode(...bytes(5))).toBe('hello');
  expect(bytes(2)).toEqual([0, 0]);
  select(0x77);
  expect(bytes(2)).toEqual([0, 0]);
});

function transfer(control: number, length: number, target: number, pa = RAM): number {
  const view = new DataView(heap.buffer, HOST + (pa - RAM));
  view.setUint32(0, control);
  view.setUint32(4, length);
  view.setUint32(8, 0);
  view.setUint32(12, target);
  const swapped = new DataView(new ArrayBuffer(4));
  swapped.setUint32(0, pa);
  device.write(16, 4, 0);
  device.write(20, 4, swapped.getUint32(0, true));
  return view.getUint32(0);
}

it('copies by DMA', () => {
  expect(transfer((0x20 << 16) | 8 | 2, 8, RAM + 0x100)).toBe(0);
  expect(String.fromCharCode(...heap.u8.subarray(HOST + 0x100, HOST + 0x108))).toBe('hello\0\0\0');
  expect(dma.dirtied).toContainEqual({ pa: RAM + 0x100, len: 8 });
  expect(transfer((0x20 << 16) | 8 | 4, 1, 0)).toBe(0);
  expect(transfer(2, 2, RAM + 0x200)).toBe(0);
  expect(String.fromCharCode(...heap.u8.subarray(HOST + 0x200, HOST + 0x202))).toBe('el');
});

it('refuses what is not RAM, and writing', () => {
  expect(transfer((0x20 << 16) | 8 | 2, 8, 0x1000)).toBe(1);
  expect(transfer((0x20 << 16) | 8 | 2, 0xffffffff, RAM)).toBe(1);
  expect(transfer((0x20 << 16) | 8 | 16, 2, RAM)).toBe(1);
  device.write(20, 4, 0);
  expect(log.lines.at(-1)).toMatch(/outside of RAM/);
  expect(() => new FwCfg({ heap, base: 4096 }, { cpus: 1, files: [{ name: 'x'.repeat(56), data: new Uint8Array() }], dma, log })).toThrow(RangeError);
});
