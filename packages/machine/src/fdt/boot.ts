/** The edits that a boot loader makes to a device tree before it hands it to a kernel. */
import type { FdtNode} from './tree.ts';
import { FdtError, sizedCells } from './tree.ts';

/** What goes into `/chosen` and `/memory`. Addresses and sizes are physical, in bytes. */
export interface BootInfo {
  readonly ram: { readonly base: number; readonly size: number };
  /** Kernel command line; an empty one leaves what the tree says. */
  readonly bootargs?: string;
  readonly initrd?: { readonly start: number; readonly end: number };
}

/**
 * Sets `/memory@...`, `/chosen/bootargs` and `/chosen/linux,initrd-*` in a tree, whoever made it. Existing memory nodes
 * are replaced, as QEMU replaces them: the RAM there is what `-m` says. Throws {@link FdtError} when the tree's cell
 * counts cannot hold the values.
 */
export function setBootInfo(root: FdtNode, info: BootInfo): void {
  const addressCells = root.getU32('#address-cells') ?? 2;
  const sizeCells = root.getU32('#size-cells') ?? 1;
  if (addressCells < 1 || addressCells > 4 || sizeCells < 1 || sizeCells > 4) {
    throw new FdtError('the root node has unusable #address-cells or #size-cells');
  }

  root.removeChildren((node) => node.name === 'memory' || node.name.startsWith('memory@'));
  root
    .add(`memory@${info.ram.base.toString(16)}`)
    .strings('device_type', 'memory')
    .cells('reg', ...sizedCells(info.ram.base, addressCells), ...sizedCells(info.ram.size, sizeCells));

  const chosen = root.add('chosen');
  if (info.bootargs !== undefined && info.bootargs !== '') chosen.strings('bootargs', info.bootargs);
  if (info.initrd !== undefined) {
    // One cell as long as that is enough: kernels take either.
    const width = info.initrd.end > 0xffffffff ? 2 : 1;
    chosen.cells('linux,initrd-start', ...sizedCells(info.initrd.start, width));
    chosen.cells('linux,initrd-end', ...sizedCells(info.initrd.end, width));
  }
}

/** Function ids of the SMC calling convention that the tree names for PSCI 0.1 clients. */
const PSCI = { suspend: 0xc4000001, off: 0x84000002, on: 0xc4000003, migrate: 0xc4000005 } as const;

/** Replaces `/psci`: it says how the guest reaches the emulator's firmware calls, whatever the tree said before. */
export function setPsci(root: FdtNode, method: 'hvc' | 'smc'): void {
  root.removeChildren((node) => node.name === 'psci');
  root
    .add('psci')
    .strings('compatible', 'arm,psci-1.0', 'arm,psci-0.2', 'arm,psci')
    .strings('method', method)
    .cells('cpu_suspend', PSCI.suspend)
    .cells('cpu_off', PSCI.off)
    .cells('cpu_on', PSCI.on)
    .cells('migrate', PSCI.migrate);
}
