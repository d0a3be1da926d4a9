const MAGIC = '!<arch>\n';
const HEADER_SIZE = 60;

/** Members of an `ar` archive (deb(5) has the subset that Debian packages use), as views of `bytes`. @throws Error when it is none or is cut short */
export function readAr(bytes: Uint8Array): Map<string, Uint8Array> {
  const text = new TextDecoder('latin1');
  if (text.decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw new Error('it is not an ar archive');
  const members = new Map<string, Uint8Array>();
  let at = MAGIC.length;
  while (at < bytes.length) {
    const header = text.decode(bytes.subarray(at, at + HEADER_SIZE));
    const size = Number(header.slice(48, 58).trim());
    const start = at + HEADER_SIZE;
    if (header.length < HEADER_SIZE || !header.endsWith('`\n') || !Number.isSafeInteger(size) || start + size > bytes.length) {
      throw new Error('the ar archive is damaged or cut short');
    }
    members.set(header.slice(0, 16).trim().replace(/\/$/, ''), bytes.subarray(start, start + size));
    at = start + size + (size & 1);
  }
  return members;
}
