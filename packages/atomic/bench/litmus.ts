/**
 * What order the engine keeps for plain and atomic accesses: every litmus test, in WebAssembly and JavaScript.
 *
 *   node --conditions=@mttcg/source bench/litmus.ts [--runs 1000000] [--verbose]
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { parseArgs } from 'node:util';
import { LITMUS_TESTS, litmusReport, prepareLitmus, runLitmusThread } from '../src/index.ts';

if (isMainThread) {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '1000000' }, verbose: { type: 'boolean', default: false } } });
  console.log('test   engine  accesses        runs       weak  forbidden');
  for (const { name } of LITMUS_TESTS) {
    for (const engine of ['wasm', 'js'] as const) {
      for (const access of ['plain', 'atomic'] as const) {
        const job = prepareLitmus(name, { access, engine, runs: Number(values.runs) });
        await Promise.all(
          Array.from({ length: job.threads }, (_, thread) => {
            const worker = new Worker(new URL(import.meta.url), { workerData: { job, thread } });
            return new Promise<void>((resolve, reject) => worker.on('error', reject).on('exit', () => resolve()));
          }),
        );
        const report = litmusReport(job);
        const cells = [name.padEnd(6), engine.padEnd(7), access.padEnd(8), String(report.runs).padStart(11), String(report.weak).padStart(10)];
        console.log(...cells, String(report.forbidden).padStart(10));
        if (!values.verbose) continue;
        for (const { text, count, sequential } of report.outcomes) console.log(`       ${text}: ${count}${sequential ? '' : ' (weak)'}`);
      }
    }
  }
} else runLitmusThread(workerData.job, workerData.thread);
