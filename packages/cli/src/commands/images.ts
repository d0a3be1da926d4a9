import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { defaultCacheRoot, lookUp } from '../images/cache.ts';
import { findRecipe, type ImageRecipe, RECIPES } from '../images/catalog.ts';
import { makeProgress } from '../images/progress.ts';
import { pullImage } from '../images/pull.ts';
import { megabytes } from '../images/source.ts';
import { withSignals } from '../signals.ts';

interface ListOptions {
  readonly dir?: string;
  readonly json?: true;
}

interface PullFlags {
  readonly dir?: string;
  readonly mirror?: string;
  readonly suite: string;
}

/** The recipe of that name. @throws UserError with the names there are */
export function needRecipe(option: string, name: string): ImageRecipe {
  const recipe = findRecipe(name);
  if (recipe === undefined) throw new UserError(`${option}: there is no image "${name}"; there are ${RECIPES.map((r) => r.name).join(', ')}`);
  return recipe;
}

/** `mttcg images`. */
export function addImagesCommand(program: Command): void {
  const images = program.command('images').description('list and fetch guest images');
  images.command('list')
    .description('list the images there are and those in the cache')
    .option('--dir <cache>', `cache directory (default: ${defaultCacheRoot()})`)
    .option('--json', 'print as JSON')
    .action((options: ListOptions) => list(options));
  images.command('pull')
    .description('fetch a guest image into the cache; does nothing when it is there')
    .argument('<name>', `image: ${RECIPES.map((r) => r.name).join(', ')}`)
    .option('--dir <cache>', `cache directory (default: ${defaultCacheRoot()})`)
    .option('--mirror <url>', 'Debian archive (what has dists/ and pool/) to fetch from without apt')
    .option('--suite <name>', 'suite of the mirror', 'stable')
    .action(async (name: string, options: PullFlags) => pull(name, options));
}

function list(options: ListOptions): void {
  const root = options.dir ?? defaultCacheRoot();
  const rows = RECIPES.map((recipe) => {
    const found = lookUp(root, recipe);
    const common = { name: recipe.name, description: recipe.description };
    if ('missing' in found) return { ...common, cached: false, reason: found.missing };
    const { directory, manifest } = found;
    return {
      ...common, cached: true, directory,
      kernel: join(directory, manifest.files.kernel.file),
      initrd: join(directory, manifest.files.initrd.file),
      append: manifest.append,
      packages: manifest.packages,
      bytes: manifest.files.kernel.size + manifest.files.initrd.size,
    };
  });
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  for (const row of rows) {
    process.stdout.write(`${row.name.padEnd(16)} ${row.description}\n`);
    if ('reason' in row) process.stdout.write(`${' '.repeat(17)}${row.reason}; mttcg images pull ${row.name} fetches it\n`);
    else process.stdout.write(`${' '.repeat(17)}${row.directory} (${megabytes(row.bytes)}): ${row.packages.map((p) => `${p.name} ${p.version}`).join(', ')}\n`);
  }
}

async function pull(name: string, options: PullFlags): Promise<void> {
  const recipe = needRecipe('images pull', name);
  const progress = makeProgress(process.stderr);
  const image = await withSignals((signal) => pullImage(recipe, {
    root: options.dir ?? defaultCacheRoot(), mirror: options.mirror, suite: options.suite, progress, signal,
  }));
  const kernel = image.manifest.packages[0]!;
  progress.note(image.fresh ? `${name}: ready in ${image.directory} (${kernel.name} ${kernel.version})`
    : `${name}: already in ${image.directory} (${kernel.name} ${kernel.version}), nothing to do`);
}
