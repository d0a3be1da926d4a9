/**
 * Copies the sources of the packages into a temporary folder, with the model's primitives in the place of the real ones,
 * constants shrunk, and, for mutants, one deliberate mistake; and imports the copy.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Atomic from '../../src/index.ts';
import type * as Explore from './explore.ts';

export interface Edit {
  /** Such as 'atomic/mutex.ts'. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Copy<Q = unknown> {
  readonly atomic: typeof Atomic;
  readonly qht: Q;
  readonly explore: typeof Explore.explore;
  /** Removes the copy from the disk. */
  dispose(): void;
}

const packages = fileURLToPath(new URL('../../../', import.meta.url));

/** Long spins and wide buckets only make executions longer. */
const SHRINK: readonly Edit[] = [
  { file: 'atomic/mutex.ts', from: 'const SPINS = 50;', to: 'const SPINS = 1;' },
  { file: 'atomic/spinlock.ts', from: 'const SPINS = 500;', to: 'const SPINS = 1;' },
  { file: 'atomic/seqlock.ts', from: 'const SPINS = 500;', to: 'const SPINS = 1;' },
  { file: 'atomic/robust-mutex.ts', from: 'const SPINS = 50;', to: 'const SPINS = 1;' },
  { file: 'qht/layout.ts', from: 'BUCKET_ENTRIES = 6', to: 'BUCKET_ENTRIES = 2' },
  { file: 'qht/layout.ts', from: '{ size: 64, at: { hashes: 8, pointers: 32, next: 56 } }', to: '{ size: 64 }' },
];

export async function loadCopy<Q = unknown>(edits: readonly Edit[] = []): Promise<Copy<Q>> {
  const root = mkdtempSync(join(tmpdir(), 'mttcg-model-'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  for (const name of ['atomic', 'qht']) {
    const from = join(packages, name, 'src');
    for (const file of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      const text = readFileSync(join(from, file), 'utf8').replaceAll("'@mttcg/atomic'", "'../atomic/index.ts'");
      mkdirSync(dirname(join(root, name, file)), { recursive: true });
      writeFileSync(join(root, name, file), text);
    }
  }
  cpSync(join(packages, 'atomic/test/model/explore.ts'), join(root, 'atomic/explore.ts'));
  cpSync(join(packages, 'atomic/test/model/primitive.ts'), join(root, 'atomic/primitive.ts'));
  for (const { file, from, to } of [...SHRINK, ...edits]) {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${file}: ${JSON.stringify(from)} stands there ${text.split(from).length - 1} times, not once`);
    writeFileSync(path, text.replace(from, () => to));
  }
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(root, file)).href);
  const copy = { atomic: await load('atomic/index.ts'), qht: await load('qht/index.ts'), explore: (await load('atomic/explore.ts')).explore };
  return { ...copy, dispose: () => rmSync(root, { recursive: true }) };
}
