import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Counts of one package from vitest's JSON report. A file that fails as a whole (it cannot be loaded, a hook throws)
 * counts as one failure, for none of its tests does.
 */
export function countsOf(report) {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Reads every package's report in `directory`: package name -> counts, sorted by name. */
export function readResults(directory) {
  const files = readdirSync(directory).filter((name) => name.endsWith('.json')).sort();
  return new Map(files.map((file) => [basename(file, '.json'), countsOf(JSON.parse(readFileSync(join(directory, file), 'utf8')))]));
}

const line = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/**
 * The lines that `npm test` ends with: one for each of `packages`, one for each of the `failures` that are no test's
 * (`lint`, a package that wrote no results, ...), and the sum. `ok` is true if all is good.
 */
export function summarise(results, packages, failures) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  const width = Math.max(...packages.map((name) => name.length));
  for (const name of packages) {
    const counts = results.get(name);
    lines.push(`${name.padEnd(width)}  ${counts === undefined ? 'NO RESULTS' : line(counts)}`);
    if (counts === undefined) sum.failed++;
    else for (const key of Object.keys(sum)) sum[key] += counts[key];
  }
  for (const failure of failures) lines.push(`FAILED: ${failure}`);
  lines.push(line(sum));
  return { lines, ok: sum.failed === 0 && failures.length === 0 };
}
