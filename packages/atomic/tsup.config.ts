import { libraryConfig } from '../../tooling/build/tsup.ts';

// Built twice: `tsup --out-dir dist/development` keeps the checks of arguments on hot paths.
export default (cli: { readonly outDir?: string }): ReturnType<typeof libraryConfig> =>
  libraryConfig({
    define: { MTTCG_CHECKED: String(cli.outDir === 'dist/development') },
    // takes the constant from the module that defines it into those that ask, and drops what is behind it
    esbuildOptions(options) {
      options.minifySyntax = true;
    },
  });
