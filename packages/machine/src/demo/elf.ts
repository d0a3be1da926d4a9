/** ELF-64 constants (System V ABI, and "ELF for the Arm 64-bit Architecture"). */
const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const EXECUTABLE = 2;
const AARCH64 = 183;
const LOAD = 1;
const READ_WRITE_EXECUTE = 7;
const ALIGN = 0x1000;

/** An AArch64 ELF file with one segment at physical address `origin`, where it also starts. `bss` bytes of zeros follow. */
export function elfExecutable(origin: number, code: Uint8Array, bss = 0): Uint8Array {
  const out = new Uint8Array(ALIGN + code.length);
  const view = new DataView(out.buffer);
  const u16 = (at: number, value: number): void => view.setUint16(at, value, true);
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  u16(16, EXECUTABLE);
  u16(18, AARCH64);
  u32(20, 1);
  u64(24, origin);
  u64(32, HEADER_SIZE);
  u16(52, HEADER_SIZE);
  u16(54, PROGRAM_HEADER_SIZE);
  u16(56, 1);
  const program = HEADER_SIZE;
  u32(program, LOAD);
  u32(program + 4, READ_WRITE_EXECUTE);
  u64(program + 8, ALIGN);
  u64(program + 16, origin);
  u64(program + 24, origin);
  u64(program + 32, code.length);
  u64(program + 40, code.length + bss);
  u64(program + 48, ALIGN);
  out.set(code, ALIGN);
  return out;
}
