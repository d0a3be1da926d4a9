import { defineConfig, type Options } from 'tsup';
import { inlineConstantsPlugin } from './inline-constants.ts';

/** How every library package is built: ES modules, other packages left as imports. Declarations come from tsc (tsconfig.build.json). */
export function libraryConfig(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'es2024',
    clean: true,
    sourcemap: true,
    splitting: true,
    esbuildPlugins: [inlineConstantsPlugin()],
    ...options,
  });
}
