import type { Heap } from '@mttcg/atomic';
import { FlatView, type Section } from './flat-view.ts';
import { type MemoryRegion, RegionKind, type RegionObserver } from './region.ts';

/** Result of the last physical access. */
export const BusStatus = { OK: 0, UNASSIGNED: 1 } as const;

/**
 * The physical address space as one thread sees it: the flat view of a region tree, rebuilt when the tree changes, and
 * physical accesses for devices' registers, loaders and bus masters.
 */
export class AddressSpace implements RegionObserver {
  readonly heap: Heap;
  readonly root: MemoryRegion;
  #view: FlatView | undefined;
  readonly #listeners = new Set<() => void>();
  /** BusStatus of the last {@link read} or {@link write}. */
  status: number = BusStatus.OK;

  constructor(heap: Heap, root: MemoryRegion) {
    this.heap = heap;
    this.root = root;
    root.observe(this);
  }

  get view(): FlatView {
    return (this.#view ??= new FlatView(this.root));
  }

  /** Called by the tree. */
  regionChanged(): void {
    this.#view = undefined;
    for (const listener of this.#listeners) listener();
  }

  /** `listener` runs after each change of the tree (TLBs flush then). Returns what takes it off again. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The section at `pa`; kind CONTAINER where nothing lies. */
  find(pa: number): Section {
    return this.view.find(pa);
  }

  /** Host address of `size` bytes of RAM, or -1 when they are not all in one RAM region. */
  ramHost(pa: number, size: number): number {
    const section = this.view.find(pa);
    return section.kind === RegionKind.RAM && pa + size <= section.end ? section.host + (pa - section.start) : -1;
  }

  /** The same for memory that is only read: RAM or ROM. */
  readableHost(pa: number, size: number): number {
    const section = this.view.find(pa);
    return section.plain && pa + size <= section.end ? section.host + (pa - section.start) : -1;
  }

  /**
   * Reads 1, 2 or 4 bytes as a little-endian u32, naturally aligned (not checked for memory). Caller holds the big lock
   * if device registers may answer. Where nothing answers: 0 and `status` UNASSIGNED.
   */
  read(pa: number, size: 1 | 2 | 4): number {
    const section = this.view.find(pa);
    const offset = pa - section.start;
    this.status = BusStatus.OK;
    if (section.kind === RegionKind.IO) {
      const ops = section.region!.ops!;
      const at = section.offset + offset;
      if (ops.accepts === undefined || ops.accepts(at, size, false)) {
        const value = ops.read(at, size);
        return size === 4 ? value >>> 0 : value & (size === 2 ? 0xffff : 0xff);
      }
    } else if (section.plain && pa + size <= section.end) {
      return this.#readHost(section.host + offset, size);
    }
    this.status = BusStatus.UNASSIGNED;
    return 0;
  }

  /** Writes the low `size` bytes of `value`; stores to ROM do nothing. As {@link read}. RAM: dirty tracking is the caller's. */
  write(pa: number, size: 1 | 2 | 4, value: number): void {
    const section = this.view.find(pa);
    const offset = pa - section.start;
    this.status = BusStatus.OK;
    if (section.kind === RegionKind.IO) {
      const ops = section.region!.ops!;
      const at = section.offset + offset;
      if (ops.accepts === undefined || ops.accepts(at, size, true)) {
        ops.write(at, size, size === 4 ? value >>> 0 : value & (size === 2 ? 0xffff : 0xff));
        return;
      }
    } else if (section.plain && pa + size <= section.end) {
      if (section.kind === RegionKind.RAM) this.#writeHost(section.host + offset, size, value);
      return;
    }
    this.status = BusStatus.UNASSIGNED;
  }

  #readHost(host: number, size: number): number {
    const { u8, u16, u32 } = this.heap;
    if (size === 4 && (host & 3) === 0) return u32[host >>> 2]!;
    if (size === 2 && (host & 1) === 0) return u16[host >>> 1]!;
    let value = 0;
    for (let i = 0; i < size; i++) value |= u8[host + i]! << (i * 8);
    return value >>> 0;
  }

  #writeHost(host: number, size: number, value: number): void {
    const { u8, u16, u32 } = this.heap;
    if (size === 4 && (host & 3) === 0) u32[host >>> 2] = value;
    else if (size === 2 && (host & 1) === 0) u16[host >>> 1] = value;
    else for (let i = 0; i < size; i++) u8[host + i] = value >>> (i * 8);
  }

  /** Copies bytes into RAM or ROM (loaders), across sections. @throws RangeError where neither lies */
  load(pa: number, bytes: Uint8Array): void {
    this.#runs(pa, bytes.length, (host, at, n) => this.heap.u8.set(bytes.subarray(at, at + n), host));
  }

  /** Copies bytes out of RAM or ROM. @throws RangeError where neither lies */
  save(pa: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    this.#runs(pa, length, (host, at, n) => out.set(this.heap.u8.subarray(host, host + n), at));
    return out;
  }

  #runs(pa: number, length: number, run: (host: number, at: number, bytes: number) => void): void {
    for (let at = 0; at < length; ) {
      const section = this.view.find(pa + at);
      if (!section.plain) throw new RangeError(`no memory at physical address 0x${(pa + at).toString(16)}`);
      const n = Math.min(length - at, section.end - (pa + at));
      run(section.host + (pa + at - section.start), at, n);
      at += n;
    }
  }
}
