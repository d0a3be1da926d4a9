import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mttcg } from './spawn.ts';

it('the README shows what mttcg demo prints', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, args, output] = /```sh\nmttcg (demo .*)\n```\n+```\n([^]*?)```/.exec(readme)!;
  const result = await mttcg(args.split(' '));
  // the CPUs write as they get there
  expect(result.stdout.split('\n').sort()).toEqual(output.split('\n').sort());
  expect(result.status).toBe(0);
});
