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

/** Files that may use Node's own modules: the command line, the machine's host adapter, and what never ships to a browser. */
const NODE_FILES = [
  /^packages\/cli\//,
  /^packages\/machine\/src\/host\//,
  /^packages\/[^/]+\/(test|bench|fuzz|decode|examples|scripts)\//,
  /\.test\.ts$/,
  /^packages\/[^/]+\/[^/]+\.config\.ts$/,
];

/** The package that a file belongs to, or null. `file` is relative to the root, with forward slashes. */
export function packageOf(file) {
  return /^packages\/([^/]+)\//.exec(file)?.[1] ?? null;
}

/** True for tests and what only they import. */
export function isTestFile(file) {
  return /^packages\/[^/]+\/test\//.test(file) || file.endsWith('.test.ts');
}

/** True if the file (relative to the root, with forward slashes) may import `node:` modules. */
export function mayUseNode(file) {
  return packageOf(file) === null || NODE_FILES.some((pattern) => pattern.test(file));
}
