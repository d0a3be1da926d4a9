import { defineLayout } from '@mttcg/atomic';
import type { AccessSize, CharBackend, CharReceiver, DeviceLog, IrqLine, MmioDevice, SharedState } from '../types.ts';
import { wordIndexes } from '../state.ts';
import * as R from './registers.ts';

export const PL011_FIFO_SIZE = 32;

const LAYOUT = defineLayout({
  name: 'pl011',
  fields: {
    ilpr: 'u32',
    ibrd: 'u32',
    fbrd: 'u32',
    lcrH: 'u32',
    cr: 'u32',
    ifls: 'u32',
    imsc: 'u32',
    ris: 'u32',
    dmacr: 'u32',
    rsr: 'u32',
    /** An overrun that the next received byte reports. */
    overrun: 'u32',
    /** Receive FIFO: first entry, number of entries, entries (byte and error bits as in UARTDR). */
    head: 'u32',
    count: 'u32',
    fifo: ['u32', PL011_FIFO_SIZE],
  },
});

export const PL011_STATE_SIZE = LAYOUT.size;

export interface Pl011Options {
  readonly irq: IrqLine;
  readonly chr: CharBackend;
  readonly log: DeviceLog;
}

/**
 * PL011 UART (DDI 0183G). Bytes are sent at once, so the transmit FIFO is always empty; the receive interrupt comes with
 * the first byte whatever UARTIFLS says, since no time passes here that a receive timeout could measure. Like QEMU's
 * model it sends and receives even while UARTCR has it disabled: simple guests forget to enable it.
 */
export class Pl011 implements MmioDevice, CharReceiver {
  readonly name = 'pl011';
  readonly size = 0x1000;
  readonly #u32: Uint32Array;
  readonly #at: (typeof LAYOUT)['offset'];
  readonly #options: Pl011Options;

  constructor(state: SharedState, options: Pl011Options) {
    this.#u32 = state.heap.u32;
    this.#options = options;
    this.#at = wordIndexes(LAYOUT.offset, state.base);
  }

  reset(): void {
    const { fifo, cr, ifls } = this.#at;
    for (const at of Object.values(this.#at)) this.#u32[at] = 0;
    this.#u32.fill(0, fifo, fifo + PL011_FIFO_SIZE);
    this.#u32[cr] = R.CR_RESET;
    this.#u32[ifls] = R.IFLS_RESET;
    this.#update();
  }

  read(offset: number, _size: AccessSize): number {
    const u32 = this.#u32;
    const at = this.#at;
    switch (offset & ~3) {
      case R.DR: return (offset & 3) === 0 ? this.#pop() : 0;
      case R.RSR: return u32[at.rsr];
      case R.FR: return this.#flags();
      case R.ILPR: return u32[at.ilpr];
      case R.IBRD: return u32[at.ibrd];
      case R.FBRD: return u32[at.fbrd];
      case R.LCR_H: return u32[at.lcrH];
      case R.CR: return u32[at.cr];
      case R.IFLS: return u32[at.ifls];
      case R.IMSC: return u32[at.imsc];
      case R.RIS: return u32[at.ris];
      case R.MIS: return u32[at.ris] & u32[at.imsc];
      case R.DMACR: return u32[at.dmacr];
      default:
        if (offset >= R.PERIPH_ID0) return R.ID_REGISTERS[(offset - R.PERIPH_ID0) >>> 2];
        return this.#bad('read', offset);
    }
  }

  write(offset: number, _size: AccessSize, value: number): void {
    const u32 = this.#u32;
    const at = this.#at;
    switch (offset) {
      case R.DR: return this.#send(value & 0xff);
      case R.RSR: u32[at.rsr] = 0; return;
      case R.FR: return;
      case R.ILPR: u32[at.ilpr] = value & 0xff; return;
      case R.IBRD: u32[at.ibrd] = value & 0xffff; return;
      case R.FBRD: u32[at.fbrd] = value & 0x3f; return;
      case R.LCR_H: return this.#writeLcrH(value & 0xff);
      case R.CR: u32[at.cr] = value & 0xffff; return;
      case R.IFLS: u32[at.ifls] = value & 0x3f; return;
      case R.IMSC: u32[at.imsc] = value & R.INT_MASK; break;
      case R.ICR: u32[at.ris] &= ~value; break;
      case R.DMACR:
        u32[at.dmacr] = value & 7;
        if ((value & 3) !== 0) this.#options.log.unimp(this.name, 'DMA requests');
        return;
      default: return void this.#bad('write', offset);
    }
    this.#update();
  }

  canReceive(): number {
    return this.#depth() - this.#u32[this.#at.count];
  }

  receive(byte: number): void {
    this.#push(byte & 0xff);
  }

  /** The line was held at zero for longer than a character. */
  receiveBreak(): void {
    this.#push(R.DR_BE);
  }

  #depth(): number {
    return (this.#u32[this.#at.lcrH] & R.LCR_H_FEN) !== 0 ? PL011_FIFO_SIZE : 1;
  }

  #flags(): number {
    const count = this.#u32[this.#at.count];
    return R.FR_TXFE | (count === 0 ? R.FR_RXFE : 0) | (count >= this.#depth() ? R.FR_RXFF : 0);
  }

  #push(entry: number): void {
    const u32 = this.#u32;
    const at = this.#at;
    const count = u32[at.count];
    if (count >= this.#depth()) {
      u32[at.overrun] = R.DR_OE;
      u32[at.ris] |= R.INT_OE;
    } else {
      u32[at.fifo + ((u32[at.head] + count) % PL011_FIFO_SIZE)] = entry | u32[at.overrun];
      u32[at.overrun] = 0;
      u32[at.count] = count + 1;
      u32[at.ris] |= R.INT_RX;
    }
    this.#update();
  }

  #pop(): number {
    const u32 = this.#u32;
    const at = this.#at;
    const count = u32[at.count];
    if (count === 0) return 0;
    const entry = u32[at.fifo + u32[at.head]];
    u32[at.head] = (u32[at.head] + 1) % PL011_FIFO_SIZE;
    u32[at.count] = count - 1;
    u32[at.rsr] = entry >>> 8;
    if (count === 1) u32[at.ris] &= ~R.INT_RX;
    this.#update();
    if (count === this.#depth()) this.#options.chr.acceptInput?.();
    return entry;
  }

  #send(byte: number): void {
    if ((this.#u32[this.#at.cr] & R.CR_LBE) !== 0) this.#push(byte);
    else this.#options.chr.write(byte);
    this.#u32[this.#at.ris] |= R.INT_TX;
    this.#update();
  }

  #writeLcrH(value: number): void {
    const u32 = this.#u32;
    const at = this.#at;
    const changed = u32[at.lcrH] ^ value;
    u32[at.lcrH] = value;
    if ((changed & R.LCR_H_FEN) !== 0) {
      u32[at.head] = 0;
      u32[at.count] = 0;
      u32[at.ris] &= ~R.INT_RX;
      this.#update();
      this.#options.chr.acceptInput?.();
    }
    if ((changed & value & R.LCR_H_BRK) !== 0 && (u32[at.cr] & R.CR_LBE) !== 0) this.#push(R.DR_BE);
  }

  #update(): void {
    this.#options.irq((this.#u32[this.#at.ris] & this.#u32[this.#at.imsc]) !== 0 ? 1 : 0);
  }

  #bad(what: string, offset: number): number {
    this.#options.log.guestError(this.name, `${what} of no register, offset 0x${offset.toString(16)}`);
    return 0;
  }
}
