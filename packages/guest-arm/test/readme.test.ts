import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

it('the README shows disassemble.ts as it is, and it runs', async () => {
  const example = path('../examples/disassemble.ts');
  expect(readFileSync(path('../README.md'), 'utf8')).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``);
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@mttcg/source', example]);
  expect(stdout).toBe(
    '400000 mov\tx0, #0x2a\n400004 cbz\tx1, 0x40000c\n400008 b\t0x400004\n40000c ret\n' +
      'models: cortex-a57, cortex-a53, cortex-a72, max\n',
  );
});
