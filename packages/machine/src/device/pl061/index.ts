import { defineLayout } from '@mttcg/atomic';
import { wordIndexes } from '../state.ts';
import type { AccessSize, DeviceLog, IrqLine, MmioDevice, SharedState } from '../types.ts';

/** Register map: PrimeCell General Purpose Input/Output (PL061) Technical Reference Manual, DDI 0190B, chapter 3. */
const DATA_END = 0x400;
const DIR = 0x400;
const IS = 0x404;
const IBE = 0x408;
const IEV = 0x40c;
const IE = 0x410;
const RIS = 0x414;
const MIS = 0x418;
const IC = 0x41c;
const AFSEL = 0x420;
const PERIPH_ID4 = 0xfd0;
const ID_REGISTERS: readonly number[] = [0, 0, 0, 0, 0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

const LAYOUT = defineLayout({
  name: 'pl061',
  fields: {
    /** Output latches. */
    data: 'u32',
    /** Levels from outside. */
    input: 'u32',
    dir: 'u32',
    is: 'u32',
    ibe: 'u32',
    iev: 'u32',
    ie: 'u32',
    /** Edges seen. Levels are not stored. */
    edges: 'u32',
    afsel: 'u32',
  },
});

export const PL061_STATE_SIZE = LAYOUT.size;

export interface Pl061Options {
  readonly irq: IrqLine;
  readonly log: DeviceLog;
  /** A line that is an output changed. */
  output?(line: number, level: 0 | 1): void;
}

/** PL061 GPIO: eight lines (DDI 0190B). Lines that nothing drives read as 0. */
export class Pl061 implements MmioDevice {
  readonly name = 'pl061';
  readonly size = 0x1000;
  readonly #u32: Uint32Array;
  readonly #at: (typeof LAYOUT)['offset'];
  readonly #options: Pl061Options;

  constructor(state: SharedState, options: Pl061Options) {
    this.#u32 = state.heap.u32;
    this.#at = wordIndexes(LAYOUT.offset, state.base);
    this.#options = options;
  }

  /** Keeps the levels from outside. */
  reset(): void {
    for (const [name, at] of Object.entries(this.#at)) if (name !== 'input') this.#u32[at] = 0;
    this.#update();
  }

  /** Level of line 0 to 7 from outside. Any thread, with the BQL held. */
  setInput(line: number, level: 0 | 1): void {
    const old = this.#pins();
    const bit = 1 << (line & 7);
    if (level !== 0) this.#u32[this.#at.input] |= bit;
    else this.#u32[this.#at.input] &= ~bit;
    this.#pinsChanged(old);
  }

  read(offset: number, _size: AccessSize): number {
    const u32 = this.#u32;
    const at = this.#at;
    if (offset < DATA_END) return this.#pins() & (offset >>> 2);
    switch (offset) {
      case DIR: return u32[at.dir];
      case IS: return u32[at.is];
      case IBE: return u32[at.ibe];
      case IEV: return u32[at.iev];
      case IE: return u32[at.ie];
      case RIS: return this.#raw();
      case MIS: return this.#raw() & u32[at.ie];
      case AFSEL: return u32[at.afsel];
      default:
        if (offset >= PERIPH_ID4) return ID_REGISTERS[(offset - PERIPH_ID4) >>> 2];
        return this.#bad('read', offset);
    }
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const u32 = this.#u32;
    const at = this.#at;
    const old = this.#pins();
    const byte = value & 0xff;
    if (offset < DATA_END) {
      // The address carries the mask of the lines to change.
      const mask = (offset >>> 2) & u32[at.dir];
      u32[at.data] = (u32[at.data] & ~mask) | (byte & mask);
      return this.#pinsChanged(old);
    }
    switch (offset) {
      case DIR:
        u32[at.dir] = byte;
        return this.#pinsChanged(old);
      case IS: u32[at.is] = byte; break;
      case IBE: u32[at.ibe] = byte; break;
      case IEV: u32[at.iev] = byte; break;
      case IE: u32[at.ie] = byte; break;
      case IC: u32[at.edges] &= ~byte; break;
      case AFSEL:
        u32[at.afsel] = byte;
        if (byte !== 0) this.#options.log.unimp(this.name, 'hardware control of lines (GPIOAFSEL)');
        break;
      default: return void this.#bad('write', offset);
    }
    this.#update();
  }

  /** What the eight pins show. */
  #pins(): number {
    const u32 = this.#u32;
    const { data, input, dir } = this.#at;
    return (u32[data] & u32[dir]) | (u32[input] & ~u32[dir] & 0xff);
  }

  #raw(): number {
    const u32 = this.#u32;
    const { is, iev, dir, edges } = this.#at;
    const active = ~(this.#pins() ^ u32[iev]) & ~u32[dir];
    return ((u32[edges] & ~u32[is]) | (active & u32[is])) & 0xff;
  }

  #pinsChanged(old: number): void {
    const u32 = this.#u32;
    const { dir, ibe, iev, edges } = this.#at;
    const now = this.#pins();
    const changed = old ^ now;
    if (changed !== 0) {
      // A rising edge counts where GPIOIEV is 1, a falling one where it is 0, either where GPIOIBE is 1.
      u32[edges] |= changed & ~u32[dir] & (u32[ibe] | ~(now ^ u32[iev]));
      for (let line = 0; line < 8; line++) {
        if (((changed & u32[dir]) >>> line & 1) !== 0) this.#options.output?.(line, ((now >>> line) & 1) as 0 | 1);
      }
    }
    this.#update();
  }

  #update(): void {
    this.#options.irq((this.#raw() & this.#u32[this.#at.ie]) !== 0 ? 1 : 0);
  }

  #bad(what: string, offset: number): number {
    this.#options.log.guestError(this.name, `${what} of no register, offset 0x${offset.toString(16)}`);
    return 0;
  }
}
