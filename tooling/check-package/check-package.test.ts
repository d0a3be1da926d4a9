import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { consumerProblems, entryPoints } from './consumer.ts';
import { manifestProblems } from './manifest.ts';
import type { Manifest } from './tarball.ts';

const GOOD: Manifest = {
  name: '@mttcg/sample',
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  engines: { node: '>=22.18' },
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
};
const FILES = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'];

it('finds nothing in a good manifest', () => {
  expect(manifestProblems(GOOD, FILES)).toEqual([]);
});

it.each<[string, Partial<Manifest>, string[]]>([
  ['the tarball has no LICENSE', {}, FILES.filter((file) => file !== 'LICENSE')],
  ['src/index.ts should not be published', {}, [...FILES, 'src/index.ts']],
  ['dist/a.test.js should not be published', {}, [...FILES, 'dist/a.test.js']],
  ['the manifest still leads to sources', { exports: { '.': { '@mttcg/source': './x.ts', default: './dist/index.js' } } }, FILES],
  ['the manifest still has workspace: dependencies', { dependencies: { '@mttcg/atomic': 'workspace:^' } }, FILES],
  ['sideEffects names ./dist/gone.js, which is not published', { sideEffects: ['./dist/gone.js'] }, FILES],
])('finds: %s', (problem, change, files) => {
  expect(manifestProblems({ ...GOOD, ...change }, files)).toEqual([problem]);
});

it('lists the entry points', () => {
  expect(entryPoints({ ...GOOD, exports: { '.': '', './node': '', './package.json': '' } })).toEqual(['@mttcg/sample', '@mttcg/sample/node']);
});

let project: string;
beforeEach(() => (project = mkdtempSync(join(tmpdir(), 'mttcg-consumer-'))));
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** The problems of a package with this code and these types. */
function problemsOf(code: string, types: string): string[] {
  const directory = join(project, 'node_modules', GOOD.name);
  mkdirSync(join(directory, 'dist'), { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify(GOOD));
  writeFileSync(join(directory, 'dist', 'index.js'), code);
  writeFileSync(join(directory, 'dist', 'index.d.ts'), types);
  return consumerProblems(project, GOOD);
}

it('a package that works has no problems', () => {
  expect(problemsOf('export const one = 1;\n', 'export declare const one: number;\n')).toEqual([]);
});

it('finds types that lead nowhere, also where only the library check sees them', () => {
  expect(problemsOf('export const one = 1;\n', "import type { Gone } from './gone.js';\nexport declare const one: Gone;\n")).toEqual([
    expect.stringContaining("Cannot find module './gone.js'"),
  ]);
});

it('finds a module that cannot be loaded', () => {
  expect(problemsOf("import './gone.js';\n", 'export {};\n')).toEqual([expect.stringContaining('ERR_MODULE_NOT_FOUND')]);
});
