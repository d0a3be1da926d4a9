/** The arm64 `Image` format (Linux, Documentation/arch/arm64/booting.rst). All fields are little-endian. */
import { LoaderError, sizeText } from './error.ts';
import type { Kernel } from './kernel.ts';

const HEADER_SIZE = 64;
const TEXT_OFFSET = 8;
const IMAGE_SIZE = 16;
const FLAGS = 24;
const MAGIC = 56;

/** Kernels with an EFI stub are PE files too: what their section table names has to be there (PE format, COFF header). */
const PE_OFFSET = 60;
const PE_SIGNATURE = 0x4550;
const PE_SECTION_COUNT = 6;
const PE_OPTIONAL_SIZE = 20;
const PE_HEADER_SIZE = 24;
const SECTION_SIZE = 40;
const SECTION_RAW_SIZE = 16;
const SECTION_RAW_OFFSET = 20;

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
  const smallest = peEnd(header) ?? HEADER_SIZE;
  if (bytes.length < smallest) {
    throw new LoaderError('-kernel', `the Image is truncated: ${sizeText(bytes.length)} of ${sizeText(smallest)}`);
  }
  return { format: 'image', textOffset, bytes, memorySize };
}

/** End of the last section in the file by the PE header, or undefined where there is no such header. */
function peEnd(header: DataView): number | undefined {
  const pe = header.getUint32(PE_OFFSET, true);
  if (pe === 0) return undefined;
  if (pe + PE_HEADER_SIZE > header.byteLength) return pe + PE_HEADER_SIZE;
  if (header.getUint32(pe, true) !== PE_SIGNATURE) return undefined;
  const first = pe + PE_HEADER_SIZE + header.getUint16(pe + PE_OPTIONAL_SIZE, true);
  const end = first + header.getUint16(pe + PE_SECTION_COUNT, true) * SECTION_SIZE;
  if (end > header.byteLength) return end;
  let last = 0;
  for (let at = first; at < end; at += SECTION_SIZE) {
    last = Math.max(last, header.getUint32(at + SECTION_RAW_SIZE, true) + header.getUint32(at + SECTION_RAW_OFFSET, true));
  }
  return last;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function u64(data: DataView, at: number): number {
  return data.getUint32(at + 4, true) * 0x1_0000_0000 + data.getUint32(at, true);
}
