/**
 * A model checker for threads that share memory: it runs small programs in every order of their steps that can make a
 * difference, then in random ones, and shows the one that failed.
 *
 * ## Replay
 * A synchronous function cannot be stopped in its middle, so it is not. Each access to shared memory is either one that
 * the thread has made already, and returns what the thread's log says, or the thread's next step. When another thread is
 * to run, the access throws; the log stays, and later the body runs again from its start up to where the log ends. So a
 * body must do the same each time it sees the same values: it makes its own handles and returns its result instead of
 * storing it. That is checked: a body that does another thing than its log says is an error.
 *
 * What a thread does next is known before it is chosen (its *pending* step), which is what the reduction works on.
 *
 * ## Steps
 * Atomic accesses, waits, notifications, fences, plain accesses: in the memory of the model, by anything that takes the
 * place of `Atomics`, typed arrays and WebAssembly (model.ts). A wait is two steps, falling asleep and waking. Two things
 * depend on the future and are not steps of their own:
 *  - *Loops that only look* (spin.ts) wait for a change. A repetition that sees the same values would add nothing.
 *  - *Timed waits* run out when no thread can run otherwise. Short ones (*naps*, of spin loops that give their core away)
 *    return at once and count as pauses; they neither sleep nor take a notification.
 *
 * ## Orders
 * By default dynamic partial-order reduction (reduction.ts) runs all that differ in the order of conflicting steps: the
 * same byte and at least one changes it; the same list of sleepers; a change and what waited for it. With a bound on
 * preemptions, all orders within the bound are run (bounded.ts). The two exclude each other: reduction leaves an order out
 * because an equivalent one is run, which the bound may then leave out.
 *
 * ## Plain accesses
 * `plain: 'sc'` runs them one after another like atomic ones. That finds missing locks and wrong orders. `relaxed` finds
 * missing barriers, too (memory.ts): between two atomic accesses of a thread, its plain stores take effect in any order
 * and late, and its plain loads may return older values. What the memory model allows beyond that is not modelled:
 *  - A plain load returns a value that is stored after it in every order of the steps (load buffering, which Arm allows,
 *    too) only with `lateLoads` (late-loads.ts), which multiplies executions and excludes the reduction.
 *  - Each atomic access orders the plain accesses before and after it, as hardware's sequentially consistent ones do and as
 *    compilers treat them. By the letter of ECMAScript it does so only where another thread's atomic access of the same
 *    location reads from it.
 *
 * ## Rejected
 *  - *A Worker for each thread, stopped by `Atomics.wait`*: each step would cost two wake-ups (20 µs), and closures cannot
 *    be given to Workers. A replayed step costs under a microsecond.
 *  - *Generators instead of functions*: the code under test would have to be written for the checker.
 *  - *Every load guesses among all values ever stored, with guesses checked at the section's end*, always: it makes one rule
 *    of all reorderings, but multiplies executions by wrong guesses even where locks leave no choice.
 *  - *Vector clocks for happens-before*: buffered stores are processes of their own, so vectors get as long as executions;
 *    a bit set of earlier steps is as short and simpler.
 *  - *Snapshots of the memory at each choice*: setups keep state in objects, too.
 */
import { BoundedSearch } from './bounded.ts';
import { ModelError } from './error.ts';
import { Execution, PRUNED, type Search } from './execution.ts';
import { withGlobals } from './globals.ts';
import { StoredValues } from './late-loads.ts';
import { ModelMemory, RealUint8Array } from './memory.ts';
import { Model } from './model.ts';
import { RandomSearch } from './random.ts';
import { Reduction } from './reduction.ts';
import { formatSchedule, parseSchedule, Replay } from './schedule.ts';

/** A thread: a synchronous function of the shared memory. Its result is given to `check`. */
export type Body = (memory: SharedArrayBuffer, model: Model) => unknown;

