import { defineConfig, type ViteUserConfig } from 'vitest/config';

const conditions = ['@mttcg/source', 'module', 'node', 'development|production'];

/** How every package is tested: against the sources of the others, not their builds. */
export function testConfig(test: ViteUserConfig['test'] = {}): ViteUserConfig {
  return defineConfig({
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      passWithNoTests: true,
      // vCPU and stress threads are the tests' own; two at a time is what a small machine has
      maxWorkers: 2,
      execArgv: ['--conditions=@mttcg/source'],
      ...test,
    },
  });
}
