/** ELF64 programs for AArch64 (System V ABI, chapters 4 and 5; ELF for the Arm 64-bit Architecture). */
import { LoaderError } from './error.ts';
import type { Kernel, Segment } from './kernel.ts';

const EI_CLASS = 4;
const EI_DATA = 5;
const E_TYPE = 16;
const E_MACHINE = 18;
const E_ENTRY = 24;
const E_PHOFF = 32;
const E_PHENTSIZE = 54;
const E_PHNUM = 56;
const EHDR_SIZE = 64;

const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const ET_EXEC = 2;
const ET_DYN = 3;
const EM_AARCH64 = 183;

const P_TYPE = 0;
const P_OFFSET = 8;
const P_VADDR = 16;
const P_PADDR = 24;
const P_FILESZ = 32;
const P_MEMSZ = 40;
const PHDR_SIZE = 56;
const PT_LOAD = 1;

/** Machines that people have kernels for, by `e_machine`. */
const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86 (i386)', 8: 'MIPS', 20: 'PowerPC', 21: '64-bit PowerPC', 22: 's390', 40: '32-bit Arm', 62: 'x86-64',
  243: 'RISC-V', 258: 'LoongArch',
};

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 20 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Reads the loadable segments of a file that {@link isElf} accepts. */
export function elfKernel(bytes: Uint8Array): Kernel {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const machine = data.getUint16(E_MACHINE, bytes[EI_DATA] === ELFDATA2LSB);
  if (machine !== EM_AARCH64) {
    throw new LoaderError('-kernel', `the ELF file is for ${MACHINES[machine] ?? `machine ${machine}`}, not for AArch64`);
  }
  if (bytes[EI_CLASS] !== ELFCLASS64 || bytes[EI_DATA] !== ELFDATA2LSB) {
    throw new LoaderError('-kernel', 'the ELF file is not 64-bit little-endian');
  }
  if (bytes.length < EHDR_SIZE) throw new LoaderError('-kernel', 'the ELF header is truncated');
  const type = data.getUint16(E_TYPE, true);
  if (type !== ET_EXEC && type !== ET_DYN) throw new LoaderError('-kernel', 'the ELF file is not an executable program');

  const u64 = (at: number): bigint => data.getBigUint64(at, true);
  const entry = u64(E_ENTRY);
  const headers = u64(E_PHOFF);
  const step = data.getUint16(E_PHENTSIZE, true);
  const count = data.getUint16(E_PHNUM, true);
  if (count > 0 && (step < PHDR_SIZE || headers + BigInt(step * count) > BigInt(bytes.length))) {
    throw new LoaderError('-kernel', 'the ELF program headers are truncated');
  }

  const segments: Segment[] = [];
  let physicalEntry = entry;
  for (let i = 0; i < count; i++) {
    const at = Number(headers) + i * step;
    const memorySize = u64(at + P_MEMSZ);
    if (data.getUint32(at + P_TYPE, true) !== PT_LOAD || memorySize === 0n) continue;
    const offset = u64(at + P_OFFSET);
    const fileSize = u64(at + P_FILESZ);
    const virtual = u64(at + P_VADDR);
    const physical = u64(at + P_PADDR);
    if (offset + fileSize > BigInt(bytes.length)) {
      throw new LoaderError('-kernel', `the ELF file is truncated: segment ${i} ends at byte ${offset + fileSize}, the file at ${bytes.length}`);
    }
    if (fileSize > memorySize) throw new LoaderError('-kernel', `ELF segment ${i} has more bytes than memory`);
    if (physical + memorySize > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new LoaderError('-kernel', `ELF segment ${i} loads at physical address 0x${physical.toString(16)}, where no RAM can be`);
    }
    // e_entry is a virtual address; the boot starts with the MMU off.
    if (entry >= virtual && entry < virtual + memorySize) physicalEntry = entry - virtual + physical;
    segments.push({
      address: Number(physical),
      bytes: bytes.subarray(Number(offset), Number(offset + fileSize)),
      memorySize: Number(memorySize),
    });
  }
  if (segments.length === 0) throw new LoaderError('-kernel', 'the ELF file has nothing to load');
  if (physicalEntry > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new LoaderError('-kernel', `the ELF entry point 0x${entry.toString(16)} lies outside of its segments`);
  }
  return { format: 'elf', segments, entry: Number(physicalEntry) };
}
