/**
 * The litmus self-test: what order does this engine, on this machine, really keep?
 *
 * The library runs no threads itself, as Workers are made differently everywhere: prepare a job, give it to as many
 * Workers as the test has threads, in each call {@link runLitmusThread}, and read the report when all have ended. `runLitmus`
 * does that for a list of tests.
 */
import { AtomicError } from '../error.ts';
import { Heap } from '../heap.ts';
import { add, load, nap, pause, store } from '../primitive.ts';
import { jsProgram, registerOffset, STRIDE, wasmProgram } from './program.ts';
import {
  conceivableOutcomes,
  describeOutcome,
  encodeOutcome,
  LITMUS_TESTS,
  plainOutcomes,
  sequentialOutcomes,
  type LitmusTest,
} from './tests.ts';

/** Instances that the threads run through between two meetings. */
const BATCH = 1024;
const PAGE = 65536;
const ARRIVED = 0;
const PHASE = 1;
/** Instances that thread 0 has counted. */
const DONE = 2;
/** Word index of the counts of outcomes: 12 bits of outcome at most. */
const COUNTS = 1024;
const INSTANCES = 32 * 1024;
/** Counts are 32 bits wide. */
const MAX_RUNS = 4_000_000_000;

/** How a litmus test is run. */
export interface LitmusOptions {
  /** Accesses under test. */
  readonly access: 'plain' | 'atomic';
  /** What they are made by. */
  readonly engine: 'wasm' | 'js';
  /** How many instances to run, 1 to 4,000,000,000; rounded up to a multiple of 1024. */
  readonly runs: number;
}

/** What became of an outcome: it was seen and may be, it was not seen but may be, or it must not be seen. */
export type LitmusVerdict = 'observed' | 'allowed' | 'forbidden';

/** What the Workers of one test share; can be posted to them. */
export interface LitmusJob extends LitmusOptions {
  /** The test. */
  readonly name: string;
  /** Workers it takes. */
  readonly threads: number;
  /** Shared by its threads. */
  readonly memory: WebAssembly.Memory;
}

/** One outcome of a litmus test. */
export interface LitmusOutcome {
  /** Such as `r0=1 r1=0`. */
  readonly text: string;
  /** Runs that showed it. */
  readonly count: number;
  /** Whether a sequentially consistent execution can show it. */
  readonly sequential: boolean;
  /** Whether the memory model forbids it for these accesses: atomic ones must be sequentially consistent. */
  readonly forbidden: boolean;
  /** `forbidden` with a count above 0 is a fault of engine or machine. */
  readonly verdict: LitmusVerdict;
}

/** What a litmus test has shown. */
export interface LitmusReport extends LitmusOptions {
  /** The test. */
  readonly name: string;
  /** All that one can think of, seen or not: those that can be had sequentially first. */
  readonly outcomes: readonly LitmusOutcome[];
  /** Runs with an outcome that no sequentially consistent execution has. */
  readonly weak: number;
  /** Runs with a forbidden outcome: a fault of engine or machine. */
  readonly forbidden: number;
}

function testOf(name: string): LitmusTest {
  const test = LITMUS_TESTS.find((candidate) => candidate.name === name);
  if (test === undefined) throw new AtomicError('ERR_BAD_ARGUMENT', `litmus: no test ${name}; there are ${LITMUS_TESTS.map((t) => t.name).join(', ')}`);
  return test;
}

/** @param name one of {@link LITMUS_TESTS} @throws AtomicError ERR_BAD_ARGUMENT for another */
export function prepareLitmus(name: string, options: LitmusOptions): LitmusJob {
  const { runs, access, engine } = options;
  const refuse = (what: string): never => {
    throw new AtomicError('ERR_BAD_ARGUMENT', `litmus: ${what}`);
  };
  if (!(runs >= 1 && runs <= MAX_RUNS) || !Number.isInteger(runs)) refuse(`runs: ${runs} is not an integer from 1 to ${MAX_RUNS}`);
  if (access !== 'plain' && access !== 'atomic') refuse(`access: ${String(access)} is neither plain nor atomic`);
  if (engine !== 'wasm' && engine !== 'js') refuse(`engine: ${String(engine)} is neither wasm nor js`);
  const pages = Math.ceil((INSTANCES + BATCH * STRIDE) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return { access, engine, runs: Math.ceil(runs / BATCH) * BATCH, name, threads: testOf(name).threads.length, memory };
}

/** One thread of the test; returns when all runs are done. Blocks: call it in a Worker. @param thread 0 to `job.threads` - 1 */
export function runLitmusThread(job: LitmusJob, thread: number): void {
  const test = testOf(job.name);
  const heap = new Heap(job.memory);
  const make = job.engine === 'wasm' ? wasmProgram : jsProgram;
  const program = make(test.threads[thread], job.access, job.memory);
  let phase = 0;
  const meet = (): void => {
    phase++;
    if (add(heap.i32, ARRIVED, 1) === job.threads - 1) {
      store(heap.i32, ARRIVED, 0);
      store(heap.i32, PHASE, phase);
      return;
    }
    for (let spins = 0; load(heap.i32, PHASE) !== phase; spins++) {
      if (spins < 2000) pause();
      else nap(heap.i32, PHASE, phase - 1);
    }
  };
  for (let done = 0; done < job.runs; done += BATCH) {
    meet();
    program(INSTANCES, BATCH);
    meet();
    if (thread !== 0) continue;
    tally(heap, test);
    store(heap.u32, DONE, done + BATCH);
  }
}

/** Counts a batch's outcomes and clears its cells. The others wait at the next meeting. */
function tally(heap: Heap, test: LitmusTest): void {
  const registers = [0, 0, 0, 0];
  for (let i = 0; i < BATCH; i++) {
    const at = (INSTANCES + i * STRIDE) >>> 2;
    for (let r = 0; r < test.registers; r++) registers[r] = heap.i32[at + (registerOffset(r) >>> 2)] & 3;
    heap.u32[COUNTS + encodeOutcome(test, registers, heap.i32[at], heap.i32[at + 16])]++;
    heap.i32[at] = 0;
    heap.i32[at + 16] = 0;
  }
}

/** How many runs of a job are done; from any thread, also while it runs. */
export function litmusDone(job: LitmusJob): number {
  return load(new Uint32Array(job.memory.buffer as ArrayBufferLike), DONE);
}

/** What a job whose threads have all ended has shown. */
export function litmusReport(job: LitmusJob): LitmusReport {
  const { name, access, engine, runs } = job;
  const test = testOf(name);
  const heap = new Heap(job.memory);
  const sequential = sequentialOutcomes(test);
  const permitted = access === 'atomic' ? sequential : plainOutcomes(test);
  const codes = new Set([...sequential, ...conceivableOutcomes(test)]);
  // what nobody can think of would be a value that was never written
  for (let code = 0; code < 1 << (2 * test.registers + (test.final ? 4 : 0)); code++) if (heap.u32[COUNTS + code] > 0) codes.add(code);
  const outcomes = [...codes].map((code): LitmusOutcome => {
    const count = heap.u32[COUNTS + code];
    const forbidden = !permitted.has(code);
    const verdict = forbidden ? 'forbidden' : count > 0 ? 'observed' : 'allowed';
    return { text: describeOutcome(test, code), count, sequential: sequential.has(code), forbidden, verdict };
  });
  const sum = (counted: (outcome: LitmusOutcome) => boolean): number =>
    outcomes.filter(counted).reduce((total, { count }) => total + count, 0);
  return { name, access, engine, runs, outcomes, weak: sum((o) => !o.sequential), forbidden: sum((o) => o.forbidden) };
}
