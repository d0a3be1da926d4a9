import { describe, expect, it } from 'vitest';
import { makeDma, makeHeap, makeLog, makeProbe } from '../testing/harness.ts';
import { RAM, RAM_SIZE, VirtioDriver } from '../testing/virtio-driver.ts';
import type { DriverOptions } from '../testing/virtio-driver.ts';
import { VirtioRng } from '../virtio-rng/index.ts';
import { VirtioMmio } from './index.ts';
import * as R from './registers.ts';

const DATA = RAM + 0x10000;

/** The rng device writes 0x5a everywhere it may. */
function driver(options: DriverOptions = {}): VirtioDriver {
  return new VirtioDriver(({ heap, dma }) => new VirtioRng({ dma, entropy: { fill: (at, n) => void heap.u8.fill(0x5a, at, at + n) } }), options);
}

const buffer = (pa: number, len: number) => ({ pa, len, write: true });

describe('transport', () => {
  it('shows an empty slot as one that drivers skip', () => {
    const slot = new VirtioMmio({ heap: makeHeap(), base: 4096 }, { irq: makeProbe().line, dma: makeDma(RAM, 4096, 8192), log: makeLog(), device: undefined });
    slot.reset();
    expect([0, 4, 8, 12].map((at) => slot.read(at, 4))).toEqual([0x74726976, 2, 0, 0x554d4551]);
    slot.write(R.STATUS, 4, 1);
    expect(slot.read(R.STATUS, 4)).toBe(0);
  });

  it('negotiates features', () => {
    const d = driver();
    expect(d.get(R.DEVICE_ID)).toBe(4);
    d.set(R.DEVICE_FEATURES_SEL, 1);
    expect(d.get(R.DEVICE_FEATURES)).toBe(1);
    d.set(R.DEVICE_FEATURES_SEL, 2);
    expect(d.get(R.DEVICE_FEATURES)).toBe(0);
    // Without VERSION_1 the driver's choice does not stand, nor with a bit that was not offered.
    d.set(R.STATUS, 3);
    d.set(R.STATUS, 11);
    expect(d.get(R.STATUS)).toBe(3);
    d.set(R.DRIVER_FEATURES_SEL, 1);
    d.set(R.DRIVER_FEATURES, 3);
    d.set(R.STATUS, 11);
    expect(d.get(R.STATUS)).toBe(3);
    d.set(R.DRIVER_FEATURES, 1);
    d.set(R.STATUS, 11);
    expect(d.get(R.STATUS)).toBe(11);
  });

  it('has queues as large as it says, and no others', () => {
    const d = driver();
    d.set(R.QUEUE_SEL, 0);
    expect(d.get(R.QUEUE_NUM_MAX)).toBe(1024);
    d.set(R.QUEUE_SEL, 1);
    expect(d.get(R.QUEUE_NUM_MAX)).toBe(0);
    d.set(R.QUEUE_READY, 1);
    d.set(R.QUEUE_SEL, 0xffffffff);
    d.set(R.QUEUE_NUM, 8);
    d.set(R.QUEUE_SEL, 0);
    d.set(R.QUEUE_NUM, 7);
    d.set(R.QUEUE_READY, 1);
    expect(d.get(R.QUEUE_READY)).toBe(0);
    expect(d.bench.log.lines.length).toBeGreaterThan(2);
  });

  it('forgets everything at a reset', () => {
    const d = driver().start();
    d.offer(0, buffer(DATA, 4));
    d.kick(0);
    expect(d.bench.irq.level).toBe(1);
    d.set(R.STATUS, 0);
    expect([d.bench.irq.level, d.get(R.STATUS), d.get(R.INTERRUPT_STATUS), d.get(R.QUEUE_READY)]).toEqual([0, 0, 0, 0]);
    d.start().offer(0, buffer(DATA, 4));
    d.kick(0);
    expect(d.collect(0)).toEqual([{ id: 0, len: 4 }]);
  });

  it('serves nobody before DRIVER_OK', () => {
    const d = driver().start();
    d.set(R.STATUS, 11);
    d.offer(0, buffer(DATA, 4));
    d.kick(0);
    expect(d.collect(0)).toEqual([]);
  });
});

