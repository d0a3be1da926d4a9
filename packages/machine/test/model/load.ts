/**
 * Copies of the machine's concurrent parts, with atomic and qht below them, for the model checker: constants shrunk and, for
 * mutants, one deliberate mistake.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Atomic from '@mttcg/atomic';
import { copyAtomic, type Edit, type SourceCopy, sourcesOf } from '../../../atomic/test/model/copy.ts';
import type * as Parts from './parts.ts';

export type { Edit } from '../../../atomic/test/model/copy.ts';

export type Modules = typeof Parts & { readonly atomic: typeof Atomic };

export interface Copy {
  readonly modules: Modules;
  /** Removes the copy from the disk. */
  dispose(): void;
}

/** What is copied of the machine. The rest of what it imports (constants) is the real thing. */
const COPIED = ['accel/', 'tb/cache.ts', 'tb/descriptor.ts', 'tb/page-tree.ts', 'memory/layout.ts'];

const SHRINK: readonly Edit[] = [
  { file: 'machine/src/accel/spin.ts', from: 'i < 200', to: 'i < 1' },
  { file: 'machine/src/accel/work-queue.ts', from: 'const SLOTS = 32;', to: 'const SLOTS = 2;' },
  { file: 'machine/src/tb/page-tree.ts', from: 'const LEVEL_BITS = 10;', to: 'const LEVEL_BITS = 2;' },
];

const real = (name: string): string => pathToFileURL(`${sourcesOf(name)}/index.ts`).href;

export async function loadCopy(edits: readonly Edit[] = []): Promise<Copy> {
  const copy: SourceCopy = copyAtomic(edits, {
    folders: {
      qht: sourcesOf('qht'),
      'machine/src': { directory: sourcesOf('machine'), files: (path) => !path.endsWith('.test.ts') && COPIED.some((part) => path.startsWith(part)) },
      'machine/test/model': { directory: fileURLToPath(new URL('.', import.meta.url)), files: (path) => path === 'parts.ts' },
    },
    imports: { '@mttcg/qht': 'qht/index.ts', '@mttcg/softmmu': real('softmmu'), '@mttcg/tcg-ir': real('tcg-ir') },
    edits: SHRINK,
  });
  const modules = { ...(await copy.load<typeof Parts>('machine/test/model/parts.ts')), atomic: await copy.load<typeof Atomic>('atomic/index.ts') };
  return { modules, dispose: () => copy.dispose() };
}
