/**
 * Dynamic partial-order reduction: of all orders of the steps, only those are run that differ in the order of two steps
 * that conflict.
 *
 * It is Flanagan and Godefroid's idea (POPL 2005) with the source sets of Abdulla, Aronis, Jonsson and Sagonas (POPL 2014).
 * Processes are the threads and, in relaxed mode, the buffered stores, each of which takes effect as a step of its own. When
 * a step is made, every earlier step is found that conflicts with it, is not ordered before it by others, and could have
 * come after it (a *race*). At the state before that one, the steps that would lead to the other order are those made since
 * that do not need it; unless one of those that may come first among them is to be run there already, one is put on the
 * list (backtrack). A state is left when all on its list have been run; those that have been are put to sleep in the
 * branches after them, until a step conflicts with theirs. An execution in which all that can run sleep is a repetition, and
 * is given up (*pruned*). Loops that wait for a change (spin.ts) may miss one and then make no step: their races are looked
 * for at every state while they wait.
 *
 * Happens-before of two steps: program order, a buffered store after what its thread did before, conflicts in the order
 * they had. It is kept as one bit set of earlier steps for each step.
 *
 * What a step may touch does not depend on what memory holds: a compare-exchange is a write even if it fails, a notification
 * changes the list of sleepers even if it is empty. Taking failed ones for reads is tempting (they do commute as they are),
 * and wrong: a race may be one only once another has been turned round, which then nobody looks for. A test found programs
 * whose outcomes got lost.
 *
 * Plain loads of relaxed mode return what memory holds or what it held before (memory.ts), so an earlier store conflicts
 * with such a load only in that the load *cannot look past* it: when it took effect before the load's window opened. So
 *  - a store races with an earlier load of its bytes, as ever: the load could have seen it;
 *  - a load races with no store in its window: all values are tried at one go, as variants of the step;
 *  - for a store before the window, the race is with the step that opened it (the thread's last atomic access), which
 *    might have come first. It is looked for when the load is met;
 *  - whether a load (or a window) belongs to what leads to another order has two answers: it need not see the step that is
 *    turned round, or it is to see it. Both are pursued.
 * A step that opens a window wakes sleeping stores to what its thread is known to load plainly; when an execution shows a
 * load that was not known, the exploration starts again with it known.
 *
 * For sequentially consistent steps this is the published algorithm, which is proved. Its extension to plain loads is ours,
 * and tested only: against all orders, in tens of thousands of random programs (reduction.test.ts).
 */
import { type Candidate, type Decision, type Operation, PRUNED, type Search, type Step } from './execution.ts';
import { conflict, type Footprint, overlapAny, type Range } from './footprint.ts';

/** A state on the current path, and the step that was made from it. */
interface Node {
  readonly enabled: readonly number[];
  /** Those that waited for a change. */
  readonly blocked: readonly number[];
  /** Processes to run from here. */
  readonly backtrack: Set<number>;
  readonly done: Set<number>;
  /** What need not run from here, with what it would do. */
  readonly sleep: Map<number, Sleeper>;
  chosen: number;
  variant: number;
  variants: number;
  step: Step | undefined;
  /** Earlier steps that happen before the step: one bit each. */
  past: Past;
  /** The same, and the stores whose values plain loads returned: what the step needs to be as it is. */
  needs: Past;
  /** All steps that it would be another execution without, or with them after it. */
  order: Past;
}

type Sleeper = Pick<Candidate, 'thread' | 'operation'>;

type Past = readonly number[];
type Relation = 'past' | 'needs' | 'order';
const RELATIONS: readonly Relation[] = ['past', 'needs', 'order'];

const has = (past: Past, i: number): boolean => ((past[i >>> 5] ?? 0) & (1 << (i & 31))) !== 0;

function add(past: number[], i: number): void {
  while (past.length <= i >>> 5) past.push(0);
  past[i >>> 5] |= 1 << (i & 31);
}

function join(past: number[], other: Past): void {
  for (let i = 0; i < other.length; i++) past[i] = (past[i] ?? 0) | other[i];
}

interface Pending {
  readonly operation: Operation;
  /** Steps made when it was first met. */
  readonly since: number;
}

export class Reduction implements Search {
  readonly #stack: Node[] = [];
  #depth = 0;
  /** Of each thread, the last step of its own, and all that happens before its last store that took effect. */
  #lastStep: number[] = [];
  #flushes: Record<Relation, number[]>[] = [];
  /** By process. */
  readonly #pending = new Map<number, Pending>();
  /** Of each thread, what it is known to load plainly in relaxed mode. */
  readonly #loads: Map<string, Range>[];
  #learnt = false;

  constructor(threads: number) {
    this.#loads = Array.from({ length: threads }, () => new Map());
  }

  begin(): void {
    this.#depth = 0;
    this.#lastStep = this.#loads.map(() => -1);
    this.#flushes = this.#loads.map(() => ({ past: [], needs: [], order: [] }));
    this.#pending.clear();
  }

