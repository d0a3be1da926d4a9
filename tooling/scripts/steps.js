// The steps that `npm start` and `npm test` are made of. Plain JavaScript that runs on any Node since 18: it is what
// brings the pinned Node and pnpm into play.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PNPM = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).devEngines.packageManager.version;

/** Settings of every child: no telemetry, no questions, no colours in files. */
const ENV = {
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  npm_config_yes: 'true',
  ...(process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' }),
};
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command in the workspace root with our stdin, stdout and stderr, and passes signals on to it. Resolves to its
 * exit status, 128 + number if a signal ended it.
 */
export function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...ENV, ...env } });
    const pass = (signal) => child.kill(signal);
    for (const signal of SIGNALS) process.on(signal, pass);
    const end = (status) => {
      for (const signal of SIGNALS) process.off(signal, pass);
      resolve(status);
    };
    child.on('error', (error) => {
      console.error(`mttcg: cannot run ${command}: ${error.message}`);
      end(1);
    });
    child.on('exit', (status, signal) => end(status ?? 128 + constants.signals[signal]));
  });
}

/** Runs pnpm at its pinned version. */
export function pnpm(args, env) {
  return run('npx', ['--yes', `pnpm@${PNPM}`, ...args], env);
}

/** Runs the built command line with the pinned Node. */
export function mttcg(...args) {
  return run(join(ROOT, 'node_modules', '.bin', 'node'), [join(ROOT, 'packages', 'cli', 'dist', 'main.js'), ...args]);
}

/** Says what comes, does it, and ends the process when it fails. */
export async function step(title, action) {
  console.error(`\n== ${title}`);
  const status = await action();
  if (status !== 0) {
    console.error(`mttcg: "${title}" failed with status ${status}`);
    process.exit(status);
  }
}

/** Installs what package.json pins and builds all packages; both do nothing when nothing changed. */
export async function prepare() {
  await step('Installing the pinned tools and dependencies', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']));
  await step('Building all packages', () => pnpm(['exec', 'turbo', 'run', 'build']));
}
