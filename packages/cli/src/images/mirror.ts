import { gunzipSync } from 'node:zlib';
import { messageOf, UserError } from '../errors.ts';
import { collect, decompressed } from './compression.ts';
import { type DebPackage, debPackage, parseStanzas } from './deb822.ts';
import { checksum } from './manifest.ts';
import { type FetchedPackage, megabytes, type PackageSource, type SourceContext } from './source.ts';
import { compareVersions } from './version.ts';

/** Which part of a Debian archive to use. */
export interface MirrorOptions {
  /** Root of the archive: what has `dists/` and `pool/`. */
  readonly url: string;
  /** "stable", or a release's code name. */
  readonly suite: string;
}

/** A Debian archive over HTTP. Checksums come from its Release file, whose signature is not checked: that needs Debian's keys. */
export class MirrorSource implements PackageSource {
  readonly description: string;
  readonly #context: SourceContext;
  readonly #root: string;
  readonly #suite: string;
  readonly #packages = new Map<string, DebPackage>();

  constructor(context: SourceContext, options: MirrorOptions) {
    this.#context = context;
    this.#suite = options.suite;
    let url: URL;
    try {
      url = new URL(options.url);
    } catch {
      throw new UserError(`--mirror: "${options.url}" is not a URL`);
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new UserError(`--mirror: the URL has to begin with http: or https:, not ${url.protocol}`);
    if (!/^[\w.-]+$/.test(options.suite)) throw new UserError(`--suite: "${options.suite}" is not the name of a suite`);
    this.#root = url.href.replace(/\/+$/, '');
    this.description = `mirror ${this.#root}, suite ${this.#suite} (checksums of its Release file, signature not checked)`;
  }

  async update(): Promise<void> {
    const { progress, architecture } = this.#context;
    const step = progress.step('Fetching package lists');
    try {
      const base = `dists/${this.#suite}`;
      const release = new TextDecoder().decode(await this.#get(`${base}/Release`));
      const index = this.#index(release, `main/binary-${architecture}/Packages`);
      const bytes = await this.#get(`${base}/${index.path}`, (share) => step.set(share));
      this.#check(index.path, bytes, index.sha256);
      const text = new TextDecoder().decode(index.path.endsWith('.gz') ? gunzipSync(bytes) : await collect(decompressed(index.path, bytes)));
      for (const stanza of parseStanzas(text)) {
        const info = debPackage(stanza);
        if (info === undefined) continue;
        const other = this.#packages.get(info.name);
        if (other === undefined || compareVersions(info.version, other.version) > 0) this.#packages.set(info.name, info);
      }
    } finally {
      step.end();
    }
  }

  find(name: string): Promise<DebPackage> {
    const found = this.#packages.get(name);
    if (found !== undefined) return Promise.resolve(found);
    return Promise.reject(new UserError(`images pull: the mirror has no package ${name} for ${this.#context.architecture} in ${this.#suite}`));
  }

  async fetch(info: DebPackage): Promise<FetchedPackage> {
    const step = this.#context.progress.step(`Fetching ${info.name} (${megabytes(info.size)})`);
    try {
      const bytes = await this.#get(info.filename, (share) => step.set(share));
      this.#check(info.name, bytes, info.sha256);
      return { info, bytes };
    } finally {
      step.end();
    }
  }

  /** Path and checksum of the smallest form of an index that a Release file lists under SHA256. */
  #index(release: string, path: string): { path: string; sha256: string } {
    const lines = parseStanzas(release)[0]?.get('sha256')?.split('\n') ?? [];
    const listed = new Map(lines.map((line) => line.split(/\s+/)).filter((f) => f.length === 3).map(([sha256, , name]) => [name!, sha256!]));
    for (const ending of ['.xz', '.gz', '']) {
      const sha256 = listed.get(path + ending);
      if (sha256 !== undefined) return { path: path + ending, sha256 };
    }
    throw new UserError(`images pull: the mirror's suite ${this.#suite} has no packages for ${this.#context.architecture}`);
  }

  #check(what: string, bytes: Uint8Array, expected: string): void {
    const { sha256 } = checksum(bytes);
    if (sha256 !== expected) throw new UserError(`images pull: ${what} has SHA-256 ${sha256}, the mirror's list says ${expected}`);
  }

  async #get(path: string, onProgress?: (share: number) => void): Promise<Uint8Array> {
    const { signal } = this.#context;
    try {
      const response = await fetch(`${this.#root}/${path}`, { signal });
      if (!response.ok) throw new UserError(`images pull: the mirror answers ${response.status} for ${path}`);
      const total = Number(response.headers.get('content-length') ?? NaN);
      const chunks: Uint8Array[] = [];
      let done = 0;
      for await (const chunk of response.body!) {
        chunks.push(chunk);
        done += chunk.length;
        if (total > 0) onProgress?.(done / total);
      }
      return Buffer.concat(chunks);
    } catch (error) {
      if (error instanceof UserError || signal.aborted) throw error;
      const cause = (error as { cause?: unknown }).cause;
      throw new UserError(`images pull: the mirror cannot be read (${messageOf(cause instanceof Error && cause.message !== '' ? cause : error)})`);
    }
  }
}
