import { AtomicError } from './error.ts';
import { makeFence } from './primitive.ts';

/**
 * Views of every width over one shared memory. Addresses ("host addresses") are byte offsets from its start; the view
 * index is the address divided by the width, as an unsigned shift: `heap.u32[addr >>> 2]`.
 *
 * A `WebAssembly.Memory` must have been created with `initial` equal to `maximum`: growing it would leave these views
 * stale, so nothing grows it.
 */
export class Heap {
  /** The memory itself. */
  readonly buffer: SharedArrayBuffer;
  /** As signed bytes. */
  readonly i8: Int8Array<SharedArrayBuffer>;
  /** As bytes. */
  readonly u8: Uint8Array<SharedArrayBuffer>;
  /** As signed 16-bit words. */
  readonly i16: Int16Array<SharedArrayBuffer>;
  /** As 16-bit words. */
  readonly u16: Uint16Array<SharedArrayBuffer>;
  /** As signed 32-bit words. */
  readonly i32: Int32Array<SharedArrayBuffer>;
  /** As 32-bit words. */
  readonly u32: Uint32Array<SharedArrayBuffer>;
  /** As 32-bit floats. */
  readonly f32: Float32Array<SharedArrayBuffer>;
  /** As 64-bit floats. */
  readonly f64: Float64Array<SharedArrayBuffer>;
  /** As signed 64-bit words. */
  readonly i64: BigInt64Array<SharedArrayBuffer>;
  /** As 64-bit words. */
  readonly u64: BigUint64Array<SharedArrayBuffer>;
  readonly #memory: WebAssembly.Memory | undefined;
  #fence: (() => void) | undefined;

  /** @throws AtomicError ERR_NOT_SHARED for memory that other threads cannot see, ERR_BAD_ARGUMENT for a length not a multiple of 8 */
  constructor(memory: WebAssembly.Memory | SharedArrayBuffer) {
    const shared = memory instanceof SharedArrayBuffer;
    const buffer: unknown = shared ? memory : memory.buffer;
    if (!(buffer instanceof SharedArrayBuffer)) {
      throw new AtomicError('ERR_NOT_SHARED', 'memory: not shared; create it with { shared: true, initial: n, maximum: n }');
    }
    if (buffer.byteLength % 8 !== 0) throw new AtomicError('ERR_BAD_ARGUMENT', `memory: ${buffer.byteLength} bytes is not a multiple of 8`);
    this.#memory = shared ? undefined : memory;
    this.buffer = buffer;
    this.i8 = new Int8Array(buffer);
    this.u8 = new Uint8Array(buffer);
    this.i16 = new Int16Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.u64 = new BigUint64Array(buffer);
  }

  /** Bytes of the memory. */
  get size(): number {
    return this.buffer.byteLength;
  }

  /** The memory to give to WebAssembly modules. @throws AtomicError ERR_BAD_ARGUMENT when built over a bare SharedArrayBuffer */
  get memory(): WebAssembly.Memory {
    if (this.#memory === undefined) throw new AtomicError('ERR_BAD_ARGUMENT', 'heap: built over a SharedArrayBuffer, there is no WebAssembly.Memory');
    return this.#memory;
  }

  /** Full fence between plain accesses of this thread: the `smp_*` barriers are made of it. 10 to 25 ns. */
  fence(): void {
    (this.#fence ??= makeFence())();
  }
}
