import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

it('the README shows sum.ts as it is, and what it prints', async () => {
  const example = path('../examples/sum.ts');
  const readme = readFileSync(path('../README.md'), 'utf8');
  expect(readme).toContain('```ts\n' + readFileSync(example, 'utf8') + '```');
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@mttcg/source', example]);
  expect(readme).toContain('```\n' + stdout + '```');
});
