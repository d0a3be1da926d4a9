import { beforeEach, describe, expect, it } from 'vitest';
import { BLOCK_IO_ERROR, BLOCK_OK, VirtioBlk } from '../device/index.ts';
import { RAM, VirtioDriver } from '../device/testing/virtio-driver.ts';
import type { Buffer } from '../device/testing/virtio-driver.ts';
import type { BlockFile } from '../host/platform.ts';
import { BlockQueue } from './block-queue.ts';
import { BlockService } from './block-service.ts';
import { BLOCK_QUEUE } from './layout.ts';

const BYTES = 1 << 20;
const QUEUE = 0xc0000;
const HEADER = RAM + 0x10000;
const DATA = RAM + 0x20000;
const READ = 0;
const WRITE = 1;
const FLUSH = 4;

/** An image in an array that notes what is done to it and may be made to fail. */
class TestFile implements BlockFile {
  readonly bytes = BYTES;
  readonly readonly: boolean;
  readonly data = Uint8Array.from({ length: BYTES }, (_, i) => (i * 7) ^ (i >> 9));
  readonly log: string[] = [];
  fails = false;

  constructor(readonly: boolean) {
    this.readonly = readonly;
  }

  read(target: Uint8Array, offset: number): void {
    this.#note(`read ${offset} ${target.length}`);
    if (!(target.buffer instanceof ArrayBuffer)) throw new Error('a shared buffer');
    target.set(this.data.subarray(offset, offset + target.length));
  }

  write(source: Uint8Array, offset: number): void {
    this.#note(`write ${offset} ${source.length}`);
    if (!(source.buffer instanceof ArrayBuffer)) throw new Error('a shared buffer');
    this.data.set(source, offset);
  }

  flush(): void {
    this.#note('flush');
  }

  close(): void {
    this.#note('close');
  }

  #note(what: string): void {
    this.log.push(what);
    if (this.fails) throw new Error('the disk is on fire');
  }
}

let d: VirtioDriver;
let file: TestFile;
let queue: BlockQueue;
let service: BlockService;
let wakes: number;
let warnings: string[];
let locked: boolean;

function setUp(readonly = false): void {
  wakes = 0;
  warnings = [];
  locked = false;
  file = new TestFile(readonly);
  d = new VirtioDriver(({ dma, own, heap }) => {
    queue = new BlockQueue(heap, QUEUE, { path: 'x', readonly, bytes: BYTES }, () => wakes++);
    return new VirtioBlk(own, { backend: queue, dma });
  }, { num: 256 }).start();
  service = new BlockService({
    heap: d.bench.heap,
    bql: {
      lock: () => {
        expect(locked).toBe(false);
        locked = true;
      },
      unlock: () => (locked = false),
    },
    queue, device: d.device as VirtioBlk, file, warn: (message) => void warnings.push(message),
  });
}
beforeEach(() => setUp());

/** Puts request `n` into the ring, with a kick. Returns where its status byte will be. */
function request(type: number, sector: number, bytes: number, n = 0): number {
  const at = HEADER + n * 64;
  d.poke32(at, type);
  d.poke32(at + 4, 0);
  d.poke32(at + 8, sector);
  d.poke32(at + 12, 0);
  const status = at + 32;
  d.bytes(status, 1)[0] = 0xff;
  const data: Buffer[] = bytes === 0 ? [] : [{ pa: DATA, len: bytes, write: type === READ }];
  d.offer(0, { pa: at, len: 16 }, ...data, { pa: status, len: 1, write: true });
  d.kick(0);
  return status;
}
const run = (): void => {
  while (service.poll());
};
const answer = (at: number): number => d.bytes(at, 1)[0];