export interface Scenario {
  /** Bytes of shared memory. Default 4096. */
  readonly memory?: number;
  /** Before the threads start, for each execution; not interleaved. */
  readonly setup?: (memory: SharedArrayBuffer, model: Model) => void;
  readonly threads: readonly Body[];
  /** After all have ended: throws when the outcome is wrong. */
  readonly check?: (memory: SharedArrayBuffer, results: readonly unknown[], model: Model) => void;
  /** What plain accesses may do: take effect one after another (`sc`, the default), or between atomic ones (`relaxed`). */
  readonly plain?: 'sc' | 'relaxed';
  /**
   * With `relaxed`: plain loads may also return what others store after them (load buffering; late-loads.ts). Not with the
   * reduction, so with `preemptions`, which bounds such loads, too, or at random. A schedule cannot be replayed alone.
   * Default false.
   */
  readonly lateLoads?: boolean;
  /**
   * Explores all orders with at most so many preemptions, without reduction (Infinity: all orders there are). Default: all
   * orders that can make a difference.
   */
  readonly preemptions?: number;
  /** False: random executions only, for scenarios too large for all orders. Default true. */
  readonly exhaustive?: boolean;
  /** Bound on executions of the exhaustive part; reaching it is an error. Default 200,000. */
  readonly maxExecutions?: number;
  /** Random executions after the exhaustive part. Default 0. */
  readonly randomRuns?: number;
  /** Of the random executions. Default 1. */
  readonly seed?: number;
  /** Steps of one execution; more are an error (a livelock, usually). Default 5000. */
  readonly maxSteps?: number;
  /** Milliseconds: timed waits of at most that are naps. Default 1. */
  readonly napMs?: number;
  /** Whether global names stand for the model's while bodies run. Default true. */
  readonly globals?: boolean;
}

export interface Exploration {
  /** Executions that ran to their end: exhaustive and random ones. */
  readonly executions: number;
  /** Executions that were given up as repetitions of others. */
  readonly pruned: number;
  /** Steps of the longest execution. */
  readonly steps: number;
  /** Steps of all together. */
  readonly totalSteps: number;
}

/** One execution, run again. */
export interface Replayed {
  readonly results: readonly unknown[];
  readonly trace: readonly string[];
  readonly schedule: string;
}

interface Count {
  executions: number;
  pruned: number;
  steps: number;
  totalSteps: number;
}

/** Runs executions of one scenario. */
class Explorer {
  readonly count: Count = { executions: 0, pruned: 0, steps: 0, totalSteps: 0 };
  readonly #scenario: Scenario;
  readonly #model: Model;
  /** Of late loads. */
  readonly #values: StoredValues | undefined;

  constructor(scenario: Scenario) {
    if (scenario.threads.length === 0) throw new ModelError('ERR_BAD_ARGUMENT', 'threads: there is none');
    if (scenario.lateLoads === true) {
      if (scenario.plain !== 'relaxed') throw new ModelError('ERR_BAD_ARGUMENT', "lateLoads: plain is not 'relaxed'");
      this.#values = new StoredValues();
    }
    this.#scenario = scenario;
    this.#model = new Model(new SharedArrayBuffer(scenario.memory ?? 4096), scenario.napMs ?? 1);
  }

