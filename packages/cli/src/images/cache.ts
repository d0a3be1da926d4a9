import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { systemReason, UserError } from '../errors.ts';
import type { ImageRecipe } from './catalog.ts';
import { damagedFiles, type Manifest, readManifest } from './manifest.ts';

/** Where images lie unless `--dir` says otherwise: $XDG_CACHE_HOME/mttcg/images (XDG Base Directory Specification). */
export function defaultCacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'mttcg', 'images');
}

/** An image in the cache, whole. */
export interface CachedImage {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** The image as it lies in the cache, or why it has to be fetched. */
export function lookUp(root: string, recipe: ImageRecipe): CachedImage | { readonly missing: string } {
  const directory = join(root, recipe.name);
  const manifest = readManifest(directory);
  if (manifest === undefined) return { missing: 'not in the cache' };
  if (manifest.contents !== recipe.contents) return { missing: 'the cache has one made by another version of mttcg' };
  const damaged = damagedFiles(directory, manifest);
  if (damaged.length > 0) return { missing: `${damaged.join(' and ')} in the cache differ from the manifest` };
  return { directory, manifest };
}

const TEMPORARY = /^\.tmp-(\d+)-/;

/** A directory beside the images in which one is made. */
export class Workspace {
  readonly #root: string;
  readonly #name: string;
  readonly #directory: string;

  /** @throws UserError when the cache cannot be written */
  constructor(root: string, name: string) {
    this.#root = root;
    this.#name = name;
    this.#directory = join(root, `.tmp-${process.pid}-${name}`);
    try {
      mkdirSync(root, { recursive: true });
      removeAbandoned(root);
      for (const d of [this.work, this.out]) mkdirSync(d, { recursive: true });
    } catch (error) {
      throw new UserError(`--dir: the cache ${root} cannot be written (${systemReason(error)})`);
    }
  }

  /** For what is needed on the way. */
  get work(): string {
    return join(this.#directory, 'work');
  }

  /** What becomes the image. */
  get out(): string {
    return join(this.#directory, 'out');
  }

  /** Puts the image in its place, in one step as others see it. */
  publish(): string {
    const target = join(this.#root, this.#name);
    const old = join(this.#directory, 'old');
    try {
      renameSync(target, old);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
    }
    renameSync(this.out, target);
    return target;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Removes what a killed process left. */
function removeAbandoned(root: string): void {
  for (const entry of readdirSync(root)) {
    const pid = Number(TEMPORARY.exec(entry)?.[1] ?? NaN);
    if (pid > 0 && !isAlive(pid)) rmSync(join(root, entry), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

