import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { CPU_MODELS, MAX_CPUS } from './index.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const readme = readFileSync(path('../README.md'), 'utf8');

it('the README shows hello.ts as it is; it runs, and its process ends with the machine', async () => {
  const example = path('../examples/hello.ts');
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--conditions=@mttcg/source', example], { timeout: 60_000 });
  expect([stdout, stderr]).toEqual(['Hello from AArch64\nended: poweroff\n', '']);
  expect(readme).toContain(`\`\`\`text\n${stdout}\`\`\``);
});

it('the README names the limits as they are', () => {
  for (const model of CPU_MODELS) expect(readme).toContain(`\`${model}\``);
  expect(readme).toContain(`\`MAX_CPUS\` (${MAX_CPUS})`);
});
