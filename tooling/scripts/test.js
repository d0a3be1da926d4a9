// `npm test`: installs, builds, checks style and types, and runs every package's tests. All of it runs even if some of
// it fails; the last line is the sum of the tests, and the exit status tells whether everything was good.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pnpm, prepare, ROOT } from './steps.js';
import { readResults, summarise } from './summary.js';

const RESULTS = join(ROOT, 'node_modules', '.cache', 'mttcg-test-results');

/** Directory names of the packages that have tests. */
function packagesWithTests() {
  return ['packages', 'tooling'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).filter((name) => {
      const manifest = join(ROOT, parent, name, 'package.json');
      return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.test !== undefined;
    }),
  );
}

const failures = [];
async function check(title, action) {
  console.error(`\n== ${title}`);
  if ((await action()) !== 0) failures.push(title);
}

await prepare();
await check('Checking the layers and the style', () => pnpm(['run', 'lint']));
await check('Checking the types', () => pnpm(['run', 'typecheck']));

rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
await check("Running every package's tests", () =>
  pnpm(['exec', 'turbo', 'run', 'test', '--concurrency=1', '--continue'], { MTTCG_TEST_RESULTS: RESULTS }));

const { lines, ok } = summarise(readResults(RESULTS), packagesWithTests(), failures);
console.log(`\n${lines.join('\n')}`);
process.exit(ok ? 0 : 1);
