/**
 * Copies of source files with edits, to be imported beside the originals: with one deliberate mistake that the tests must
 * find, or with constants made so small that a model checker gets through (spins, buckets, slots). Needs Node.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ModelError } from './error.ts';

export interface Edit {
  /** Path in the copy, such as `lib/mutex.ts`. */
  readonly file: string;
  /** Text that stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface Folder {
  /** Absolute path of the sources. */
  readonly directory: string;
  /** Which files of it, by path relative to it; default: TypeScript and JavaScript that is no test. */
  readonly files?: (path: string) => boolean;
}

export interface CopyOptions {
  /** Name in the copy -> sources, or the path of the directory they are in. */
  readonly folders: Readonly<Record<string, string | Folder>>;
  /** Imports that are to lead elsewhere: to a file of the copy (`lib/index.ts`) or, as a URL, anywhere. */
  readonly imports?: Readonly<Record<string, string>>;
  readonly edits?: readonly Edit[];
}

export interface SourceCopy {
  /** Where it is, in the system's folder for temporary files. */
  readonly directory: string;
  /** Imports a file of the copy. */
  load<T>(file: string): Promise<T>;
  /** Removes it from the disk. What has been loaded can still be used. */
  dispose(): void;
}

const isSource = (path: string): boolean => /\.[cm]?[jt]s$/.test(path) && !/\.(test|d)\.[cm]?[jt]s$/.test(path);

/** @throws ModelError ERR_BAD_ARGUMENT when an edit's text does not stand in its file exactly once */
export function copySources({ folders, imports = {}, edits = [] }: CopyOptions): SourceCopy {
  const root = mkdtempSync(join(tmpdir(), 'model-check-'));
  const urlOf = (target: string): string => (/^[a-z]+:/.test(target) ? target : pathToFileURL(join(root, target)).href);
  try {
    writeFileSync(join(root, 'package.json'), '{"type":"module"}');
    for (const [name, folder] of Object.entries(folders)) {
      const { directory, files = isSource } = typeof folder === 'string' ? { directory: folder } : folder;
      for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
        if (!files(path.replaceAll('\\', '/')) || !statSync(join(directory, path)).isFile()) continue;
        let text = readFileSync(join(directory, path), 'utf8');
        for (const [from, to] of Object.entries(imports)) text = text.replaceAll(`'${from}'`, `'${urlOf(to)}'`).replaceAll(`"${from}"`, `"${urlOf(to)}"`);
        mkdirSync(dirname(join(root, name, path)), { recursive: true });
        writeFileSync(join(root, name, path), text);
      }
    }
    for (const edit of edits) apply(root, edit);
  } catch (error) {
    rmSync(root, { recursive: true });
    throw error;
  }
  return {
    directory: root,
    load: (file) => import(/* @vite-ignore */ urlOf(file)),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}

function apply(root: string, { file, from, to }: Edit): void {
  const path = join(root, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ModelError('ERR_BAD_ARGUMENT', `edit: there is no ${file} in the copy`);
  }
  const times = text.split(from).length - 1;
  if (times !== 1) throw new ModelError('ERR_BAD_ARGUMENT', `edit of ${file}: ${JSON.stringify(from)} stands there ${times} times, not once`);
  writeFileSync(path, text.replace(from, () => to));
}
