import type { AccessSize, DeviceLog, MmioDevice } from '../types.ts';
import type { GicCore } from './core.ts';
import { NUM_LINES, NUM_WORDS, priorityIndex, wordIndex } from './layout.ts';
import { ENABLE_GRP0, ENABLE_GRP1, GICD, GICD_IIDR_VALUE, ID_REGISTERS } from './registers.ts';

const NAME = 'gicv2-dist';
const SGI_MASK = 0xffff;

/** Classes of registers, by 0x80-byte block below 0x400. */
const BLOCK_SHIFT = 7;

/**
 * The distributor's registers (GICD_*). Byte and halfword accesses are taken at every register: in bitmaps of the
 * set/clear kind the bytes that are not written are zeros, elsewhere they keep their value.
 */
export class GicDistributor implements MmioDevice {
  readonly name = NAME;
  readonly size = 0x10000;
  readonly #core: GicCore;
  readonly #currentCpu: () => number;
  readonly #log: DeviceLog;

  constructor(core: GicCore, currentCpu: () => number, log: DeviceLog) {
    this.#core = core;
    this.#currentCpu = currentCpu;
    this.#log = log;
  }

  reset(): void {
    this.#core.reset();
  }

  read(offset: number, size: AccessSize): number {
    const word = this.#readWord(offset & ~3, this.#currentCpu());
    return (size === 4 ? word : word >>> ((offset & 3) * 8)) >>> 0;
  }

