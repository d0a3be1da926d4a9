import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FdtNode, writeFdt } from '../fdt/index.ts';
import { LoaderError, parseDtb, parseKernel, planBoot } from './index.ts';
import type { Kernel } from './index.ts';

const MIB = 1 << 20;
const LIMIT = 512 * MIB;
const RAM = { base: 0x4000_0000, size: 512 * MIB };

function image(options: { textOffset?: number; imageSize?: number; flags?: number; length?: number } = {}): Uint8Array {
  const bytes = new Uint8Array(options.length ?? 4096);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x14000010, true);
  view.setBigUint64(8, BigInt(options.textOffset ?? 0), true);
  view.setBigUint64(16, BigInt(options.imageSize ?? 8192), true);
  view.setBigUint64(24, BigInt(options.flags ?? 10), true);
  view.setUint32(56, 0x644d5241, true);
  return bytes;
}

interface Phdr { offset: number; vaddr: bigint; paddr: bigint; filesz: number; memsz: number }

function elf(segments: readonly Phdr[], entry: bigint, patch: (view: DataView) => void = () => undefined): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  bytes.set([2, 1, 1], 4);
  view.setUint16(16, 2, true);
  view.setUint16(18, 183, true);
  view.setBigUint64(24, entry, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, segments.length, true);
  segments.forEach((s, i) => {
    const at = 64 + i * 56;
    view.setUint32(at, 1, true);
    view.setBigUint64(at + 8, BigInt(s.offset), true);
    view.setBigUint64(at + 16, s.vaddr, true);
    view.setBigUint64(at + 24, s.paddr, true);
    view.setBigUint64(at + 32, BigInt(s.filesz), true);
    view.setBigUint64(at + 40, BigInt(s.memsz), true);
  });
  patch(view);
  return bytes;
}

async function failure(file: Uint8Array, limit = LIMIT): Promise<string> {
  const error = await parseKernel(file, limit).then(() => undefined, (e: unknown) => e);
  expect(error).toBeInstanceOf(LoaderError);
  return (error as LoaderError).message;
}

const dtb = (): Uint8Array => writeFdt({ root: new FdtNode(''), reserved: [], bootCpu: 0 });

describe('Image', () => {
  it('is recognised, plain and compressed', async () => {
    const plain = image({ textOffset: 0x80000, imageSize: 0x10000 });
    for (const file of [plain, new Uint8Array(gzipSync(plain))]) {
      const kernel = await parseKernel(file, LIMIT);
      expect(kernel).toMatchObject({ format: 'image', textOffset: 0x80000, memorySize: 0x10000 });
      expect(kernel.format === 'image' && [...kernel.bytes]).toEqual([...plain]);
    }
  });

  it('is found in an EFI zboot file', async () => {
    const payload = gzipSync(image());
    const file = new Uint8Array(0x1000 + payload.length + 100);
    const view = new DataView(file.buffer);
    file.set([0x4d, 0x5a, 0, 0, 0x7a, 0x69, 0x6d, 0x67]);
    view.setUint32(8, 0x1000, true);
    view.setUint32(12, payload.length, true);
    file.set(new TextEncoder().encode('gzip'), 24);
    file.set(payload, 0x1000);
    expect((await parseKernel(file, LIMIT)).format).toBe('image');
    file.set(new TextEncoder().encode('zstd22'), 24);
    expect(await failure(file)).toBe('-kernel: the EFI zboot image is compressed with "zstd22"; only gzip is supported');
    file.set(new TextEncoder().encode('gzip\0\0'), 24);
    expect(await failure(file.slice(0, 0x1010))).toMatch(/zboot image is truncated/);
  });

  it('of before Linux 3.17 has no size and a fixed offset', async () => {
    expect(await parseKernel(image({ textOffset: 0, imageSize: 0 }), LIMIT)).toMatchObject({ textOffset: 0x80000, memorySize: 4096 });
  });

  it('that cannot be right is refused', async () => {
    expect(await failure(image({ flags: 1 }))).toMatch(/big-endian/);
    expect(await failure(image({ imageSize: 2 ** 52 }))).toMatch(/damaged/);
    const gz = gzipSync(image({ length: 100_000 }));
    expect(await failure(gz.subarray(0, gz.length - 20))).toBe('-kernel: the gzip data is truncated or damaged');
    expect(await failure(gzipSync(new Uint8Array(3 * MIB)), 2 * MIB)).toBe('-kernel: the file unpacks to more than the 2 MiB of guest RAM');
  });

  it('with a PE header is missed when it is cut short', async () => {
    const file = image({ length: 0x3000, imageSize: 0x8000 });
    const view = new DataView(file.buffer);
    view.setUint32(60, 64, true);
    view.setUint32(64, 0x4550, true);
    view.setUint16(70, 1, true);
    view.setUint16(84, 0xa0, true);
    const section = 64 + 24 + 0xa0;
    view.setUint32(section + 16, 0x2000, true);
    view.setUint32(section + 20, 0x1000, true);
    expect((await parseKernel(file, LIMIT)).format).toBe('image');
    expect(await failure(file.slice(0, 0x2fff))).toBe('-kernel: the Image is truncated: 12 KiB of 12 KiB');
    expect(await failure(file.slice(0, 80))).toMatch(/truncated|unknown/);
  });
});

