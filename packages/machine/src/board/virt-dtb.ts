import { type BootInfo, FdtNode, type FdtTree, setBootInfo, setPsci, writeFdt } from '../fdt/index.ts';
import { TIMER_PPI, VIRT, VIRT_POWER_KEY_LINE } from './virt-map.ts';

export interface VirtDtbOptions {
  readonly cpus: number;
  /** `compatible` of the cpu nodes: 'arm,cortex-a57', 'arm,armv8'. */
  readonly cpuCompatible: string;
  readonly boot: BootInfo;
  /** 32-bit words for rng-seed (8) and kaslr-seed (2); without them the nodes are left out. */
  readonly seed?: Uint32Array | undefined;
}

const PHANDLE = { CLOCK: 0x8000, GIC: 0x8001, GPIO: 0x8002, CPU: 0x8010 } as const;

/** Interrupt specifier words of the GIC binding. */
const SPI = 0;
const PPI = 1;
const LEVEL_HIGH = 4;
const EDGE_RISING = 1;
const KEY_POWER = 0x74;

function primecell(root: FdtNode, name: string, part: { base: number; size: number; spi: number }, clocks: readonly string[]): FdtNode {
  return root.add(`${name}@${part.base.toString(16)}`)
    .strings('compatible', `arm,${name}`, 'arm,primecell')
    .u64('reg', part.base, part.size)
    .cells('interrupts', SPI, part.spi, LEVEL_HIGH)
    .cells('clocks', ...clocks.map(() => PHANDLE.CLOCK))
    .strings('clock-names', ...clocks);
}

function addCpus(root: FdtNode, count: number, compatible: string): void {
  const cpus = root.add('cpus').cells('#address-cells', 1).cells('#size-cells', 0);
  const cluster = cpus.add('cpu-map').add('socket0').add('cluster0');
  for (let i = 0; i < count; i++) {
    const cpu = cpus.add(`cpu@${i.toString(16)}`)
      .strings('device_type', 'cpu').strings('compatible', compatible).cells('reg', i).cells('phandle', PHANDLE.CPU + i);
    if (count > 1) cpu.strings('enable-method', 'psci');
    cluster.add(`core${i}`).cells('cpu', PHANDLE.CPU + i);
  }
}

/** The board's device tree: QEMU's nodes for what this board has (no PCIe, flash and MSI frame). */
export function buildVirtDtb(options: VirtDtbOptions): Uint8Array {
  const root = new FdtNode('')
    .strings('compatible', 'linux,dummy-virt').strings('model', 'linux,dummy-virt')
    .cells('#address-cells', 2).cells('#size-cells', 2).cells('interrupt-parent', PHANDLE.GIC);
  setPsci(root, 'hvc');
  root.add('apb-pclk').strings('compatible', 'fixed-clock').cells('#clock-cells', 0)
    .cells('clock-frequency', 24_000_000).strings('clock-output-names', 'clk24mhz').cells('phandle', PHANDLE.CLOCK);
  // edge bits 8.. are the CPU mask of a GICv2 PPI
  const mask = ((1 << options.cpus) - 1) << 8;
  const timers = [TIMER_PPI.SECURE_PHYS, TIMER_PPI.PHYS, TIMER_PPI.VIRT, TIMER_PPI.HYP];
  root.add('timer').strings('compatible', 'arm,armv8-timer', 'arm,armv7-timer').flag('always-on')
    .cells('interrupts', ...timers.flatMap((ppi) => [PPI, ppi - 16, mask | LEVEL_HIGH]));
  addCpus(root, options.cpus, options.cpuCompatible);
  root.add(`intc@${VIRT.GICD.base.toString(16)}`).strings('compatible', 'arm,cortex-a15-gic')
    .cells('#interrupt-cells', 3).flag('interrupt-controller').cells('#address-cells', 2).cells('#size-cells', 2).flag('ranges')
    .u64('reg', VIRT.GICD.base, VIRT.GICD.size, VIRT.GICC.base, VIRT.GICC.size).cells('phandle', PHANDLE.GIC);
  primecell(root, 'pl011', VIRT.UART, ['uartclk', 'apb_pclk']);
  primecell(root, 'pl031', VIRT.RTC, ['apb_pclk']);
  primecell(root, 'pl061', VIRT.GPIO, ['apb_pclk']).cells('#gpio-cells', 2).flag('gpio-controller').cells('phandle', PHANDLE.GPIO);
  root.add('gpio-keys').strings('compatible', 'gpio-keys').add('poweroff').strings('label', 'GPIO Key Poweroff')
    .cells('linux,code', KEY_POWER).cells('gpios', PHANDLE.GPIO, VIRT_POWER_KEY_LINE, 0);
  root.add(`fw-cfg@${VIRT.FW_CFG.base.toString(16)}`).strings('compatible', 'qemu,fw-cfg-mmio')
    .u64('reg', VIRT.FW_CFG.base, VIRT.FW_CFG.size).flag('dma-coherent');
  for (let i = 0; i < VIRT.VIRTIO.count; i++) {
    const base = VIRT.VIRTIO.base + i * VIRT.VIRTIO.size;
    root.add(`virtio_mmio@${base.toString(16)}`).strings('compatible', 'virtio,mmio')
      .u64('reg', base, VIRT.VIRTIO.size).cells('interrupts', SPI, VIRT.VIRTIO.spi + i, EDGE_RISING).flag('dma-coherent');
  }
  const chosen = root.add('chosen').strings('stdout-path', `/pl011@${VIRT.UART.base.toString(16)}`);
  if (options.seed !== undefined) chosen.cells('rng-seed', ...options.seed.subarray(0, 8)).cells('kaslr-seed', ...options.seed.subarray(8, 10));
  setBootInfo(root, options.boot);
  return writeFdt({ root, bootCpu: 0, reserved: [] });
}

/** A tree that the user gave (`-dtb`), with memory, command line and initrd set as they are. @throws FdtError */
export function editUserDtb(tree: FdtTree, boot: BootInfo): Uint8Array {
  setBootInfo(tree.root, boot);
  setPsci(tree.root, 'hvc');
  return writeFdt(tree);
}
