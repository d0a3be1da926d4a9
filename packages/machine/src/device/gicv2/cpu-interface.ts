import type { AccessSize, DeviceLog, MmioDevice } from '../types.ts';
import type { GicCore } from './core.ts';
import { CTLR_MASK, GICC, GICC_IIDR_VALUE, INTID_GROUP1_ONLY } from './registers.ts';

const NAME = 'gicv2-cpu';

/** The registers of the CPU interface of whichever CPU makes the access (GICC_*). */
export class GicCpuInterface implements MmioDevice {
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

  /** The distributor resets the whole controller. */
  reset(): void {}

  read(offset: number, size: AccessSize): number {
    if (size !== 4) return this.#bad(`${size}-byte read`, offset);
    const core = this.#core;
    const { u32 } = core;
    const cpu = this.#currentCpu();
    switch (offset) {
      case GICC.IAR: return core.acknowledge(cpu, false);
      case GICC.AIAR: return core.acknowledge(cpu, true);
      case GICC.CTLR: return u32[core.ctlr + cpu];
      case GICC.PMR: return u32[core.pmr + cpu];
      case GICC.BPR: return u32[core.bpr + cpu];
      case GICC.ABPR: return u32[core.abpr + cpu];
      case GICC.RPR: return Math.min(u32[core.running + cpu], 0xff);
      case GICC.HPPIR: return this.#pending(cpu, false);
      case GICC.AHPPIR: return this.#pending(cpu, true);
      case GICC.IIDR: return GICC_IIDR_VALUE;
      default:
        if (offset >= GICC.APR0 && offset < GICC.APR0 + 16) return u32[core.apr + cpu * 4 + ((offset - GICC.APR0) >>> 2)];
        if (offset >= GICC.NSAPR0 && offset < GICC.NSAPR0 + 16) return u32[core.nsapr + cpu * 4 + ((offset - GICC.NSAPR0) >>> 2)];
        return this.#bad('read', offset);
    }
  }

  write(offset: number, size: AccessSize, value: number): void {
    if (size !== 4) return void this.#bad(`${size}-byte write`, offset);
    const core = this.#core;
    const { u32 } = core;
    const cpu = this.#currentCpu();
    switch (offset) {
      case GICC.EOIR: this.#ended(core.endOfInterrupt(cpu, value, false), value); return;
      case GICC.AEOIR: this.#ended(core.endOfInterrupt(cpu, value, true), value); return;
      case GICC.DIR: if (!core.deactivate(cpu, value)) this.#bad('write', offset); return;
      case GICC.CTLR: u32[core.ctlr + cpu] = value & CTLR_MASK; break;
      case GICC.PMR: u32[core.pmr + cpu] = value & 0xff; break;
      case GICC.BPR: u32[core.bpr + cpu] = value & 7; return;
      case GICC.ABPR: u32[core.abpr + cpu] = Math.max(value & 7, 1); return;
      default:
        if (offset >= GICC.APR0 && offset < GICC.APR0 + 16) u32[core.apr + cpu * 4 + ((offset - GICC.APR0) >>> 2)] = value;
        else if (offset >= GICC.NSAPR0 && offset < GICC.NSAPR0 + 16) u32[core.nsapr + cpu * 4 + ((offset - GICC.NSAPR0) >>> 2)] = value;
        else return void this.#bad('write', offset);
        core.updateRunning(cpu);
    }
    core.update(cpu);
  }

  #pending(cpu: number, aliased: boolean): number {
    const core = this.#core;
    const intid = core.pendingId(cpu, aliased);
    if (intid >= 16) return intid;
    const sources = core.u8[core.sgiSource + cpu * 16 + intid];
    return intid | ((31 - Math.clz32(sources & -sources)) << 10);
  }

  #ended(ok: boolean, value: number): void {
    // Writing back a spurious id is allowed and does nothing.
    if (!ok && (value & 0x3ff) < INTID_GROUP1_ONLY) this.#log.guestError(NAME, `end of interrupt ${value & 0x3ff}, which is not active`);
  }

  #bad(what: string, offset: number): number {
    this.#log.guestError(NAME, `${what} of no register, offset 0x${offset.toString(16)}`);
    return 0;
  }
}
