import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { FdtError, FdtNode, parseFdt, setBootInfo, setPsci, sizedCells, writeFdt } from './index.ts';
import type { FdtTree } from './index.ts';

const RAM = { base: 0x4000_0000, size: 0x2_0000_0000 };

function sample(): FdtTree {
  const root = new FdtNode('').cells('#address-cells', 2).cells('#size-cells', 2).strings('compatible', 'a,b', 'c');
  const cpus = root.add('cpus').cells('#address-cells', 1).cells('#size-cells', 0);
  cpus.add('cpu@0').cells('reg', 0).flag('odd').bytes('three', Uint8Array.of(1, 2, 3));
  root.add('memory@0').strings('device_type', 'memory').u64('reg', 0, 2 ** 33 + 4096);
  return { root, reserved: [{ address: 0x1_0000_1000, size: 0x2000 }], bootCpu: 3 };
}

function flat(node: FdtNode, path = ''): Record<string, number[]> {
  const out: Record<string, number[]> = {};
  for (const [name, value] of node.properties) out[`${path}/${name}`] = [...value];
  for (const child of node.children) Object.assign(out, flat(child, `${path}/${child.name}`));
  return out;
}

/** The smallest tree, put together by hand from the specification. */
const MINIMAL = [
  0xd00dfeed, 72, 56, 72, 40, 17, 16, 0, 0, 16,
  0, 0, 0, 0,
  1, 0, 2, 9,
];

describe('blob', () => {
  it('of an empty tree is what the specification says', () => {
    const blob = writeFdt({ root: new FdtNode(''), reserved: [], bootCpu: 0 });
    const view = new DataView(blob.buffer, blob.byteOffset, blob.length);
    expect(Array.from({ length: blob.length / 4 }, (_, i) => view.getUint32(i * 4))).toEqual(MINIMAL);
  });

  it('comes back as it was written', () => {
    const tree = sample();
    const back = parseFdt(writeFdt(tree));
    expect(flat(back.root)).toEqual(flat(tree.root));
    expect(back.reserved).toEqual(tree.reserved);
    expect(back.bootCpu).toBe(3);
    expect(back.root.at('/cpus/cpu@0')?.properties.has('odd')).toBe(true);
    expect(back.root.getStrings('compatible')).toEqual(['a,b', 'c']);
  });

  it('is refused when damaged, and nothing else is thrown', () => {
    const good = writeFdt(sample());
    for (let i = 0; i < good.length; i++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bad = good.slice();
        bad[i] ^= flip;
        try {
          parseFdt(bad);
        } catch (error) {
          expect(error).toBeInstanceOf(FdtError);
        }
      }
    }
    for (let length = 0; length < good.length; length++) expect(() => parseFdt(good.subarray(0, length))).toThrow(FdtError);
    expect(() => parseFdt(good.subarray(0, 30))).toThrow('too short');
    expect(() => parseFdt(good.subarray(0, 60))).toThrow('truncated');
  });

  const dtc = spawnSync('dtc', ['--version']).status === 0;
  it.skipIf(!dtc)(`is read by dtc${dtc ? '' : ' (skipped: dtc is not installed)'}`, () => {
    const run = (args: string[], input: Uint8Array | string) => spawnSync('dtc', ['-q', ...args], { input });
    const text = run(['-I', 'dtb', '-O', 'dts'], writeFdt(sample()));
    expect([text.status, text.stderr.toString()]).toEqual([0, '']);
    expect(text.stdout.toString()).toContain('/memreserve/\t0x0000000100001000 0x0000000000002000;');
    const blob = run(['-I', 'dts', '-O', 'dtb', '-b', '3'], text.stdout.toString());
    expect(flat(parseFdt(new Uint8Array(blob.stdout)).root)).toEqual(flat(sample().root));
  });
});

describe('boot edits', () => {
  it('replaces memory, sets command line and initrd', () => {
    const { root } = sample();
    root.add('chosen').strings('bootargs', 'old').strings('stdout-path', '/uart');
    setBootInfo(root, { ram: RAM, bootargs: 'console=ttyAMA0', initrd: { start: 0x4800_0000, end: 0x4800_1234 } });
    expect(root.children.filter((n) => n.name.startsWith('memory')).map((n) => n.name)).toEqual(['memory@40000000']);
    expect(root.at('/memory@40000000')?.getCells('reg')).toEqual([0, 0x4000_0000, 2, 0]);
    expect(root.at('/chosen')?.getStrings('bootargs')).toEqual(['console=ttyAMA0']);
    expect(root.at('/chosen')?.getStrings('stdout-path')).toEqual(['/uart']);
    expect(root.at('/chosen')?.getCells('linux,initrd-end')).toEqual([0x4800_1234]);
  });

  it('leaves a command line that nothing replaces', () => {
    const { root } = sample();
    root.add('chosen').strings('bootargs', 'old');
    setBootInfo(root, { ram: RAM, bootargs: '' });
    expect(root.at('/chosen')?.getStrings('bootargs')).toEqual(['old']);
    expect(root.at('/chosen')?.properties.has('linux,initrd-start')).toBe(false);
  });

  it('keeps to the cell counts of the tree', () => {
    const root = new FdtNode('').cells('#address-cells', 1).cells('#size-cells', 1);
    setBootInfo(root, { ram: { base: 0x4000_0000, size: 0x1000_0000 } });
    expect(root.at('/memory@40000000')?.getCells('reg')).toEqual([0x4000_0000, 0x1000_0000]);
    expect(() => setBootInfo(root, { ram: RAM })).toThrow('does not fit in one 32-bit cell');
    expect(() => setBootInfo(new FdtNode('').cells('#size-cells', 9), { ram: RAM })).toThrow(FdtError);
    expect(sizedCells(5, 3)).toEqual([0, 0, 5]);
  });

  it('says how firmware is called', () => {
    const { root } = sample();
    root.add('psci').strings('method', 'smc').flag('other');
    setPsci(root, 'hvc');
    expect(root.at('/psci')?.getStrings('method')).toEqual(['hvc']);
    expect(root.at('/psci')?.properties.has('other')).toBe(false);
  });
});
