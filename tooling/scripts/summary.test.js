import { expect, it } from 'vitest';
import { countsOf, summarise } from './summary.js';

const GOOD = { passed: 3, failed: 0, skipped: 1 };

it('counts a file that could not be loaded as a failure', () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ],
  };
  expect(countsOf(report)).toEqual({ passed: 5, failed: 2, skipped: 3 });
});

it('adds up', () => {
  const results = new Map([['atomic', GOOD], ['cli', { passed: 4, failed: 0, skipped: 0 }]]);
  expect(summarise(results, ['atomic', 'cli'], [])).toEqual({
    lines: ['atomic  3 passed, 0 failed, 1 skipped', 'cli     4 passed, 0 failed, 0 skipped', '7 passed, 0 failed, 1 skipped'],
    ok: true,
  });
});

it('is not good when a test failed, a package has no results, or something else failed', () => {
  expect(summarise(new Map([['cli', { passed: 1, failed: 1, skipped: 0 }]]), ['cli'], []).ok).toBe(false);
  expect(summarise(new Map(), ['cli'], [])).toEqual({ lines: ['cli  NO RESULTS', '0 passed, 1 failed, 0 skipped'], ok: false });
  expect(summarise(new Map([['cli', GOOD]]), ['cli'], ['lint'])).toEqual({
    lines: ['cli  3 passed, 0 failed, 1 skipped', 'FAILED: lint', '3 passed, 0 failed, 1 skipped'],
    ok: false,
  });
});
