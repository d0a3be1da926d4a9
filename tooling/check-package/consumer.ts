import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './tarball.ts';

const TSC = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'tsc');

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2024',
    lib: ['ES2024', 'ESNext', 'DOM'],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    types: [] as string[],
  },
  files: ['consumer.ts'],
};

/** The names that the package is imported by, from its exports map. */
export function entryPoints(manifest: Manifest): string[] {
  return Object.keys(manifest.exports ?? {})
    .filter((path) => path !== './package.json')
    .map((path) => join(manifest.name, path).replaceAll('\\', '/'));
}

/** Runs a program; its output if it fails, else null. */
function complaint(command: string, args: readonly string[], cwd: string): string | null {
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
    return null;
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    return `${stdout ?? ''}${stderr ?? ''}`.trim() || message;
  }
}

/**
 * Uses the package as somebody who installed it: `project` has it in its node_modules. Checks the types of every entry
 * point with library checks on, imports each, and runs each binary.
 */
export function consumerProblems(project: string, manifest: Manifest): string[] {
  const entries = entryPoints(manifest);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  writeFileSync(
    join(project, 'consumer.ts'),
    entries.map((entry, i) => `import * as entry${i} from '${entry}';\nexport const all${i}: object = entry${i};\n`).join(''),
  );
  const problems: string[] = [];
  const types = complaint(TSC, ['-p', 'tsconfig.json'], project);
  if (types !== null) problems.push(`types of the published package:\n${types}`);

  const hasDevelopmentBuild = JSON.stringify(manifest.exports ?? {}).includes('"development"');
  for (const entry of entries) {
    for (const conditions of hasDevelopmentBuild ? [[], ['--conditions=development']] : [[]]) {
      const failed = complaint(process.execPath, [...conditions, '--input-type=module', '-e', `await import('${entry}');`], project);
      if (failed !== null) problems.push(`${[...conditions, `import('${entry}')`].join(' ')}:\n${failed}`);
    }
  }
  for (const [name, file] of Object.entries(manifest.bin ?? {})) {
    const failed = complaint(process.execPath, [join(project, 'node_modules', manifest.name, file), '--version'], project);
    if (failed !== null) problems.push(`${name} --version:\n${failed}`);
  }
  return problems;
}
