import { expect, it } from 'vitest';
import { makeChar } from '../testing/harness.ts';
import type { TestChar } from '../testing/harness.ts';
import { RAM, VirtioDriver } from '../testing/virtio-driver.ts';
import { F_EVENT_IDX } from '../virtio-mmio/registers.ts';
import { VirtioConsole } from './index.ts';

const DATA = RAM + 0x10000;

function setUp(features = 0): { d: VirtioDriver; chr: TestChar; device: VirtioConsole } {
  const chr = makeChar();
  const d = new VirtioDriver(({ heap, dma }) => new VirtioConsole({ heap, dma, chr }), { features });
  return { d, chr, device: d.device as VirtioConsole };
}

it('sends what it is given, buffer after buffer', () => {
  const { d, chr } = setUp();
  d.start().bytes(DATA, 6).set([1, 2, 3, 4, 5, 6]);
  const id = d.offer(1, { pa: DATA, len: 2 }, { pa: DATA + 4, len: 2 });
  d.offer(1, { pa: DATA + 2, len: 1 });
  d.kick(1);
  expect(chr.sent).toEqual([1, 2, 5, 6, 3]);
  expect(d.collect(1)[0]).toEqual({ id, len: 0 });
  expect(d.acknowledge()).toBe(1);
});

it.each([0, F_EVENT_IDX])('receives into the buffers that it has, features %i', (features) => {
  const { d, chr, device } = setUp(features);
  expect(device.canReceive()).toBe(0);
  d.start();
  expect(device.canReceive()).toBe(0);
  device.receive(0x40); // lost
  d.offer(0, { pa: DATA, len: 16, write: true });
  d.offer(0, { pa: DATA + 16, len: 16, write: true });
  d.kick(0);
  expect([chr.accepts, device.canReceive()]).toEqual([1, 2]);
  device.receive(0x41);
  device.receive(0x42);
  expect(d.collect(0)).toEqual([]);
  device.received();
  expect(d.collect(0)).toEqual([{ id: 0, len: 2 }]);
  expect([...d.bytes(DATA, 2)]).toEqual([0x41, 0x42]);
  expect(d.acknowledge()).toBe(1);
  device.received();
  expect([d.acknowledge(), device.canReceive()]).toEqual([0, 1]);
  for (let byte = 1; byte <= 16; byte++) device.receive(byte);
  expect(d.collect(0).at(-1)).toEqual({ id: 1, len: 16 });
  expect(d.bytes(DATA + 16, 16)[15]).toBe(16);
  device.received();
  expect(device.canReceive()).toBe(0);
});

it('fills a buffer in pieces', () => {
  const { d, device } = setUp();
  d.start().offer(0, { pa: DATA, len: 2, write: true }, { pa: DATA + 8, len: 2, write: true });
  d.kick(0);
  for (const byte of [1, 2, 3]) device.receive(byte);
  device.received();
  expect(d.collect(0)).toEqual([{ id: 0, len: 3 }]);
  expect([...d.bytes(DATA, 2), d.bytes(DATA + 8, 1)[0]]).toEqual([1, 2, 3]);
});

it('breaks when a receive buffer cannot be written', () => {
  const { d, device } = setUp();
  d.start().offer(0, { pa: DATA, len: 16 });
  d.kick(0);
  device.receive(1);
  expect(d.needsReset).toBe(true);
});
