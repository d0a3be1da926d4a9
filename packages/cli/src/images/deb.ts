import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { readAr } from './ar.ts';
import { collect, decompressed } from './compression.ts';

/** Receives files of a package as they are unpacked. Paths are without a leading "./". */
export interface DebFilter {
  readonly wanted: (path: string) => boolean;
  readonly onFile: (path: string, data: Uint8Array) => void;
  /** Share of the package that has been read, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Unpacks files of a Debian package (deb(5)). @throws Error when it is damaged */
export async function unpackDeb(bytes: Uint8Array, filter: DebFilter): Promise<void> {
  const members = readAr(bytes);
  const entry = [...members].find(([name]) => name.startsWith('data.tar'));
  if (entry === undefined) throw new Error('the package has no data.tar member');
  const [name, data] = entry;
  const tar = extract();
  tar.on('entry', (header, stream, next) => {
    const path = header.name.replace(/^\.?\/+/, '');
    if (header.type === 'file' && filter.wanted(path)) {
      collect(stream as unknown as Parameters<typeof collect>[0]).then((file) => {
        filter.onFile(path, file);
        next();
      }, next);
    } else {
      stream.on('end', next);
      stream.resume();
    }
  });
  const source = decompressed(name, data, (done) => filter.onProgress?.(done / data.length));
  await pipeline(source, tar, filter.signal === undefined ? {} : { signal: filter.signal });
}
