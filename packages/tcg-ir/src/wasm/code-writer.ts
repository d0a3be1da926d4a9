import { W } from './opcode.ts';

/**
 * Growing byte buffer with the number formats and instructions of the WebAssembly binary format. One function body, or
 * any other piece of a module. Reusable: `reset()` keeps the buffer.
 */
export class CodeWriter {
  buf: Uint8Array;
  pos = 0;
  /** Branch hints since `reset()`: position of the `if` or `br_if`, doubled, plus 1 if it is likely taken. */
  hints: Int32Array = new Int32Array(64);
  nHints = 0;
  /** Whether `hint()` records anything. */
  hinting = false;

  constructor(capacity = 4096) {
    this.buf = new Uint8Array(capacity);
  }

  reset(): void {
    this.pos = 0;
    this.nHints = 0;
  }

  /** Tells the engine what the `if` or `br_if` that follows will mostly do. */
  hint(likely: boolean): void {
    if (!this.hinting) return;
    if (this.nHints === this.hints.length) {
      const hints = new Int32Array(this.nHints * 2);
      hints.set(this.hints);
      this.hints = hints;
    }
    this.hints[this.nHints++] = this.pos * 2 + (likely ? 1 : 0);
  }

  byte(value: number): void {
    if (this.pos === this.buf.length) this.#grow(1);
    this.buf[this.pos++] = value;
  }

  /** A byte, then a u32: opcodes with an index. */
  #indexed(first: number, index: number): void {
    const p = this.pos;
    if (index > 0x7f || p + 2 > this.buf.length) {
      this.byte(first);
      this.u32(index);
      return;
    }
    const buf = this.buf;
    buf[p] = first;
    buf[p + 1] = index;
    this.pos = p + 2;
  }

  /** Appends bytes `from` to `to` of another buffer. */
  bytes(source: Uint8Array, from = 0, to: number = source.length): void {
    const n = to - from;
    if (this.pos + n > this.buf.length) this.#grow(n);
    if (from === 0 && to === source.length) this.buf.set(source, this.pos);
    else this.buf.set(source.subarray(from, to), this.pos);
    this.pos += n;
  }

  /** Unsigned LEB128 of a u32 (as any 32-bit number). */
  u32(value: number): void {
    let v = value >>> 0;
    while (v > 0x7f) {
      this.byte((v & 0x7f) | 0x80);
      v >>>= 7;
    }
    this.byte(v);
  }

  /** Signed LEB128 of an i32. */
  s32(value: number): void {
    let v = value | 0;
    if (this.pos + 5 > this.buf.length) this.#grow(5);
    const buf = this.buf;
    let p = this.pos;
    while (v < -64 || v > 63) {
      buf[p++] = v | 0x80;
      v >>= 7;
    }
    buf[p] = v & 0x7f;
    this.pos = p + 1;
  }

  /** Signed LEB128 of an i64 given as low and high word. */
  s64(lo: number, hi: number): void {
    let l = lo | 0;
    let h = hi | 0;
    while (h !== l >> 31) {
      this.byte((l & 0x7f) | 0x80);
      l = (l >>> 7) | (h << 25);
      h >>= 7;
    }
    this.s32(l);
  }

  /** Length-prefixed name; ASCII only. */
  name(text: string): void {
    this.u32(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i) & 0x7f);
  }

  /** An opcode of `W`, without its immediates. */
  op(opcode: number): void {
    if (opcode > 0xff) {
      this.byte(opcode >>> 16);
      this.u32(opcode & 0xffff);
    } else {
      this.byte(opcode);
    }
  }

  localGet(index: number): void {
    this.#indexed(W.local_get, index);
  }

  localSet(index: number): void {
    this.#indexed(W.local_set, index);
  }

  localTee(index: number): void {
    this.#indexed(W.local_tee, index);
  }

  globalGet(index: number): void {
    this.byte(W.global_get);
    this.u32(index);
  }

  globalSet(index: number): void {
    this.byte(W.global_set);
    this.u32(index);
  }

  i32Const(value: number): void {
    this.byte(W.i32_const);
    this.s32(value);
  }

  i64Const(lo: number, hi: number): void {
    this.byte(W.i64_const);
    this.s64(lo, hi);
  }

  /** i64 constant of a 32-bit signed number. */
  i64ConstS(value: number): void {
    this.byte(W.i64_const);
    this.s32(value);
  }

  f32Const(value: number): void {
    this.byte(W.f32_const);
    this.#float(new Uint8Array(Float32Array.of(value).buffer));
  }

  f64Const(value: number): void {
    this.byte(W.f64_const);
    this.#float(new Uint8Array(Float64Array.of(value).buffer));
  }

  v128Const(w0: number, w1: number, w2: number, w3: number): void {
    this.op(W.v128_const);
    this.word(w0);
    this.word(w1);
    this.word(w2);
    this.word(w3);
  }

  /** A load or store of `W` (atomics too): static offset in bytes, alignment hint as log2 (atomics need log2 of their size). */
  mem(opcode: number, offset: number, alignLog2 = 0): void {
    const p = this.pos;
    if (opcode > 0xff || offset > 0x3fff || p + 4 > this.buf.length) {
      this.op(opcode);
      this.byte(alignLog2);
      this.u32(offset);
      return;
    }
    const buf = this.buf;
    buf[p] = opcode;
    buf[p + 1] = alignLog2;
    if (offset < 0x80) {
      buf[p + 2] = offset;
      this.pos = p + 3;
    } else {
      buf[p + 2] = offset | 0x80;
      buf[p + 3] = offset >> 7;
      this.pos = p + 4;
    }
  }

  fence(): void {
    this.op(W.atomic_fence);
    this.byte(0);
  }

  /** An opcode with a lane index: extract_lane, replace_lane. */
  lane(opcode: number, index: number): void {
    this.op(opcode);
    this.byte(index);
  }

  /** `block`, `loop` or `if` with a value type (`WType`), the empty type by default. */
  open(opcode: number, type = 0x40): void {
    this.byte(opcode);
    this.byte(type);
  }

  end(): void {
    this.byte(W.end);
  }

  br(depth: number): void {
    this.byte(W.br);
    this.u32(depth);
  }

  brIf(depth: number): void {
    this.byte(W.br_if);
    this.u32(depth);
  }

  call(index: number): void {
    this.byte(W.call);
    this.u32(index);
  }

  /** Four raw bytes, little-endian. */
  word(value: number): void {
    this.byte(value & 255);
    this.byte((value >>> 8) & 255);
    this.byte((value >>> 16) & 255);
    this.byte(value >>> 24);
  }

  #float(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.byte(bytes[i]!);
  }

  #grow(room: number): void {
    const old = this.buf;
    this.buf = new Uint8Array(Math.max(old.length * 2, old.length + room));
    this.buf.set(old);
  }
}
