import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { messageOf, UserError } from '../errors.ts';
import { type DebPackage, debPackage, parseStanzas } from './deb822.ts';
import { checksum } from './manifest.ts';
import { type FetchedPackage, megabytes, type PackageSource, type SourceContext } from './source.ts';

const ADVICE = '--mirror URL fetches without apt';

/** Whether apt-get and apt-cache are on the PATH. */
export function haveApt(path = process.env['PATH'] ?? ''): boolean {
  return ['apt-get', 'apt-cache'].every((program) => path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return directory !== '';
    } catch {
      return false;
    }
  }));
}

/**
 * The system's own package sources, read through apt with state directories of our own: nothing of the user's package
 * system is written and no root is needed. apt checks signatures, we check SHA-256 again.
 */
export class AptSource implements PackageSource {
  readonly description = "apt, with the system's package sources (signatures checked by apt)";
  readonly #context: SourceContext;
  readonly #config: string;
  readonly #downloads: string;

  constructor(context: SourceContext) {
    this.#context = context;
    const { directory } = context;
    this.#config = join(directory, 'apt.conf');
    this.#downloads = join(directory, 'downloads');
    for (const d of ['state/lists/partial', 'cache/archives/partial', 'log', 'downloads']) mkdirSync(join(directory, d), { recursive: true });
    writeFileSync(join(directory, 'status'), '');
    writeFileSync(this.#config, aptConfig(directory, context.architecture));
  }

  async update(): Promise<void> {
    const step = this.#context.progress.step('Fetching package lists');
    try {
      await this.#run('apt-get', ['update'], (share) => step.set(share));
    } catch (error) {
      throw new UserError(`images pull: apt-get could not fetch package lists for ${this.#context.architecture} (${messageOf(error)}); ${ADVICE}`);
    } finally {
      step.end();
    }
  }

  async find(name: string): Promise<DebPackage> {
    const text = await this.#run('apt-cache', ['show', '--no-all-versions', name]).catch(() => '');
    const found = parseStanzas(text).map(debPackage).find((p) => p?.name === name);
    if (found === undefined) {
      throw new UserError(`images pull: apt's sources on this system have no package ${name} for ${this.#context.architecture}; ${ADVICE}`);
    }
    return found;
  }

  async fetch(info: DebPackage): Promise<FetchedPackage> {
    const step = this.#context.progress.step(`Fetching ${shortName(info.name)} (${megabytes(info.size)})`);
    try {
      await this.#run('apt-get', ['download', `${info.name}=${info.version}`], (share) => step.set(share));
    } catch (error) {
      throw new UserError(`images pull: apt-get could not fetch ${info.name} (${messageOf(error)})`);
    } finally {
      step.end();
    }
    const file = readdirSync(this.#downloads).find((f) => f.startsWith(`${info.name}_`) && f.endsWith('.deb'));
    if (file === undefined) throw new UserError(`images pull: apt-get left no file for ${info.name}`);
    const bytes = readFileSync(join(this.#downloads, file));
    rmSync(join(this.#downloads, file));
    const { sha256 } = checksum(bytes);
    if (sha256 !== info.sha256) throw new UserError(`images pull: ${info.name} has SHA-256 ${sha256}, the package list says ${info.sha256}`);
    return { info, bytes };
  }

  /** Runs a program of apt; its output. Rejects with apt's own error line. */
  #run(program: string, args: readonly string[], onProgress?: (share: number) => void): Promise<string> {
    const { signal } = this.#context;
    return new Promise((resolve, reject) => {
      const child = spawn(program, ['-c', this.#config, ...args], {
        cwd: this.#downloads,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
        // a process group of its own, to be ended as a whole: apt has children that fetch
        detached: true,
      });
      const kill = (): void => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
        } catch {
          // it has just ended by itself
        }
      };
      if (signal.aborted) kill();
      signal.addEventListener('abort', kill, { once: true });
      let out = '';
      let err = '';
      child.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
      // "dlstatus:<item>:<percent>:<what>" of APT::Status-Fd
      createInterface(child.stdio[3] as Readable).on('line', (line) => {
        const percent = Number(/^dlstatus:[^:]*:([\d.]+):/.exec(line)?.[1] ?? NaN);
        if (percent >= 0) onProgress?.(percent / 100);
      });
      child.on('error', reject);
      // when all of the group have ended: nothing writes to our directory any more
      child.on('close', (code, killedBy) => {
        signal.removeEventListener('abort', kill);
        if (code === 0) return resolve(out);
        const lines = err.split('\n').filter((line) => line.startsWith('E: '));
        reject(new Error(lines[0]?.slice(3).trim().replace(/\.$/, '') ?? `${program} ended with ${killedBy ?? `status ${code}`}`));
      });
    });
  }
}

/** "linux-image-6.1.0-56-cloud-arm64" is too long for a progress line. */
function shortName(name: string): string {
  return name.replace(/^linux-image-/, 'kernel ').replace(/-cloud-.*$/, '');
}

/** Read behind the system's configuration, so proxies and the like stay in force, and hooks of `apt-get update` do not. */
function aptConfig(directory: string, architecture: string): string {
  const quoted = (path: string): string => `"${path.replaceAll('"', '')}"`;
  const set: Record<string, string> = {
    'APT::Architecture': architecture,
    'Dir::State': join(directory, 'state'),
    'Dir::State::Lists': join(directory, 'state/lists'),
    'Dir::State::status': join(directory, 'status'),
    'Dir::Cache': join(directory, 'cache'),
    'Dir::Log': join(directory, 'log'),
    'APT::Status-Fd': '3',
    'Debug::NoLocking': 'true',
    'Acquire::Languages': 'none',
    'Acquire::PDiffs': 'false',
    'Acquire::Retries': '2',
    // the directory may be below one that apt's own user cannot enter
    'APT::Sandbox::User': 'root',
  };
  const cleared = ['APT::Architectures', 'APT::Update::Pre-Invoke', 'APT::Update::Post-Invoke', 'APT::Update::Post-Invoke-Success', 'DPkg::Post-Invoke', 'DPkg::Pre-Invoke'];
  return [
    ...cleared.map((name) => `#clear ${name};`),
    ...Object.entries(set).map(([name, value]) => `${name} ${quoted(value)};`),
    `APT::Architectures { "${architecture}"; };`,
    '',
  ].join('\n');
}
