/**
 * A model checker for code over `primitive.ts`: it runs small thread bodies in every interleaving with at most a given
 * number of preemptions, then in random ones, and reports the interleaving that failed.
 *
 * How a synchronous function is stopped in its middle: it is not. Each access to shared memory either returns what the
 * thread's log says (replay) or is the thread's next step. When another thread is to run, the access throws; the thread's
 * log stays, and later its body runs again from the start, up to the point where the log ends. So a body must do the same
 * each time it sees the same values: it makes its own handles and returns its result instead of storing it.
 *
 * Steps are atomic accesses, waits, notifications, and *plain* accesses through the model's heap. Interleaving all of them
 * is sequential consistency: complete for atomic accesses; for plain ones it finds missing locks and wrong orders, not
 * reorderings by compiler or CPU.
 *
 * A spin loop calls `pause` or `nap`: such a thread runs again only after another has made a step (unless none can).
 * A `wait` with a timeout may time out when no thread can run otherwise. No runnable thread at all is a deadlock.
 */
import type { Heap } from './heap-type.ts';

export type Body = (heap: Heap) => unknown;

export interface Scenario {
  /** Bytes of shared memory. Default 4096. */
  readonly memory?: number;
  /** Before the threads start; not interleaved. */
  readonly setup?: (heap: Heap) => void;
  readonly threads: readonly Body[];
  /** After all have ended: throws when the outcome is wrong. */
  readonly check?: (heap: Heap, results: readonly unknown[]) => void;
  /** Bound on preemptions in the exhaustive part. Default 2. */
  readonly preemptions?: number;
  /** Bound on executions of the exhaustive part; reaching it fails. Default 200,000. */
  readonly maxRuns?: number;
  /** Random executions after the exhaustive part. Default 0. */
  readonly randomRuns?: number;
  readonly seed?: number;
}

export interface Exploration {
  readonly runs: number;
  /** Longest execution, in steps. */
  readonly steps: number;
}

/** What a failed exploration throws: `cause` is what the scenario threw. */
export class ModelError extends Error {
  readonly trace: readonly string[];
  constructor(message: string, trace: readonly string[], cause: unknown) {
    super(`${message}\n${trace.join('\n')}`, { cause });
    this.name = 'ModelError';
    this.trace = trace;
  }
}

const MAX_STEPS = 5000;
/** Thrown through a thread's body to get out of it. */
const SWITCH = Symbol('switch');

type View = Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array | BigInt64Array | BigUint64Array | Float64Array;

interface Thread {
  readonly log: unknown[];
  position: number;
  done: boolean;
  result: unknown;
  /** Byte address it sleeps on, or -1. */
  sleepsOn: number;
  mayTimeOut: boolean;
  wakeResult: string | undefined;
  /** Steps of others to wait for before it runs again. */
  yielded: boolean;
  leaving: boolean;
}

interface Choice {
  readonly options: readonly number[];
  /** Index into options. */
  taken: number;
  /** Preemptions spent by options after the first: 1 when the first is the running thread going on. */
  readonly cost: 0 | 1;
  readonly spent: number;
}

/** One execution of a scenario under a chooser of threads. */
class Execution {
  readonly trace: string[] = [];
  readonly threads: Thread[];
  readonly #bodies: readonly Body[];
  readonly #heap: Heap;
  readonly #choose: (options: number[], preempting: boolean) => number;
  #current = -1;
  #next = -1;
  #granted = false;
  /** The model's own verdict; a body's `finally` may hide the exception that carried it. */
  #failure: Error | undefined;
  steps = 0;

  constructor(bodies: readonly Body[], heap: Heap, choose: (options: number[], preempting: boolean) => number) {
    this.#bodies = bodies;
    this.#heap = heap;
    this.#choose = choose;
    this.threads = bodies.map(() => ({
      log: [],
      position: 0,
      done: false,
      result: undefined,
      sleepsOn: -1,
      mayTimeOut: false,
      wakeResult: undefined,
      yielded: false,
      leaving: false,
    }));
  }

