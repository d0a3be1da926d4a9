import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

it.each([['cache.ts', '5000 squares\n'], ['generated.ts', '1234 0\n']])('the README shows %s as it is, and it runs', async (name, output) => {
  const example = path(`../examples/${name}`);
  expect(readFileSync(path('../README.md'), 'utf8')).toContain('```ts\n' + readFileSync(example, 'utf8') + '```');
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@mttcg/source', example]);
  expect(stdout).toBe(output);
});
