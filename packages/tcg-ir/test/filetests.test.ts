import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseFileTest, printFileTest, runCase } from './filetest.ts';

/** UPDATE_FILETESTS=1 writes what the cases yield now into the files: read the diff before you commit it. */
const update = process.env['UPDATE_FILETESTS'] === '1';
const root = fileURLToPath(new URL('../filetests/', import.meta.url));

const files = ['opt', 'verify', 'run'].flatMap((dir) =>
  readdirSync(root + dir).filter((f) => f.endsWith('.tcg')).map((f) => `${dir}/${f}`));

describe.each(files)('%s', (file) => {
  const test = parseFileTest(readFileSync(root + file, 'utf8'));
  if (update) {
    it('is rewritten', () => writeFileSync(root + file, printFileTest(test, test.cases.map((c) => runCase(test, c)))));
    return;
  }
  it('has cases', () => expect(test.cases.length).toBeGreaterThan(0));
  for (const one of test.cases) it(one.name, () => expect(runCase(test, one)).toBe(one.expected));
});
