import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FdtNode, parseFdt, writeFdt } from '../fdt/index.ts';
import { buildVirtDtb, editUserDtb } from './virt-dtb.ts';

const MIB = 1 << 20;
const RAM = { base: 0x4000_0000, size: 512 * MIB };

/** What QEMU's board has and this one does not: PCIe, MSI frame, flash banks, dynamic platform bus, performance counters. */
const ABSENT = ['/pcie@', '/intc@8000000/v2m@', '/flash@', '/platform-bus@', '/pmu'];
/** Random, or a number that only has to be consistent (its users are resolved below). */
const VARIES = ['rng-seed', 'kaslr-seed', 'phandle'];
/** Cells that name another node: by property, the positions. */
const REFERENCES: Readonly<Record<string, readonly number[]>> = { 'interrupt-parent': [0], clocks: [0, 1], gpios: [0], cpu: [0] };

/** Every property as text, with phandles replaced by the paths of their nodes. */
function describeTree(root: FdtNode): Map<string, string> {
  const paths = new Map<number, string>();
  const visit = (node: FdtNode, path: string, each: (node: FdtNode, path: string) => void): void => {
    each(node, path);
    for (const child of node.children) visit(child, `${path}/${child.name}`, each);
  };
  visit(root, '', (node, path) => paths.set(node.getU32('phandle') ?? -1, path));
  const out = new Map<string, string>();
  visit(root, '', (node, path) => {
    if (ABSENT.some((absent) => path.startsWith(absent))) return;
    out.set(`${path}/`, 'node');
    for (const [name, bytes] of node.properties) {
      if (VARIES.includes(name)) continue;
      const cells: (number | string)[] = node.getCells(name) ?? [];
      for (const at of REFERENCES[name] ?? []) if (at < cells.length) cells[at] = paths.get(cells[at] as number) ?? 'nowhere';
      out.set(`${path}/${name}`, REFERENCES[name] === undefined ? Buffer.from(bytes).toString('hex') : cells.join());
    }
  });
  return out;
}

const qemu = spawnSync('qemu-system-aarch64', ['--version']).status === 0;

describe('device tree of virt', () => {
  it.skipIf(!qemu).each([
    { cpus: 1, cpu: 'cortex-a57', compatible: 'arm,cortex-a57', mib: 128 },
    { cpus: 4, cpu: 'max', compatible: 'arm,cortex-a57', mib: 3072 },
    { cpus: 8, cpu: 'cortex-a57', compatible: 'arm,cortex-a57', mib: 512 },
  ])(`is QEMU's, with $cpus of $cpu${qemu ? '' : ' (skipped: qemu-system-aarch64 is not installed)'}`, ({ cpus, cpu, compatible, mib }) => {
    const folder = mkdtempSync(join(tmpdir(), 'mttcg-dtb-'));
    try {
      const file = join(folder, 'virt.dtb');
      const args = ['-M', `virt,dumpdtb=${file}`, '-nic', 'none', '-cpu', cpu, '-smp', String(cpus), '-m', String(mib), '-display', 'none'];
      expect(spawnSync('qemu-system-aarch64', args).status).toBe(0);
      const theirs = describeTree(parseFdt(new Uint8Array(readFileSync(file))).root);
      const blob = buildVirtDtb({ cpus, cpuCompatible: compatible, boot: { ram: { base: RAM.base, size: mib * MIB } } });
      const ours = describeTree(parseFdt(blob).root);
      expect(Object.fromEntries([...ours].sort())).toEqual(Object.fromEntries([...theirs].sort()));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has seeds, command line and initrd where they are given', () => {
    const seed = Uint32Array.from({ length: 10 }, (_, i) => i + 1);
    const boot = { ram: RAM, bootargs: 'quiet', initrd: { start: 0x4800_0000, end: 0x4800_0100 } };
    const chosen = parseFdt(buildVirtDtb({ cpus: 2, cpuCompatible: 'arm,cortex-a57', boot, seed })).root.at('/chosen');
    expect(chosen?.getCells('rng-seed')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(chosen?.getCells('kaslr-seed')).toEqual([9, 10]);
    expect(chosen?.getStrings('bootargs')).toEqual(['quiet']);
    expect(chosen?.getCells('linux,initrd-start')).toEqual([0x4800_0000]);
    expect(chosen?.getStrings('stdout-path')).toEqual(['/pl011@9000000']);
  });

  it('lists virtio slots in the order of their addresses, which is the order that Linux probes them in', () => {
    const { root } = parseFdt(buildVirtDtb({ cpus: 1, cpuCompatible: 'arm,cortex-a57', boot: { ram: RAM } }));
    const slots = root.children.filter((node) => node.name.startsWith('virtio_mmio@')).map((node) => node.getCells('reg')?.[1] ?? 0);
    expect(slots).toEqual(Array.from({ length: 32 }, (_, i) => 0x0a00_0000 + i * 0x200));
  });

  it('leaves the rest of a user\'s tree alone', () => {
    const root = new FdtNode('').cells('#address-cells', 2).cells('#size-cells', 2);
    root.add('soc').strings('compatible', 'x');
    const out = parseFdt(editUserDtb({ root, reserved: [{ address: 4096, size: 8 }], bootCpu: 0 }, { ram: RAM, bootargs: 'a' }));
    expect(out.root.at('/soc')?.getStrings('compatible')).toEqual(['x']);
    expect(out.root.at('/psci')?.getStrings('method')).toEqual(['hvc']);
    expect(out.reserved).toEqual([{ address: 4096, size: 8 }]);
    expect(writeFdt(out).length).toBeGreaterThan(100);
  });
});