  run(): void {
    this.#next = this.#pick();
    while (this.#next >= 0) {
      this.#current = this.#next;
      const thread = this.threads[this.#current];
      thread.position = 0;
      thread.leaving = false;
      this.#granted = true;
      try {
        thread.result = this.#bodies[this.#current](this.#heap);
        if (thread.leaving) throw new Error('model: a body swallowed the exception that switches threads');
        thread.done = true;
        this.#current = -1;
        this.#next = this.#pick();
      } catch (error) {
        if (this.#failure !== undefined) throw this.#failure;
        if (error !== SWITCH) throw error;
      }
    }
    this.#current = -1;
  }

  /** A step of the running thread: `perform` does it and returns the value and a description. */
  step<T>(describe: (value: T) => string, perform: () => T): T {
    const thread = this.#enter();
    if (thread.position < thread.log.length) return thread.log[thread.position++] as T;
    this.#schedule(thread);
    const value = perform();
    this.#record(thread, value, describe(value));
    return value;
  }

  /** The step that sleeps while the word equals `expected`. */
  sleep(address: number, current: () => number, expected: number, timed: boolean): string {
    const thread = this.#enter();
    if (thread.position < thread.log.length) return thread.log[thread.position++] as string;
    const woken = thread.wakeResult;
    if (woken !== undefined) {
      thread.wakeResult = undefined;
      this.#granted = false;
      this.#record(thread, woken, `wakes from ${address}: ${woken}`);
      return woken;
    }
    this.#schedule(thread);
    if (current() !== expected) {
      this.#record(thread, 'not-equal', `wait ${address} for ${expected}: not equal`);
      return 'not-equal';
    }
    thread.sleepsOn = address;
    thread.mayTimeOut = timed;
    this.trace.push(`  ${this.#current}: sleeps on ${address} (${expected})`);
    thread.leaving = true;
    this.#next = this.#pick();
    throw SWITCH;
  }

  wake(address: number, count: number): number {
    let woken = 0;
    for (const thread of this.threads) {
      if (woken >= count || thread.sleepsOn !== address) continue;
      thread.sleepsOn = -1;
      thread.wakeResult = 'ok';
      woken++;
    }
    return woken;
  }

  /** A spin loop's pause. */
  giveWay(): void {
    this.step(
      () => 'pause',
      () => {
        this.threads[this.#current].yielded = true;
      },
    );
  }

  #fail(message: string): Error {
    this.#failure = new Error(message);
    if (this.#current >= 0) this.threads[this.#current].leaving = true;
    return this.#failure;
  }

  #enter(): Thread {
    const thread = this.threads[this.#current];
    if (thread.leaving) throw SWITCH;
    return thread;
  }

  #record(thread: Thread, value: unknown, text: string): void {
    thread.log.push(value);
    thread.position++;
    this.trace.push(`  ${this.#current}: ${text}`);
    for (const other of this.threads) if (other !== thread) other.yielded = false;
    if (++this.steps > MAX_STEPS) throw this.#fail(`model: more than ${MAX_STEPS} steps: a livelock?`);
  }

  /** Decides whether the running thread makes its next step now. */
  #schedule(thread: Thread): void {
    if (this.#granted) {
      this.#granted = false;
      return;
    }
    const next = this.#pick();
    if (next === this.#current) return;
    this.#next = next;
    thread.leaving = true;
    throw SWITCH;
  }

  /** The thread to make the next step; -1 when all have ended. */
  #pick(): number {
    const can = (i: number) => !this.threads[i].done && this.threads[i].sleepsOn < 0;
    const all = this.threads.map((_, i) => i);
    let options = all.filter((i) => can(i) && !this.threads[i].yielded);
    if (options.length === 0) options = all.filter(can);
    if (options.length === 0) {
      if (this.threads.every((thread) => thread.done)) return -1;
      const timed = this.threads.find((thread) => thread.sleepsOn >= 0 && thread.mayTimeOut);
      if (timed === undefined) throw this.#fail('deadlock: every thread that has not ended sleeps');
      timed.sleepsOn = -1;
      timed.wakeResult = 'timed-out';
      return this.threads.indexOf(timed);
    }
    const goesOn = this.#current >= 0 && options.includes(this.#current);
    if (goesOn) options = [this.#current, ...options.filter((i) => i !== this.#current)];
    return options.length === 1 ? options[0] : this.#choose(options, goesOn);
  }
}

// The module that stands in for primitive.ts has to find the execution its caller belongs to.
let running: Execution | undefined;

/** The execution in progress; undefined in setup and check, where accesses are direct. */
export function execution(): Execution | undefined {
  return running;
}

const targets = new WeakMap<object, View>();

/** The typed array behind a view of the model's heap. */
export function viewOf<V extends object>(view: V): V {
  return (targets.get(view) ?? view) as V;
}

function plainView<V extends View>(name: string, view: V): V {
  const proxy = new Proxy(view, {
    get(target, key) {
      if (typeof key === 'string' && key >= '0' && key <= '9~') {
        const index = Number(key);
        const read = () => target[index];
        return running === undefined ? read() : running.step((value) => `plain read ${name}[${index}] -> ${value}`, read);
      }
      if (key === 'fill') {
        return (value: number, from: number, to: number) => {
          const fill = () => void (target as Int32Array).fill(value, from, to);
          if (running === undefined) fill();
          else running.step(() => `plain fill ${name}[${from}..${to}] = ${value}`, fill);
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set(target, key, value) {
      const write = () => Reflect.set(target, key, value);
      return running === undefined ? write() : running.step(() => `plain write ${name}[${String(key)}] = ${value}`, write);
    },
  });
  targets.set(proxy, view);
  return proxy;
}

function modelHeap(buffer: SharedArrayBuffer): Heap {
  return {
    buffer,
    size: buffer.byteLength,
    i8: plainView('i8', new Int8Array(buffer)),
    u8: plainView('u8', new Uint8Array(buffer)),
    i16: plainView('i16', new Int16Array(buffer)),
    u16: plainView('u16', new Uint16Array(buffer)),
    i32: plainView('i32', new Int32Array(buffer)),
    u32: plainView('u32', new Uint32Array(buffer)),
    i64: plainView('i64', new BigInt64Array(buffer)),
    u64: plainView('u64', new BigUint64Array(buffer)),
    fence: () => running?.step(() => 'fence', () => undefined),
  } as unknown as Heap;
}

/** Runs the scenario in all interleavings up to the bound, then in random ones. @throws ModelError with the first that fails */
export function explore(scenario: Scenario): Exploration {
  const bound = scenario.preemptions ?? 2;
  const maxRuns = scenario.maxRuns ?? 200_000;
  const choices: Choice[] = [];
  let runs = 0;
  let steps = 0;

  const once = (choose: (options: number[], preempting: boolean) => number, how: string): void => {
    const heap = modelHeap(new SharedArrayBuffer(scenario.memory ?? 4096));
    scenario.setup?.(heap);
    const run = new Execution(scenario.threads, heap, choose);
    runs++;
    running = run;
    try {
      run.run();
      running = undefined;
      scenario.check?.(heap, run.threads.map((thread) => thread.result));
    } catch (error) {
      throw new ModelError(`${error instanceof Error ? error.message : String(error)} (run ${runs}, ${how}); thread: step`, run.trace, error);
    } finally {
      running = undefined;
    }
    steps = Math.max(steps, run.steps);
  };

  do {
    let depth = 0;
    once((options, preempting) => {
      if (depth === choices.length) {
        const last = choices.at(-1);
        const spent = last === undefined ? 0 : last.spent + (last.taken > 0 ? last.cost : 0);
        choices.push({ options, taken: 0, cost: preempting ? 1 : 0, spent });
      }
      const choice = choices[depth++];
      return choice.options[choice.taken];
    }, 'exhaustive');
    if (runs >= maxRuns) throw new Error(`model: not done after ${maxRuns} runs; make the scenario smaller`);
    // Next in depth-first order: the deepest choice with an untried option that the bound allows.
    for (;;) {
      const last = choices.at(-1);
      if (last === undefined) break;
      if (last.taken + 1 < last.options.length && last.spent + last.cost <= bound) {
        last.taken++;
        break;
      }
      choices.pop();
    }
  } while (choices.length > 0);

  const seed = scenario.seed ?? 1;
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  for (let i = 0; i < (scenario.randomRuns ?? 0); i++) {
    once((options) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return options[(state >>> 0) % options.length];
    }, `random, seed ${seed}`);
  }
  return { runs, steps };
}
