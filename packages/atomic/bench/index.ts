/**
 * All benchmarks of the package, over its build: `pnpm bench`. With `--conditions=development` they show what the checks cost.
 *
 *   node bench/index.ts [--runs 10M] [--skip-litmus]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
for (const script of ['operations.ts', 'litmus.ts']) {
  if (script === 'litmus.ts' && args.includes('--skip-litmus')) continue;
  const own = script === 'litmus.ts' ? args.filter((arg) => arg !== '--skip-litmus') : [];
  const { status } = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(new URL(script, import.meta.url)), ...own], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
