/**
 * Copies the machine's concurrent parts, with atomic and qht below them, into a temporary folder, with the model's
 * primitives (packages/atomic/test/model) in the place of the real ones, constants shrunk and, for mutants, one
 * deliberate mistake; and imports the copy.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Atomic from '@mttcg/atomic';
import type * as Explore from '../../../atomic/test/model/explore.ts';
import type * as Parts from './parts.ts';

export interface Edit {
  /** Such as 'machine/tb/cache.ts'. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export type Modules = typeof Parts & { readonly atomic: typeof Atomic };

export interface Copy {
  readonly modules: Modules;
  readonly explore: typeof Explore.explore;
  /** Removes the copy from the disk. */
  dispose(): void;
}

const packages = fileURLToPath(new URL('../../../', import.meta.url));

/** What is copied of each package. The rest of what they import (constants) is the real thing. */
const COPIED: Readonly<Record<string, readonly string[]>> = {
  atomic: [''], qht: [''], machine: ['accel', 'tb/cache.ts', 'tb/descriptor.ts', 'tb/page-tree.ts', 'memory/layout.ts'],
};

const SHRINK: readonly Edit[] = [
  { file: 'atomic/mutex.ts', from: 'const SPINS = 50;', to: 'const SPINS = 1;' },
  { file: 'atomic/spinlock.ts', from: 'const SPINS = 500;', to: 'const SPINS = 1;' },
  { file: 'atomic/seqlock.ts', from: 'const SPINS = 500;', to: 'const SPINS = 1;' },
  { file: 'machine/accel/spin.ts', from: 'i < 200', to: 'i < 1' },
  { file: 'machine/accel/work-queue.ts', from: 'const SLOTS = 32;', to: 'const SLOTS = 2;' },
  // a part of a view is read past the model
  {
    file: 'machine/accel/work-queue.ts', from: 'this.#batch.set(u32.subarray(first, first + n * WORDS));',
    to: 'for (let i = 0; i < n * WORDS; i++) this.#batch[i] = u32[first + i]!;',
  },
  { file: 'machine/tb/page-tree.ts', from: 'const LEVEL_BITS = 10;', to: 'const LEVEL_BITS = 2;' },
];

export async function loadCopy(edits: readonly Edit[] = []): Promise<Copy> {
  const root = mkdtempSync(join(tmpdir(), 'mttcg-machine-model-'));
  const url = (path: string): string => pathToFileURL(join(root, path)).href;
  const real = (name: string): string => pathToFileURL(join(packages, name, 'src/index.ts')).href;
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  for (const [name, parts] of Object.entries(COPIED)) {
    const from = join(packages, name, 'src');
    for (const file of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts') || !parts.some((part) => file.startsWith(part))) continue;
      const text = readFileSync(join(from, file), 'utf8')
        .replaceAll("'@mttcg/atomic'", `'${url('atomic/index.ts')}'`)
        .replaceAll("'@mttcg/qht'", `'${url('qht/index.ts')}'`)
        .replaceAll("'@mttcg/softmmu'", `'${real('softmmu')}'`)
        .replaceAll("'@mttcg/tcg-ir'", `'${real('tcg-ir')}'`);
      mkdirSync(dirname(join(root, name, file)), { recursive: true });
      writeFileSync(join(root, name, file), text);
    }
  }
  for (const file of ['explore.ts', 'primitive.ts']) cpSync(join(packages, 'atomic/test/model', file), join(root, 'atomic', file));
  writeFileSync(join(root, 'machine/parts.ts'), readFileSync(new URL('parts.ts', import.meta.url), 'utf8').replaceAll('../../src/', './').replaceAll("'@mttcg/qht'", `'${url('qht/index.ts')}'`));
  for (const { file, from, to } of [...SHRINK, ...edits]) {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(from).length !== 2) throw new Error(`${file}: ${JSON.stringify(from)} stands there ${text.split(from).length - 1} times, not once`);
    writeFileSync(path, text.replace(from, () => to));
  }
  const load = (file: string) => import(/* @vite-ignore */ url(file));
  const modules = { ...(await load('machine/parts.ts')), atomic: await load('atomic/index.ts') } as Modules;
  return { modules, explore: ((await load('atomic/explore.ts')) as typeof Explore).explore, dispose: () => rmSync(root, { recursive: true }) };
}
