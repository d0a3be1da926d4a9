import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What of a published manifest the checks look at. */
export interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean | readonly string[];
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
}

/** Packs the package in `directory` as a release would, into the new directory `into`. Returns the tarball's path. */
export function pack(directory: string, into: string): string {
  mkdirSync(into, { recursive: true });
  execFileSync('pnpm', ['pack', '--pack-destination', into], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  const tarball = readdirSync(into).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`pnpm pack made no tarball of ${directory}`);
  return join(into, tarball);
}

/** Unpacks a package's tarball as `directory`. */
export function unpack(tarball: string, directory: string): void {
  mkdirSync(directory, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', directory, '--strip-components=1']);
}

/**
 * Puts what the package in `directory` depends on into `modules`, a node_modules directory: packages of this workspace
 * packed and unpacked, others as links to what the workspace has installed.
 */
export function installDependencies(directory: string, modules: string, packs: string): void {
  for (const name of Object.keys(readManifest(directory).dependencies ?? {})) {
    const target = join(modules, name);
    if (existsSync(target)) continue;
    const installed = join(directory, 'node_modules', name);
    if (name.startsWith('@mttcg/')) {
      unpack(pack(installed, join(packs, name)), target);
      installDependencies(installed, modules, packs);
    } else {
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(installed, target);
    }
  }
}

/** Paths of all files under `directory`, relative to it, with forward slashes. */
export function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1).replaceAll('\\', '/'));
}
