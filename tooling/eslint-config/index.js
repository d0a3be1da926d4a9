import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { boundaries } from './boundaries.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');

/** Our own rules. ESLint's cache knows them by name and version only, so the version is made from what they are. */
const plugin = {
  meta: {
    name: 'mttcg',
    version: ['boundaries.js', 'layers.js'].reduce((hash, file) => hash.update(readFileSync(join(HERE, file))), createHash('sha256')).digest('hex'),
  },
  rules: { boundaries },
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/generated/**', '**/.turbo/**'] },
  js.configs.recommended,
  tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      // helpers and callbacks without a result may be void functions
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
      // terminals are driven by control characters
      'no-control-regex': 'off',
      'max-lines': ['error', { max: 450, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.test.ts'], rules: { 'max-lines': ['error', { max: 700, skipBlankLines: true, skipComments: true }] } },
  {
    files: ['packages/**/*.ts', 'tooling/model-check/**/*.ts'],
    plugins: { mttcg: plugin },
    rules: { 'mttcg/boundaries': ['error', { root: ROOT }] },
  },
  {
    // Atomics has one door, where all of its uses can be seen.
    files: ['packages/**/*.ts'],
    ignores: ['packages/atomic/src/primitive.ts', '**/*.test.ts', '**/{test,bench,fuzz}/**'],
    rules: { 'no-restricted-globals': ['error', { name: 'Atomics', message: 'Use @mttcg/atomic; only its primitive.ts names Atomics.' }] },
  },
  { files: ['**/*.js'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } } },
);
