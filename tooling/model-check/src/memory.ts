/**
 * The shared memory of one execution. Committed bytes are in `bytes`; in relaxed mode each thread also has a buffer of
 * plain stores that have not taken effect yet, and loads may look back in time.
 *
 * - A plain store waits in its thread's buffer. Entries that share bytes take effect in order, others in any order.
 * - A plain load sees its own thread's buffered bytes; for others it returns what memory holds or what it has held since
 *   the thread's window opened: since its last atomic access or fence, and since its own last store to them. A load of
 *   buffered bytes is a step as well: before it, the own store may take effect, and after that one, another's.
 *
 * Bytes are the unit, so accesses of different widths mix: a load whose window has only stores of its own address and
 * width returns one of them as a whole; otherwise each byte is chosen by itself, which is what the memory model of
 * JavaScript allows (tearing).
 */
import { type Footprint, footprint, overlap, type Range } from './footprint.ts';
import { ModelError } from './error.ts';
import { Guesses, type StoredValues } from './late-loads.ts';

// The names may stand for the model's own constructors while it is installed.
export const RealUint8Array = Uint8Array;

export interface BufferedStore extends Range {
  /** Unique in the execution: the thread, and how many stores it had buffered before. */
  readonly thread: number;
  readonly serial: number;
  readonly bytes: Uint8Array;
  /** For traces: what is stored where. */
  readonly text: string;
  /** Steps made in all when it was buffered. */
  readonly after: number;
}

interface Write extends Range {
  /** Its position among all steps. */
  readonly step: number;
  readonly thread: number;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** More ways than this to put a load together from bytes are too many to explore. */
const MOST_VARIANTS = 64;

const keyOf = (bytes: Uint8Array): string => bytes.join();

export class ModelMemory {
  readonly bytes: Uint8Array;
  readonly relaxed: boolean;
  /** Buffered stores of each thread, oldest first. */
  readonly buffers: BufferedStore[][];
  /** Step from which on each thread's loads may return values. */
  readonly #windows: number[];
  readonly #writes: Write[] = [];
  readonly #serials: number[];

  /** Of loads that may return what is stored later; undefined where none may. */
  readonly guesses: Guesses | undefined;

  constructor(buffer: SharedArrayBuffer, threads: number, relaxed: boolean, values?: StoredValues) {
    this.bytes = new RealUint8Array(buffer);
    this.relaxed = relaxed;
    this.guesses = values === undefined ? undefined : new Guesses(values, threads);
    this.buffers = Array.from({ length: threads }, () => []);
    this.#windows = Array.from({ length: threads }, () => -1);
    this.#serials = Array.from({ length: threads }, () => 0);
  }

  read(range: Range): Uint8Array {
    return this.bytes.slice(range.address, range.address + range.size);
  }

  /** A store takes effect as step `step`. */
  write(step: number, thread: number, address: number, after: Uint8Array): void {
    if (this.relaxed) this.#writes.push({ step, thread, address, size: after.length, before: this.bytes.slice(address, address + after.length), after });
    this.bytes.set(after, address);
    this.guesses?.stored(thread, address, after);
  }

