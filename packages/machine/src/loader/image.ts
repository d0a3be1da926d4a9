/** The arm64 `Image` format (Linux, Documentation/arch/arm64/booting.rst). All fields are little-endian. */
import { LoaderError, sizeText } from './error.ts';
import type { Kernel } from './kernel.ts';

const HEADER_SIZE = 64;
const TEXT_OFFSET = 8;
const IMAGE_SIZE = 16;
const FLAGS = 24;
const MAGIC = 56;

/** "ARM\x64" */
const MAGIC_VALUE = 0x644d5241;
const FLAG_BIG_ENDIAN = 1;

/** Kernels before 3.17 leave `image_size` zero and mean this offset whatever the header says. */
const OLD_TEXT_OFFSET = 0x80000;

export function isImage(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER_SIZE && view(bytes).getUint32(MAGIC, true) === MAGIC_VALUE;
}

/** Checks the header of a file that {@link isImage} accepts. */
export function imageKernel(bytes: Uint8Array): Kernel {
  const header = view(bytes);
  const size = u64(header, IMAGE_SIZE);
  if ((header.getUint32(FLAGS, true) & FLAG_BIG_ENDIAN) !== 0) {
    throw new LoaderError('-kernel', 'the Image is for big-endian kernels, which are not supported');
  }
  if (size === 0) {
    return { format: 'image', textOffset: OLD_TEXT_OFFSET, bytes, memorySize: bytes.length };
  }
  const textOffset = u64(header, TEXT_OFFSET);
  if (size > 2 ** 40 || textOffset > 2 ** 40) {
    throw new LoaderError('-kernel', 'the Image header is damaged: its size or text offset is beyond any memory');
  }
  // image_size counts the BSS, so it is never below the file's length, except when something was appended to the file.
  const memorySize = Math.max(size, bytes.length);
  const smallest = Math.min(size, 0x10000);
  if (bytes.length < smallest) {
    throw new LoaderError('-kernel', `the Image is truncated: ${sizeText(bytes.length)} of ${sizeText(size)}`);
  }
  return { format: 'image', textOffset, bytes, memorySize };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function u64(data: DataView, at: number): number {
  return data.getUint32(at + 4, true) * 0x1_0000_0000 + data.getUint32(at, true);
}
