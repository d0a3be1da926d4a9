import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** One executable as a "newc" cpio archive (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). */
function cpio(path: string, data: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  const pad = (length: number): void => void chunks.push(new Uint8Array(-length & 3));
  const record = (mode: number, name: string, bytes: Uint8Array): void => {
    const fields = [1, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0];
    const head = Buffer.from(`070701${fields.map((f) => f.toString(16).padStart(8, '0')).join('')}${name}\0`);
    chunks.push(head);
    pad(head.length);
    chunks.push(bytes);
    pad(bytes.length);
  };
  record(0o100755, path, data);
  record(0, 'TRAILER!!!', new Uint8Array());
  return Buffer.concat(chunks);
}

/** An initramfs with gbench in its /bin: the kernel unpacks archives one behind the other. */
export function withGbench(initrd: Uint8Array): Uint8Array {
  const program = readFileSync(new URL('./guest/gbench', import.meta.url));
  const padded = new Uint8Array((initrd.length + 3) & ~3);
  padded.set(initrd);
  return Buffer.concat([padded, gzipSync(cpio('bin/gbench', program))]);
}
