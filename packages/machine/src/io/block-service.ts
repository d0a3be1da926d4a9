import type { Heap } from '@mttcg/atomic';
import type { BigLock } from '../accel/big-lock.ts';
import { BLOCK_FLUSH, BLOCK_IO_ERROR, BLOCK_OK, BLOCK_READ, BLOCK_WRITE, type VirtioBlk } from '../device/index.ts';
import type { BlockFile } from '../host/platform.ts';
import type { BlockQueue, BlockRequest } from './block-queue.ts';

/** Bytes that are read or written at a time, so that timers need not wait longer than for that. */
const CHUNK = 256 * 1024;

export interface BlockServiceParts {
  readonly heap: Heap;
  readonly bql: Pick<BigLock, 'lock' | 'unlock'>;
  readonly queue: BlockQueue;
  readonly device: VirtioBlk;
  readonly file: BlockFile;
  /** Says what the host's file system refused. */
  readonly warn: (message: string) => void;
}

/**
 * Carries out the requests of one disk, in order, on the I/O thread. Bytes go through a buffer that is not shared: hosts
 * refuse to read into shared memory, and what was read for a request that is forgotten meanwhile must not reach the guest.
 */
export class BlockService {
  readonly #p: BlockServiceParts;
  readonly #buffer = new Uint8Array(CHUNK);
  readonly #request: BlockRequest = { op: BLOCK_READ, host: 0, length: 0, token: 0, position: 0 };
  #active = false;
  /** Bytes of the request that are done. */
  #done = 0;

  constructor(parts: BlockServiceParts) {
    this.#p = parts;
  }

  /** One step: begins a request or goes on with it. Returns whether there was anything to do. BQL not held. */
  poll(): boolean {
    if (!this.#active && !this.#begin()) return false;
    const { bql, device } = this.#p;
    const { op, token, length } = this.#request;
    const bytes = this.#chunk();
    const status = this.#transfer(bytes);
    bql.lock();
    const wanted = op !== BLOCK_READ || status !== BLOCK_OK || device.deliver(token, this.#done, bytes);
    this.#done += bytes.length;
    if (!wanted || status !== BLOCK_OK || this.#done === length) {
      this.#active = false;
      if (wanted) device.complete(token, status);
    }
    bql.unlock();
    return true;
  }

  /** Carries out what was asked of the image, without a word to the guest: it has ended, or is being reset. */
  drain(): void {
    while (this.#active || this.#begin()) {
      if (this.#request.op === BLOCK_READ) {
        this.#active = false;
        continue;
      }
      const bytes = this.#chunk();
      const status = this.#transfer(bytes);
      this.#done += bytes.length;
      if (status !== BLOCK_OK || this.#done === this.#request.length) this.#active = false;
    }
  }

  /** Brings everything to stable storage and closes the image. */
  close(): void {
    const { file } = this.#p;
    if (!file.readonly) this.#attempt(() => file.flush(), 'flushed');
    this.#attempt(() => file.close(), 'closed');
  }

  #begin(): boolean {
    const { bql, queue } = this.#p;
    if (!queue.waiting) return false;
    bql.lock();
    this.#active = queue.take(this.#request);
    bql.unlock();
    this.#done = 0;
    return this.#active;
  }

  /** The part of the buffer for the next bytes of the request. */
  #chunk(): Uint8Array {
    return this.#buffer.subarray(0, Math.min(this.#request.length - this.#done, CHUNK));
  }

  #transfer(bytes: Uint8Array): number {
    const { file, heap } = this.#p;
    const { op, host, position } = this.#request;
    const at = position + this.#done;
    if (op === BLOCK_FLUSH) return this.#attempt(() => file.flush(), 'flushed');
    if (op === BLOCK_READ) return this.#attempt(() => file.read(bytes, at), 'read');
    if (op !== BLOCK_WRITE) return BLOCK_IO_ERROR;
    const from = host + this.#done;
    bytes.set(heap.u8.subarray(from, from + bytes.length));
    return this.#attempt(() => file.write(bytes, at), 'written');
  }

  #attempt(action: () => void, what: string): number {
    try {
      action();
      return BLOCK_OK;
    } catch (error) {
      this.#p.warn(`cannot be ${what}: ${error instanceof Error ? error.message : String(error)}`);
      return BLOCK_IO_ERROR;
    }
  }
}
