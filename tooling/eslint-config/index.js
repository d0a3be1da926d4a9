import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { LAYERS, NODE_FOLDERS } from './layers.js';

const PACKAGES = Object.keys(LAYERS);

/** `no-restricted-imports` for one package: higher layers, and Node's modules unless allowed. */
function restricted(name, allowNode) {
  const banned = PACKAGES.filter((other) => other !== name && !LAYERS[name].includes(other)).map((other) => `@mttcg/${other}`);
  const patterns = [];
  if (banned.length > 0) {
    patterns.push({ group: banned.flatMap((b) => [b, `${b}/*`]), message: `${name} is a lower layer: it must not import this package (docs/ARCHITECTURE.md).` });
  }
  if (!allowNode) patterns.push({ group: ['node:*'], message: 'Core packages run in browsers too: no node: imports here.' });
  return ['error', { patterns }];
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/generated/**', '**/.turbo/**'] },
  js.configs.recommended,
  tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-bitwise': 'off',
      'max-lines': ['error', { max: 450, skipBlankLines: true, skipComments: true }],
    },
  },
  ...PACKAGES.map((name) => ({ files: [`packages/${name}/**/*.ts`], rules: { 'no-restricted-imports': restricted(name, false) } })),
  ...PACKAGES.map((name) => ({
    files: NODE_FOLDERS.filter((f) => !f.startsWith('tooling')).flatMap((f) =>
      f.startsWith('packages/*') ? [f.replace('packages/*', `packages/${name}`)]
        : f.startsWith('packages/**') ? [f.replace('packages/**', `packages/${name}/**`)]
          : f.startsWith(`packages/${name}/`) ? [f] : []),
    rules: { 'no-restricted-imports': restricted(name, true) },
  })).filter((c) => c.files.length > 0),
  {
    // Atomics has one door: the model checker stands in it.
    files: ['packages/**/*.ts'],
    ignores: ['packages/atomic/src/primitive.ts', '**/*.test.ts', '**/{test,bench,fuzz}/**'],
    rules: { 'no-restricted-globals': ['error', { name: 'Atomics', message: 'Use @mttcg/atomic; only its primitive.ts names Atomics.' }] },
  },
  { files: ['**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } } },
);