describe.each([{ legacy: false }, { legacy: true }])('rings, legacy $legacy', ({ legacy }) => {
  it('gives buffers back in order, around the ring many times', () => {
    const d = driver({ legacy }).start();
    for (let i = 0; i < 50; i++) {
      const a = d.offer(0, buffer(DATA, 3), buffer(DATA + 16, 2));
      const b = d.offer(0, buffer(DATA + 32, 7));
      d.kick(0);
      expect(d.collect(0)).toEqual([{ id: a, len: 5 }, { id: b, len: 7 }]);
      expect(d.acknowledge()).toBe(R.INTERRUPT_VRING);
      expect(d.bench.irq.level).toBe(0);
    }
    expect([...d.bytes(DATA + 32, 8)]).toEqual([0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0x5a, 0]);
    expect(d.bench.dma.dirtied).toContainEqual({ pa: DATA + 32, len: 7 });
    expect(d.needsReset).toBe(false);
  });

  it('survives the wrap of the 16-bit indexes', () => {
    const d = driver({ legacy, features: R.F_EVENT_IDX }).start();
    for (let i = 0; i < 70000; i++) {
      d.poke16(d.avail(0) + 4 + d.num * 2, i); // used_event: tell me of each
      const id = d.offer(0, buffer(DATA, 1));
      d.kick(0);
      if (d.acknowledge() !== 1) throw new Error(`no interrupt at ${i}`);
      const got = d.collect(0);
      if (got.length !== 1 || got[0].id !== id) throw new Error(`lost at ${i}`);
    }
  });

  it('keeps quiet when asked', () => {
    const d = driver({ legacy }).start();
    d.poke16(d.avail(0), R.AVAIL_F_NO_INTERRUPT);
    d.offer(0, buffer(DATA, 1));
    d.kick(0);
    expect(d.collect(0).length).toBe(1);
    expect(d.bench.irq.rises).toBe(0);
  });

  it('interrupts when the event index is passed', () => {
    const d = driver({ legacy, features: R.F_EVENT_IDX }).start();
    const rises: number[] = [];
    for (let i = 0; i < 6; i++) {
      if (i === 1) d.poke16(d.avail(0) + 4 + d.num * 2, 3);
      d.offer(0, buffer(DATA, 1));
      d.kick(0);
      d.acknowledge();
      rises.push(d.bench.irq.rises);
    }
    // The first always; then only when entry 3 is given back.
    expect(rises).toEqual([1, 1, 1, 2, 2, 2]);
    expect(d.peek16(d.used(0) + 4 + d.num * 8)).toBe(6); // avail_event: kick me for the next
  });

  it('takes indirect tables', () => {
    const d = driver({ legacy, features: R.F_INDIRECT_DESC }).start();
    const buffers = Array.from({ length: 20 }, (_, i) => buffer(DATA + i * 32, 32));
    const id = d.offerIndirect(0, DATA + 0x1002, ...buffers);
    d.kick(0);
    expect(d.collect(0)).toEqual([{ id, len: 640 }]);
  });
});

