import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
// The workspace's own configuration, so that its file patterns are tested too.
const eslint = new ESLint({ cwd: ROOT });

/** Lints one line as if it stood in `file`; returns the ids of the rules that fired. */
async function rulesFor(file, line) {
  const [result] = await eslint.lintText(`${line}\n`, { filePath: join(ROOT, file) });
  return result.messages.map((message) => `${message.ruleId ?? 'fatal'}${message.messageId ? `: ${message.messageId}` : ''}`);
}

const LAYER = ['mttcg/boundaries: layer'];
const NODE = ['mttcg/boundaries: node'];
const INSIDE = ['mttcg/boundaries: inside'];
const RESTRICTED = ['no-restricted-globals: customMessage'];

it.each([
  ['packages/atomic/src/x.ts', "import '@mttcg/qht';", LAYER],
  ['packages/qht/src/x.ts', "import '@mttcg/atomic';", []],
  ['packages/qht/src/x.ts', "export * from '@mttcg/machine';", LAYER],
  ['packages/qht/src/x.ts', "export { a } from '@mttcg/machine/node';", LAYER],
  ['packages/qht/src/x.ts', "await import('@mttcg/cli');", LAYER],
  ['packages/qht/src/x.ts', "import type { A } from '@mttcg/softmmu';\nexport type B = A;", LAYER],
  ['packages/qht/src/x.test.ts', "import '@mttcg/machine';", LAYER],
  ['packages/guest-arm/fuzz/x.ts', "import '@mttcg/machine';", LAYER],
  ['packages/tcg-ir/src/deep/er/x.ts', "import '@mttcg/atomic';", LAYER],
  ['packages/cli/src/x.ts', "import '@mttcg/machine/node';", []],
  ['packages/cli/src/x.ts', "import '@mttcg/softmmu';", LAYER],
  ['packages/cli/src/x.ts', "import '@mttcg/unheard-of';", LAYER],
  ['packages/qht/src/x.ts', "import '@mttcg/qht';", []],
  ['packages/qht/src/x.ts', "import '@mttcg/model-check';", LAYER],
  ['packages/qht/test/x.ts', "import '@mttcg/model-check/mutate';", []],
  ['tooling/model-check/src/x.ts', "import '@mttcg/atomic';", LAYER],
  ['tooling/model-check/src/x.test.ts', "import '@mttcg/atomic';", LAYER],
])('layers: %s, %s', async (file, line, expected) => {
  expect(await rulesFor(file, line)).toEqual(expected);
});

it.each([
  ['packages/atomic/src/x.ts', "import 'node:fs';", NODE],
  ['packages/atomic/src/x.ts', "import 'fs';", NODE],
  ['packages/machine/src/vcpu/x.ts', "import 'node:worker_threads';", NODE],
  ['packages/machine/src/host/x.ts', "import 'node:worker_threads';", []],
  ['packages/machine/src/host/deep/x.ts', "import 'node:fs';", []],
  ['packages/guest-arm/src/testing/x.ts', "import 'node:fs';", NODE],
  ['packages/guest-arm/src/translate/x.test.ts', "import 'node:fs';", []],
  ['packages/guest-arm/test/deep/x.ts', "import 'node:fs';", []],
  ['packages/qht/examples/x.ts', "import 'node:fs';", []],
  ['packages/qht/tsup.config.ts', "import 'node:fs';", []],
  ['packages/cli/src/x.ts', "import 'node:fs';", []],
  ['packages/cli/src/x.ts', "import 'fs';", []],
  ['tooling/model-check/src/x.ts', "import 'node:fs';", NODE],
  ['tooling/model-check/src/mutate.ts', "import 'node:fs';", []],
])('Node modules: %s, %s', async (file, line, expected) => {
  expect(await rulesFor(file, line)).toEqual(expected);
});

it.each([
  ['packages/qht/src/x.ts', "import '../../atomic/src/heap.ts';", INSIDE],
  ['packages/qht/test/x.ts', "import '../../atomic/src/heap.ts';", INSIDE],
  ['packages/qht/test/x.ts', "import '../../atomic/test/model/copy.ts';", []],
  ['packages/atomic/test/x.ts', "import '../../qht/test/job.ts';", LAYER],
  ['packages/qht/src/deep/x.ts', "import '../map.ts';", []],
])('paths into other packages: %s, %s', async (file, line, expected) => {
  expect(await rulesFor(file, line)).toEqual(expected);
});

it.each([
  ['packages/qht/src/x.ts', RESTRICTED],
  ['packages/atomic/src/mutex.ts', RESTRICTED],
  ['packages/atomic/src/primitive.ts', []],
  ['packages/qht/test/x.ts', []],
])('Atomics has one door: %s', async (file, expected) => {
  expect(await rulesFor(file, 'Atomics.pause();')).toEqual(expected);
});
