import { readFileSync } from 'node:fs';

/** A recorded vector file of this folder, as words. */
export function readWords(name: string): Int32Array {
  const raw = readFileSync(new URL(`./${name}`, import.meta.url));
  return new Int32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
}

/** A recorded text file of this folder, by lines. */
export function readLines(name: string): string[] {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8').trimEnd().split('\n');
}