  /** Runs all executions of a search, again as long as there were new values for late loads. */
  allValues(search: () => Search, how: string, limit: number): void {
    do {
      if (this.#values !== undefined) this.#values.grew = false;
      this.all(search(), how, limit);
    } while (this.#values?.grew === true);
  }

  /** Runs all executions of a search. `how` says what they are, for failures. @returns the last */
  all(search: Search, how: string, limit = Infinity): Execution | undefined {
    let made = 0;
    const run = (): Execution | undefined => {
      let last: Execution | undefined;
      do {
        if (made++ >= limit) throw new ModelError('ERR_TOO_LARGE', `not done after ${limit} executions: make the scenario smaller, or bound preemptions`);
        last = this.#one(search, how);
      } while (search.next());
      return last;
    };
    return this.#scenario.globals === false ? run() : withGlobals(this.#model.globals(), run);
  }

  /** @returns the execution; undefined if it was given up */
  #one(search: Search, how: string): Execution | undefined {
    const { setup, threads, check, plain, maxSteps } = this.#scenario;
    const model = this.#model;
    // one buffer for all executions: making and freeing them took a third of the time
    const { buffer } = model;
    new RealUint8Array(buffer).fill(0);
    setup?.(buffer, model);
    const bodies = threads.map((body) => () => {
      const result = body(buffer, model);
      if (result instanceof Promise) throw new ModelError('ERR_UNSUPPORTED', 'a body returned a promise: bodies are synchronous');
      return result;
    });
    const execution = new Execution(bodies, new ModelMemory(buffer, threads.length, plain === 'relaxed', this.#values), search, maxSteps ?? 5000);
    search.begin();
    try {
      model.execution = execution;
      execution.run();
      model.execution = undefined;
      check?.(buffer, execution.results, model);
    } catch (error) {
      if (error === PRUNED) {
        this.#add(execution, 'pruned');
        return undefined;
      }
      throw failure(error, execution, `execution ${this.count.executions + this.count.pruned + 1}, ${how}`, threads.length);
    } finally {
      model.execution = undefined;
    }
    this.#add(execution, 'executions');
    return execution;
  }

  #add(execution: Execution, kind: 'executions' | 'pruned'): void {
    this.count[kind]++;
    this.count.steps = Math.max(this.count.steps, execution.steps.length);
    this.count.totalSteps += execution.steps.length;
  }
}

function failure(error: unknown, execution: Execution, how: string, threads: number): ModelError {
  const message = error instanceof Error ? error.message : String(error);
  const trace = execution.trace();
  const schedule = formatSchedule(execution.decisions, threads);
  const code = error instanceof ModelError ? error.code : 'ERR_CHECK';
  return new ModelError(code, `${message} (${how})\nthread: step\n${trace.join('\n')}\nschedule: ${schedule}`, { cause: error, trace, schedule });
}

/**
 * Runs a scenario in all orders, then in random ones.
 * @throws ModelError for the first execution that fails: ERR_CHECK when a body or `check` throws, ERR_DEADLOCK,
 * ERR_LIVELOCK; its message has the steps and the schedule. ERR_TOO_LARGE when there are too many
 */
export function explore(scenario: Scenario): Exploration {
  const { preemptions, exhaustive = true, randomRuns = 0, seed = 1, maxExecutions = 200_000 } = scenario;
  if (!exhaustive && randomRuns === 0) throw new ModelError('ERR_BAD_ARGUMENT', 'randomRuns: nothing would be run');
  if (scenario.lateLoads === true && exhaustive && preemptions === undefined) {
    throw new ModelError('ERR_BAD_ARGUMENT', 'lateLoads: the reduction does not know them; set preemptions (Infinity for all orders)');
  }
  const explorer = new Explorer(scenario);
  if (exhaustive && preemptions === undefined) explorer.all(new Reduction(scenario.threads.length), 'reduced', maxExecutions);
  if (exhaustive && preemptions !== undefined) explorer.allValues(() => new BoundedSearch(preemptions), `preemptions up to ${preemptions}`, maxExecutions);
  if (randomRuns > 0) explorer.all(new RandomSearch(randomRuns, seed), `random, seed ${seed}`);
  return { ...explorer.count };
}

/**
 * Runs just the execution that a failure's `schedule` names, for a look at it in a debugger or with more output.
 * @throws ModelError when it fails (again); ERR_BAD_ARGUMENT when the schedule does not fit the scenario
 */
export function replay(scenario: Scenario, schedule: string): Replayed {
  if (scenario.lateLoads === true) throw new ModelError('ERR_UNSUPPORTED', 'lateLoads: what loads guess was learnt from other executions; explore() fails at the same one again');
  const explorer = new Explorer(scenario);
  const search = new Replay(parseSchedule(schedule, scenario.threads.length));
  const execution = explorer.all(search, 'replayed')!;
  return { results: execution.results, trace: execution.trace(), schedule: formatSchedule(execution.decisions, scenario.threads.length) };
}