describe('requests', () => {
  it('wait for the I/O thread, which is woken', () => {
    expect(BLOCK_QUEUE.size).toBeLessThan(0x10000);
    expect(service.poll()).toBe(false);
    request(READ, 3, 1024);
    expect([wakes, file.log.length, d.collect(0).length]).toEqual([1, 0, 0]);
    expect([service.poll(), service.poll()]).toEqual([true, false]);
    expect(d.collect(0)).toEqual([{ id: 0, len: 1025 }]);
    expect(d.acknowledge()).toBe(1);
  });

  it('read, write, flush, in order', () => {
    d.bytes(DATA, 1024).fill(0x5a);
    const status = [request(WRITE, 8, 1024), request(FLUSH, 0, 0, 1), request(READ, 7, 2048, 2)];
    run();
    expect(file.log).toEqual(['write 4096 1024', 'flush', 'read 3584 2048']);
    expect(status.map(answer)).toEqual([BLOCK_OK, BLOCK_OK, BLOCK_OK]);
    expect(d.bytes(DATA, 2048)).toEqual(file.data.subarray(3584, 3584 + 2048));
    expect(d.bytes(DATA + 512, 1024).every((byte) => byte === 0x5a)).toBe(true);
    expect(d.bench.dma.dirtied).toContainEqual({ pa: DATA, len: 2048 });
  });

  it('that are long go in parts', () => {
    const bytes = 0x50000 + 512;
    const status = request(READ, 1, bytes);
    expect(service.poll()).toBe(true);
    expect(answer(status)).toBe(0xff);
    run();
    expect(answer(status)).toBe(BLOCK_OK);
    expect(file.log).toEqual(['read 512 262144', `read ${512 + 262144} ${bytes - 262144}`]);
    expect(d.bytes(DATA, bytes)).toEqual(file.data.subarray(512, 512 + bytes));
    d.bytes(DATA, bytes).reverse();
    request(WRITE, 100, bytes);
    run();
    expect(d.bytes(DATA, bytes)).toEqual(file.data.subarray(51200, 51200 + bytes));
  });

  it.each([['read', READ], ['write', WRITE], ['flush', FLUSH]])('the guest learns of a failed %s, the host of its reason', (_, type) => {
    file.fails = true;
    const status = request(type, 0, type === FLUSH ? 0 : 0x50000);
    run();
    expect([answer(status), d.collect(0).length, file.log.length]).toEqual([BLOCK_IO_ERROR, 1, 1]);
    expect(warnings).toEqual([expect.stringContaining('the disk is on fire')]);
    file.fails = false;
    const next = request(READ, 0, 512, 1);
    run();
    expect([answer(next), d.collect(0).length]).toEqual([BLOCK_OK, 1]);
  });
});

describe('a reset of the device', () => {
  it('forgets what waits, and what comes back late', () => {
    request(READ, 0, 0x50000);
    request(WRITE, 0, 512, 1);
    service.poll();
    d.start();
    d.bytes(DATA, 0x50000).fill(0x33);
    run();
    expect(file.log).toEqual(['read 0 262144', 'read 262144 65536']);
    expect(d.bytes(DATA, 0x50000).every((byte) => byte === 0x33)).toBe(true);
    expect(d.collect(0)).toEqual([]);
    // and all is as new
    const status = request(READ, 5, 512);
    run();
    expect([answer(status), d.collect(0).length]).toEqual([BLOCK_OK, 1]);
  });

  it('leaves room for as many requests as ever', () => {
    // more than fit, in all
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 80; i++) request(READ, i, 512, i);
      expect(queue.waiting).toBe(true);
      d.start();
      expect(queue.waiting).toBe(false);
    }
    const seen = new Set<number>();
    for (let i = 0; i < 80; i++) seen.add(request(READ, i, 512, i));
    run();
    expect(file.log.length).toBe(80);
    expect([...seen].map(answer).every((status) => status === BLOCK_OK)).toBe(true);
  });
});

describe('the end', () => {
  it('carries out writes and flushes, tells nobody, and closes', () => {
    d.bytes(DATA, 0x50000).fill(0x77);
    const status = [request(WRITE, 0, 0x50000), request(READ, 0, 0x50000, 1), request(FLUSH, 0, 0, 2), request(WRITE, 1000, 512, 3)];
    service.poll();
    service.drain();
    service.close();
    expect(file.log).toEqual(['write 0 262144', 'write 262144 65536', 'flush', 'write 512000 512', 'flush', 'close']);
    expect(status.map(answer)).toEqual([0xff, 0xff, 0xff, 0xff]);
    expect(d.collect(0)).toEqual([]);
    expect(file.data.subarray(0, 0x50000).every((byte) => byte === 0x77)).toBe(true);
  });

  it('is that too when the disk fails', () => {
    file.fails = true;
    request(WRITE, 0, 512);
    service.drain();
    service.close();
    expect(file.log).toEqual(['write 0 512', 'flush', 'close']);
    expect(warnings.length).toBe(3);
  });

  it('does not flush what was only read', () => {
    setUp(true);
    service.close();
    expect(file.log).toEqual(['close']);
  });
});
