import { atomicRead32, type Heap, storeRelease32 } from '@mttcg/atomic';
import { type BlockBackend, type BlockOp, VIRTIO_BLK_MAX_SUBMITTED } from '../device/index.ts';
import type { DriveConfig } from '../thread/config.ts';
import { BLOCK_ENTRY, BLOCK_QUEUE } from './layout.ts';

const Q = BLOCK_QUEUE.offset;
const E = BLOCK_ENTRY.offset;
const SECTOR = 512;

/** An entry of a queue, copied out of it. */
export interface BlockRequest {
  op: BlockOp;
  host: number;
  length: number;
  token: number;
  position: number;
}

/**
 * The way of block requests from the vCPU threads to the I/O thread. Both ends hold the BQL, which makes it simple to
 * forget requests at a reset of the device; so the queue never holds more than the device may submit.
 */
export class BlockQueue implements BlockBackend {
  readonly sectors: number;
  readonly readonly: boolean;
  readonly #heap: Heap;
  readonly #at: number;
  readonly #wakeIo: () => void;

  /** @param at host address of a BLOCK_QUEUE */
  constructor(heap: Heap, at: number, drive: DriveConfig, wakeIo: () => void) {
    this.sectors = drive.bytes / SECTOR;
    this.readonly = drive.readonly;
    this.#heap = heap;
    this.#at = at;
    this.#wakeIo = wakeIo;
  }

  submit(op: BlockOp, sector: number, hostAddr: number, len: number, token: number): void {
    const { u32, f64 } = this.#heap;
    const head = u32[(this.#at + Q.head) >>> 2];
    const entry = this.#entry(head);
    u32[(entry + E.op) >>> 2] = op;
    u32[(entry + E.host) >>> 2] = hostAddr;
    u32[(entry + E.length) >>> 2] = len;
    u32[(entry + E.token) >>> 2] = token;
    f64[(entry + E.position) / 8] = sector * SECTOR;
    storeRelease32(this.#heap, this.#at + Q.head, (head + 1) >>> 0);
    this.#wakeIo();
  }

  cancel(): void {
    storeRelease32(this.#heap, this.#at + Q.tail, this.#heap.u32[(this.#at + Q.head) >>> 2]);
  }

  /** Whether {@link take} is worth the lock. Any thread, without the BQL. */
  get waiting(): boolean {
    return atomicRead32(this.#heap, this.#at + Q.head) !== atomicRead32(this.#heap, this.#at + Q.tail);
  }

  /** Takes the oldest request. Returns whether there was one. BQL held. */
  take(out: BlockRequest): boolean {
    const { u32, f64 } = this.#heap;
    const tail = u32[(this.#at + Q.tail) >>> 2];
    if (tail === u32[(this.#at + Q.head) >>> 2]) return false;
    const entry = this.#entry(tail);
    out.op = u32[(entry + E.op) >>> 2] as BlockOp;
    out.host = u32[(entry + E.host) >>> 2];
    out.length = u32[(entry + E.length) >>> 2];
    out.token = u32[(entry + E.token) >>> 2];
    out.position = f64[(entry + E.position) / 8];
    storeRelease32(this.#heap, this.#at + Q.tail, (tail + 1) >>> 0);
    return true;
  }

  #entry(position: number): number {
    return this.#at + Q.entries + (position & (VIRTIO_BLK_MAX_SUBMITTED - 1)) * BLOCK_ENTRY.size;
  }
}
