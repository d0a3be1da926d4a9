import { Readable, type Duplex } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import xz from 'xz-decompress';

const CHUNK = 1 << 16;

/** `bytes` in pieces, so that a consumer's pace decides how much is held; `onRead` hears how far it got. */
function* pieces(bytes: Uint8Array, onRead?: (done: number) => void): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) {
    yield bytes.subarray(at, at + CHUNK);
    onRead?.(Math.min(at + CHUNK, bytes.length));
  }
}

/**
 * Unpacks by the ending of the file's name: .xz, .gz, .zst, or none of them.
 * @throws Error for another ending that is known to be compression
 */
export function decompressed(name: string, bytes: Uint8Array, onRead?: (done: number) => void): Readable {
  const source = Readable.from(pieces(bytes, onRead), { objectMode: false });
  const through = (codec: Duplex): Readable => source.on('error', (error) => codec.destroy(error)).pipe(codec);
  if (name.endsWith('.gz')) return through(createGunzip());
  if (name.endsWith('.zst')) return through(createZstdDecompress());
  if (name.endsWith('.xz')) {
    const web = Readable.toWeb(source) as ReadableStream<Uint8Array>;
    return Readable.fromWeb(new xz.XzReadableStream(web) as Parameters<typeof Readable.fromWeb>[0]);
  }
  if (/\.(bz2|lzma)$/.test(name)) throw new Error(`${name} is compressed in a way that is not supported`);
  return source;
}

/** All of a stream. */
export async function collect(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