  #readWord(offset: number, cpu: number): number {
    const core = this.#core;
    const { u32, u8 } = core;
    if (offset < GICD.IGROUPR) {
      switch (offset) {
        case GICD.CTLR: return u32[core.distCtlr];
        case GICD.TYPER: return (NUM_WORDS - 1) | ((core.cpus - 1) << 5);
        case GICD.IIDR: return GICD_IIDR_VALUE;
        default: return this.#bad('read', offset);
      }
    }
    if (offset < GICD.IPRIORITYR) {
      const word = (offset & 0x7f) >>> 2;
      if (word >= NUM_WORDS) return 0;
      const index = wordIndex(word, cpu);
      switch (offset >>> BLOCK_SHIFT << BLOCK_SHIFT) {
        case GICD.IGROUPR: return u32[core.group + index];
        case GICD.ISENABLER:
        case GICD.ICENABLER: return u32[core.enabled + index];
        case GICD.ISPENDR:
        case GICD.ICPENDR: return core.pendingWord(index);
        default: return u32[core.active + index];
      }
    }
    if (offset < GICD.ITARGETSR) {
      const intid = offset - GICD.IPRIORITYR;
      return intid < NUM_LINES ? bytes(u8, core.priority + priorityIndex(intid, cpu)) : 0;
    }
    if (offset < GICD.ICFGR) {
      const intid = offset - GICD.ITARGETSR;
      if (intid >= NUM_LINES || core.cpus === 1) return 0;
      return intid < 32 ? Math.imul(1 << cpu, 0x01010101) : bytes(u8, core.targetsr + intid - 32);
    }
    if (offset < GICD.SGIR) {
      const intid = (offset - GICD.ICFGR) * 4;
      if (intid >= NUM_LINES) return 0;
      return spread(u32[core.edge + wordIndex(intid >>> 5, cpu)] >>> (intid & 16));
    }
    if (offset >= GICD.CPENDSGIR && offset < GICD.SPENDSGIR + 0x10) {
      return bytes(u8, core.sgiSource + cpu * 16 + (offset & 0xf));
    }
    if (offset >= GICD.PIDR4 && offset < 0x1000) return ID_REGISTERS[(offset - GICD.PIDR4) >>> 2];
    return this.#bad('read', offset);
  }

  write(offset: number, size: AccessSize, value: number): void {
    const core = this.#core;
    const cpu = this.#currentCpu();
    if (offset < GICD.IGROUPR) {
      if (offset !== GICD.CTLR) return void this.#bad('write', offset);
      core.u32[core.distCtlr] = value & (ENABLE_GRP0 | ENABLE_GRP1);
      return core.updateAll();
    }
    if (offset < GICD.IPRIORITYR) return this.#writeBitmap(offset, size, value, cpu);
    if (offset < GICD.ICFGR) {
      for (let i = 0; i < size; i++) this.#writeByte(offset + i, (value >>> (i * 8)) & 0xff, cpu);
      return core.updateAll();
    }
    if (offset < GICD.SGIR) return this.#writeConfig(offset, size, value, cpu);
    if (offset === GICD.SGIR) return this.#writeSgir(value, cpu);
    if (offset >= GICD.CPENDSGIR && offset < GICD.SPENDSGIR + 0x10) {
      for (let i = 0; i < size; i++) {
        const sgi = (offset + i) & 0xf;
        const old = core.u8[core.sgiSource + cpu * 16 + sgi];
        const bits = (value >>> (i * 8)) & 0xff;
        core.setSgiSources(cpu, sgi, offset < GICD.SPENDSGIR ? old & ~bits : old | bits);
      }
      return;
    }
    this.#bad('write', offset);
  }

  #writeBitmap(offset: number, size: AccessSize, value: number, cpu: number): void {
    const core = this.#core;
    const { u32 } = core;
    const word = (offset & 0x7f) >>> 2;
    if (word >= NUM_WORDS) return;
    const index = wordIndex(word, cpu);
    const shift = (offset & 3) * 8;
    const bits = value << shift;
    // SGIs are always enabled and only GICD_SGIR and GICD_[SC]PENDSGIR change whether they are pending.
    const fixed = word === 0 ? SGI_MASK : 0;
    switch (offset >>> BLOCK_SHIFT << BLOCK_SHIFT) {
      case GICD.IGROUPR: {
        const mask = (size === 4 ? -1 : (1 << (size * 8)) - 1) << shift;
        u32[core.group + index] = (u32[core.group + index] & ~mask) | (bits & mask);
        break;
      }
      case GICD.ISENABLER: u32[core.enabled + index] |= bits; break;
      case GICD.ICENABLER: u32[core.enabled + index] &= ~bits | fixed; break;
      case GICD.ISPENDR: u32[core.latched + index] |= bits & ~fixed; break;
      case GICD.ICPENDR: u32[core.latched + index] &= ~bits | fixed; break;
      case GICD.ISACTIVER: u32[core.active + index] |= bits; break;
      default: u32[core.active + index] &= ~bits; break;
    }
    if (word === 0) core.update(cpu);
    else core.updateAll();
  }

  /** GICD_IPRIORITYR and GICD_ITARGETSR. */
  #writeByte(offset: number, value: number, cpu: number): void {
    const core = this.#core;
    const intid = offset & 0x3ff;
    if (intid >= NUM_LINES) return;
    if (offset < GICD.ITARGETSR) {
      core.u8[core.priority + priorityIndex(intid, cpu)] = value;
      return;
    }
    if (intid < 32 || core.cpus === 1) return;
    const targets = value & ((1 << core.cpus) - 1);
    core.u8[core.targetsr + intid - 32] = targets;
    const bit = 1 << (intid & 31);
    for (let to = 0; to < core.cpus; to++) {
      const at = core.target + to * (NUM_WORDS - 1) + (intid >>> 5) - 1;
      if (((targets >>> to) & 1) !== 0) core.u32[at] |= bit;
      else core.u32[at] &= ~bit;
    }
  }

  #writeConfig(offset: number, size: AccessSize, value: number, cpu: number): void {
    const core = this.#core;
    const first = (offset - GICD.ICFGR) * 4;
    if (first >= NUM_LINES) return;
    const at = core.edge + wordIndex(first >>> 5, cpu);
    for (let i = 0; i < size * 4; i++) {
      const intid = first + i;
      if (intid < 16) continue;
      const bit = 1 << (intid & 31);
      if (((value >>> (i * 2 + 1)) & 1) !== 0) core.u32[at] |= bit;
      else core.u32[at] &= ~bit;
    }
    core.updateAll();
  }

  #writeSgir(value: number, cpu: number): void {
    const all = (1 << this.#core.cpus) - 1;
    let to: number;
    switch ((value >>> 24) & 3) {
      case 0: to = (value >>> 16) & all; break;
      case 1: to = all & ~(1 << cpu); break;
      case 2: to = 1 << cpu; break;
      default: return this.#log.guestError(NAME, 'reserved target filter in GICD_SGIR');
    }
    this.#core.sendSgi(value & 0xf, cpu, to);
  }

  #bad(what: string, offset: number): number {
    this.#log.guestError(NAME, `${what} of no register, offset 0x${offset.toString(16)}`);
    return 0;
  }
}

/** Four bytes as one little-endian word. `at` is a multiple of 4. */
function bytes(u8: Uint8Array, at: number): number {
  return u8[at] | (u8[at + 1] << 8) | (u8[at + 2] << 16) | (u8[at + 3] << 24);
}

/** Bits 15:0 to the odd bits of a word: the fields of GICD_ICFGR. */
function spread(bits: number): number {
  let x = bits & 0xffff;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  x = (x | (x << 1)) & 0x55555555;
  return x << 1;
}
