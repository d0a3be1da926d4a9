/**
 * The GIC's state and what changes it: input lines, pending selection, acknowledge, end of interrupt. The register
 * windows (distributor.ts, cpu-interface.ts) sit on top of it.
 *
 * Everything is a bitmap over the 288 interrupts, so finding a CPU's next interrupt is nine masked words. The result is
 * kept in `best` and `output`, recomputed for the CPUs that a change can concern; acknowledging reads it.
 */
import type { SharedState } from '../types.ts';
import { LAYOUT, MAX_CPUS, NUM_SPIS, NUM_WORDS, priorityIndex, wordIndex } from './layout.ts';
import {
  CTLR_ACK_CTL, CTLR_CBPR, CTLR_EOI_MODE, CTLR_FIQ_EN, ENABLE_GRP0, ENABLE_GRP1, INTID_GROUP1_ONLY, INTID_SPURIOUS,
} from './registers.ts';

const IDLE_PRIORITY = 256;
const OUTPUT_IRQ = 1;
const OUTPUT_FIQ = 2;
const SGI_MASK = 0xffff;

export interface GicOutputs {
  /** Level of a CPU's IRQ input; called only when it changes, on the thread that caused it, with the BQL held. */
  irqOut(cpu: number, level: 0 | 1): void;
  /** The same for FIQ. */
  fiqOut(cpu: number, level: 0 | 1): void;
}

export class GicCore {
  readonly cpus: number;
  readonly u32: Uint32Array;
  readonly u8: Uint8Array;
  readonly #out: GicOutputs;

  /** Indexes into `u32` of the state block's arrays. */
  readonly distCtlr: number;
  readonly group: number;
  readonly enabled: number;
  readonly latched: number;
  readonly active: number;
  readonly level: number;
  readonly edge: number;
  readonly target: number;
  readonly ctlr: number;
  readonly pmr: number;
  readonly bpr: number;
  readonly abpr: number;
  readonly apr: number;
  readonly nsapr: number;
  readonly running: number;
  readonly best: number;
  readonly output: number;
  /** Indexes into `u8`. */
  readonly priority: number;
  readonly targetsr: number;
  readonly sgiSource: number;

  constructor(state: SharedState, cpus: number, out: GicOutputs) {
    if (cpus < 1 || cpus > MAX_CPUS) throw new RangeError(`a GICv2 has 1 to ${MAX_CPUS} CPUs, not ${cpus}`);
    this.cpus = cpus;
    this.u32 = state.heap.u32;
    this.u8 = state.heap.u8;
    this.#out = out;
    const { offset } = LAYOUT;
    const word = (at: number): number => (state.base + at) >>> 2;
    this.distCtlr = word(offset.distCtlr);
    this.group = word(offset.group);
    this.enabled = word(offset.enabled);
    this.latched = word(offset.latched);
    this.active = word(offset.active);
    this.level = word(offset.level);
    this.edge = word(offset.edge);
    this.target = word(offset.target);
    this.ctlr = word(offset.ctlr);
    this.pmr = word(offset.pmr);
    this.bpr = word(offset.bpr);
    this.abpr = word(offset.abpr);
    this.apr = word(offset.apr);
    this.nsapr = word(offset.nsapr);
    this.running = word(offset.running);
    this.best = word(offset.best);
    this.output = word(offset.output);
    this.priority = state.base + offset.priority;
    this.targetsr = state.base + offset.targetsr;
    this.sgiSource = state.base + offset.sgiSource;
  }

  /** Power-on state. Input lines are forgotten: their drivers set them again. */
  reset(): void {
    const { u32, u8 } = this;
    u8.fill(0, this.distCtlr * 4, this.output * 4);
    for (let cpu = 0; cpu < MAX_CPUS; cpu++) {
      u32[this.enabled + cpu] = SGI_MASK;
      u32[this.edge + cpu] = SGI_MASK;
      u32[this.abpr + cpu] = 1;
      u32[this.running + cpu] = IDLE_PRIORITY;
    }
    if (this.cpus === 1) {
      // With one CPU there is no GICD_ITARGETSR; every SPI goes to it.
      u8.fill(1, this.targetsr, this.targetsr + NUM_SPIS);
      u32.fill(0xffffffff, this.target, this.target + NUM_WORDS - 1);
    }
    this.updateAll();
  }

