import { Heap } from '@mttcg/atomic';
import { describe, expect, it } from 'vitest';
import { AddressSpace, BusStatus } from './address-space.ts';
import { FlatView } from './flat-view.ts';
import { type IoOps, MemoryRegion } from './region.ts';

const io = (): IoOps => ({ read: () => 0, write: () => {} });

/** "start-end name+offset" of each section, in hex. */
function sections(root: MemoryRegion): string[] {
  const hex = (n: number): string => n.toString(16);
  return new FlatView(root).sections.map((s) => `${hex(s.start)}-${hex(s.end)} ${s.region!.name}+${hex(s.offset)}`);
}

describe('flat view', () => {
  it('shows the higher priority where children overlap, the later one among equals', () => {
    const root = MemoryRegion.container('root', 0x10000)
      .add(MemoryRegion.ram('low', 0x8000, 0x100000), 0, -1)
      .add(MemoryRegion.io('a', 0x1000, io()), 0x2000)
      .add(MemoryRegion.io('b', 0x1000, io()), 0x2800)
      .add(MemoryRegion.io('top', 0x100, io()), 0x2900, 5);
    expect(sections(root)).toEqual([
      '0-2000 low+0', '2000-2800 a+0', '2800-2900 b+0', '2900-2a00 top+0', '2a00-3800 b+200', '3800-8000 low+3800',
    ]);
  });

  it('keeps priorities within their container', () => {
    const inner = MemoryRegion.container('inner', 0x1000).add(MemoryRegion.io('x', 0x100, io()), 0x100, 99);
    const root = MemoryRegion.container('root', 0x10000)
      .add(inner, 0, 1)
      .add(MemoryRegion.ram('over', 0x1000, 0), 0, 2);
    expect(sections(root)).toEqual(['0-1000 over+0']);
  });

  it('lets lower regions show through the holes of containers', () => {
    const inner = MemoryRegion.container('inner', 0x1000).add(MemoryRegion.io('x', 0x100, io()), 0x100);
    const root = MemoryRegion.container('root', 0x10000).add(inner, 0x4000, 1).add(MemoryRegion.ram('ram', 0x10000, 0), 0);
    expect(sections(root)).toEqual(['0-4100 ram+0', '4100-4200 x+0', '4200-10000 ram+4200']);
  });

  it('clips to the container, and children may start below it', () => {
    const inner = MemoryRegion.container('inner', 0x1000)
      .add(MemoryRegion.ram('r', 0x1000, 0), 0x800)
      .add(MemoryRegion.io('x', 0x400, io()), -0x200);
    const root = MemoryRegion.container('root', 0x10000).add(inner, 0x1000);
    expect(sections(root)).toEqual(['1000-1200 x+200', '1800-2000 r+0']);
  });

  it('follows aliases, also of containers and of aliases', () => {
    const ram = MemoryRegion.ram('ram', 0x10000, 0x200000);
    const bus = MemoryRegion.container('bus', 0x1000).add(MemoryRegion.io('x', 0x10, io()), 0x20).add(MemoryRegion.io('y', 0x10, io()), 0x80);
    const low = MemoryRegion.alias('low', ram, 0, 0x8000);
    const root = MemoryRegion.container('root', 2 ** 40)
      .add(low, 0)
      .add(MemoryRegion.alias('high', ram, 0x8000, 0x8000), 2 ** 32)
      .add(MemoryRegion.alias('twice', low, 0x1000, 0x1000), 0x20000)
      .add(MemoryRegion.alias('window', bus, 0x10, 0x40), 0x30000);
    expect(sections(root)).toEqual(['0-8000 ram+0', '20000-21000 ram+1000', '30010-30020 x+0', '100000000-100008000 ram+8000']);
    const view = new FlatView(root);
    expect(view.find(0x20010).host).toBe(0x201000);
    expect(view.find(0x20010).canonicalDelta).toBe(0x1000 - 0x20000);
    expect(view.find(2 ** 32 + 5).canonicalDelta).toBe(0);
  });

  it('leaves disabled parts out', () => {
    const x = MemoryRegion.io('x', 0x100, io());
    const alias = MemoryRegion.alias('again', x, 0, 0x100);
    const root = MemoryRegion.container('root', 0x1000).add(x, 0).add(alias, 0x200);
    expect(sections(root)).toEqual(['0-100 x+0', '200-300 x+0']);
    alias.setEnabled(false);
    expect(sections(root)).toEqual(['0-100 x+0']);
    alias.setEnabled(true);
    x.setEnabled(false);
    expect(sections(root)).toEqual([]);
  });

  it('agrees with a byte-wise model on random trees', () => {
    let seed = 4242;
    const random = (n: number): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
    for (let round = 0; round < 300; round++) {
      const leaves: MemoryRegion[] = [];
      const tree = (depth: number, size: number): MemoryRegion => {
        const kind = depth === 0 ? 1 : random(4);
        let region: MemoryRegion;
        if (kind === 0 && leaves.length > 0) {
          const target = leaves[random(leaves.length)]!;
          region = MemoryRegion.alias('alias', target, random(target.size), 1 + random(size));
        } else if (kind <= 1) {
          region = MemoryRegion.io(`io${random(1e6)}`, 1 + random(size), io());
        } else {
          region = MemoryRegion.container('c', 1 + random(size));
        }
        if (region.target === undefined && depth > 0) for (let i = random(4); i > 0; i--) region.add(tree(depth - 1, size), random(size * 2) - (size >> 1), random(3));
        if (random(8) === 0) region.setEnabled(false);
        // not before it is complete: a region must not show itself
        if (region.ops !== undefined) leaves.push(region);
        return region;
      };
      const root = MemoryRegion.container('root', 128);
      for (let i = 0; i < 4; i++) root.add(tree(2, 64), random(128), random(3));
      const view = new FlatView(root);
      for (let pa = 0; pa < 140; pa++) {
        const want = model(root, 0, pa);
        const got = view.find(pa);
        const text = got.region === undefined ? 'none' : `${got.region.name}+${got.offset + pa - got.start}`;
        expect(text, `seed 4242, round ${round}, byte ${pa}`).toBe(want ?? 'none');
      }
    }
  });
});

