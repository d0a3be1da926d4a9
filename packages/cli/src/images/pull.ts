import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemReason, UserError } from '../errors.ts';
import { AptSource, haveApt } from './apt.ts';
import { type CachedImage, lookUp, Workspace } from './cache.ts';
import type { ImageRecipe } from './catalog.ts';
import { collect, decompressed } from './compression.ts';
import { type DebFilter, unpackDeb } from './deb.ts';
import { dependencyWithPrefix } from './deb822.ts';
import { buildInitramfs } from './initramfs.ts';
import { checksum, makeManifest, MANIFEST } from './manifest.ts';
import { MirrorSource } from './mirror.ts';
import { moduleName } from './modules.ts';
import type { Progress } from './progress.ts';
import type { FetchedPackage, PackageSource, SourceContext } from './source.ts';

/** How to pull. */
export interface PullOptions {
  /** Cache directory. */
  readonly root: string;
  /** Debian archive to use instead of apt. */
  readonly mirror?: string | undefined;
  readonly suite?: string | undefined;
  readonly progress: Progress;
  /** Ends it; the cache is then as it was. */
  readonly signal: AbortSignal;
}

const KERNEL = 'Image';
const INITRD = 'initrd.img';

/** Fetches and builds an image unless the cache has it. Atomic: the cache has it whole or not at all. @throws UserError */
export async function pullImage(recipe: ImageRecipe, options: PullOptions): Promise<CachedImage & { readonly fresh: boolean }> {
  const { root, progress, signal } = options;
  const cached = lookUp(root, recipe);
  if (!('missing' in cached)) return { ...cached, fresh: false };
  progress.note(`${recipe.name}: ${cached.missing}; fetching it to ${join(root, recipe.name)}`);
  const workspace = new Workspace(root, recipe.name);
  try {
    const context: SourceContext = { directory: workspace.work, architecture: recipe.architecture, progress, signal };
    const source = makeSource(context, options);
    await build(recipe, source, workspace.out, progress, signal);
    signal.throwIfAborted();
    workspace.publish();
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'string' && !signal.aborted && !(error instanceof UserError)) {
      throw new UserError(`images pull: ${recipe.name} could not be made (${systemReason(error)})`);
    }
    throw error;
  } finally {
    workspace.remove();
  }
  const made = lookUp(root, recipe);
  if ('missing' in made) throw new UserError(`images pull: ${recipe.name} was made, but ${made.missing}`);
  return { ...made, fresh: true };
}

function makeSource(context: SourceContext, options: PullOptions): PackageSource {
  if (options.mirror !== undefined) return new MirrorSource(context, { url: options.mirror, suite: options.suite ?? 'stable' });
  if (haveApt()) return new AptSource(context);
  throw new UserError('images pull: this system has no apt-get; give the address of a Debian archive by --mirror URL');
}

async function build(recipe: ImageRecipe, source: PackageSource, out: string, progress: Progress, signal: AbortSignal): Promise<void> {
  await source.update();
  const meta = await source.find(recipe.kernelMeta);
  const kernelName = dependencyWithPrefix(meta.depends, recipe.kernelPrefix);
  if (kernelName === undefined) throw new UserError(`images pull: the package ${meta.name} ${meta.version} depends on no ${recipe.kernelPrefix}*`);
  const busyboxDeb = await source.fetch(await source.find(recipe.busybox));
  const kernelDeb = await source.fetch(await source.find(kernelName));

  const busybox = await unpack(busyboxDeb, 'Unpacking busybox', (path) => /^(usr\/)?bin\/busybox$/.test(path), progress, signal);
  const wanted = (path: string): boolean => /^boot\/vmlinuz-/.test(path) || moduleName(path) !== undefined && /virtio|rng/.test(path);
  const kernelFiles = await unpack(kernelDeb, 'Unpacking the kernel', wanted, progress, signal);
  const kernel = [...kernelFiles].find(([path]) => path.startsWith('boot/'))?.[1];
  const shell = [...busybox.values()][0];
  if (kernel === undefined) throw new UserError(`images pull: the package ${kernelName} has no boot/vmlinuz file`);
  if (shell === undefined) throw new UserError(`images pull: the package ${recipe.busybox} has no bin/busybox file`);

  const modules = new Map<string, Uint8Array>();
  for (const [path, data] of kernelFiles) {
    const name = moduleName(path);
    if (name !== undefined) modules.set(name, await collect(decompressed(path, data)));
  }
  const initrd = buildInitramfs({ busybox: shell, modules });
  writeFileSync(join(out, KERNEL), kernel);
  writeFileSync(join(out, INITRD), initrd);
  const manifest = makeManifest({
    name: recipe.name,
    contents: recipe.contents,
    created: new Date().toISOString(),
    source: source.description,
    packages: [kernelDeb, busyboxDeb].map(({ info }) => ({ name: info.name, version: info.version, sha256: info.sha256, size: info.size })),
    files: { kernel: { file: KERNEL, ...checksum(kernel) }, initrd: { file: INITRD, ...checksum(initrd) } },
    append: recipe.append,
  });
  writeFileSync(join(out, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function unpack(deb: FetchedPackage, title: string, wanted: DebFilter['wanted'], progress: Progress, signal: AbortSignal): Promise<Map<string, Uint8Array>> {
  const step = progress.step(title);
  const files = new Map<string, Uint8Array>();
  try {
    await unpackDeb(deb.bytes, { wanted, signal, onProgress: (share) => step.set(share), onFile: (path, data) => files.set(path, data) });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new UserError(`images pull: the package ${deb.info.name} cannot be unpacked (${messageOf(error)})`);
  } finally {
    step.end();
  }
  return files;
}