  /** Input line of SPI `spi` (0 to 255, so interrupt id `32 + spi`). */
  setSpi(spi: number, level: 0 | 1): void {
    if (spi < 0 || spi >= NUM_SPIS) throw new RangeError(`no SPI ${spi}`);
    const word = wordIndex((spi >>> 5) + 1, 0);
    if (this.#setLine(word, 1 << (spi & 31), level)) this.#updateMask(this.u8[this.targetsr + spi]);
  }

  /** Input line of a private interrupt of one CPU, by interrupt id (16 to 31). */
  setPpi(cpu: number, intid: number, level: 0 | 1): void {
    if (cpu < 0 || cpu >= this.cpus || intid < 16 || intid > 31) throw new RangeError(`no PPI ${intid} on CPU ${cpu}`);
    if (this.#setLine(cpu, 1 << intid, level)) this.update(cpu);
  }

  /** Returns whether the interrupt's pending state may have changed. */
  #setLine(word: number, bit: number, level: 0 | 1): boolean {
    const { u32 } = this;
    const old = u32[this.level + word];
    const now = level !== 0 ? old | bit : old & ~bit;
    if ((now ^ old) === 0) return false;
    u32[this.level + word] = now;
    if ((u32[this.edge + word] & bit) === 0) return true;
    if (level === 0) return false;
    u32[this.latched + word] |= bit;
    return true;
  }

  /** Sends SGI `sgi` from CPU `from` to each CPU in the bit mask `to`. */
  sendSgi(sgi: number, from: number, to: number): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) {
      if (((to >>> cpu) & 1) !== 0) this.setSgiSources(cpu, sgi, this.u8[this.sgiSource + cpu * 16 + sgi] | (1 << from));
    }
  }

  /** Sets which CPUs' SGI `sgi` is pending on `cpu`. */
  setSgiSources(cpu: number, sgi: number, sources: number): void {
    this.#storeSgiSources(cpu, sgi, sources & ((1 << this.cpus) - 1));
    this.update(cpu);
  }

  #storeSgiSources(cpu: number, sgi: number, sources: number): void {
    this.u8[this.sgiSource + cpu * 16 + sgi] = sources;
    if (sources !== 0) this.u32[this.latched + cpu] |= 1 << sgi;
    else this.u32[this.latched + cpu] &= ~(1 << sgi);
  }

  /** The pending bits (latched or level) of bitmap word `index` (a {@link wordIndex}). */
  pendingWord(index: number): number {
    const { u32 } = this;
    return u32[this.latched + index] | (u32[this.level + index] & ~u32[this.edge + index]);
  }

  updateAll(): void {
    for (let cpu = 0; cpu < this.cpus; cpu++) this.update(cpu);
  }

  #updateMask(mask: number): void {
    for (let cpu = 0; mask !== 0; cpu++, mask >>>= 1) {
      if ((mask & 1) !== 0 && cpu < this.cpus) this.update(cpu);
    }
  }

  /** Finds a CPU's highest-priority pending interrupt and drives its outputs. */
  update(cpu: number): void {
    const { u32, u8 } = this;
    const distCtlr = u32[this.distCtlr];
    // A group that the distributor does not forward: all of its bits go.
    const grp0 = (distCtlr & ENABLE_GRP0) !== 0 ? -1 : 0;
    const grp1 = (distCtlr & ENABLE_GRP1) !== 0 ? -1 : 0;
    let best = INTID_SPURIOUS;
    let bestPriority = u32[this.pmr + cpu];
    if ((grp0 | grp1) !== 0) {
      for (let word = 0; word < NUM_WORDS; word++) {
        const index = word === 0 ? cpu : MAX_CPUS - 1 + word;
        let bits = (u32[this.latched + index] | (u32[this.level + index] & ~u32[this.edge + index]))
          & u32[this.enabled + index] & ~u32[this.active + index];
        if (bits === 0) continue;
        const group = u32[this.group + index];
        bits &= (group & grp1) | (~group & grp0);
        if (word !== 0) bits &= u32[this.target + cpu * (NUM_WORDS - 1) + word - 1];
        const priorities = this.priority + (word === 0 ? cpu * 32 : MAX_CPUS * 32 + (word - 1) * 32);
        while (bits !== 0) {
          const bit = 31 - Math.clz32(bits & -bits);
          bits &= bits - 1;
          const priority = u8[priorities + bit];
          if (priority < bestPriority) {
            bestPriority = priority;
            best = word * 32 + bit;
          }
        }
      }
    }
    u32[this.best + cpu] = best;

    let output = 0;
    if (best !== INTID_SPURIOUS && bestPriority < u32[this.running + cpu]) {
      const ctlr = u32[this.ctlr + cpu];
      if (this.groupOf(best, cpu) !== 0) {
        if ((ctlr & ENABLE_GRP1) !== 0) output = OUTPUT_IRQ;
      } else if ((ctlr & ENABLE_GRP0) !== 0) {
        output = (ctlr & CTLR_FIQ_EN) !== 0 ? OUTPUT_FIQ : OUTPUT_IRQ;
      }
    }
    const changed = output ^ u32[this.output + cpu];
    if (changed === 0) return;
    u32[this.output + cpu] = output;
    if ((changed & OUTPUT_IRQ) !== 0) this.#out.irqOut(cpu, (output & OUTPUT_IRQ) !== 0 ? 1 : 0);
    if ((changed & OUTPUT_FIQ) !== 0) this.#out.fiqOut(cpu, (output & OUTPUT_FIQ) !== 0 ? 1 : 0);
  }

  /** 0 or 1. */
  groupOf(intid: number, cpu: number): number {
    return (this.u32[this.group + wordIndex(intid >>> 5, cpu)] >>> (intid & 31)) & 1;
  }

  /**
   * The interrupt that an acknowledge register shows, before the running priority is looked at.
   * @param aliased through GICC_AIAR or GICC_AHPPIR, which see group 1 only
   */
  pendingId(cpu: number, aliased: boolean): number {
    const best = this.u32[this.best + cpu];
    if (best === INTID_SPURIOUS) return best;
    const group = this.groupOf(best, cpu);
    if (aliased) return group !== 0 ? best : INTID_SPURIOUS;
    if (group !== 0 && (this.u32[this.ctlr + cpu] & CTLR_ACK_CTL) === 0) return INTID_GROUP1_ONLY;
    return best;
  }

  /** Reads GICC_IAR or GICC_AIAR: makes the interrupt active. Returns its id, for an SGI with the sender in bits 12:10. */
  acknowledge(cpu: number, aliased: boolean): number {
    const { u32 } = this;
    const intid = this.pendingId(cpu, aliased);
    if (intid >= INTID_GROUP1_ONLY) return intid;
    const group = this.groupOf(intid, cpu);
    const priority = this.u8[this.priority + priorityIndex(intid, cpu)];
    if (priority >= u32[this.running + cpu] || (u32[this.ctlr + cpu] & (1 << group)) === 0) return INTID_SPURIOUS;

    const word = wordIndex(intid >>> 5, cpu);
    const bit = 1 << (intid & 31);
    let result = intid;
    if (intid < 16) {
      const sources = this.u8[this.sgiSource + cpu * 16 + intid];
      const lowest = sources & -sources;
      result |= (31 - Math.clz32(lowest)) << 10;
      this.#storeSgiSources(cpu, intid, sources & ~lowest);
    } else {
      u32[this.latched + word] &= ~bit;
    }
    u32[this.active + word] |= bit;
    this.#raise(cpu, group, priority);
    this.#updateFor(intid, cpu);
    return result;
  }

  /**
   * Writes GICC_EOIR or GICC_AEOIR: drops the running priority and, unless EOImode splits the two, deactivates.
   * @param value as read from the acknowledge register
   * @returns false when nothing was active or the id is not valid
   */
  endOfInterrupt(cpu: number, value: number, aliased: boolean): boolean {
    const intid = value & 0x3ff;
    if (intid >= NUM_WORDS * 32 || this.u32[this.running + cpu] === IDLE_PRIORITY) return false;
    const group = this.groupOf(intid, cpu);
    if (aliased && group === 0) return false;
    this.#drop(cpu, group);
    if ((this.u32[this.ctlr + cpu] & CTLR_EOI_MODE) === 0) this.#deactivate(cpu, intid);
    this.#updateFor(intid, cpu);
    return true;
  }

  /** Writes GICC_DIR. Returns false where that is unpredictable (EOImode 0, or an invalid id): nothing happens. */
  deactivate(cpu: number, value: number): boolean {
    const intid = value & 0x3ff;
    if (intid >= NUM_WORDS * 32 || (this.u32[this.ctlr + cpu] & CTLR_EOI_MODE) === 0) return false;
    this.#deactivate(cpu, intid);
    this.#updateFor(intid, cpu);
    return true;
  }

  #deactivate(cpu: number, intid: number): void {
    this.u32[this.active + wordIndex(intid >>> 5, cpu)] &= ~(1 << (intid & 31));
  }

  /** After a change of one interrupt on behalf of `cpu`: that CPU, and for an SPI the others that it may go to. */
  #updateFor(intid: number, cpu: number): void {
    this.#updateMask(intid < 32 ? 1 << cpu : this.u8[this.targetsr + intid - 32] | (1 << cpu));
  }

  /** Marks a priority active. */
  #raise(cpu: number, group: number, priority: number): void {
    const { u32 } = this;
    const own = group !== 0 && (u32[this.ctlr + cpu] & CTLR_CBPR) === 0;
    const shift = own ? u32[this.abpr + cpu] : u32[this.bpr + cpu] + 1;
    const groupPriority = priority & (-1 << shift) & 0xff;
    const base = (group !== 0 ? this.nsapr : this.apr) + cpu * 4;
    u32[base + (groupPriority >>> 6)] |= 1 << ((groupPriority >>> 1) & 31);
    u32[this.running + cpu] = Math.min(groupPriority, u32[this.running + cpu]);
  }

  /** Takes the highest active priority of a group away. */
  #drop(cpu: number, group: number): void {
    const { u32 } = this;
    const base = (group !== 0 ? this.nsapr : this.apr) + cpu * 4;
    for (let i = 0; i < 4; i++) {
      const word = u32[base + i];
      if (word === 0) continue;
      u32[base + i] = word & (word - 1);
      break;
    }
    this.updateRunning(cpu);
  }

  /** Recomputes the running priority from the active priorities. */
  updateRunning(cpu: number): void {
    const { u32 } = this;
    let running = IDLE_PRIORITY;
    for (let i = 0; i < 4; i++) {
      const word = u32[this.apr + cpu * 4 + i] | u32[this.nsapr + cpu * 4 + i];
      if (word === 0) continue;
      running = (i * 32 + 31 - Math.clz32(word & -word)) * 2;
      break;
    }
    u32[this.running + cpu] = running;
  }
}
