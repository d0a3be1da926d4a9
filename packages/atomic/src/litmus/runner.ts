/** Runs litmus tests one after the other, on threads that the host starts. */
import { AtomicError } from '../error.ts';
import { litmusDone, litmusReport, prepareLitmus, type LitmusJob, type LitmusOptions, type LitmusReport } from './run.ts';
import { LITMUS_TESTS } from './tests.ts';

/** How often progress is told while a test runs. */
const PROGRESS_MS = 200;

/** How far {@link runLitmus} is. */
export interface LitmusProgress {
  /** The test that runs, or has just ended. */
  readonly job: LitmusJob;
  /** Part of all runs of all tests that is done, 0 to 1. */
  readonly share: number;
  /** What the test has shown, once it has ended. */
  readonly report?: LitmusReport;
}

/** What {@link runLitmus} takes. */
export interface RunLitmusOptions {
  /** Names of tests. Default: all of {@link LITMUS_TESTS}. */
  readonly tests?: readonly string[];
  /** Default: plain, then atomic. */
  readonly access?: readonly LitmusOptions['access'][];
  /** Default: WebAssembly, then JavaScript. */
  readonly engine?: readonly LitmusOptions['engine'][];
  /** Runs of each test with each kind of access by each engine; see {@link LitmusOptions.runs}. */
  readonly runs: number;
  /**
   * Starts a Worker that calls `runLitmusThread(job, thread)`; the promise settles when it has ended. All threads of a job
   * have to run at the same time. Should one fail, the rest of its job waits for it for ever: end them.
   */
  readonly startThread: (job: LitmusJob, thread: number) => Promise<void>;
  /** Told when a test begins and ends, and 5 times a second between. */
  readonly onProgress?: (progress: LitmusProgress) => void;
}

/**
 * Runs every test with every kind of access by every engine. Does not block: fit for a control thread.
 * @throws AtomicError ERR_BAD_ARGUMENT before anything runs; what `startThread` rejects with
 */
export async function runLitmus(options: RunLitmusOptions): Promise<LitmusReport[]> {
  const { tests = LITMUS_TESTS.map(({ name }) => name), access = ['plain', 'atomic'], engine = ['wasm', 'js'], runs, startThread, onProgress } = options;
  const all = tests.flatMap((name) => engine.flatMap((by) => access.map((kind) => ({ name, access: kind, engine: by, runs }))));
  if (all.length === 0) throw new AtomicError('ERR_BAD_ARGUMENT', 'litmus: tests, access or engine: nothing to run');
  // the first mistake is told before the first run
  for (const { name, ...rest } of all) prepareLitmus(name, rest);
  const reports: LitmusReport[] = [];
  for (const { name, ...rest } of all) {
    const job = prepareLitmus(name, rest);
    const tell = (): void => onProgress?.({ job, share: (reports.length + litmusDone(job) / job.runs) / all.length });
    tell();
    const timer = setInterval(tell, PROGRESS_MS);
    try {
      await Promise.all(Array.from({ length: job.threads }, (_, thread) => startThread(job, thread)));
    } finally {
      clearInterval(timer);
    }
    const report = litmusReport(job);
    reports.push(report);
    onProgress?.({ job, share: reports.length / all.length, report });
  }
  return reports;
}
