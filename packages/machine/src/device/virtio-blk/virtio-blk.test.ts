import { beforeEach, describe, expect, it } from 'vitest';
import { RAM, VirtioDriver } from '../testing/virtio-driver.ts';
import type { Buffer } from '../testing/virtio-driver.ts';
import * as R from '../virtio-mmio/registers.ts';
import { BLOCK_FLUSH, BLOCK_IO_ERROR, BLOCK_OK, BLOCK_READ, BLOCK_WRITE, VIRTIO_BLK_STATE_SIZE, VirtioBlk } from './index.ts';
import type { BlockBackend } from './index.ts';

const HEADER = RAM + 0x10000;
const STATUS = RAM + 0x10100;
const DATA = RAM + 0x11000;
const SECTORS = 64;

interface Operation { op: number; sector: number; hostAddr: number; len: number; token: number }

/** A disk in an array that does its work when told to. */
class Disk implements BlockBackend {
  readonly sectors = SECTORS;
  readonly readonly: boolean;
  readonly bytes = Uint8Array.from({ length: SECTORS * 512 }, (_, i) => (i >> 9) ^ i);
  readonly queue: Operation[] = [];
  /** Operations that were waiting when the device was reset. They stay in the queue, as if they had begun. */
  cancelled = 0;

  constructor(readonly = false) {
    this.readonly = readonly;
  }

  submit(op: number, sector: number, hostAddr: number, len: number, token: number): void {
    this.queue.push({ op, sector, hostAddr, len, token });
  }

  cancel(): void {
    this.cancelled += this.queue.length;
  }

  /** Carries out the operations, in an order that is not that of submission. */
  run(d: VirtioDriver, status: number = BLOCK_OK): void {
    const blk = d.device as VirtioBlk;
    for (let o = this.queue.pop(); o !== undefined; o = this.queue.pop()) {
      const { u8 } = d.bench.heap;
      if (o.op === BLOCK_READ) blk.deliver(o.token, 0, this.bytes.subarray(o.sector * 512, o.sector * 512 + o.len));
      if (o.op === BLOCK_WRITE) this.bytes.set(u8.subarray(o.hostAddr, o.hostAddr + o.len), o.sector * 512);
      blk.complete(o.token, status);
    }
  }
}

let disk: Disk;
let d: VirtioDriver;

function setUp(options: { readonly?: boolean; num?: number; features?: number } = {}): void {
  disk = new Disk(options.readonly);
  d = new VirtioDriver(({ dma, own }) => new VirtioBlk(own, { backend: disk, dma, serial: 'disk-0' }), {
    num: options.num ?? 16, features: options.features ?? 0,
  }).start();
}
beforeEach(() => setUp());

function header(type: number, sector: number, at = HEADER): Buffer {
  d.poke32(at, type);
  d.poke32(at + 4, 0);
  d.poke32(at + 8, sector % 2 ** 32);
  d.poke32(at + 12, Math.floor(sector / 2 ** 32));
  return { pa: at, len: 16 };
}
const status = (at = STATUS): Buffer => {
  d.bytes(at, 1)[0] = 0xff;
  return { pa: at, len: 1, write: true };
};
const answer = (at = STATUS): number => d.bytes(at, 1)[0];

it('describes the disk', () => {
  expect(d.get(R.DEVICE_ID)).toBe(2);
  expect([d.get(R.CONFIG), d.get(R.CONFIG + 4), d.get(R.CONFIG + 12), d.get(R.CONFIG + 20)]).toEqual([SECTORS, 0, 126, 512]);
  expect(d.mmio.read(R.CONFIG, 1)).toBe(SECTORS);
  expect(d.get(R.DEVICE_FEATURES) & (1 << 5)).toBe(0);
  setUp({ readonly: true });
  expect(d.get(R.DEVICE_FEATURES) & (1 << 5)).not.toBe(0);
  expect(VIRTIO_BLK_STATE_SIZE).toBeLessThan(0x8000);
});

