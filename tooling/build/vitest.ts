import { basename, join } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const conditions = ['@mttcg/source', 'module', 'node', 'development|production'];

/** Where `npm test` wants each package's results as JSON, to add them up; unset otherwise. */
const results = process.env['MTTCG_TEST_RESULTS'];

/** How every package is tested: against the sources of the others, not their builds. */
export function testConfig(test: ViteUserConfig['test'] = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      passWithNoTests: true,
      // vCPU and stress threads are the tests' own; two at a time is what a small machine has
      maxWorkers: 2,
      // ends what hangs; no test asserts a time, and a loaded machine may be ten times slower
      testTimeout: 120_000,
      hookTimeout: 120_000,
      execArgv: ['--conditions=@mttcg/source'],
      ...(results === undefined
        ? {}
        : { reporters: ['default', ['json', { outputFile: join(results, `${basename(process.cwd())}.json`) }]] }),
      ...test,
    },
  });
}
