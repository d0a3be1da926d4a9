import type { Manifest } from './tarball.ts';

const ALLOWED = [/^package\.json$/, /^README\.md$/, /^LICENSE$/, /^CHANGELOG\.md$/, /^dist\//];
const UNWANTED = [/\.test\./, /\.tsbuildinfo$/];

/** What is wrong with a published manifest and the files that come with it; one sentence each. `files` are relative paths. */
export function manifestProblems(manifest: Manifest, files: readonly string[]): string[] {
  const problems: string[] = [];
  for (const wanted of ['README.md', 'LICENSE']) if (!files.includes(wanted)) problems.push(`the tarball has no ${wanted}`);
  for (const file of files) {
    if (!ALLOWED.some((pattern) => pattern.test(file)) || UNWANTED.some((pattern) => pattern.test(file))) problems.push(`${file} should not be published`);
  }
  if (manifest.license !== 'MIT') problems.push('license is not MIT');
  if (manifest.type !== 'module') problems.push('type is not module');
  if (manifest.engines?.['node'] === undefined) problems.push('engines.node is missing');
  if (manifest.sideEffects === undefined) problems.push('sideEffects is missing');
  for (const file of Array.isArray(manifest.sideEffects) ? (manifest.sideEffects as string[]) : []) {
    if (!files.includes(file.replace(/^\.\//, ''))) problems.push(`sideEffects names ${file}, which is not published`);
  }
  if (manifest.exports === undefined) problems.push('exports is missing');
  const paths = JSON.stringify([manifest.exports, manifest.bin, manifest.sideEffects]);
  if (paths.includes('@mttcg/source') || paths.includes('./src/')) problems.push('the manifest still leads to sources');
  if (JSON.stringify(manifest.dependencies ?? {}).includes('workspace:')) problems.push('the manifest still has workspace: dependencies');
  return problems;
}
