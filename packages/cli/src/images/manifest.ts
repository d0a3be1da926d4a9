import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name of a manifest in an image's directory. */
export const MANIFEST = 'manifest.json';
const FORMAT = 1;

/** A file, or a package that an image was made of. */
export interface Checksum {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** What lies in the cache for one image. */
export interface Manifest {
  readonly format: typeof FORMAT;
  readonly name: string;
  /** Version of what mttcg adds; another one is built anew. */
  readonly contents: number;
  /** ISO 8601. */
  readonly created: string;
  /** How it was fetched, and what vouches for the checksums. */
  readonly source: string;
  readonly packages: readonly ({ readonly name: string; readonly version: string } & Checksum)[];
  readonly files: { readonly kernel: NamedFile; readonly initrd: NamedFile };
  /** Kernel command line. */
  readonly append: string;
}

export type NamedFile = { readonly file: string } & Checksum;

export function makeManifest(fields: Omit<Manifest, 'format'>): Manifest {
  return { format: FORMAT, ...fields };
}

export function checksum(bytes: Uint8Array): Checksum {
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
}

/** The manifest of the image in `directory` when it is of this format; undefined when there is none. */
export function readManifest(directory: string): Manifest | undefined {
  let value: Partial<Manifest>;
  try {
    value = JSON.parse(readFileSync(join(directory, MANIFEST), 'utf8')) as Partial<Manifest>;
  } catch {
    return undefined;
  }
  return value.format === FORMAT && value.files !== undefined && Array.isArray(value.packages) ? value as Manifest : undefined;
}

/** Files of the image that are missing or differ from the manifest. */
export function damagedFiles(directory: string, manifest: Manifest): string[] {
  return Object.values(manifest.files).filter(({ file, sha256 }) => {
    try {
      return checksum(readFileSync(join(directory, file))).sha256 !== sha256;
    } catch {
      return true;
    }
  }).map(({ file }) => file);
}
