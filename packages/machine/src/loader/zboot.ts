/** EFI zboot: a PE file whose payload is a compressed `Image` (Linux, drivers/firmware/efi/libstub/zboot-header.S). */
import { LoaderError } from './error.ts';

const MAGIC = 4;
/** "zimg" */
const MAGIC_VALUE = 0x676d697a;
const PAYLOAD_OFFSET = 8;
const PAYLOAD_SIZE = 12;
const COMPRESSION = 24;
const COMPRESSION_SIZE = 32;

export function isZboot(bytes: Uint8Array): boolean {
  return bytes.length >= COMPRESSION + COMPRESSION_SIZE && bytes[0] === 0x4d && bytes[1] === 0x5a
    && new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC, true) === MAGIC_VALUE;
}

/** The gzip data of a file that {@link isZboot} accepts. */
export function zbootPayload(bytes: Uint8Array): Uint8Array {
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const name = bytes.subarray(COMPRESSION, COMPRESSION + COMPRESSION_SIZE);
  const end = name.indexOf(0);
  const compression = new TextDecoder().decode(name.subarray(0, end < 0 ? name.length : end));
  if (compression !== 'gzip') {
    throw new LoaderError('-kernel', `the EFI zboot image is compressed with "${compression.replace(/[^\w.-]/g, '?')}"; only gzip is supported`);
  }
  const offset = header.getUint32(PAYLOAD_OFFSET, true);
  const size = header.getUint32(PAYLOAD_SIZE, true);
  if (offset + size > bytes.length) {
    throw new LoaderError('-kernel', `the EFI zboot image is truncated: its payload ends at byte ${offset + size}, the file at ${bytes.length}`);
  }
  return bytes.subarray(offset, offset + size);
}
