import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

it('the README shows tiny-guest.ts as it is, and it runs', async () => {
  const example = path('../examples/tiny-guest.ts');
  expect(readFileSync(path('../README.md'), 'utf8')).toContain('```ts\n' + readFileSync(example, 'utf8') + '```');
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@mttcg/source', example]);
  expect(stdout).toBe('hi! and a fault\n');
});