/** What shows at `pa`, by asking for one byte: no ranges, no clipping. */
function model(region: MemoryRegion, base: number, pa: number): string | undefined {
  if (!region.enabled || pa < base || pa >= base + region.size) return undefined;
  if (region.target !== undefined) return model(region.target, base - region.targetOffset, pa);
  for (const child of region.children) {
    const found = model(child.region, base + child.offset, pa);
    if (found !== undefined) return found;
  }
  return region.ops === undefined ? undefined : `${region.name}+${pa - base}`;
}

describe('address space', () => {
  const build = (): { space: AddressSpace; heap: Heap; log: string[] } => {
    const heap = new Heap(new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true }));
    const log: string[] = [];
    const dev: IoOps = {
      read: (offset, size) => (log.push(`r${size}@${offset}`), 0x8899aabb),
      write: (offset, size, value) => void log.push(`w${size}@${offset}=${value.toString(16)}`),
      accepts: (offset) => offset < 0x80,
    };
    const root = MemoryRegion.container('root', 2 ** 40)
      .add(MemoryRegion.ram('ram', 0x4000, 0x10000), 0x1000)
      .add(MemoryRegion.rom('rom', 0x1000, 0x20000), 0x5000)
      .add(MemoryRegion.io('dev', 0x100, dev), 0x8000);
    return { space: new AddressSpace(heap, root), heap, log };
  };

  it('finds host memory within one region', () => {
    const { space } = build();
    expect(space.ramHost(0x1004, 4)).toBe(0x10004);
    expect(space.ramHost(0x4fff, 1)).toBe(0x13fff);
    expect(space.ramHost(0x4fff, 2)).toBe(-1);
    expect(space.ramHost(0x5000, 4)).toBe(-1);
    expect(space.readableHost(0x5000, 4)).toBe(0x20000);
    expect(space.ramHost(0x8000, 4)).toBe(-1);
    expect(space.ramHost(0, 4)).toBe(-1);
  });

  it('reads and writes memory, devices and nothing', () => {
    const { space, heap, log } = build();
    space.write(0x1001, 4, 0x11223344);
    expect(space.read(0x1001, 4)).toBe(0x11223344);
    expect(space.read(0x1002, 2)).toBe(0x2233);
    heap.u8[0x20000] = 5;
    space.write(0x5000, 1, 9);
    expect([space.read(0x5000, 1), space.status]).toEqual([5, BusStatus.OK]);
    expect(space.read(0x8004, 4)).toBe(0x8899aabb);
    expect(space.read(0x8004, 1)).toBe(0xbb);
    space.write(0x8008, 2, 0x12345);
    expect(log).toEqual(['r4@4', 'r1@4', 'w2@8=2345']);
    expect([space.read(0x8080, 4), space.status]).toEqual([0, BusStatus.UNASSIGNED]);
    space.write(0x9000, 4, 1);
    expect(space.status).toBe(BusStatus.UNASSIGNED);
    expect(log).toHaveLength(3);
  });

  it('loads and saves bytes across regions, and refuses holes', () => {
    const { space } = build();
    space.load(0x4ffe, Uint8Array.of(1, 2, 3, 4));
    expect([...space.save(0x4ffd, 6)]).toEqual([0, 1, 2, 3, 4, 0]);
    expect(() => space.load(0x5ffe, Uint8Array.of(1, 2, 3))).toThrow('no memory at physical address 0x6000');
    expect(() => space.save(0x8000, 1)).toThrow(RangeError);
  });

  it('rebuilds its view when the tree changes, aliases included', () => {
    const { space } = build();
    let changes = 0;
    const off = space.onChange(() => changes++);
    const extra = MemoryRegion.ram('extra', 0x1000, 0x18000);
    space.root.add(MemoryRegion.alias('a', extra, 0, 0x1000), 0x10000);
    expect(space.ramHost(0x10000, 1)).toBe(0x18000);
    extra.setEnabled(false);
    expect(space.ramHost(0x10000, 1)).toBe(-1);
    expect(changes).toBe(2);
    off();
    extra.setEnabled(true);
    expect(changes).toBe(2);
    expect(space.ramHost(0x10000, 1)).toBe(0x18000);
  });

  it('refuses trees that cannot be', () => {
    const a = MemoryRegion.container('a', 10);
    const b = MemoryRegion.container('b', 10).add(a, 0);
    expect(() => a.add(b, 0)).toThrow(RangeError);
    expect(() => a.add(a, 0)).toThrow(RangeError);
    expect(() => a.remove(b)).toThrow(RangeError);
    expect(() => MemoryRegion.ram('r', 0, 0)).toThrow(RangeError);
    expect(() => MemoryRegion.alias('x', a, 0, 10).add(b, 0)).toThrow(RangeError);
  });
});
