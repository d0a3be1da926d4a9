/**
 * Where kernel, initrd and device tree go in RAM. The same addresses as QEMU's, so that traces and boot logs of the two
 * can be laid side by side.
 */
import { FdtError } from '../fdt/index.ts';
import { LoaderError, sizeText } from './error.ts';
import type { Kernel, Segment } from './kernel.ts';

const MIB = 1024 * 1024;
const PAGE = 4096;

/** Device tree blobs may be at most this long and must not cross it (booting.rst, section 2). */
const DTB_LIMIT = 2 * MIB;

/** QEMU keeps this much at the start of RAM for its boot stub and moves kernels that want to be there up by 2 MiB. */
const STUB_SIZE = 4096;

export interface Ram {
  /** Physical address. */
  readonly base: number;
  readonly size: number;
}

export interface BootPlan {
  /** What to copy into RAM; memory beyond each segment's bytes is zero. */
  readonly writes: readonly Segment[];
  /** Physical address of the first instruction, at the highest exception level the board gives. */
  readonly entry: number;
  /** Physical address of the device tree: the boot CPU's x0 (x1 to x3 are zero). */
  readonly dtb: number;
  readonly initrd: { readonly start: number; readonly end: number } | undefined;
}

export interface BootFiles {
  readonly kernel: Kernel;
  readonly initrd?: Uint8Array | undefined;
  /** Makes the final blob once the initrd's place is known. */
  readonly makeDtb: (initrd: BootPlan['initrd']) => Uint8Array;
}

/** Lays out a boot. Throws {@link LoaderError} when something does not fit. */
export function planBoot(ram: Ram, files: BootFiles): BootPlan {
  const end = ram.base + ram.size;
  const kernel = placeKernel(ram, files.kernel);
  const initrd = placeInitrd(ram, kernel.high, files.initrd);
  const blob = makeBlob(files, initrd);

  let dtb: number;
  if (files.kernel.format === 'elf' && kernel.low >= ram.base + blob.length) {
    // A bare-metal program finds the tree at the start of RAM.
    dtb = ram.base;
  } else {
    const after = initrd?.end ?? initrdStart(ram, kernel.high);
    dtb = alignUp(after, DTB_LIMIT);
    if (dtb + blob.length > end) {
      throw new LoaderError(files.initrd === undefined ? '-kernel' : '-initrd',
        `the device tree does not fit behind kernel and initrd in ${sizeText(ram.size)} of RAM`);
    }
  }

  const writes = [...kernel.segments];
  if (initrd !== undefined) writes.push(segment(initrd.start, files.initrd as Uint8Array));
  writes.push(segment(dtb, blob));
  return { writes, entry: kernel.entry, dtb, initrd };
}

function makeBlob(files: BootFiles, initrd: BootPlan['initrd']): Uint8Array {
  let blob: Uint8Array;
  try {
    blob = files.makeDtb(initrd);
  } catch (error) {
    if (error instanceof FdtError) throw new LoaderError('-dtb', error.message);
    throw error;
  }
  if (blob.length > DTB_LIMIT) {
    throw new LoaderError('-dtb', `the device tree takes ${sizeText(blob.length)}; the boot protocol allows 2 MiB`);
  }
  return blob;
}

interface PlacedKernel {
  readonly segments: readonly Segment[];
  readonly entry: number;
  /** First and last-plus-one physical address in use. */
  readonly low: number;
  readonly high: number;
}

function placeKernel(ram: Ram, kernel: Kernel): PlacedKernel {
  const end = ram.base + ram.size;
  if (kernel.format === 'image') {
    const offset = kernel.textOffset < STUB_SIZE ? kernel.textOffset + 2 * MIB : kernel.textOffset;
    const low = ram.base + offset;
    const high = low + kernel.memorySize;
    if (high > end) {
      throw new LoaderError('-kernel',
        `the kernel needs ${sizeText(offset + kernel.memorySize)} and is too large for ${sizeText(ram.size)} of RAM`);
    }
    const placed = { address: low, bytes: kernel.bytes, memorySize: kernel.memorySize };
    return { segments: [placed], entry: low, low, high };
  }
  let low = Infinity;
  let high = 0;
  for (const { address, memorySize } of kernel.segments) {
    if (address < ram.base || address + memorySize > end) {
      throw new LoaderError('-kernel', `an ELF segment at 0x${address.toString(16)} (${sizeText(memorySize)}) lies outside of `
        + `the ${sizeText(ram.size)} of RAM at 0x${ram.base.toString(16)}`);
    }
    low = Math.min(low, address);
    high = Math.max(high, address + memorySize);
  }
  return { segments: kernel.segments, entry: kernel.entry, low, high };
}

/** Half of a small RAM, or 128 MiB in; behind the kernel in any case. */
function initrdStart(ram: Ram, kernelEnd: number): number {
  return alignUp(Math.max(ram.base + Math.min(ram.size / 2, 128 * MIB), kernelEnd), PAGE);
}

function placeInitrd(ram: Ram, kernelEnd: number, initrd: Uint8Array | undefined): BootPlan['initrd'] {
  if (initrd === undefined) return undefined;
  if (initrd.length === 0) throw new LoaderError('-initrd', 'the file is empty');
  const start = initrdStart(ram, kernelEnd);
  const end = start + initrd.length;
  if (end > ram.base + ram.size) {
    throw new LoaderError('-initrd', `the file (${sizeText(initrd.length)}) is too large for ${sizeText(ram.size)} of RAM, `
      + `${sizeText(Math.max(0, ram.base + ram.size - start))} are left for it`);
  }
  return { start, end };
}

function segment(address: number, bytes: Uint8Array): Segment {
  return { address, bytes, memorySize: bytes.length };
}

function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
