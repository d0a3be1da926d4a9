import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of this folder. */
export function readVector(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, name));
}

export function readJson<T>(name: string): T {
  return JSON.parse(readVector(name).toString('utf8')) as T;
}