describe('a bad driver', () => {
  const cases: [string, (d: VirtioDriver) => void][] = [
    ['a chain that loops', (d) => {
      d.writeDesc(d.desc(0), DATA, 4, 3, 1);
      d.writeDesc(d.desc(0) + 16, DATA, 4, 3, 0);
      d.publish(0, 0);
    }],
    ['a descriptor that points to itself', (d) => { d.writeDesc(d.desc(0), DATA, 4, 3, 0); d.publish(0, 0); }],
    ['a next beyond the table', (d) => { d.writeDesc(d.desc(0), DATA, 4, 3, 500); d.publish(0, 0); }],
    ['a head beyond the table', (d) => d.publish(0, 8)],
    ['a buffer below RAM', (d) => void d.offer(0, buffer(0x1000, 4))],
    ['a buffer across the end of RAM', (d) => void d.offer(0, buffer(RAM + RAM_SIZE - 2, 4))],
    ['a buffer of 4 GiB', (d) => void d.offer(0, buffer(DATA, 0xffffffff))],
    ['a buffer at the end of the address space', (d) => void d.offer(0, buffer(2 ** 64 - 4096, 8192))],
    ['an empty buffer', (d) => void d.offer(0, buffer(DATA, 0))],
    ['a readable buffer after a writable one', (d) => void d.offer(0, buffer(DATA, 4), { pa: DATA, len: 4 })],
    ['an available index that runs away', (d) => d.poke16(d.avail(0) + 2, 9)],
    ['an indirect table inside of one', (d) => {
      d.writeDesc(DATA, DATA, 16, 4, 0);
      d.writeDesc(d.desc(0), DATA, 16, 4, 0);
      d.publish(0, 0);
    }],
    ['an indirect table of half a descriptor', (d) => { d.writeDesc(d.desc(0), DATA, 24, 4, 0); d.publish(0, 0); }],
    ['an indirect table outside of RAM', (d) => { d.writeDesc(d.desc(0), 0x100, 32, 4, 0); d.publish(0, 0); }],
    ['an indirect table that loops', (d) => {
      d.writeDesc(DATA, DATA, 4, 3, 0);
      d.writeDesc(d.desc(0), DATA, 16, 4, 0);
      d.publish(0, 0);
    }],
    ['an indirect descriptor in a chain', (d) => { d.writeDesc(d.desc(0), DATA, 16, 5, 1); d.publish(0, 0); }],
  ];
  it.each(cases)('%s makes the device need a reset', (_, act) => {
    const d = driver({ features: R.F_INDIRECT_DESC }).start();
    const before = d.bench.heap.u8.slice(0, 0x1000);
    act(d);
    d.kick(0);
    expect(d.needsReset).toBe(true);
    expect(d.acknowledge()).toBe(R.INTERRUPT_CONFIG);
    expect(d.collect(0)).toEqual([]);
    expect(d.bench.log.lines.length).toBe(1);
    // It serves nothing until the reset, then all is well again.
    d.offer(0, buffer(DATA, 4));
    d.kick(0);
    expect(d.collect(0)).toEqual([]);
    d.start().offer(0, buffer(DATA, 4));
    d.kick(0);
    expect(d.collect(0).length).toBe(1);
    expect(d.bench.heap.u8.slice(0, 0x1000)).toEqual(before);
  });

  it('cannot place a ring outside of RAM, or crooked', () => {
    for (const [at, value] of [[R.QUEUE_DESC_LOW, 0x1000], [R.QUEUE_DESC_HIGH, 1], [R.QUEUE_DRIVER_LOW, RAM + 1], [R.QUEUE_DEVICE_LOW, RAM + RAM_SIZE - 8], [R.QUEUE_DEVICE_LOW, RAM + 2]]) {
      const d = driver().start();
      d.set(R.QUEUE_READY, 0);
      d.set(at, value);
      d.set(R.QUEUE_READY, 1);
      expect(d.needsReset).toBe(true);
      d.kick(0);
    }
  });

  it('cannot move a ring that is in use', () => {
    const d = driver().start();
    d.set(R.QUEUE_DESC_LOW, 0);
    d.offer(0, buffer(DATA, 4));
    d.kick(0);
    expect(d.collect(0).length).toBe(1);
  });

  it('cannot do harm with random rings and registers', () => {
    let seed = 99;
    const random = (n: number): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n;
    for (let round = 0; round < 300; round++) {
      const d = driver({ features: R.F_INDIRECT_DESC | R.F_EVENT_IDX, legacy: round % 2 === 0 }).start();
      const { u8 } = d.bench.heap;
      for (let i = 0; i < 40; i++) d.poke32(RAM + random(0x500) * 4, random(2) === 0 ? random(2 ** 32) : RAM + random(RAM_SIZE));
      for (let i = 0; i < 20; i++) {
        if (random(2) === 0) d.kick(0);
        else d.set(random(0x40) * 4, random(3) === 0 ? random(2 ** 32) : random(16));
      }
      // Page 0 lies below the device's state, the last kilobytes above guest RAM.
      expect(u8.subarray(0, 0x1000).every((byte) => byte === 0)).toBe(true);
      expect(u8.subarray(0x20000 + RAM_SIZE).every((byte) => byte === 0)).toBe(true);
    }
  });
});
