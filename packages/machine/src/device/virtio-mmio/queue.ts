/**
 * Split virtqueues, device side (VIRTIO 1.2, section 2.7; legacy layout 2.7.2).
 *
 * The driver runs on other threads without the BQL, so the ring indexes are shared with it: each fence below names what
 * it orders. Whatever the driver writes is checked before it is used; a ring that makes no sense ends in
 * `VirtqueueOwner.broken()`, and nothing outside of guest RAM is ever touched.
 */
import { smpMb, smpRmb, smpWmb } from '@mttcg/atomic';
import type { Heap } from '@mttcg/atomic';
import { wordIndexes } from '../state.ts';
import type { Dma } from '../types.ts';
import { QUEUE_LAYOUT } from './layout.ts';
import * as R from './registers.ts';

/** The transport, as its queues see it. */
export interface VirtqueueOwner {
  /** Whether the driver took feature bit `1 << n` of the low 32. */
  hasFeature(mask: number): boolean;
  /** The driver broke the rules: the device stops until it is reset. */
  broken(reason: string): void;
  /** Sets the used-buffer interrupt. */
  interrupt(): void;
}

/** The buffers of one request. Reused: valid until the next {@link Virtqueue.pop} with it. */
export class Chain {
  /** Index of the first descriptor, which names the request in the used ring. */
  head = 0;
  /** Buffers that the device reads, then those that it writes. */
  readable = 0;
  writable = 0;
  /** Bytes in each of the two kinds. */
  readableBytes = 0;
  writableBytes = 0;
  /** Of each buffer: host address, guest physical address, length. */
  readonly host = new Float64Array(R.QUEUE_MAX);
  readonly pa = new Float64Array(R.QUEUE_MAX);
  readonly length = new Float64Array(R.QUEUE_MAX);
}

export class Virtqueue {
  readonly #heap: Heap;
  readonly #dma: Dma;
  readonly #owner: VirtqueueOwner;
  readonly #at: (typeof QUEUE_LAYOUT)['offset'];

  /** @param base host address of a {@link QUEUE_LAYOUT} */
  constructor(heap: Heap, base: number, dma: Dma, owner: VirtqueueOwner) {
    this.#heap = heap;
    this.#dma = dma;
    this.#owner = owner;
    this.#at = wordIndexes(QUEUE_LAYOUT.offset, base);
  }

  get ready(): boolean {
    return this.#heap.u32[this.#at.ready] !== 0;
  }

