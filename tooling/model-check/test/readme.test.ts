import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

it.each(['publish.ts', 'wasm.ts'])('the README shows %s and what it prints, and it runs', async (name) => {
  const example = path(`../examples/${name}`);
  const readme = readFileSync(path('../README.md'), 'utf8');
  expect(readme).toContain('```ts\n' + readFileSync(example, 'utf8') + '```');
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@mttcg/source', example]);
  expect(readme).toContain('```\n' + stdout + '```');
});
