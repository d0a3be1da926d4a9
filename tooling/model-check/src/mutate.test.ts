import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explore, ModelError } from './index.ts';
import { copySources, type SourceCopy } from './mutate.ts';

let sources: string;
beforeAll(() => {
  sources = mkdtempSync(join(tmpdir(), 'model-check-test-'));
  mkdirSync(join(sources, 'deep'));
  writeFileSync(join(sources, 'index.ts'), "import { take } from 'locks';\nexport function count(view: Int32Array): void {\n  take(view);\n  view[1]++;\n  Atomics.store(view, 0, 0);\n}\n");
  writeFileSync(join(sources, 'deep/lock.ts'), 'export const take = (view: Int32Array): void => {\n  while (Atomics.compareExchange(view, 0, 0, 1) !== 0) Atomics.pause();\n};\n');
  writeFileSync(join(sources, 'deep/lock.test.ts'), 'throw new Error();\n');
});
afterAll(() => rmSync(sources, { recursive: true }));

const IMPORTS = { locks: 'lib/deep/lock.ts' };

async function lostUpdate(copy: SourceCopy): Promise<boolean> {
  const { count } = await copy.load<{ count: (view: Int32Array) => void }>('lib/index.ts');
  const body = (memory: SharedArrayBuffer): void => count(new Int32Array(memory));
  try {
    explore({ threads: [body, body], check: (memory) => expect(new Int32Array(memory)[1]).toBe(2) });
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    return true;
  } finally {
    copy.dispose();
  }
}

it('copies sources, leads imports to the copy, and edits', async () => {
  const copy = copySources({ folders: { lib: sources }, imports: IMPORTS });
  expect(existsSync(join(copy.directory, 'lib/deep/lock.test.ts'))).toBe(false);
  expect(await lostUpdate(copy)).toBe(false);
  expect(existsSync(copy.directory)).toBe(false);
  const edits = [{ file: 'lib/deep/lock.ts', from: 'while (Atomics.compareExchange(view, 0, 0, 1) !== 0)', to: 'if (Atomics.compareExchange(view, 0, 0, 1) !== 0)' }];
  expect(await lostUpdate(copySources({ folders: { lib: sources }, imports: IMPORTS, edits }))).toBe(true);
});

it('refuses edits that do not say what they change', () => {
  const edit = (file: string, from: string) => () => copySources({ folders: { lib: sources }, edits: [{ file, from, to: '' }] });
  expect(edit('lib/index.ts', 'nothing')).toThrow(/"nothing" stands there 0 times, not once/);
  expect(edit('lib/index.ts', 'view')).toThrow(/4 times, not once/);
  expect(edit('lib/gone.ts', 'x')).toThrow(/there is no lib\/gone.ts/);
});