describe('files of other kinds', () => {
  const word = (at: number, value: number): Uint8Array => {
    const bytes = new Uint8Array(1024);
    new DataView(bytes.buffer).setUint32(at, value, true);
    return bytes;
  };
  it.each([
    ['an x86 bzImage', word(0x202, 0x53726448)],
    ['a 32-bit Arm zImage', word(0x24, 0x016f2818)],
    ['a RISC-V Image', word(0x38, 0x05435352)],
  ])('are named: %s', async (name, bytes) => {
    expect(await failure(bytes)).toBe(`-kernel: the file is ${name}, not an arm64 Image or an AArch64 ELF file`);
  });
  it('are refused without a name', async () => {
    expect(await failure(new Uint8Array(0))).toMatch(/the file is empty/);
    expect(await failure(Uint8Array.of(1, 2, 3))).toMatch(/only 3 bytes long/);
    expect(await failure(new Uint8Array(1000))).toMatch(/unknown kind/);
  });
});

describe('ELF', () => {
  it('gives segments and a physical entry', async () => {
    const kernel = await parseKernel(elf([
      { offset: 0x200, vaddr: 0xffff_0000_4008_0000n, paddr: 0x4008_0000n, filesz: 16, memsz: 64 },
      { offset: 0x300, vaddr: 0x4009_0000n, paddr: 0x4009_0000n, filesz: 0, memsz: 0 },
    ], 0xffff_0000_4008_0008n), LIMIT);
    expect(kernel).toMatchObject({ format: 'elf', entry: 0x4008_0008 });
    expect(kernel.format === 'elf' && kernel.segments.map((s) => [s.address, s.bytes.length, s.memorySize])).toEqual([[0x4008_0000, 16, 64]]);
  });

  it('for another machine or damaged is refused', async () => {
    const ok: Phdr = { offset: 0x200, vaddr: 0x4000_0000n, paddr: 0x4000_0000n, filesz: 16, memsz: 16 };
    expect(await failure(elf([ok], 0n, (v) => v.setUint16(18, 62, true)))).toBe('-kernel: the ELF file is for x86-64, not for AArch64');
    expect(await failure(elf([{ ...ok, filesz: 0x2000, memsz: 0x2000 }], 0n))).toMatch(/segment 0 ends at byte/);
    expect(await failure(elf([{ ...ok, filesz: 32 }], 0n))).toMatch(/more bytes than memory/);
    expect(await failure(elf([{ ...ok, paddr: 0xffff_8000_0800_0000n }], 0n))).toMatch(/0xffff800008000000, where no RAM can be/);
    expect(await failure(elf([], 0n))).toMatch(/nothing to load/);
    expect(await failure(elf([ok], 0n, (v) => v.setUint16(16, 1, true)))).toMatch(/not an executable/);
    expect(await failure(elf([ok], 0n, (v) => v.setBigUint64(32, 1n << 60n, true)))).toMatch(/program headers are truncated/);
    expect(await failure(elf([ok], 0n).slice(0, 40))).toMatch(/header is truncated/);
  });

  it('survives any damage', async () => {
    const good = elf([{ offset: 0x200, vaddr: 0x4000_0000n, paddr: 0x4000_0000n, filesz: 16, memsz: 16 }], 0x4000_0000n);
    for (let i = 0; i < 120; i++) {
      const bad = good.slice();
      bad[i] ^= 0xff;
      await parseKernel(bad, LIMIT).catch((e: unknown) => expect(e).toBeInstanceOf(LoaderError));
    }
  });
});