  buffer(thread: number, address: number, bytes: Uint8Array, text: string, after: number): void {
    this.buffers[thread].push({ thread, serial: this.#serials[thread]++, address, size: bytes.length, bytes, text, after });
  }

  /** Whether nothing that shares bytes with the entry comes before it. */
  isFirst(entry: BufferedStore): boolean {
    for (const other of this.buffers[entry.thread]) {
      if (other === entry) return true;
      if (overlap(other, entry)) return false;
    }
    return false;
  }

  flush(step: number, entry: BufferedStore): void {
    this.buffers[entry.thread].splice(this.buffers[entry.thread].indexOf(entry), 1);
    this.write(step, entry.thread, entry.address, entry.bytes);
  }

  /** What the thread loads from now on is what memory holds at step `step` or later. */
  openWindow(thread: number, step: number): void {
    this.#windows[thread] = step;
  }

  windowOf(thread: number): number {
    return this.#windows[thread];
  }

  /** Whether all bytes are the thread's own buffered ones. */
  forwards(thread: number, range: Range): boolean {
    return this.#forwarded(thread, range, this.read(range))?.every(Boolean) === true;
  }

  /** What a plain load may return: what memory holds now first, then older values. */
  variants(thread: number, range: Range): Uint8Array[] {
    const { address, size } = range;
    const current = this.read(range);
    const fixed = this.#forwarded(thread, range, current);
    if (fixed?.every(Boolean) === true) return [current];
    // newest first
    const seen: Write[] = [];
    for (let i = this.#writes.length - 1; i >= 0 && this.#writes[i].step > this.#windows[thread]; i--) {
      if (overlap(this.#writes[i], range)) seen.push(this.#writes[i]);
    }
    if (seen.length === 0) return [current];
    if (seen.every((write) => write.address === address && write.size === size) && fixed === undefined) {
      const whole = [current];
      for (const write of seen) {
        if (write.thread === thread) break;
        whole.push(write.before);
      }
      return distinct(whole);
    }
    return combine(current, fixed, seen, thread, range);
  }

  /** The steps that must have been made for a load to return these bytes: of several that stored the same, the oldest. */
  sources(thread: number, range: Range, bytes: Uint8Array): number[] {
    const fixed = this.#forwarded(thread, range, this.read(range));
    const sources = new Set<number>();
    for (let i = 0; i < range.size; i++) {
      if (fixed?.[i] === true) continue;
      let source = -1;
      for (let w = this.#writes.length - 1; w >= 0; w--) {
        const write = this.#writes[w];
        const at = range.address + i - write.address;
        if (at < 0 || at >= write.size) continue;
        // its own it would return from its buffer just as well
        if (write.after[at] === bytes[i]) source = write.thread === thread ? -1 : write.step;
        // what was there when the window opened is the oldest it may return
        if (write.step <= this.#windows[thread] || write.thread === thread) break;
        if (write.before[at] === bytes[i]) source = -1;
      }
      if (source >= 0) sources.add(source);
    }
    return [...sources];
  }

  /** Puts the thread's own buffered bytes into `current`. @returns which bytes they are, undefined for none */
  #forwarded(thread: number, range: Range, current: Uint8Array): boolean[] | undefined {
    let fixed: boolean[] | undefined;
    for (const entry of this.buffers[thread]) {
      if (!overlap(entry, range)) continue;
      fixed ??= Array.from({ length: range.size }, () => false);
      for (let i = 0; i < range.size; i++) {
        const at = range.address + i - entry.address;
        if (at < 0 || at >= entry.size) continue;
        current[i] = entry.bytes[at];
        fixed[i] = true;
      }
    }
    return fixed;
  }
}

/** All ways to put a load together byte by byte. */
function combine(current: Uint8Array, fixed: readonly boolean[] | undefined, seen: readonly Write[], thread: number, range: Range): Uint8Array[] {
  let ways = [current];
  for (let i = 0; i < range.size; i++) {
    if (fixed?.[i] === true) continue;
    const values = [current[i]];
    for (const write of seen) {
      const at = range.address + i - write.address;
      if (at < 0 || at >= write.size) continue;
      if (write.thread === thread) break;
      if (!values.includes(write.before[at])) values.push(write.before[at]);
    }
    if (values.length === 1) continue;
    ways = values.flatMap((value) => ways.map((bytes) => {
      const copy = bytes.slice();
      copy[i] = value;
      return copy;
    }));
    if (ways.length > MOST_VARIANTS) {
      throw new ModelError('ERR_UNSUPPORTED', `a plain load of ${range.size} bytes at ${range.address} is torn in more than ${MOST_VARIANTS} ways`);
    }
  }
  return distinct(ways);
}

function distinct(all: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(all.map((bytes) => [keyOf(bytes), bytes])).values()];
}

/** What a buffered store touches when it takes effect. */
export function flushFootprint(entry: BufferedStore): Footprint {
  return footprint('write', entry.address, entry.size);
}
