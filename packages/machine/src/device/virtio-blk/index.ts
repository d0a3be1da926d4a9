import type { Heap } from '@mttcg/atomic';
import type { Dma, SharedState } from '../types.ts';
import type { VirtioDevice, VirtioTransport } from '../virtio-mmio/device.ts';
import type { Chain } from '../virtio-mmio/queue.ts';
import { LAYOUT, MAX_REQUESTS, MAX_SUBMITTED, PIECE, REQUEST, SEGMENT_MAX } from './layout.ts';

export { MAX_SUBMITTED as VIRTIO_BLK_MAX_SUBMITTED, STATE_SIZE as VIRTIO_BLK_STATE_SIZE } from './layout.ts';

export const BLOCK_READ = 0;
export const BLOCK_WRITE = 1;
/** Everything that completed before is to be on stable storage. */
export const BLOCK_FLUSH = 2;
export type BlockOp = typeof BLOCK_READ | typeof BLOCK_WRITE | typeof BLOCK_FLUSH;

/** Status of a completed operation, as the guest sees it. */
export const BLOCK_OK = 0;
export const BLOCK_IO_ERROR = 1;
const BLOCK_UNSUPPORTED = 2;

/** A disk. */
export interface BlockBackend {
  /** Capacity in sectors of 512 bytes. */
  readonly sectors: number;
  readonly readonly: boolean;
  /**
   * Starts one operation; must not block (the caller holds the BQL). Its end is told by {@link VirtioBlk.complete} on the
   * I/O thread. At most {@link MAX_SUBMITTED} are under way at one time. Operations may end in any order.
   * @param sector first sector; the range lies within the disk
   * @param hostAddr where the bytes of a write are in the shared memory; those of a read go through
   *   {@link VirtioBlk.deliver}
   * @param len bytes, a multiple of 512; 0 for a flush
   * @param token to be given to `deliver` and `complete`
   */
  submit(op: BlockOp, sector: number, hostAddr: number, len: number, token: number): void;
  /** The device was reset: operations that have not begun are forgotten. BQL held, or before the threads start. */
  cancel(): void;
}

/** VIRTIO 1.2, section 5.2. */
const F_SEG_MAX = 1 << 2;
const F_RO = 1 << 5;
const F_BLK_SIZE = 1 << 6;
const F_FLUSH = 1 << 9;

const T_IN = 0;
const T_OUT = 1;
const T_FLUSH = 4;
const T_GET_ID = 8;

const SECTOR = 512;
const HEADER_SIZE = 16;
const ID_SIZE = 20;
const EPOCH_SHIFT = 10;
const EPOCH_MASK = 0x1fffff;

export interface VirtioBlkOptions {
  readonly backend: BlockBackend;
  readonly dma: Dma;
  /** Serial number, up to 20 ASCII characters. */
  readonly serial?: string;
}

/**
 * Block device (VIRTIO 1.2, section 5.2). A request's buffers go to the backend one by one; when the last is done the
 * request goes back to the driver. Requests under way at a reset of the device are forgotten: a write that the backend has
 * begun may still reach the disk, but nothing reaches guest memory any more.
 */
export class VirtioBlk implements VirtioDevice {
  readonly name = 'virtio-blk';
  readonly deviceId = 2;
  readonly queueCount = 1;
  readonly features: number;
  readonly #heap: Heap;
  readonly #base: number;
  readonly #options: VirtioBlkOptions;
  readonly #config: Uint8Array;
  readonly #header = new Uint8Array(HEADER_SIZE);
  readonly #headerView = new DataView(this.#header.buffer);
  #transport!: VirtioTransport;