describe('placement', () => {
  const kernel = (memorySize: number, textOffset = 0): Kernel => ({ format: 'image', textOffset, bytes: new Uint8Array(64), memorySize });
  const place = (k: Kernel, initrd?: number, ram = RAM): ReturnType<typeof planBoot> =>
    planBoot(ram, { kernel: k, initrd: initrd === undefined ? undefined : new Uint8Array(initrd), makeDtb: dtb });

  it("puts kernel, initrd and tree where QEMU puts them", () => {
    const plan = place(kernel(30 * MIB), 3_000_000);
    expect(plan.entry).toBe(0x4020_0000);
    expect(plan.initrd).toEqual({ start: 0x4800_0000, end: 0x4800_0000 + 3_000_000 });
    expect(plan.dtb).toBe(0x4840_0000);
    expect(plan.writes.map((w) => w.address)).toEqual([0x4020_0000, 0x4800_0000, 0x4840_0000]);
    expect(place(kernel(MIB, 0x80000)).entry).toBe(0x4008_0000);
    expect(place(kernel(MIB)).dtb).toBe(0x4800_0000);
    expect(place(kernel(MIB), 100, { ...RAM, size: 64 * MIB }).initrd?.start).toBe(0x4200_0000);
  });

  it('moves the initrd behind a kernel that reaches over its place', () => {
    expect(place(kernel(200 * MIB), 100).initrd?.start).toBe(0x4000_0000 + 202 * MIB);
  });

  it('says what does not fit', () => {
    const ram = { ...RAM, size: 16 * MIB };
    expect(() => place(kernel(15 * MIB), undefined, ram)).toThrow('-kernel: the kernel needs 17 MiB and is too large for 16 MiB of RAM');
    expect(() => place(kernel(MIB), 9 * MIB, ram)).toThrow('-initrd: the file (9 MiB) is too large for 16 MiB of RAM, 8 MiB are left for it');
    expect(() => place(kernel(MIB), 8 * MIB, ram)).toThrow(/-initrd: the device tree does not fit behind/);
    expect(() => place(kernel(MIB), 0)).toThrow('-initrd: the file is empty');
    expect(() => planBoot(RAM, { kernel: kernel(MIB), makeDtb: () => new Uint8Array(3 * MIB) })).toThrow(/-dtb: the device tree takes 3 MiB/);
  });

  it('gives a bare-metal program the tree at the start of RAM, if there is room', () => {
    const program = (address: number): Kernel => ({ format: 'elf', entry: address, segments: [{ address, bytes: new Uint8Array(8), memorySize: 8 }] });
    expect(place(program(0x4008_0000))).toMatchObject({ dtb: 0x4000_0000, entry: 0x4008_0000 });
    expect(place(program(0x4000_0000)).dtb).toBe(0x4800_0000);
    expect(() => place(program(0x1000))).toThrow(/-kernel: an ELF segment at 0x1000 \(8 bytes\) lies outside of the 512 MiB of RAM/);
  });
});

it('refuses a tree that is none, naming -dtb', () => {
  expect(() => parseDtb(new Uint8Array(100))).toThrow('-dtb: no device tree magic number');
});
