/**
 * The layer rule: a package may import those on its list, and nothing above it. Tests and benches of a package obey it
 * too; fuzzers and boot tests that compose packages live in the highest one they use. `model-check` stands beside them: it
 * imports none, and tests of all may import it.
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
  'model-check': [],
};

/** Tools that are published, in tooling/: what only tests may import. */
export const TEST_TOOLS = ['model-check'];

/** Files that may use Node's own modules: the command line, the machine's host adapter, and what never ships to a browser. */
const NODE_FILES = [
  /^packages\/cli\//,
  /^tooling\/model-check\/src\/mutate\.ts$/,
  /^tooling\/model-check\/(test|bench|examples)\//,
  /^tooling\/model-check\/[^/]+\.config\.ts$/,
  /^packages\/machine\/src\/host\//,
  /^packages\/[^/]+\/(test|bench|fuzz|decode|examples|scripts)\//,
  /\.test\.ts$/,
  /^packages\/[^/]+\/[^/]+\.config\.ts$/,
];

/** The package that a file belongs to, or null. `file` is relative to the root, with forward slashes. */
export function packageOf(file) {
  return /^(?:packages\/([^/]+)|tooling\/(model-check))\//.exec(file)?.slice(1).find(Boolean) ?? null;
}

/** True for tests and what only they import. */
export function isTestFile(file) {
  return /^packages\/[^/]+\/test\//.test(file) || file.endsWith('.test.ts');
}

/** True if the file (relative to the root, with forward slashes) may import `node:` modules. */
export function mayUseNode(file) {
  return packageOf(file) === null || NODE_FILES.some((pattern) => pattern.test(file));
}
