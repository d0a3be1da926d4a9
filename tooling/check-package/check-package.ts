// `pnpm check:package` in a package's directory: packs it, and looks at the tarball as npm and its users will.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { consumerProblems } from './consumer.ts';
import { manifestProblems } from './manifest.ts';
import { filesOf, installDependencies, pack, readManifest, unpack } from './tarball.ts';

/** Everything that is wrong with the package in `directory`. */
async function check(directory: string, temporary: string): Promise<string[]> {
  const modules = join(temporary, 'node_modules');
  const packs = join(temporary, 'packs');
  const { name } = readManifest(directory);
  const unpacked = join(modules, name);
  unpack(pack(directory, join(packs, name)), unpacked);
  installDependencies(directory, modules, packs);

  const manifest = readManifest(unpacked);
  const { messages, pkg } = await publint({ pkgDir: unpacked, pack: false, strict: true });
  return [
    ...messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`),
    ...manifestProblems(manifest, filesOf(unpacked)),
    ...consumerProblems(temporary, manifest),
  ];
}

const temporary = mkdtempSync(join(tmpdir(), 'mttcg-check-package-'));
try {
  const directory = process.cwd();
  const problems = await check(directory, temporary);
  const { name } = readManifest(directory);
  for (const problem of problems) console.error(`${name}: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${name}: the packed tarball is in order`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