describe('requests', () => {
  it('read, through several buffers', () => {
    const id = d.offer(0, header(0, 5), { pa: DATA, len: 512, write: true }, { pa: DATA + 4096, len: 1024, write: true }, status());
    d.kick(0);
    expect(d.collect(0)).toEqual([]);
    expect(disk.queue.map(({ op, sector, len }) => [op, sector, len])).toEqual([[BLOCK_READ, 5, 512], [BLOCK_READ, 6, 1024]]);
    disk.run(d);
    expect(d.collect(0)).toEqual([{ id, len: 1537 }]);
    expect([answer(), d.acknowledge()]).toEqual([BLOCK_OK, 1]);
    expect(d.bytes(DATA, 512)).toEqual(disk.bytes.subarray(5 * 512, 6 * 512));
    expect(d.bytes(DATA + 4096, 1024)).toEqual(disk.bytes.subarray(6 * 512, 8 * 512));
    expect(d.bench.dma.dirtied).toContainEqual({ pa: DATA + 4096, len: 1024 });
  });

  it('write, and read back', () => {
    d.bytes(DATA, 1024).fill(0x77);
    d.offer(0, header(1, 62), { pa: DATA, len: 1024 }, status());
    d.kick(0);
    disk.run(d);
    expect(d.collect(0)).toEqual([{ id: 0, len: 1 }]);
    expect(disk.bytes.subarray(62 * 512).every((byte) => byte === 0x77)).toBe(true);
    // What a device only reads is not dirty.
    expect(d.bench.dma.dirtied.some(({ pa }) => pa === DATA)).toBe(false);
  });

  it('flush, ask for the name, and are unknown', () => {
    d.offer(0, header(4, 0), status());
    d.kick(0);
    expect(disk.queue[0]).toMatchObject({ op: BLOCK_FLUSH, len: 0 });
    disk.run(d);
    expect(answer()).toBe(BLOCK_OK);
    d.offer(0, header(8, 0), { pa: DATA, len: 20, write: true }, status());
    d.kick(0);
    expect([answer(), String.fromCharCode(...d.bytes(DATA, 7))]).toEqual([BLOCK_OK, 'disk-0\0']);
    d.offer(0, header(99, 0), status());
    d.kick(0);
    expect(answer()).toBe(2);
    expect(d.collect(0).length).toBe(3);
  });

  it('may lay header and data in any buffers', () => {
    header(1, 3);
    d.bytes(HEADER + 16, 512).fill(0x11);
    d.offer(0, { pa: HEADER, len: 7 }, { pa: HEADER + 7, len: 9 + 512 }, status());
    d.kick(0);
    disk.run(d);
    expect(answer()).toBe(BLOCK_OK);
    expect(disk.bytes[3 * 512]).toBe(0x11);
    // The status byte at the end of the data.
    d.offer(0, header(0, 3), { pa: DATA, len: 513, write: true });
    d.kick(0);
    disk.run(d);
    expect([d.bytes(DATA, 513)[511], d.bytes(DATA, 513)[512]]).toEqual([0x11, 0]);
  });

  it('fail as a whole when one piece fails', () => {
    d.offer(0, header(0, 0), { pa: DATA, len: 512, write: true }, { pa: DATA + 512, len: 512, write: true }, status());
    d.kick(0);
    const [first, second] = disk.queue.splice(0);
    (d.device as VirtioBlk).complete(second.token, BLOCK_IO_ERROR);
    expect(d.collect(0)).toEqual([]);
    (d.device as VirtioBlk).complete(first.token, BLOCK_OK);
    expect([d.collect(0).length, answer()]).toEqual([1, BLOCK_IO_ERROR]);
  });

  it.each([
    ['beyond the end', 0, SECTORS - 1, 1024],
    ['at a sector that no disk has', 0, 2 ** 63, 512],
    ['of half a sector', 0, 0, 100],
  ])('%s fail without reaching the disk', (_, type, sector, len) => {
    d.offer(0, header(type, sector), { pa: DATA, len, write: true }, status());
    d.kick(0);
    expect([disk.queue.length, answer(), d.collect(0).length]).toEqual([0, BLOCK_IO_ERROR, 1]);
  });

  it('that write fail on a read-only disk', () => {
    setUp({ readonly: true });
    d.offer(0, header(1, 0), { pa: DATA, len: 512 }, status());
    d.kick(0);
    expect([disk.queue.length, answer()]).toEqual([0, BLOCK_IO_ERROR]);
  });
});

describe('many requests', () => {
  it('wait for room and all come back', () => {
    setUp({ num: 1024, features: R.F_INDIRECT_DESC | R.F_EVENT_IDX });
    const heads = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const at = RAM + 0x20000 + i * 0x100;
      const buffers = Array.from({ length: 4 }, () => ({ pa: DATA, len: 512, write: true }));
      heads.add(d.offerIndirect(0, at + 0x20, header(0, i % 60, at), ...buffers, status(at + 0x10)));
    }
    d.kick(0);
    let most = 0;
    for (let round = 0; round < 100 && disk.queue.length > 0; round++) {
      most = Math.max(most, disk.queue.length);
      disk.run(d);
    }
    expect(most).toBeLessThanOrEqual(512);
    const back = d.collect(0).map(({ id }) => id);
    expect(new Set(back)).toEqual(heads);
    expect(back.length).toBe(300);
  });

  it('are forgotten at a reset', () => {
    d.offer(0, header(0, 0), { pa: DATA, len: 512, write: true }, status());
    d.kick(0);
    const [old] = disk.queue;
    const cancelled = disk.cancelled;
    d.start();
    expect(disk.cancelled).toBe(cancelled + 1);
    disk.queue.length = 0;
    d.offer(0, header(0, 1), { pa: DATA, len: 512, write: true }, status());
    d.kick(0);
    // what had begun has no effect on memory that may be something else by now
    d.bytes(DATA, 512).fill(0x55);
    expect((d.device as VirtioBlk).deliver(old.token, 0, new Uint8Array(512))).toBe(false);
    (d.device as VirtioBlk).complete(old.token, BLOCK_OK);
    expect(d.bytes(DATA, 512).every((byte) => byte === 0x55)).toBe(true);
    expect(d.collect(0)).toEqual([]);
    disk.run(d);
    expect(d.collect(0).length).toBe(1);
    expect(d.bytes(DATA, 512)).toEqual(disk.bytes.subarray(512, 1024));
  });
});

it('takes no more bytes than were asked for', () => {
  d.offer(0, header(0, 0), { pa: DATA, len: 512, write: true }, status());
  d.kick(0);
  const [{ token }] = disk.queue;
  const blk = d.device as VirtioBlk;
  expect(blk.deliver(token, 512, new Uint8Array(1))).toBe(false);
  expect(blk.deliver(token, 0, new Uint8Array(513))).toBe(false);
  expect(blk.deliver(token, 256, new Uint8Array(256))).toBe(true);
});

describe('a bad driver', () => {
  it.each<[string, () => void]>([
    ['no status', () => void d.offer(0, header(0, 0))],
    ['half a header', () => void d.offer(0, { pa: HEADER, len: 8 }, status())],
    ['no header', () => void d.offer(0, status())],
  ])('%s: needs a reset', (_, act) => {
    act();
    d.kick(0);
    expect(d.needsReset).toBe(true);
    expect(disk.queue.length).toBe(0);
  });
});
