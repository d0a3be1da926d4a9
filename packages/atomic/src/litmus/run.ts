/**
 * The litmus self-test: what order does this engine, on this machine, really keep?
 *
 * The library runs no threads itself, as Workers are made differently everywhere: prepare a job, give it to as many
 * Workers as the test has threads, in each call {@link runLitmusThread}, and read the report when all have ended.
 */
import { AtomicError } from '../error.ts';
import { Heap } from '../heap.ts';
import { add, load, nap, pause, store } from '../primitive.ts';
import { jsProgram, registerOffset, STRIDE, wasmProgram } from './program.ts';
import { describeOutcome, encodeOutcome, LITMUS_TESTS, sequentialOutcomes, type LitmusTest } from './tests.ts';

/** Instances that the threads run through between two meetings. */
const BATCH = 1024;
const PAGE = 65536;
const ARRIVED = 0;
const PHASE = 1;
/** Word index of the counts of outcomes: 12 bits of outcome at most. */
const COUNTS = 1024;
const INSTANCES = 32 * 1024;

export interface LitmusOptions {
  /** Accesses under test. */
  readonly access: 'plain' | 'atomic';
  /** What they are made by. */
  readonly engine: 'wasm' | 'js';
  /** How many instances to run; rounded up to a multiple of 1024. */
  readonly runs: number;
}

/** What the Workers of one test share; can be posted to them. */
export interface LitmusJob extends LitmusOptions {
  readonly name: string;
  /** Workers it takes. */
  readonly threads: number;
  readonly memory: WebAssembly.Memory;
}

export interface LitmusOutcome {
  /** Such as `r0=1 r1=0`. */
  readonly text: string;
  readonly count: number;
  /** Whether a sequentially consistent execution can show it. */
  readonly sequential: boolean;
  /** Whether the memory model forbids it for these accesses: atomic ones must be sequentially consistent. */
  readonly forbidden: boolean;
}

export interface LitmusReport {
  readonly name: string;
  readonly runs: number;
  /** Those that can be had sequentially (even if not seen), and the others that were seen. */
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
  const pages = Math.ceil((INSTANCES + BATCH * STRIDE) / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return { ...options, runs: Math.ceil(options.runs / BATCH) * BATCH, name, threads: testOf(name).threads.length, memory };
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
    if (thread === 0) tally(heap, test);
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

/** What a job whose threads have all ended has shown. */
export function litmusReport(job: LitmusJob): LitmusReport {
  const test = testOf(job.name);
  const heap = new Heap(job.memory);
  const sequential = sequentialOutcomes(test);
  const outcomes: LitmusOutcome[] = [];
  let weak = 0;
  const codes = 1 << (2 * test.registers + (test.final ? 4 : 0));
  for (let code = 0; code < codes; code++) {
    const count = heap.u32[COUNTS + code];
    const fine = sequential.has(code);
    if (count === 0 && !fine) continue;
    if (!fine) weak += count;
    outcomes.push({ text: describeOutcome(test, code), count, sequential: fine, forbidden: !fine && job.access === 'atomic' });
  }
  return { name: job.name, runs: job.runs, outcomes, weak, forbidden: job.access === 'atomic' ? weak : 0 };
}
