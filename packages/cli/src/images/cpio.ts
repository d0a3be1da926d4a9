/**
 * The "newc" cpio format, as the kernel's initramfs wants it (Linux, Documentation/driver-api/early-userspace/
 * buffer-format.rst). Output depends on the entries only, so equal contents give equal bytes.
 */

const FILE = 0o100000;
const DIRECTORY = 0o040000;
const SYMLINK = 0o120000;
const CHARACTER = 0o020000;

/** One file of an archive. Paths are relative, without "./". Owner is root, time is 0. */
export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'file'; readonly path: string; readonly data: Uint8Array; readonly mode?: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'character'; readonly path: string; readonly major: number; readonly minor: number; readonly mode?: number };

/** The archive with a trailer, padded to a multiple of 512 bytes. @throws RangeError for a path that the format or the kernel refuses */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const put = (bytes: Uint8Array): void => {
    chunks.push(bytes);
    length += bytes.length;
  };
  const pad = (to: number): void => {
    if (length % to !== 0) put(new Uint8Array(to - (length % to)));
  };
  const record = (inode: number, mode: number, links: number, path: string, data: Uint8Array, major = 0, minor = 0): void => {
    const name = new TextEncoder().encode(`${path}\0`);
    if (name.length > 4096) throw new RangeError(`cpio: the path ${path.slice(0, 60)}... is too long`);
    if (data.length > 0xffffffff) throw new RangeError(`cpio: ${path} is over 4 GiB`);
    const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor, name.length, 0];
    put(new TextEncoder().encode(`070701${fields.map((f) => f.toString(16).padStart(8, '0')).join('')}`));
    put(name);
    pad(4);
    put(data);
    pad(4);
  };
  const none = new Uint8Array();
  entries.forEach((entry, index) => {
    const { path } = entry;
    if (path === '' || path.startsWith('/') || path.includes('\0')) throw new RangeError(`cpio: bad path ${JSON.stringify(path)}`);
    const inode = index + 1;
    switch (entry.kind) {
      case 'directory': return record(inode, DIRECTORY | (entry.mode ?? 0o755), 2, path, none);
      case 'file': return record(inode, FILE | (entry.mode ?? 0o644), 1, path, entry.data);
      case 'symlink': return record(inode, SYMLINK | 0o777, 1, path, new TextEncoder().encode(entry.target));
      case 'character': return record(inode, CHARACTER | (entry.mode ?? 0o600), 1, path, none, entry.major, entry.minor);
    }
  });
  record(0, 0, 1, 'TRAILER!!!', none);
  pad(512);
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
