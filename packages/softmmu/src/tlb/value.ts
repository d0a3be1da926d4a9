import type { Heap } from '@mttcg/atomic';
import { MemOpBit } from './memop.ts';

/**
 * Moves values between host memory and the scratch words of a vCPU (16 bytes, 16-aligned). In host memory and in scratch
 * values are little-endian; BSWAP reverses the bytes of the access on the way.
 *
 * Aligned accesses up to 8 bytes are one host access, because the guest's architecture promises that other vCPUs see all
 * or nothing of them. BigInt64Array is used for that: as a plain copy the engine makes no BigInt of it.
 */
export class ValueMover {
  readonly #heap: Heap;
  /** Host address of the scratch words. */
  readonly #scratch: number;
  readonly #word: number;

  constructor(heap: Heap, scratch: number) {
    this.#heap = heap;
    this.#scratch = scratch;
    this.#word = scratch >>> 2;
  }

  /** Host memory to scratch, extended to 64 bits as the MemOp says. */
  load(host: number, memop: number): void {
    const { u8, u16, i32, i64 } = this.#heap;
    const w = this.#word;
    switch (memop & MemOpBit.SIZE_MASK) {
      case 0:
        i32[w] = u8[host]!;
        break;
      case 1:
        if ((host & 1) !== 0) this.#toScratch(host, 2);
        else i32[w] = u16[host >>> 1]!;
        break;
      case 2:
        if ((host & 3) !== 0) this.#toScratch(host, 4);
        else i32[w] = i32[host >>> 2]!;
        break;
      case 3:
        if ((host & 7) !== 0) this.#toScratch(host, 8);
        else i64[w >>> 1] = i64[host >>> 3]!;
        break;
      default:
        if ((host & 7) !== 0) {
          this.#toScratch(host, 16);
        } else {
          i64[w >>> 1] = i64[host >>> 3]!;
          i64[(w >>> 1) + 1] = i64[(host >>> 3) + 1]!;
        }
    }
    this.finishLoad(memop);
  }

  /** Scratch (prepared by {@link prepareStore}) to host memory. */
  store(host: number, memop: number): void {
    const { u8, u16, i32, i64 } = this.#heap;
    const w = this.#word;
    switch (memop & MemOpBit.SIZE_MASK) {
      case 0:
        u8[host] = i32[w]!;
        break;
      case 1:
        if ((host & 1) !== 0) this.fromScratch(0, host, 2);
        else u16[host >>> 1] = i32[w]!;
        break;
      case 2:
        if ((host & 3) !== 0) this.fromScratch(0, host, 4);
        else i32[host >>> 2] = i32[w]!;
        break;
      case 3:
        if ((host & 7) !== 0) this.fromScratch(0, host, 8);
        else i64[host >>> 3] = i64[w >>> 1]!;
        break;
      default:
        if ((host & 7) !== 0) {
          this.fromScratch(0, host, 16);
        } else {
          i64[host >>> 3] = i64[w >>> 1]!;
          i64[(host >>> 3) + 1] = i64[(w >>> 1) + 1]!;
        }
    }
  }

  /** Raw little-endian bytes in scratch to the value: byte order, then extension. */
  finishLoad(memop: number): void {
    const { i32 } = this.#heap;
    const w = this.#word;
    if ((memop & MemOpBit.BSWAP) !== 0) this.swap(memop & MemOpBit.SIZE_MASK);
    const signed = (memop & MemOpBit.SIGN) !== 0;
    let value = i32[w]!;
    switch (memop & MemOpBit.SIZE_MASK) {
      case 0:
        value = signed ? (value << 24) >> 24 : value & 0xff;
        break;
      case 1:
        value = signed ? (value << 16) >> 16 : value & 0xffff;
        break;
      case 2:
        break;
      default:
        return;
    }
    i32[w] = value;
    i32[w + 1] = signed ? value >> 31 : 0;
  }

  /** Reverses the bytes of the value of 2^sizeLog2 bytes in scratch. */
  swap(sizeLog2: number): void {
    const { i32 } = this.#heap;
    const w = this.#word;
    const a = bswap32(i32[w]!);
    if (sizeLog2 === 1) i32[w] = a >>> 16;
    else if (sizeLog2 === 2) i32[w] = a;
    else if (sizeLog2 === 3) {
      i32[w] = bswap32(i32[w + 1]!);
      i32[w + 1] = a;
    } else if (sizeLog2 === 4) {
      const b = bswap32(i32[w + 1]!);
      i32[w] = bswap32(i32[w + 3]!);
      i32[w + 1] = bswap32(i32[w + 2]!);
      i32[w + 2] = b;
      i32[w + 3] = a;
    }
  }

  /** Bytes of scratch from offset `at` on to host memory. */
  fromScratch(at: number, host: number, bytes: number): void {
    const { u8, i32 } = this.#heap;
    const from = this.#scratch + at;
    if (((host | from | bytes) & 3) === 0) for (let i = 0; i < bytes; i += 4) i32[(host + i) >>> 2] = i32[(from + i) >>> 2]!;
    else for (let i = 0; i < bytes; i++) u8[host + i] = u8[from + i]!;
  }

  /** Host memory to bytes of scratch from offset `at` on. */
  intoScratch(at: number, host: number, bytes: number): void {
    const { u8 } = this.#heap;
    const to = this.#scratch + at;
    for (let i = 0; i < bytes; i++) u8[to + i] = u8[host + i]!;
  }

  #toScratch(host: number, bytes: number): void {
    const { i32 } = this.#heap;
    if ((host & 3) === 0) for (let i = 0; i < bytes; i += 4) i32[(this.#scratch + i) >>> 2] = i32[(host + i) >>> 2]!;
    else this.intoScratch(0, host, bytes);
  }

  /** Puts a device's value of `bytes` (1, 2, 4) bytes at offset `at` of scratch. */
  put(at: number, value: number, bytes: number): void {
    const { u8 } = this.#heap;
    for (let i = 0; i < bytes; i++) u8[this.#scratch + at + i] = value >>> (i * 8);
  }

  /** Little-endian value of `bytes` (1, 2, 4) bytes at offset `at` of scratch. */
  get(at: number, bytes: number): number {
    const { u8 } = this.#heap;
    let value = 0;
    for (let i = 0; i < bytes; i++) value |= u8[this.#scratch + at + i]! << (i * 8);
    return value >>> 0;
  }
}

function bswap32(x: number): number {
  return (x << 24) | ((x & 0xff00) << 8) | ((x >>> 8) & 0xff00) | (x >>> 24);
}
