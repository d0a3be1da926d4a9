/** The examples of docs/: each stands there as it is, and runs on real Workers. */
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { DocsJob, Example } from './docs-worker.ts';

const ROUNDS = 1000;
const examples = readdirSync(new URL('./docs/', import.meta.url)).sort();
const pages = readdirSync(new URL('../docs/', import.meta.url)).map((page) => readFileSync(new URL(`../docs/${page}`, import.meta.url), 'utf8'));
const sourceOf = (example: string): string => readFileSync(new URL(`./docs/${example}`, import.meta.url), 'utf8');

async function run(url: URL, threads: number): Promise<void> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const workers = Array.from({ length: threads }, (_, thread) =>
    new Worker(new URL('./docs-worker.ts', import.meta.url), {
      workerData: { memory, url: url.href, thread, rounds: ROUNDS } satisfies DocsJob,
      execArgv: ['--conditions=@mttcg/source'],
    }));
  try {
    await Promise.all(workers.map((worker) => new Promise<void>((resolve, reject) => worker.on('error', reject).on('exit', () => resolve()))));
  } finally {
    // the others wait for one that has failed
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

describe.each(examples)('%s', (example) => {
  const url = new URL(`./docs/${example}`, import.meta.url);

  it('stands in the documentation once', () => {
    expect(pages.filter((page) => page.includes('```ts\n' + sourceOf(example) + '```')).length).toBe(1);
  });

  it('holds on real threads', async () => {
    const { threads } = (await import(url.href)) as Example;
    expect(threads.length).toBeGreaterThan(1);
    await run(url, threads.length);
  });
});

it('an example that does not hold is found', async () => {
  const wrong = 'export const threads = [() => [1], () => [2, 3]]; export const check = ([[a], [b]]) => a === b;';
  await expect(run(new URL(`data:text/javascript,${encodeURIComponent(wrong)}`), 2)).rejects.toThrow('round 0: [[1],[2,3]]');
});

it('the documentation has no other code', () => {
  const known = examples.map(sourceOf);
  for (const page of pages) for (const [, code] of page.matchAll(/```ts\n([^]*?)```/g)) expect(known).toContain(code);
});
