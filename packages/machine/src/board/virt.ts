import { alignUp } from '@mttcg/atomic';
import { InterruptBit, MemoryRegion } from '@mttcg/softmmu';
import { GICV2_STATE_SIZE, GicV2 } from '../device/gicv2/index.ts';
import type { Pl011 } from '../device/pl011/index.ts';
import type { Pl061 } from '../device/pl061/index.ts';
import type { MmioDevice, SharedState, TimerClient } from '../device/types.ts';
import { VirtioBlk } from '../device/virtio-blk/index.ts';
import { VirtioConsole } from '../device/virtio-console/index.ts';
import type { VirtioMmio } from '../device/virtio-mmio/index.ts';
import type { VirtioDevice } from '../device/virtio-mmio/index.ts';
import type { BoardServices } from './parts.ts';
import { VIRT, VIRT_POWER_KEY_LINE } from './virt-map.ts';
import { VIRT_PARTS } from './virt-parts.ts';

const STATE_ALIGN = 64;

/** Bytes of state of all devices of the board. */
export const VIRT_STATE_BYTES = VIRT_PARTS.reduce((sum, { part }) => alignUp(sum, STATE_ALIGN) + part.stateSize, GICV2_STATE_SIZE)
  + STATE_ALIGN;

/** Most devices that the virtio slots hold. */
export const VIRT_VIRTIO_SLOTS = VIRT.VIRTIO.count;

/** Physical addresses go up to here: 44 bits, as on a Cortex-A57. */
const PHYS_BYTES = 2 ** 44;

/** One thread's objects of the board `virt` over the shared device state. Its devices are the lines of virt-parts.ts. */
export class VirtBoard {
  readonly gic: GicV2;
  readonly uart: Pl011;
  /** The physical address space. */
  readonly root: MemoryRegion;
  /** The devices behind `BoardServices.deviceTimer(i)`, by `i`. */
  readonly deviceTimers: readonly TimerClient[];
  /** The virtio disks and consoles, in the order of `BoardServices.virtio`. */
  readonly disks: readonly VirtioBlk[];
  readonly consoles: readonly VirtioConsole[];
  readonly #devices = new Map<string, MmioDevice>();

  /** @throws RangeError for more virtio devices than slots */
  constructor(s: BoardServices) {
    const virtio = s.virtio ?? [];
    if (virtio.length > VIRT_VIRTIO_SLOTS) throw new RangeError(`virt has ${VIRT_VIRTIO_SLOTS} virtio slots, not ${virtio.length}`);
    let next = s.state;
    const state = (size: number): SharedState => {
      const base = alignUp(next, STATE_ALIGN);
      next = base + size;
      return { heap: s.heap, base };
    };
    const gic = this.gic = new GicV2(state(GICV2_STATE_SIZE), {
      cpus: s.cpus,
      currentCpu: () => s.currentCpu(),
      log: s.log,
      irqOut: (cpu, level) => s.cpuLine(cpu, InterruptBit.HARD, level),
      fiqOut: (cpu, level) => s.cpuLine(cpu, InterruptBit.FIQ, level),
    });
    this.root = MemoryRegion.container('physical', PHYS_BYTES);
    const place = (name: string, base: number, device: MmioDevice): void => {
      this.#devices.set(name, device);
      this.root.add(MemoryRegion.io(device.name, device.size, device), base);
    };
    place('gicd', VIRT.GICD.base, gic.distributor);
    place('gicc', VIRT.GICC.base, gic.cpuInterface);

    const timers: TimerClient[] = [];
    for (const { name, part, base, spi, slot } of VIRT_PARTS) {
      const device = part.create({
        services: s,
        state: state(part.stateSize),
        irq: spi === undefined ? () => undefined : (level) => gic.setSpi(spi, level),
        timer: part.timer ? s.deviceTimer(timers.length) : NO_TIMER,
        virtio: slot === undefined ? undefined : virtio[VIRT_VIRTIO_SLOTS - 1 - slot],
      });
      if (part.timer) timers.push(device as MmioDevice & TimerClient);
      place(name, base, device);
    }
    this.deviceTimers = timers;
    this.uart = this.#devices.get('uart') as Pl011;
    const inSlots = virtio.map((_, i) => (this.#devices.get(`virtio${VIRT_VIRTIO_SLOTS - 1 - i}`) as VirtioMmio).device as VirtioDevice);
    this.disks = inSlots.filter((device) => device instanceof VirtioBlk);
    this.consoles = inSlots.filter((device) => device instanceof VirtioConsole);
    this.root.add(MemoryRegion.ram('ram', s.ramBytes, s.ramHost), VIRT.RAM.base);
  }

  /** A device by its line's name in virt-parts.ts. */
  device(name: string): MmioDevice | undefined {
    return this.#devices.get(name);
  }

  /** Presses or releases the power button, which asks the guest to shut down. BQL held. */
  powerButton(level: 0 | 1): void {
    (this.#devices.get('gpio') as Pl061).setInput(VIRT_POWER_KEY_LINE, level);
  }

  /** Power-on state of every device, the interrupt controller first. BQL held, or before the threads start. */
  reset(): void {
    for (const device of this.#devices.values()) device.reset();
  }
}

const NO_TIMER = { arm: () => undefined, cancel: () => undefined };
