/**
 * The layer rule: a package may import those on its list, and nothing above it. Tests and benches of a package obey it
 * too; fuzzers and boot tests that compose packages live in the highest one they use.
 */
export const LAYERS = {
  atomic: [],
  qht: ['atomic'],
  'tcg-ir': [],
  softmmu: ['atomic'],
  'guest-arm': ['atomic', 'softmmu', 'tcg-ir'],
  'guest-x86': ['atomic', 'softmmu', 'tcg-ir'],
  machine: ['atomic', 'qht', 'softmmu', 'tcg-ir', 'guest-arm', 'guest-x86'],
  cli: ['machine'],
};

/** Folders of the packages that may use Node's own modules. */
export const NODE_FOLDERS = ['packages/cli/**', 'packages/machine/src/host/**', 'tooling/**', 'packages/*/{test,bench,fuzz,decode,scripts}/**', 'packages/**/*.test.ts', '**/*.config.{js,ts}'];
