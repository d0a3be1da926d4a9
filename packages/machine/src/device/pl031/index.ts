import { defineLayout } from '@mttcg/atomic';
import { wordIndexes } from '../state.ts';
import type {
  AccessSize, Clock, DeviceLog, DeviceTimer, IrqLine, MmioDevice, SharedState, TimerClient, WallClock,
} from '../types.ts';

/** Register map: PrimeCell Real Time Clock (PL031) Technical Reference Manual, DDI 0224C, chapter 3. */
const DR = 0x00;
const MR = 0x04;
const LR = 0x08;
const CR = 0x0c;
const IMSC = 0x10;
const RIS = 0x14;
const MIS = 0x18;
const ICR = 0x1c;
const PERIPH_ID0 = 0xfe0;
const ID_REGISTERS: readonly number[] = [0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1];

const SECOND_NS = 1e9;

const LAYOUT = defineLayout({
  name: 'pl031',
  fields: {
    /** What the counter showed at virtual time 0. */
    origin: 'u32',
    mr: 'u32',
    lr: 'u32',
    imsc: 'u32',
    ris: 'u32',
  },
});

export const PL031_STATE_SIZE = LAYOUT.size;

export interface Pl031Options {
  readonly irq: IrqLine;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly timer: DeviceTimer;
  readonly log: DeviceLog;
}

/** PL031 real-time clock (DDI 0224C): seconds since 1970, and one alarm. It always runs: RTCCR cannot stop it. */
export class Pl031 implements MmioDevice, TimerClient {
  readonly name = 'pl031';
  readonly size = 0x1000;
  readonly #u32: Uint32Array;
  readonly #at: (typeof LAYOUT)['offset'];
  readonly #options: Pl031Options;

  constructor(state: SharedState, options: Pl031Options) {
    this.#u32 = state.heap.u32;
    this.#at = wordIndexes(LAYOUT.offset, state.base);
    this.#options = options;
  }

  reset(): void {
    const at = this.#at;
    this.#u32[at.origin] = Math.floor(this.#options.wallClock.nowSeconds()) - this.#elapsed();
    for (const i of [at.mr, at.lr, at.imsc, at.ris]) this.#u32[i] = 0;
    this.#options.timer.cancel();
    this.#update();
  }

  read(offset: number, _size: AccessSize): number {
    const u32 = this.#u32;
    const at = this.#at;
    switch (offset) {
      case DR: return this.#count();
      case MR: return u32[at.mr];
      case LR: return u32[at.lr];
      case CR: return 1;
      case IMSC: return u32[at.imsc];
      case RIS: return u32[at.ris];
      case MIS: return u32[at.ris] & u32[at.imsc];
      default:
        if (offset >= PERIPH_ID0) return ID_REGISTERS[(offset - PERIPH_ID0) >>> 2];
        return this.#bad('read', offset);
    }
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const u32 = this.#u32;
    const at = this.#at;
    switch (offset) {
      case MR:
        u32[at.mr] = value;
        return this.#arm();
      case LR:
        u32[at.lr] = value;
        u32[at.origin] = value - this.#elapsed();
        return this.#arm();
      case CR: return;
      case IMSC: u32[at.imsc] = value & 1; break;
      case ICR: u32[at.ris] &= ~value; break;
      default: return void this.#bad('write', offset);
    }
    this.#update();
  }

  onTimer(): void {
    // The deadline may have been moved between its passing and this call.
    if (this.#u32[this.#at.mr] !== this.#count()) return this.#arm();
    this.#match();
  }

  #elapsed(): number {
    return Math.floor(this.#options.clock.nowNs() / SECOND_NS);
  }

  #count(): number {
    return (this.#u32[this.#at.origin] + this.#elapsed()) >>> 0;
  }

  /** Sets the alarm for when the counter reaches RTCMR; the counter wraps after 2^32 seconds. */
  #arm(): void {
    const wait = (this.#u32[this.#at.mr] - this.#count()) >>> 0;
    if (wait === 0) this.#match();
    else this.#options.timer.arm((this.#elapsed() + wait) * SECOND_NS);
  }

  #match(): void {
    this.#options.timer.cancel();
    this.#u32[this.#at.ris] = 1;
    this.#update();
  }

  #update(): void {
    this.#options.irq((this.#u32[this.#at.ris] & this.#u32[this.#at.imsc] & 1) !== 0 ? 1 : 0);
  }

  #bad(what: string, offset: number): number {
    this.#options.log.guestError(this.name, `${what} of no register, offset 0x${offset.toString(16)}`);
    return 0;
  }
}
