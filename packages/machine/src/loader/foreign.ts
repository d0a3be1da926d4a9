/** One recognisable kind of file that is not an arm64 kernel. */
interface Signature {
  readonly at: number;
  /** Little-endian word expected there. */
  readonly word: number;
  readonly what: string;
}

const SIGNATURES: readonly Signature[] = [
  { at: 0x202, word: 0x53726448, what: 'the file is an x86 bzImage' },
  { at: 0x24, word: 0x016f2818, what: 'the file is a 32-bit Arm zImage' },
  { at: 0x38, word: 0x05435352, what: 'the file is a RISC-V Image' },
  { at: 0, word: 0x56190527, what: 'the file is a U-Boot uImage' },
  { at: 0, word: 0xedfe0dd0, what: 'the file is a device tree blob' },
  { at: 0, word: 0xfd2fb528, what: 'the file is compressed with zstd' },
  { at: 0, word: 0x587a37fd, what: 'the file is compressed with xz' },
  { at: 0, word: 0x37303730, what: 'the file is a cpio archive' },
];

/** Says what a file is that no loader accepts: a sentence's beginning ("the file is an x86 bzImage"). */
export function foreignKernel(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'the file is empty';
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const { at, word, what } of SIGNATURES) {
    if (at + 4 <= bytes.length && data.getUint32(at, true) === word) return what;
  }
  if (bytes.length < 64) return `the file is only ${bytes.length} bytes long`;
  return 'the file is of an unknown kind';
}