  next(): boolean {
    if (this.#learnt) {
      this.#learnt = false;
      this.#stack.length = 0;
      return true;
    }
    for (let node = this.#stack.at(-1); node !== undefined; node = this.#stack.at(-1)) {
      if (node.variant + 1 < node.variants) {
        node.variant++;
        return true;
      }
      node.done.add(node.chosen);
      if (node.step !== undefined) node.sleep.set(node.chosen, node.step);
      const another = [...node.backtrack].find((process) => !node.done.has(process) && !node.sleep.has(process));
      if (another !== undefined) {
        node.chosen = another;
        node.variant = 0;
        node.step = undefined;
        return true;
      }
      this.#stack.pop();
    }
    return false;
  }

  choose(offered: readonly Candidate[], all: readonly Candidate[], quiescent: boolean): Decision {
    const depth = this.#depth;
    for (const candidate of all) this.#meet(candidate);
    let node = this.#stack[depth] as Node | undefined;
    if (node === undefined) {
      // what waits for a change may have missed one
      for (const candidate of all) if (candidate.blocked) this.#findRaces(candidate);
      node = this.#newNode(offered, all, quiescent);
      this.#stack.push(node);
    }
    const candidate = offered.find(({ process }) => process === node.chosen)!;
    node.variants = candidate.operation.variants?.() ?? 1;
    return { candidate, variant: node.variant };
  }

