/**
 * One execution of a scenario: threads that are run by replay, one step at a time, as a scheduler says (explore.ts has
 * the design).
 */
import { ModelError } from './error.ts';
import { EVERYTHING, type Footprint, NOTHING } from './footprint.ts';
import { type BufferedStore, flushFootprint, type ModelMemory } from './memory.ts';
import { type Look, SpinDetector } from './spin.ts';

/** What a thread is about to do. `perform`, `enabled` and `variants` look at the memory as it is when they are called. */
export interface Operation {
  readonly name: string;
  readonly address: number;
  /** Whether plain accesses are ordered against it: its thread's buffer is empty before, its window opens after. */
  readonly fencing: boolean;
  /** Whether only the window opens. */
  readonly refreshing?: boolean;
  /** What it may touch, whatever memory holds: a compare-exchange is a write even if it fails (reduction.ts says why). */
  readonly footprint: Footprint;
  /** False while it has to wait for others. */
  enabled?(): boolean;
  /** The step without which it would not be possible. */
  readonly enabledBy?: number;
  /** How many results there are to choose from. Default 1. */
  variants?(): number;
  perform(variant: number): unknown;
  describe(result: unknown): string;
  /** After `perform`: see {@link Step.sources}. */
  sources?(): readonly number[];
  /** What it read, if it changed nothing. */
  look?(): Look | undefined;
}

/** A thread's next step, or a buffered store that may take effect. */
export interface Candidate {
  /** Threads are 0 to n - 1; buffered store s of thread t is n + t + n * s. The same in all executions with the same past. */
  readonly process: number;
  readonly thread: number;
  readonly flush: boolean;
  readonly operation: Operation;
  readonly enabled: boolean;
  /** Whether its operation waits for a change. */
  readonly blocked: boolean;
  /** Of a buffered store: steps made when it was buffered. */
  readonly after: number;
  /** Whether the thread has paused, so that another may run without preempting it. */
  readonly yielded: boolean;
}

export interface Step extends Candidate {
  /** Nothing else could run. */
  readonly quiescent: boolean;
  /** Of a plain load in relaxed mode: the steps whose stores it returned, where it could not have returned the same without. */
  readonly sources: readonly number[] | undefined;
}

export interface Decision {
  readonly candidate: Candidate;
  readonly variant: number;
}

export interface Scheduler {
  /**
   * What to do next: one of the enabled among `offered`. That is `all`, or, when none of those can run (`quiescent`), what
   * happens by the passing of time. Throws PRUNED to give the execution up.
   */
  choose(offered: readonly Candidate[], all: readonly Candidate[], quiescent: boolean): Decision;
  stepped(step: Step): void;
}

/** A scheduler that plans a series of executions. */
export interface Search extends Scheduler {
  /** Before each execution. */
  begin(): void;
  /** After each execution. @returns whether there is another to run */
  next(): boolean;
}

/** Thrown by a scheduler. */
export const PRUNED = Symbol('pruned');
/** Thrown through a body to get out of it. */
const SWITCH = Symbol('switch');
const ASLEEP = Symbol('asleep');
/** A wait that a body has not asked for. */
const AWAIT = 'await';

interface LogEntry {
  readonly name: string;
  readonly address: number;
  readonly result: unknown;
}

interface Thread {
  readonly log: LogEntry[];
  position: number;
  /** The step it is about to make; none while it sleeps, and once it has ended. */
  pending: Operation | undefined;
  ended: boolean;
  result: unknown;
  asleep: { readonly address: number; readonly timed: boolean } | undefined;
  /** Its body is being left: further accesses (in `finally` blocks) do nothing. */
  leaving: boolean;
  /** It has paused since its last step: another may run without that being a preemption. */
  yielded: boolean;
  readonly spin: SpinDetector;
  /** Milliseconds it has waited in vain. */
  elapsed: number;
}

/** How often threads may go round a loop while no other can run. */
const MOST_RELEASES = 200;

