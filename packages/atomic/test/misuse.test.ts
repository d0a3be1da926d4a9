import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import * as atomic from '../src/index.ts';
import { MISUSES, outcomeOf } from './misuse.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

describe('the sources check everything', () => {
  it.each(MISUSES)('$what: $code', (misuse) => {
    expect(atomic.CHECKED).toBe(true);
    expect(outcomeOf(misuse, atomic)).toBe(misuse.code);
  });

  it('says that a thread must not block', () => {
    const wait = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      throw new TypeError('Atomics.wait cannot be called in this context');
    });
    try {
      const heap = new atomic.Heap(new SharedArrayBuffer(64));
      new atomic.Mutex(heap, 8).lock();
      expect(() => new atomic.Mutex(heap, 8).lock()).toThrow(expect.objectContaining({ code: 'ERR_MUST_NOT_BLOCK' }));
      expect(() => atomic.wait(new Int32Array(4), 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_NOT_SHARED' }));
    } finally {
      wait.mockRestore();
    }
  });
});

/** What the build says that Node resolves `@mttcg/atomic` to under these conditions. */
function built(conditions: readonly string[]): { checked: boolean; url: string; outcomes: string[] } {
  const program = `
    import * as atomic from '@mttcg/atomic';
    import { MISUSES, outcomeOf } from './misuse.ts';
    console.log(JSON.stringify({ checked: atomic.CHECKED, url: import.meta.resolve('@mttcg/atomic'), outcomes: MISUSES.map((m) => outcomeOf(m, atomic)) }));
  `;
  const args = [...conditions.map((condition) => `--conditions=${condition}`), '--input-type=module-typescript', '-e', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: path('.'), encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } }));
}

describe('the builds', () => {
  it('are there: `pnpm build` makes them', () => {
    for (const file of ['../dist/index.js', '../dist/development/index.js']) expect(existsSync(path(file)), file).toBe(true);
  });

  it('the one for development checks everything', () => {
    const { checked, url, outcomes } = built(['development']);
    expect([checked, url]).toEqual([true, expect.stringMatching(/dist\/development\/index\.js$/)]);
    expect(outcomes).toEqual(MISUSES.map(({ code }) => code));
  });

  it('the default one checks what costs nothing that matters', () => {
    const { checked, url, outcomes } = built([]);
    expect([checked, url]).toEqual([false, expect.stringMatching(/dist\/index\.js$/)]);
    MISUSES.forEach(({ what, code, otherwise }, i) => {
      if (otherwise === undefined) expect(outcomes[i], what).toBe(code);
      else expect(['nothing', 'RangeError', 'TypeError'], what).toContain(outcomes[i]);
    });
  });
});

it('the README lists what is checked when', () => {
  const readme = readFileSync(path('../README.md'), 'utf8');
  for (const { what, code, otherwise } of MISUSES) expect(readme).toContain(`| ${what} | \`${code}\` | ${otherwise ?? 'the same'} |\n`);
});
