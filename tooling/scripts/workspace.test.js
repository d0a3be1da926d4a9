import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (file) => readFileSync(join(ROOT, file), 'utf8');
// what is published: the packages, and one of the tools
const packages = globSync(['packages/*/package.json', 'tooling/model-check/package.json'], { cwd: ROOT }).map((file) => dirname(file));

describe.each(packages)('%s', (directory) => {
  const manifest = JSON.parse(read(`${directory}/package.json`));

  it('has the scripts that every package has', () => {
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(['build', 'test', 'lint', 'bench', 'check:package']));
  });

  it('names its licence, Node version and side effects', () => {
    expect(manifest).toMatchObject({ license: 'MIT', type: 'module', engines: { node: '>=22.18' } });
    expect(manifest.sideEffects).toBeDefined();
    expect(read(`${directory}/LICENSE`)).toBe(read('LICENSE'));
  });

  it('publishes what it exports in the workspace, less the way to the sources', () => {
    const expected = JSON.parse(JSON.stringify(manifest.exports));
    for (const entry of Object.values(expected)) delete entry['@mttcg/source'];
    expect(manifest.publishConfig.exports).toEqual(expected);
  });

  it('has a README that shows examples which are there', () => {
    const readme = read(`${directory}/README.md`);
    expect(readme).toContain(`# ${manifest.name}\n`);
    for (const example of globSync('examples/*', { cwd: join(ROOT, directory) })) {
      expect(readme).toContain(read(join(directory, example)).trimEnd());
    }
  });
});

const documents = globSync(['*.md', 'docs/*.md', 'packages/*/*.md', 'packages/*/{decode,docs}/*.md', 'tooling/model-check/*.md'], { cwd: ROOT });

it.each(documents)('%s links to files that exist', (file) => {
  for (const [, target] of read(file).matchAll(/\]\(([^)#]+)\)/g)) {
    expect(existsSync(join(ROOT, dirname(file), target)), target).toBe(true);
  }
});

it('the lockfile names no host', () => {
  expect(read('pnpm-lock.yaml')).not.toMatch(/https?:|tarball:/);
});
