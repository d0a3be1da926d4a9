// The steps that `npm start` and `npm test` are made of. Plain JavaScript that runs on any Node since 18: it is what
// brings the pinned Node and pnpm into play.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PNPM = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).devEngines.packageManager.version;

/** Settings of every child: no telemetry, no questions. */
const ENV = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', npm_config_yes: 'true' };

/** Runs a command in the workspace root with our stdin, stdout and stderr. Returns its exit status. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: ENV, ...options });
  if (result.error) {
    console.error(`mttcg: cannot run ${command}: ${result.error.message}`);
    return 1;
  }
  return result.status ?? 1;
}

/** Runs pnpm at its pinned version. */
export function pnpm(...args) {
  return run('npx', ['--yes', `pnpm@${PNPM}`, ...args]);
}

/** Says what comes, does it, and ends the process when it fails. */
export function step(title, action) {
  console.error(`\n== ${title}`);
  const status = action();
  if (status !== 0) {
    console.error(`mttcg: "${title}" failed with status ${status}`);
    process.exit(status);
  }
}

/** Installs what package.json pins and builds all packages; both do nothing when nothing changed. */
export function prepare() {
  step('Installing the pinned tools and dependencies', () => pnpm('install', '--frozen-lockfile', '--reporter=append-only'));
  step('Building all packages', () => pnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only'));
}

/** Runs the built command line with the pinned Node. */
export function mttcg(...args) {
  return run(join(ROOT, 'node_modules', '.bin', 'node'), [join(ROOT, 'packages', 'cli', 'dist', 'main.js'), ...args]);
}