  constructor(state: SharedState, options: VirtioBlkOptions) {
    const { backend } = options;
    this.#heap = state.heap;
    this.#base = state.base;
    this.#options = options;
    this.features = F_SEG_MAX | F_BLK_SIZE | F_FLUSH | (backend.readonly ? F_RO : 0);
    this.#config = new Uint8Array(24);
    const config = new DataView(this.#config.buffer);
    config.setUint32(0, backend.sectors % 0x1_0000_0000, true);
    config.setUint32(4, Math.floor(backend.sectors / 0x1_0000_0000), true);
    config.setUint32(12, SEGMENT_MAX, true);
    config.setUint32(20, SECTOR, true);
  }

  connect(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  configByte(offset: number): number {
    return this.#config[offset] ?? 0;
  }

  reset(): void {
    const { u8, u32 } = this.#heap;
    const epoch = u32[this.#word('epoch')];
    u8.fill(0, this.#base, this.#base + LAYOUT.size);
    u32[this.#word('epoch')] = (epoch + 1) & EPOCH_MASK;
    u32[this.#word('freePieces')] = MAX_SUBMITTED;
    this.#options.backend.cancel();
  }

  notify(): void {
    this.#serve();
  }

  /**
   * Bytes that a read operation has got. On the I/O thread, with the BQL held.
   * @param offset bytes from the start of the operation
   * @returns false when the operation is forgotten and its end need not be told
   */
  deliver(token: number, offset: number, bytes: Uint8Array): boolean {
    const { u8, u32, f64 } = this.#heap;
    const { dma } = this.#options;
    const piece = this.#live(token);
    if (piece < 0 || offset + bytes.length > u32[(piece + PIECE.offset.length) >>> 2]) return false;
    const pa = f64[(piece + PIECE.offset.pa) / 8] + offset;
    const host = dma.host(pa, bytes.length);
    if (host < 0) return false;
    u8.set(bytes, host);
    dma.dirty(pa, bytes.length);
    return true;
  }

  /**
   * The end of an operation that {@link BlockBackend.submit} was given. On the I/O thread, with the BQL held.
   * @param status BLOCK_OK or BLOCK_IO_ERROR
   */
  complete(token: number, status: number): void {
    const { u32 } = this.#heap;
    const piece = this.#live(token);
    if (piece < 0) return;
    const owner = u32[(piece + PIECE.offset.request) >>> 2];
    u32[(piece + PIECE.offset.request) >>> 2] = 0;
    u32[this.#word('freePieces')]++;

    const request = this.#request(owner - 1);
    const worst = (request + REQUEST.offset.status) >>> 2;
    u32[worst] = Math.max(u32[worst], status);
    if (!this.#release(request)) return;
    this.#transport.queues[0].signal();
    // Requests may have been left waiting for room.
    this.#serve();
  }

  /** Host address of the piece that a token names, or -1 when it was forgotten. */
  #live(token: number): number {
    const { u32 } = this.#heap;
    if (token >>> EPOCH_SHIFT !== u32[this.#word('epoch')]) return -1;
    const piece = this.#piece(token & (MAX_SUBMITTED - 1));
    return u32[(piece + PIECE.offset.request) >>> 2] === 0 ? -1 : piece;
  }

  /** One piece of a request less. Gives the request back after the last; returns whether it did. */
  #release(request: number): boolean {
    const { u32, f64 } = this.#heap;
    if (--u32[(request + REQUEST.offset.pending) >>> 2] !== 0 || !this.#transport.running) return false;
    const { head, statusPa, status, written } = REQUEST.offset;
    return this.#finish(u32[(request + head) >>> 2], f64[(request + statusPa) / 8], u32[(request + status) >>> 2],
      u32[(request + written) >>> 2]);
  }

  #serve(): void {
    const transport = this.#transport;
    const queue = transport.queues[0];
    const { u32 } = this.#heap;
    let answered = false;
    do {
      while (transport.running && this.#freeRequest() >= 0 && u32[this.#word('freePieces')] >= SEGMENT_MAX + 2
        && queue.pop(transport.chain)) {
        answered = this.#start(transport.chain) || answered;
      }
    } while (transport.running && queue.rearm() && this.#freeRequest() >= 0 && u32[this.#word('freePieces')] >= SEGMENT_MAX + 2);
    if (answered && transport.running) queue.signal();
  }

  /** Begins a request. Returns whether it is already answered. */
  #start(chain: Chain): boolean {
    const last = chain.readable + chain.writable - 1;
    if (chain.writable === 0 || chain.readableBytes < HEADER_SIZE) {
      this.#transport.broken('a request without header or status');
      return false;
    }
    this.#readHeader(chain);
    const type = this.#headerView.getUint32(0, true);
    const sector = this.#headerView.getUint32(12, true) * 0x1_0000_0000 + this.#headerView.getUint32(8, true);
    const statusPa = chain.pa[last] + chain.length[last] - 1;
    switch (type) {
      case T_IN: return this.#transfer(chain, BLOCK_READ, sector, chain.writableBytes - 1, statusPa);
      case T_OUT: return this.#transfer(chain, BLOCK_WRITE, sector, chain.readableBytes - HEADER_SIZE, statusPa);
      case T_FLUSH: {
        const request = this.#open(chain.head, statusPa, 1);
        this.#submit(request, BLOCK_FLUSH, 0, 0, 0, 0);
        return this.#release(this.#request(request));
      }
      case T_GET_ID: return this.#identify(chain, statusPa);
      default: return this.#finish(chain.head, statusPa, BLOCK_UNSUPPORTED, 1);
    }
  }

  #transfer(chain: Chain, op: typeof BLOCK_READ | typeof BLOCK_WRITE, sector: number, bytes: number, statusPa: number): boolean {
    const { backend } = this.#options;
    const bad = bytes % SECTOR !== 0 || sector + bytes / SECTOR > backend.sectors || (op === BLOCK_WRITE && backend.readonly);
    const first = op === BLOCK_READ ? chain.readable : 0;
    const count = op === BLOCK_READ ? chain.writable : chain.readable;
    if (bad || count > SEGMENT_MAX + 2) return this.#finish(chain.head, statusPa, BLOCK_IO_ERROR, 1);
    // Buffers that are not whole sectors cannot go to the backend as they are.
    let skip = op === BLOCK_READ ? 0 : HEADER_SIZE;
    let left = bytes;
    for (let i = first; i < first + count && left > 0; i++) {
      const skipped = Math.min(skip, chain.length[i]);
      const length = Math.min(chain.length[i] - skipped, left);
      if (length % SECTOR !== 0) return this.#finish(chain.head, statusPa, BLOCK_IO_ERROR, 1);
      skip -= skipped;
      left -= length;
    }
    if (bytes === 0) return this.#finish(chain.head, statusPa, BLOCK_OK, 1);

    const request = this.#open(chain.head, statusPa, op === BLOCK_READ ? bytes + 1 : 1);
    skip = op === BLOCK_READ ? 0 : HEADER_SIZE;
    left = bytes;
    for (let i = first; i < first + count && left > 0; i++) {
      const skipped = Math.min(skip, chain.length[i]);
      const length = Math.min(chain.length[i] - skipped, left);
      skip -= skipped;
      if (length === 0) continue;
      this.#submit(request, op, sector, chain.host[i] + skipped, chain.pa[i] + skipped, length);
      sector += length / SECTOR;
      left -= length;
    }
    return this.#release(this.#request(request));
  }

  #identify(chain: Chain, statusPa: number): boolean {
    const { u8 } = this.#heap;
    if (chain.writableBytes < ID_SIZE + 1 || chain.length[chain.readable] < ID_SIZE) {
      return this.#finish(chain.head, statusPa, BLOCK_IO_ERROR, 1);
    }
    const host = chain.host[chain.readable];
    u8.fill(0, host, host + ID_SIZE);
    u8.set(new TextEncoder().encode(this.#options.serial ?? '').subarray(0, ID_SIZE), host);
    this.#options.dma.dirty(chain.pa[chain.readable], ID_SIZE);
    return this.#finish(chain.head, statusPa, BLOCK_OK, ID_SIZE + 1);
  }

  /** Writes the status byte and gives the request back. */
  #finish(head: number, statusPa: number, status: number, written: number): true {
    const { dma } = this.#options;
    const host = dma.host(statusPa, 1);
    if (host >= 0) {
      this.#heap.u8[host] = status;
      dma.dirty(statusPa, 1);
    }
    this.#transport.queues[0].push(head, written);
    return true;
  }

  /** The header may be spread over several buffers. */
  #readHeader(chain: Chain): void {
    const { u8 } = this.#heap;
    let done = 0;
    for (let i = 0; done < HEADER_SIZE; i++) {
      const length = Math.min(chain.length[i], HEADER_SIZE - done);
      this.#header.set(u8.subarray(chain.host[i], chain.host[i] + length), done);
      done += length;
    }
  }

  #word(field: 'epoch' | 'freePieces' | 'nextRequest' | 'nextPiece'): number {
    return (this.#base + LAYOUT.offset[field]) >>> 2;
  }

  #request(index: number): number {
    return this.#base + LAYOUT.offset.requests + index * REQUEST.size;
  }

  #piece(index: number): number {
    return this.#base + LAYOUT.offset.pieces + index * PIECE.size;
  }

  /** Index of a free request entry, or -1. */
  #freeRequest(): number {
    const { u32 } = this.#heap;
    const from = u32[this.#word('nextRequest')];
    for (let i = 0; i < MAX_REQUESTS; i++) {
      const index = (from + i) % MAX_REQUESTS;
      if (u32[(this.#request(index) + REQUEST.offset.pending) >>> 2] === 0) return index;
    }
    return -1;
  }

  /**
   * Takes a request entry. It counts as one piece under way until the caller
   * releases it, so that it cannot end while pieces are still being added.
   */
  #open(head: number, statusPa: number, written: number): number {
    const { u32, f64 } = this.#heap;
    const index = this.#freeRequest();
    const request = this.#request(index);
    u32[this.#word('nextRequest')] = (index + 1) % MAX_REQUESTS;
    u32[(request + REQUEST.offset.pending) >>> 2] = 1;
    u32[(request + REQUEST.offset.head) >>> 2] = head;
    u32[(request + REQUEST.offset.status) >>> 2] = BLOCK_OK;
    u32[(request + REQUEST.offset.written) >>> 2] = written;
    f64[(request + REQUEST.offset.statusPa) / 8] = statusPa;
    return index;
  }

  #submit(request: number, op: BlockOp, sector: number, host: number, pa: number, length: number): void {
    const { u32, f64 } = this.#heap;
    let index = u32[this.#word('nextPiece')];
    while (u32[(this.#piece(index) + PIECE.offset.request) >>> 2] !== 0) index = (index + 1) % MAX_SUBMITTED;
    u32[this.#word('nextPiece')] = (index + 1) % MAX_SUBMITTED;
    u32[this.#word('freePieces')]--;
    const piece = this.#piece(index);
    u32[(piece + PIECE.offset.request) >>> 2] = request + 1;
    u32[(piece + PIECE.offset.length) >>> 2] = op === BLOCK_READ ? length : 0;
    f64[(piece + PIECE.offset.pa) / 8] = pa;
    u32[(this.#request(request) + REQUEST.offset.pending) >>> 2]++;
    this.#options.backend.submit(op, sector, host, length, ((u32[this.#word('epoch')] << EPOCH_SHIFT) | index) >>> 0);
  }
}