  #newNode(offered: readonly Candidate[], all: readonly Candidate[], quiescent: boolean): Node {
    const enabled = offered.filter((candidate) => candidate.enabled);
    const before = this.#stack.at(-1);
    const sleep = before === undefined ? new Map<number, Sleeper>() : this.#stillAsleep(before);
    const awake = enabled.filter(({ process }) => !sleep.has(process));
    if (awake.length === 0) throw PRUNED;
    const chosen = preferred(awake, before?.step?.thread);
    const processes = enabled.map(({ process }) => process);
    return {
      enabled: processes, blocked: all.filter(({ blocked }) => blocked).map(({ process }) => process),
      backtrack: new Set(quiescent ? processes : [chosen.process]), done: new Set(), sleep,
      chosen: chosen.process, variant: 0, variants: 1, step: undefined, past: [], needs: [], order: [],
    };
  }

  #stillAsleep(before: Node): Map<number, Sleeper> {
    const step = before.step!;
    const sleep = new Map<number, Sleeper>();
    for (const [process, sleeper] of before.sleep) {
      // a store that takes effect and its own thread's next step are as independent as others: what slept on would be run again,
      // and be taken for what leads to an order that it comes before
      if (process === step.process || conflict(sleeper.operation.footprint, step.operation.footprint)) continue;
      if (this.#hides(step, sleeper)) continue;
      sleep.set(process, sleeper);
    }
    return sleep;
  }

  stepped(step: Step): void {
    const at = this.#depth;
    const node = this.#stack[at];
    if (node.step === undefined) {
      if (!step.quiescent) this.#findRaces(step);
      node.past = this.#pastOf(step, at, 'past');
    }
    // a load of another value needs another store
    if (node.step === undefined || step.sources !== undefined) {
      // without plain loads they are all the same
      const loads = this.#loads.some(({ size }) => size > 0);
      node.needs = loads ? this.#pastOf(step, at, 'needs') : node.past;
      node.order = loads ? this.#pastOf(step, at, 'order') : node.past;
    }
    node.step = step;
    this.#depth++;
    this.#pending.delete(step.process);
    if (step.flush) {
      for (const relation of RELATIONS) {
        join(this.#flushes[step.thread][relation], node[relation]);
        add(this.#flushes[step.thread][relation], at);
      }
    } else this.#lastStep[step.thread] = at;
    if (step.operation.footprint.access === 'plain') this.#learn(step);
  }

  #pastOf(step: Step, at: number, relation: Relation): number[] {
    const past = this.#programPast(step, relation);
    const include = (i: number): void => {
      join(past, this.#stack[i][relation]);
      add(past, i);
    };
    for (let i = at - 1; i >= 0; i--) {
      if (has(past, i)) continue;
      const other = this.#stack[i].step!;
      const [a, b] = [other.operation.footprint, step.operation.footprint];
      if (step.quiescent || (relation === 'order' ? conflict(a, b) || this.#hides(other, step) : ordered(a, b))) include(i);
    }
    if (relation !== 'past') step.sources?.forEach(include);
    return past;
  }

  /** What happens before the process's next step whatever it conflicts with. */
  #programPast({ thread, flush, after, operation }: Candidate, relation: Relation): number[] {
    const past: number[] = [];
    const include = (step: number): void => {
      if (step < 0) return;
      join(past, this.#stack[step][relation]);
      add(past, step);
    };
    let own = this.#lastStep[thread];
    if (flush) for (own = after - 1; own >= 0 && !isOwn(this.#stack[own].step!, thread); own--);
    include(own);
    if (!flush && operation.fencing) join(past, this.#flushes[thread][relation]);
    if (operation.enabledBy !== undefined) include(operation.enabledBy);
    return past;
  }

  #meet({ process, operation }: Candidate): void {
    if (this.#pending.get(process)?.operation !== operation) this.#pending.set(process, { operation, since: this.#depth });
  }

  /** Looks for the steps that what the candidate does now might have come before. */
  #findRaces(candidate: Candidate): void {
    const { process, thread, operation: { footprint } } = candidate;
    if (footprint.access === 'plain') this.#findRacesWithWindow(candidate);
    const past = this.#programPast(candidate, 'past');
    for (let i = this.#depth - 1; i >= 0; i--) {
      const step = this.#stack[i].step!;
      if (step.thread === thread || has(past, i) || !conflict(step.operation.footprint, footprint)) continue;
      // all values are tried at one go
      if (footprint.access === 'plain' && step.operation.footprint.access === 'write') continue;
      // it waited for a change then, so it could not have come first
      if (i >= this.#pending.get(process)!.since && this.#stack[i].blocked.includes(process)) continue;
      const dependent = (j: number): boolean => {
        const other = this.#stack[j].step!;
        return conflict(other.operation.footprint, footprint) || this.#hides(other, candidate);
      };
      this.#backtrack(i, this.#depth, process, dependent, (relation) => this.#programPast(candidate, relation));
      join(past, this.#stack[i].past);
    }
  }

  /** Looks for stores that a plain load could have looked past, had the load's window opened before them. */
  #findRacesWithWindow({ thread, process, operation: { footprint } }: Candidate): void {
    let opening = this.#depth - 1;
    while (opening >= 0 && !(isOwn(this.#stack[opening].step!, thread) && opensWindow(this.#stack[opening].step!.operation))) opening--;
    if (opening < 0) return;
    const { past } = this.#stack[opening];
    for (let i = opening - 1; i >= 0; i--) {
      const step = this.#stack[i].step!;
      if (step.thread === thread || step.operation.footprint.access !== 'write' || !conflict(step.operation.footprint, footprint) || has(past, i)) continue;
      this.#backtrack(i, opening, process, () => false, (relation) => this.#stack[opening][relation]);
    }
  }

  /**
   * Sees to it that at state `i` something is run that lets `process` make its step `until` before the step that was made
   * there. What leads there are the steps in between that do not need that one, then the process's; one of those that may
   * come first is to be run. Plain loads and windows may lead there or not, as they need not see what is reversed: both ways
   * are wanted.
   */
  #backtrack(i: number, until: number, process: number, conflicts: (step: number) => boolean, pastOf: (relation: Relation) => Past): void {
    const { enabled, backtrack, sleep } = this.#stack[i];
    for (const relation of ['needs', 'order'] as const) {
      const past = pastOf(relation);
      if (relation === 'order' && has(past, i)) continue;
      const leads = this.#leading(i, until, process, conflicts, relation, past).filter((other) => enabled.includes(other));
      if (leads.some((other) => backtrack.has(other) || sleep.has(other))) continue;
      for (const other of leads.length > 0 ? leads.slice(0, 1) : enabled) backtrack.add(other);
    }
  }

  /** The processes that may come first. */
  #leading(i: number, until: number, process: number, conflicts: (step: number) => boolean, relation: Relation, past: Past): number[] {
    const leading: number[] = [];
    const first: number[] = [];
    const met = new Set<number>();
    for (let j = i + 1; j < until; j++) {
      const node = this.#stack[j];
      if (has(node[relation], i)) continue;
      const other = node.step!.process;
      if (!met.has(other) && !leading.some((k) => has(node.order, k))) first.push(other);
      met.add(other);
      leading.push(j);
    }
    if (!met.has(process) && !leading.some((k) => has(past, k) || conflicts(k))) first.push(process);
    return first;
  }

  /**
   * Whether a step opens a window through which its thread loads what the other, a store, overwrites: then the window has to
   * open first for the load to see what was there. The other way round nothing is lost: the window is only wider.
   */
  #hides({ thread, operation }: Sleeper, store: Sleeper): boolean {
    const { access, ranges } = store.operation.footprint;
    if (thread === store.thread || access !== 'write' || !opensWindow(operation)) return false;
    return overlapAny(ranges, [...this.#loads[thread].values()]);
  }

  #learn(step: Step): void {
    const known = this.#loads[step.thread];
    for (const range of step.operation.footprint.ranges) {
      const key = `${range.address}:${range.size}`;
      if (known.has(key)) continue;
      known.set(key, range);
      this.#learnt = true;
    }
  }
}

const isOwn = (step: Step, thread: number): boolean => step.thread === thread && !step.flush;
const opensWindow = (operation: Operation): boolean => operation.fencing || operation.refreshing === true;

/** Whether conflicting steps happen in the order they are in. A plain load does not: it may see what was before. */
const ordered = (a: Footprint, b: Footprint): boolean => a.access !== 'plain' && b.access !== 'plain' && conflict(a, b);

/** Without preemptions first, and stores at once: the executions that are easiest to read. */
export function preferred(awake: readonly Candidate[], last: number | undefined): Candidate {
  return (
    awake.find(({ thread, flush }) => thread === last && flush) ??
    awake.find(({ thread }) => thread === last) ??
    awake.find(({ flush }) => flush) ??
    awake[0]
  );
}
