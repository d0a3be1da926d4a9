import { elfKernel, isElf } from './elf.ts';
import { LoaderError } from './error.ts';
import { gunzip, isGzip } from './gzip.ts';
import { imageKernel, isImage } from './image.ts';
import { foreignKernel } from './foreign.ts';
import { isZboot, zbootPayload } from './zboot.ts';

/** One run of bytes for guest memory. */
export interface Segment {
  /** Physical address, or the offset from the start of RAM for a relocatable `Image`. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Bytes of memory it takes, `bytes.length` or more; the rest is zero. */
  readonly memorySize: number;
}

/** A kernel that has been recognised and checked in itself, not yet against a board's RAM. */
export type Kernel =
  | {
      /** The arm64 boot protocol: may go to any 2 MiB aligned base. */
      readonly format: 'image';
      /** Bytes from that base to the image (`text_offset`). */
      readonly textOffset: number;
      readonly bytes: Uint8Array;
      /** Bytes of memory from the image's start that it uses, BSS included. */
      readonly memorySize: number;
    }
  | {
      /** An ELF program for fixed physical addresses. */
      readonly format: 'elf';
      readonly segments: readonly Segment[];
      /** Physical address of the first instruction. */
      readonly entry: number;
    };

/**
 * Recognises an arm64 kernel: `Image`, gzip'd `Image` or ELF, EFI zboot with a gzip payload, ELF64 for AArch64.
 * @param limit bytes that unpacked data may take (the guest's RAM)
 * @throws LoaderError for anything else, saying what it is where that is known
 */
export async function parseKernel(file: Uint8Array, limit: number): Promise<Kernel> {
  let bytes = file;
  if (isZboot(bytes)) bytes = await gunzip('-kernel', zbootPayload(bytes), limit);
  else if (isGzip(bytes)) bytes = await gunzip('-kernel', bytes, limit);

  if (isElf(bytes)) return elfKernel(bytes);
  if (isImage(bytes)) return imageKernel(bytes);
  throw new LoaderError('-kernel', `${foreignKernel(bytes)}, not an arm64 Image or an AArch64 ELF file`);
}
