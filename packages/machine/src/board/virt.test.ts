import { AddressSpace, BusStatus, InterruptBit } from '@mttcg/softmmu';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeChar, makeDma, makeHeap, makeLog, makeTimer } from '../device/testing/harness.ts';
import type { TestChar, TestTimer } from '../device/testing/harness.ts';
import type { BlockBackend } from '../device/index.ts';
import { VIRT_STATE_BYTES, VIRT_VIRTIO_SLOTS, VIRT, VirtBoard } from './index.ts';
import type { BoardServices, VirtioConfig } from './index.ts';

const heap = makeHeap(4 << 20);
const STATE = 4096;
const RAM_HOST = 2 << 20;
const RAM_BYTES = 1 << 20;

let chr: TestChar;
let timers: TestTimer[];
let lines: Map<string, number>;
let currentCpu: number;

function services(virtio: readonly VirtioConfig[] = []): BoardServices {
  return {
    heap, state: STATE, cpus: 2, ramHost: RAM_HOST, ramBytes: RAM_BYTES, serial: chr, log: makeLog(), virtio,
    clock: { nowNs: () => 0 },
    wallClock: { nowSeconds: () => 1000 },
    dma: makeDma(VIRT.RAM.base, RAM_BYTES, RAM_HOST),
    currentCpu: () => currentCpu,
    cpuLine: (cpu, bit, level) => void lines.set(`${cpu}/${bit}`, level),
    deviceTimer: (index) => (timers[index] ??= makeTimer()),
  };
}

const disk = (sectors: number): BlockBackend => ({ sectors, readonly: false, submit: () => undefined, cancel: () => undefined });

beforeEach(() => {
  heap.u8.fill(0);
  chr = makeChar();
  timers = [];
  lines = new Map();
  currentCpu = 0;
});

/** A board that was reset, and its address space. */
function build(virtio: readonly VirtioConfig[] = []): { board: VirtBoard; memory: AddressSpace } {
  const board = new VirtBoard(services(virtio));
  board.reset();
  return { board, memory: new AddressSpace(heap, board.root) };
}

describe('virt', () => {
  it('has its devices where QEMU has them', () => {
    const { memory } = build();
    expect(memory.read(0x0900_0fe0, 4)).toBe(0x11);
    expect(memory.read(0x0901_0000, 4)).toBe(1000);
    expect(memory.read(0x0903_0fe0, 4)).toBe(0x61);
    expect(memory.read(0x0800_0004, 4) & 0x1f).toBe(8);
    expect(memory.read(0x0801_00fc, 4)).toBe(0x2043b);
    expect(memory.read(0x0a00_3e00, 4)).toBe(0x74726976);
    expect(memory.read(0x0902_0010, 4)).toBe(0x554d4551);
    memory.write(0x4000_0000, 4, 0x12345678);
    expect(heap.u32[RAM_HOST >>> 2]).toBe(0x12345678);
    expect([memory.read(0, 4), memory.status]).toEqual([0, BusStatus.OK]);
    memory.read(0x0b00_0000, 4);
    expect(memory.status).toBe(BusStatus.UNASSIGNED);
  });

  it('wires the UART through the GIC to a CPU', () => {
    const { board, memory } = build();
    memory.write(0x0900_0038, 4, 0x10); // UARTIMSC: receive
    memory.write(0x0800_0104, 4, 1 << 1); // GICD_ISENABLER1: SPI 1
    memory.write(0x0800_0821, 1, 0b10); // GICD_ITARGETSR: CPU 1
    memory.write(0x0800_0000, 4, 1);
    currentCpu = 1;
    memory.write(0x0801_0004, 4, 0xff);
    memory.write(0x0801_0000, 4, 1);
    board.uart.receive(0x41);
    expect([...lines]).toEqual([[`1/${InterruptBit.HARD}`, 1]]);
    expect(memory.read(0x0801_000c, 4)).toBe(33);
    expect(lines.get(`1/${InterruptBit.HARD}`)).toBe(0);
    expect(memory.read(0x0900_0000, 1)).toBe(0x41);
    memory.write(0x0900_0000, 1, 0x42);
    expect(chr.sent).toEqual([0x42]);
  });

  it('shares its state between the objects of several threads', () => {
    const here = build();
    const there = new VirtBoard(services());
    here.memory.write(0x0900_0024, 4, 13);
    there.uart.receive(0x43);
    expect(here.memory.read(0x0900_0000, 4)).toBe(0x43);
    expect(there.uart.read(0x24, 4)).toBe(13);
  });

  it('keeps to its state', () => {
    const { board, memory } = build([{ kind: 'blk', backend: disk(8) }]);
    for (let at = 0x0800_0000; at < 0x0a00_4000; at += 4) if (memory.find(at).region !== undefined) memory.write(at, 4, 0xffffffff);
    board.reset();
    expect(heap.u8.subarray(0, STATE).every((byte) => byte === 0)).toBe(true);
    expect(heap.u8.subarray(STATE + VIRT_STATE_BYTES, RAM_HOST).every((byte) => byte === 0)).toBe(true);
  });

  it('fills virtio slots from the last one down', () => {
    const { board, memory } = build([{ kind: 'blk', backend: disk(100) }, { kind: 'console', chr }, { kind: 'rng', entropy: { fill: () => undefined } }, { kind: 'blk', backend: disk(7) }]);
    const ids = [31, 30, 29, 28, 27].map((slot) => memory.read(0x0a00_0000 + slot * 0x200 + 8, 4));
    expect(ids).toEqual([2, 3, 4, 2, 0]);
    expect(memory.read(0x0a00_0000 + 28 * 0x200 + 0x100, 4)).toBe(7);
    expect([board.disks.length, board.consoles.length]).toEqual([2, 1]);
    const many = Array.from({ length: VIRT_VIRTIO_SLOTS + 1 }, () => ({ kind: 'console', chr }) as const);
    expect(() => new VirtBoard(services(many))).toThrow('virt has 32 virtio slots, not 33');
  });

  it('gives the clock its deadline and the power button its line', () => {
    const { board, memory } = build();
    memory.write(0x0901_0010, 4, 1);
    memory.write(0x0901_0004, 4, 1000);
    expect(memory.read(0x0901_0018, 4)).toBe(1);
    memory.write(0x0901_0004, 4, 1060);
    expect([board.deviceTimers.length, timers[0].deadline]).toEqual([1, 60e9]);
    board.powerButton(1);
    expect(memory.read(0x0903_0000 + (1 << 3) * 4, 4)).toBe(8);
  });
});
