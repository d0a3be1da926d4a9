import type { DeviceLog, SharedState } from '../types.ts';
import { GicCore } from './core.ts';
import type { GicOutputs } from './core.ts';
import { GicCpuInterface } from './cpu-interface.ts';
import { GicDistributor } from './distributor.ts';

export { MAX_CPUS, NUM_SPIS, STATE_SIZE as GICV2_STATE_SIZE } from './layout.ts';
export { GICC, GICD } from './registers.ts';
export type { GicOutputs } from './core.ts';

export interface GicV2Options extends GicOutputs {
  /** 1 to 8. */
  readonly cpus: number;
  /** The CPU whose access is being carried out. */
  currentCpu(): number;
  readonly log: DeviceLog;
}

/**
 * A GIC-400 without the Security Extensions: 8 CPUs, 288 interrupts, 256 priorities, groups 0 and 1 (IHI 0048B).
 * Every method wants the BQL.
 *
 * Differences from QEMU's model, on purpose: a group that the distributor has switched off does not hide pending
 * interrupts of the other group; GICC_IAR is spurious while the CPU interface has the interrupt's group switched off;
 * GICC_HPPIR shows an SGI's sender; target bits of absent CPUs read as zero.
 */
export class GicV2 {
  readonly distributor: GicDistributor;
  readonly cpuInterface: GicCpuInterface;
  readonly #core: GicCore;

  constructor(state: SharedState, options: GicV2Options) {
    this.#core = new GicCore(state, options.cpus, options);
    const currentCpu = (): number => options.currentCpu();
    this.distributor = new GicDistributor(this.#core, currentCpu, options.log);
    this.cpuInterface = new GicCpuInterface(this.#core, currentCpu, options.log);
  }

  /** Power-on state; see {@link GicCore.reset}. */
  reset(): void {
    this.#core.reset();
  }

  /** Line of SPI `n`, 0 to 255 (interrupt id `n + 32`). */
  setSpi(n: number, level: 0 | 1): void {
    this.#core.setSpi(n, level);
  }

  /** Line of a private interrupt of `cpu`, by interrupt id: 16 to 31 (27: virtual timer, 30: physical timer). */
  setPpi(cpu: number, intid: number, level: 0 | 1): void {
    this.#core.setPpi(cpu, intid, level);
  }
}
