/**
 * What order the engine keeps for plain and atomic accesses: every litmus test, in WebAssembly and JavaScript, with the outcomes
 * that sequential consistency does not have.
 *
 *   node bench/litmus.ts [--runs 10000000] [--plain-runs 1000000]
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { parseArgs } from 'node:util';
import { runLitmus, runLitmusThread, type LitmusReport } from '@mttcg/atomic';

if (isMainThread) {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '10000000' }, 'plain-runs': { type: 'string', default: '1000000' } } });
  const cells = (texts: readonly unknown[]): string =>
    texts.map((text, i) => (i === 3 || i === 5 || i === 7 ? String(text).padStart([0, 0, 0, 12, 0, 10, 0, 8][i]) : String(text).padEnd([6, 7, 9, 0, 24, 0, 11][i]))).join(' ');
  console.log(cells(['test', 'engine', 'accesses', 'runs', ' outcome', 'count', ' verdict', 'ns/run']));
  let begin = 0;
  const print = ({ name, engine, access, runs, outcomes }: LitmusReport): void => {
    const time = ((performance.now() - begin) * 1e6) / runs;
    for (const { text, count, verdict } of outcomes.filter(({ sequential }) => !sequential)) {
      console.log(cells([name, engine, access, runs, ` ${text}`, count, ` ${verdict}`, time.toFixed(0)]));
    }
  };
  const workers: Worker[] = [];
  let forbidden = 0;
  for (const access of ['atomic', 'plain'] as const) {
    const reports = await runLitmus({
      access: [access],
      runs: Number(access === 'atomic' ? values.runs : values['plain-runs']),
      async startThread(job, thread) {
        if (thread === 0) begin = performance.now();
        const worker = (workers[thread] ??= new Worker(new URL(import.meta.url)));
        const done = once(worker, 'message');
        worker.postMessage({ job, thread });
        await done;
      },
      onProgress({ report }) {
        if (report !== undefined) print(report);
      },
    });
    for (const report of reports) forbidden += report.forbidden;
  }
  for (const worker of workers) await worker.terminate();
  if (forbidden > 0) {
    console.error(`${forbidden} runs show what the memory model forbids`);
    process.exitCode = 1;
  }
} else {
  parentPort?.on('message', ({ job, thread }) => {
    runLitmusThread(job, thread);
    parentPort?.postMessage('done');
  });
}
