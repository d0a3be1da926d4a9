/** Copies of the packages' sources for the model checker: with constants shrunk and, for mutants, deliberate mistakes. */
import { fileURLToPath } from 'node:url';
import { type CopyOptions, copySources, type Edit, type SourceCopy } from '@mttcg/model-check/mutate';

export type { Edit, SourceCopy } from '@mttcg/model-check/mutate';

const packages = fileURLToPath(new URL('../../../', import.meta.url));

export const sourcesOf = (name: string): string => `${packages}${name}/src`;

/** Long spins and wide buckets only make executions longer. */
const SHRINK: readonly Edit[] = [
  { file: 'atomic/mutex.ts', from: 'const SPINS = 50;', to: 'const SPINS = 1;' },
  { file: 'atomic/robust-mutex.ts', from: 'const SPINS = 50;', to: 'const SPINS = 1;' },
  { file: 'atomic/spinlock.ts', from: 'const SPINS = 500;', to: 'const SPINS = 1;' },
  { file: 'atomic/seqlock.ts', from: 'const SPINS = 500;', to: 'const SPINS = 1;' },
];

/** A copy of atomic, and of what is added. */
export function copyAtomic(edits: readonly Edit[] = [], more: Partial<CopyOptions> = {}): SourceCopy {
  return copySources({
    folders: { atomic: sourcesOf('atomic'), ...more.folders },
    imports: { '@mttcg/atomic': 'atomic/index.ts', ...more.imports },
    edits: [...SHRINK, ...(more.edits ?? []), ...edits],
  });
}
