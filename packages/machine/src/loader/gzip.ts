import { LoaderError, sizeText } from './error.ts';
import type { LoaderOption } from './error.ts';

/** Whether the bytes begin like a gzip member with the deflate method (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 18 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;
}

/**
 * Inflates one gzip member. `limit` bounds the output in bytes, so that a small file cannot fill the host's memory.
 * Throws {@link LoaderError} when the data is damaged or too long.
 */
export async function gunzip(option: LoaderOption, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  // A copy: streams refuse views of shared memory.
  const source = new Blob([bytes.slice()]).stream();
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      length += value.length;
      if (length > limit) break;
    }
  } catch {
    throw new LoaderError(option, 'the gzip data is truncated or damaged');
  }
  if (length > limit) {
    await reader.cancel().catch(() => undefined);
    throw new LoaderError(option, `the file unpacks to more than the ${sizeText(limit)} of guest RAM`);
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