export class Execution {
  readonly memory: ModelMemory;
  readonly steps: Step[] = [];
  readonly decisions: { process: number; variant: number }[] = [];
  readonly results: unknown[];
  readonly #threads: Thread[];
  readonly #bodies: readonly (() => unknown)[];
  readonly #scheduler: Scheduler;
  readonly #maxSteps: number;
  readonly #trace: (() => string)[] = [];
  #current = -1;
  /** The thread to go on with, when it was chosen in the middle of another's body. */
  #next = -1;
  #starting = false;
  /** The model's own verdict; a body's `finally` may hide the exception that carried it. */
  #failure: { readonly error: unknown } | undefined;
  #releases = 0;

  constructor(bodies: readonly (() => unknown)[], memory: ModelMemory, scheduler: Scheduler, maxSteps: number) {
    this.#bodies = bodies;
    this.memory = memory;
    this.#scheduler = scheduler;
    this.#maxSteps = maxSteps;
    this.results = bodies.map(() => undefined);
    this.#threads = bodies.map(() => ({
      log: [], position: 0, pending: undefined, ended: false, result: undefined, asleep: undefined, leaving: false, yielded: false,
      spin: new SpinDetector(), elapsed: 0,
    }));
  }

  run(): void {
    this.#starting = true;
    for (let i = 0; i < this.#threads.length; i++) this.#enter(i);
    this.#starting = false;
    try {
      for (let next = this.#schedule(); next >= 0; next = this.#next >= 0 ? this.#next : this.#schedule()) {
        this.#next = -1;
        this.#enter(next);
      }
    } finally {
      this.#current = -1;
    }
  }

  /** Runs a body from its start, through what is in its log. */
  #enter(index: number): void {
    const thread = this.#threads[index];
    this.#current = index;
    thread.position = 0;
    thread.leaving = false;
    thread.elapsed = 0;
    try {
      const result = this.#bodies[index]();
      if (this.#failure !== undefined) throw this.#failure.error;
      if (thread.leaving) throw new ModelError('ERR_NOT_DETERMINISTIC', `thread ${index}: its body swallowed the exception that switches threads`);
      if (thread.position < thread.log.length) throw this.#diverged(thread, 'ends');
      thread.ended = true;
      thread.pending = undefined;
      this.results[index] = result;
    } catch (error) {
      if (this.#failure !== undefined) throw this.#failure.error;
      // a wrong guess may lead anywhere
      if (error !== SWITCH) throw this.#guessing ? PRUNED : error;
    }
    this.#current = -1;
  }

  // What a running body calls.

  get thread(): number {
    return this.#current;
  }

  /** Whether the running body still does what it did before: then `replay` is what to call. */
  get replaying(): boolean {
    const thread = this.#threads[this.#current];
    if (thread.leaving) throw SWITCH;
    // its body knows nothing of these
    while (thread.log[thread.position]?.name === AWAIT) thread.position++;
    return thread.position < thread.log.length;
  }

  replay(name: string, address: number): unknown {
    const thread = this.#threads[this.#current];
    const entry = thread.log[thread.position++];
    if (entry.name !== name || entry.address !== address) throw this.#diverged(thread, `does ${name} at ${address}`, entry);
    return entry.result;
  }

  /** The next step of the running thread. @returns its result, once the scheduler has chosen it */
  step(operation: Operation): unknown {
    const thread = this.#threads[this.#current];
    const looks = operation.look === undefined ? undefined : thread.spin.unpaused();
    if (looks !== undefined) this.#wait(this.#awaiting(looks, AWAIT));
    return this.#wait(operation);
  }

  /** A pause or nap of the running thread. */
  pause(name: string): void {
    const thread = this.#threads[this.#current];
    thread.yielded = true;
    const looks = thread.spin.paused();
    if (looks === undefined) this.note(name, 0, undefined, name);
    else this.#wait(this.#awaiting(looks, name));
  }

  /** Something of the running thread that no other can see. */
  note(name: string, address: number, result: unknown, text?: string): void {
    const thread = this.#threads[this.#current];
    thread.log.push({ name, address, result });
    thread.position++;
    if (text !== undefined) this.#tell(this.#current, () => text);
  }

  acted(): void {
    this.#threads[this.#current].spin.acted();
  }

  #wait(operation: Operation): unknown {
    const index = this.#current;
    const thread = this.#threads[index];
    thread.pending = operation;
    if (!this.#starting) {
      this.#next = this.#guarded();
      if (this.#next === index) {
        this.#next = -1;
        this.#current = index;
        return thread.log[thread.position++].result;
      }
    }
    this.#current = index;
    thread.leaving = true;
    throw SWITCH;
  }

  /** `schedule` from within a body, which might catch what is thrown. */
  #guarded(): number {
    try {
      return this.#schedule();
    } catch (error) {
      this.#failure = { error };
      for (const thread of this.#threads) thread.leaving = true;
      throw error;
    }
  }

  /** The running thread has waited in vain. */
  elapse(ms: number): void {
    this.#threads[this.#current].elapsed += ms;
  }

  /** Milliseconds that have passed for the running thread; 0 outside of bodies. */
  get elapsed(): number {
    return this.#current < 0 ? 0 : this.#threads[this.#current].elapsed;
  }

  /** A load has returned what nobody has stored yet. */
  get #guessing(): boolean {
    return this.memory.guesses?.allSettled === false;
  }

  // What makes steps.

  /** Makes steps until a body has to run to find out what comes next. @returns its thread, -1 when all is done */
  #schedule(): number {
    for (;;) {
      const all = this.#candidates();
      const quiescent = !all.some(({ enabled }) => enabled);
      // what was guessed will not be stored any more
      if (quiescent && this.#guessing) throw PRUNED;
      if (quiescent && this.#threads.every((thread) => thread.ended)) return -1;
      const { candidate, variant } = this.#scheduler.choose(quiescent ? this.#whenNothingRuns() : all, all, quiescent);
      this.decisions.push({ process: candidate.process, variant });
      if (!this.#perform(candidate, variant, quiescent)) continue;
      return candidate.thread;
    }
  }

  #candidates(): Candidate[] {
    const all: Candidate[] = [];
    const n = this.#threads.length;
    for (let i = 0; i < n; i++) {
      const buffer = this.memory.buffers[i];
      for (const entry of buffer) {
        all.push({
          process: n + i + n * entry.serial, thread: i, flush: true, operation: this.#flushing(entry),
          enabled: this.memory.isFirst(entry), blocked: false, after: entry.after, yielded: false,
        });
      }
      const operation = this.#threads[i].pending;
      if (operation === undefined) continue;
      const blocked = operation.enabled?.() === false;
      const enabled = !blocked && !(operation.fencing && (buffer.length > 0 || this.memory.guesses?.settled(i) === false));
      all.push({ process: i, thread: i, flush: false, operation, enabled, blocked, after: -1, yielded: this.#threads[i].yielded });
    }
    return all;
  }

  readonly #flushes = new Map<BufferedStore, Operation>();

  #flushing(entry: BufferedStore): Operation {
    let operation = this.#flushes.get(entry);
    if (operation === undefined) {
      operation = {
        name: 'store takes effect',
        address: entry.address,
        fencing: false,
        footprint: flushFootprint(entry),
        perform: () => this.memory.flush(this.steps.length, entry),
        describe: () => `${entry.text} takes effect`,
      };
      this.#flushes.set(entry, operation);
    }
    return operation;
  }

  /** Time passes: sleepers with a timeout wake; without such, loops that wait for a change go round once more. */
  #whenNothingRuns(): Candidate[] {
    const candidates: Candidate[] = [];
    const offer = (thread: number, operation: Operation): void => {
      candidates.push({ process: thread, thread, flush: false, operation, enabled: true, blocked: false, after: -1, yielded: true });
    };
    this.#threads.forEach((thread, i) => {
      if (thread.asleep?.timed === true) offer(i, { ...waking('timed-out', thread.asleep.address), footprint: EVERYTHING });
    });
    if (candidates.length > 0) return candidates;
    this.#threads.forEach((thread, i) => {
      if (thread.pending !== undefined) offer(i, { ...thread.pending, footprint: EVERYTHING });
    });
    if (candidates.length === 0) throw new ModelError('ERR_DEADLOCK', 'deadlock: every thread that has not ended sleeps');
    if (++this.#releases > MOST_RELEASES) throw new ModelError('ERR_LIVELOCK', 'livelock: every thread that has not ended sleeps or spins');
    return candidates;
  }

  /** @returns whether the thread's body now has something to go on with */
  #perform(candidate: Candidate, variant: number, quiescent: boolean): boolean {
    const { operation, flush } = candidate;
    const index = candidate.thread;
    const thread = this.#threads[index];
    // a sleeper that timed out leaves the list before it goes on
    if (quiescent) thread.asleep = undefined;
    this.#current = index;
    const result = operation.perform(variant);
    const step: Step = { ...candidate, quiescent, sources: operation.sources?.() };
    if (operation.fencing || operation.refreshing === true) this.memory.openWindow(index, this.steps.length);
    this.#tell(index, () => operation.describe(result));
    this.steps.push(step);
    this.#scheduler.stepped(step);
    if (this.steps.length > this.#maxSteps && this.#guessing) throw PRUNED;
    if (this.steps.length > this.#maxSteps) throw new ModelError('ERR_LIVELOCK', `more than ${this.#maxSteps} steps: a livelock?`);
    if (operation.footprint.access === 'write') this.#releases = 0;
    if (flush) return false;
    thread.pending = undefined;
    if (operation.refreshing) thread.spin.acted();
    else {
      const look = operation.look?.();
      if (look !== undefined) thread.spin.looked(look);
      // a fence neither looks nor acts
      else if (operation.footprint !== NOTHING) thread.spin.acted();
      thread.yielded = false;
    }
    if (result === ASLEEP) return false;
    thread.log.push({ name: operation.name, address: operation.address, result });
    return true;
  }

  /** Puts the thread that makes a step to sleep: what a wait's `perform` returns. */
  sleep(address: number, timed: boolean): typeof ASLEEP {
    this.#threads[this.#current].asleep = { address, timed };
    this.#sleepers.push(this.#current);
    return ASLEEP;
  }

  /** In the order they fell asleep. */
  #sleepers: number[] = [];

  sleepersOn(address: number): number[] {
    this.#sleepers = this.#sleepers.filter((i) => this.#threads[i].asleep !== undefined);
    return this.#sleepers.filter((i) => this.#threads[i].asleep?.address === address);
  }

  /** Wakes up to `count` sleepers. @returns how many */
  wake(address: number, count: number): number {
    const woken = this.sleepersOn(address).slice(0, count);
    for (const index of woken) {
      this.#threads[index].asleep = undefined;
      this.#threads[index].pending = waking('ok', address, this.steps.length);
    }
    return woken.length;
  }

  #awaiting(looks: readonly Look[], name: string): Operation {
    const thread = this.#current;
    // nothing changes for it while its own store is buffered
    const changed = (look: Look): boolean =>
      !Object.is(look.codec.read(this.memory.bytes, look.address), look.value) && !this.memory.forwards(thread, look);
    return {
      name,
      address: 0,
      fencing: false,
      refreshing: true,
      footprint: { ...NOTHING, access: 'read', ranges: looks },
      enabled: () => looks.some(changed),
      perform: () => undefined,
      describe: () => 'ends its spinning',
    };
  }

  #tell(thread: number, text: () => string): void {
    this.#trace.push(() => `  ${thread}: ${text()}`);
  }

  /** All that has happened so far. */
  trace(): string[] {
    return this.#trace.map((line) => line());
  }

  #diverged(thread: Thread, now: string, before = thread.log[thread.position]): ModelError {
    const error = new ModelError('ERR_NOT_DETERMINISTIC', `thread ${this.#current} did ${before.name} at ${before.address} and, run again with the same values, ${now}: keep state out of bodies`);
    this.#failure = { error };
    for (const each of this.#threads) each.leaving = true;
    return error;
  }
}

function waking(result: 'ok' | 'timed-out', address: number, enabledBy?: number): Operation {
  return {
    ...(enabledBy === undefined ? {} : { enabledBy }), name: 'wait', address, fencing: true, footprint: NOTHING, perform: () => result, describe: () => `wakes: ${result}` };
}