  /** Requests that wait in the available ring; 0 when the queue is not set up. */
  waiting(): number {
    if (!this.ready) return 0;
    const avail = this.#avail();
    if (avail < 0) return 0;
    const { u16, u32 } = this.#heap;
    const count = (u16[(avail >>> 1) + 1] - u32[this.#at.lastAvail]) & 0xffff;
    if (count > u32[this.#at.num]) {
      this.#owner.broken(`the available index is ${count} entries ahead of a queue of ${u32[this.#at.num]}`);
      return 0;
    }
    return count;
  }

  /** Takes the next request. False when there is none, or when the queue turns out to be broken. */
  pop(chain: Chain): boolean {
    if (this.waiting() === 0) return false;
    const { u16, u32 } = this.#heap;
    const at = this.#at;
    // The ring entry and the descriptors were written before the index: pairs with the driver's barrier before it.
    smpRmb(this.#heap);
    const num = u32[at.num];
    const last = u32[at.lastAvail];
    chain.head = u16[(this.#avail() >>> 1) + 2 + (last & (num - 1))];
    u32[at.lastAvail] = (last + 1) & 0xffff;
    return this.#walk(chain);
  }

  #walk(chain: Chain): boolean {
    const { u16, u32 } = this.#heap;
    const at = this.#at;
    chain.readable = chain.writable = chain.readableBytes = chain.writableBytes = 0;
    let count = u32[at.num];
    let table = this.#dma.host(address(u32, at.descLow), count * R.DESC_SIZE);
    let index = chain.head;
    let indirect = false;
    if (table < 0) return this.#broken('the descriptor table is not in RAM');
    for (let steps = 0; ; steps++) {
      if (index >= count) return this.#broken(`descriptor ${index} of ${count}`);
      if (steps >= count) return this.#broken('a descriptor chain that loops');
      // An indirect table may lie at any address, so it is read in halves.
      const d = table + index * R.DESC_SIZE;
      const half = d >>> 1;
      const pa = this.#half64(d);
      const length = (u16[half + 4] | (u16[half + 5] << 16)) >>> 0;
      const flags = u16[half + 6];
      if ((flags & R.DESC_F_INDIRECT) !== 0) {
        if (!this.#owner.hasFeature(R.F_INDIRECT_DESC)) return this.#broken('an indirect descriptor that was not negotiated');
        if (indirect || (flags & R.DESC_F_NEXT) !== 0) return this.#broken('an indirect descriptor inside of a chain');
        count = Math.floor(length / R.DESC_SIZE);
        if (count === 0 || length % R.DESC_SIZE !== 0) return this.#broken(`an indirect table of ${length} bytes`);
        table = this.#dma.host(pa, length);
        if (table < 0 || (table & 1) !== 0) return this.#broken('an indirect table that is not in RAM');
        indirect = true;
        index = 0;
        steps = -1;
        continue;
      }
      if (!this.#add(chain, pa, length, (flags & R.DESC_F_WRITE) !== 0)) return false;
      if ((flags & R.DESC_F_NEXT) === 0) return true;
      index = u16[half + 7];
    }
  }

  #add(chain: Chain, pa: number, length: number, writable: boolean): boolean {
    const i = chain.readable + chain.writable;
    if (i >= R.QUEUE_MAX) return this.#broken(`more than ${R.QUEUE_MAX} buffers in a request`);
    if (length === 0) return this.#broken('an empty buffer');
    if (!writable && chain.writable > 0) return this.#broken('a buffer to read after one to write');
    const host = this.#dma.host(pa, length);
    if (host < 0) return this.#broken(`a buffer of ${length} bytes at 0x${pa.toString(16)}, not in RAM`);
    chain.host[i] = host;
    chain.pa[i] = pa;
    chain.length[i] = length;
    if (writable) {
      chain.writable++;
      chain.writableBytes += length;
    } else {
      chain.readable++;
      chain.readableBytes += length;
    }
    return true;
  }

  /**
   * Gives a request back.
   * @param head {@link Chain.head}
   * @param written bytes that the device wrote, from the start of the writable buffers
   */
  push(head: number, written: number): void {
    const { u16, u32 } = this.#heap;
    const at = this.#at;
    const num = u32[at.num];
    const used = this.#used();
    if (used < 0) return void this.#broken('the used ring is not in RAM');
    const idx = u32[at.usedIdx];
    const entry = (used >>> 2) + 1 + (idx & (num - 1)) * 2;
    u32[entry] = head;
    u32[entry + 1] = written;
    // The entry before the index: pairs with the driver's read barrier after it.
    smpWmb(this.#heap);
    u32[at.usedIdx] = (idx + 1) & 0xffff;
    u16[(used >>> 1) + 1] = idx + 1;
    this.#dma.dirty(address(u32, at.usedLow), usedSize(num));
  }

  /** Interrupts the driver if it wants to know of what {@link push} gave back. */
  signal(): void {
    const { u16, u32 } = this.#heap;
    const at = this.#at;
    const avail = this.#avail();
    if (avail < 0) return;
    // The used index before the driver's wish: pairs with the driver's barrier between setting its wish and looking
    // at the used index again.
    smpMb(this.#heap);
    if (!this.#owner.hasFeature(R.F_EVENT_IDX)) {
      if ((u16[avail >>> 1] & R.AVAIL_F_NO_INTERRUPT) === 0) this.#owner.interrupt();
      return;
    }
    const event = u16[(avail >>> 1) + 2 + u32[at.num]];
    const old = u32[at.signalledUsed];
    const now = u32[at.usedIdx];
    const first = u32[at.signalledValid] === 0;
    u32[at.signalledUsed] = now;
    u32[at.signalledValid] = 1;
    if (first || ((now - event - 1) & 0xffff) < ((now - old) & 0xffff)) this.#owner.interrupt();
  }

  /**
   * Asks to be kicked for the next request. Returns whether one has come meanwhile, so that the caller looks again.
   */
  rearm(): boolean {
    if (!this.ready) return false;
    if (this.#owner.hasFeature(R.F_EVENT_IDX)) {
      const { u16, u32 } = this.#heap;
      const used = this.#used();
      if (used < 0) return this.#broken('the used ring is not in RAM');
      u16[(used >>> 1) + 2 + u32[this.#at.num] * 4] = u32[this.#at.lastAvail];
      // Our wish before the index: pairs with the driver's barrier between index and wish.
      smpMb(this.#heap);
    }
    return this.waiting() > 0;
  }

  /** Host address of the available ring, or -1 and broken. Alignment is checked when the queue is set up. */
  #avail(): number {
    const { u32 } = this.#heap;
    const host = this.#dma.host(address(u32, this.#at.availLow), availSize(u32[this.#at.num]));
    if (host < 0) this.#broken('the available ring is not in RAM');
    return host;
  }

  #used(): number {
    const { u32 } = this.#heap;
    return this.#dma.host(address(u32, this.#at.usedLow), usedSize(u32[this.#at.num]));
  }

  /** A 64-bit number at an even host address; beyond 2^53 it loses low bits, which no RAM check lets through. */
  #half64(at: number): number {
    const { u16 } = this.#heap;
    const i = at >>> 1;
    return ((u16[i + 2] | (u16[i + 3] << 16)) >>> 0) * 0x1_0000_0000 + ((u16[i] | (u16[i + 1] << 16)) >>> 0);
  }

  #broken(reason: string): false {
    this.#owner.broken(reason);
    return false;
  }
}

function address(u32: Uint32Array, low: number): number {
  return u32[low + 1] * 0x1_0000_0000 + u32[low];
}

/** Bytes of an available ring, the event index included. */
export function availSize(num: number): number {
  return 6 + num * 2;
}

/** Bytes of a used ring, the event index included. */
export function usedSize(num: number): number {
  return 6 + num * 8;
}
