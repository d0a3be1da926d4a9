import type { Exploration } from '@mttcg/model-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Atomic from '../src/index.ts';
import { copyAtomic, type Edit, type SourceCopy } from './model/copy.ts';
import { explored, exploreAs, type Mode, MODES } from './model/heap-scenario.ts';
import { scenarios } from './model/scenarios.ts';

/** Scenario names are needed before the copy is loaded; the functions behind them are not called. */
const NAMES = Object.keys(scenarios({} as never));

function run(atomic: typeof Atomic, name: string, mode: Mode, more = 0): Exploration {
  return exploreAs(mode, atomic.Heap, scenarios(atomic)[name], { random: mode === 'late' ? 200 : 300, more });
}

describe('every interleaving', () => {
  let copy: SourceCopy;
  let atomic: typeof Atomic;
  beforeAll(async () => {
    copy = copyAtomic();
    atomic = await copy.load('atomic/index.ts');
  });
  afterAll(() => copy.dispose());

  it.each(NAMES.flatMap((name) => MODES.map((mode) => [name, mode] as const)))('%s, plain accesses %s', (name, mode) => {
    const exploration = run(atomic, name, mode, 100);
    const { executions, pruned, steps } = exploration;
    console.log(`${name}, ${mode}: ${executions} executions, ${pruned} pruned, up to ${steps} steps`);
    expect(explored(mode, exploration)).toBeGreaterThan(101);
  });
});

interface Mutant extends Edit {
  readonly scenario: string;
  readonly error: RegExp;
}

/** Mistakes that the scenario named must find. */
const MUTANTS: Record<string, Mutant> = {
  'mutex: plain test and set': {
    file: 'atomic/mutex.ts',
    from: 'if (compareExchange(this.#view, this.#index, FREE, LOCKED) !== FREE) this.#lockSlow();',
    to: 'if (load(this.#view, this.#index) !== FREE) this.#lockSlow(); else store(this.#view, this.#index, LOCKED);',
    scenario: 'mutex of two',
    error: /count and lock word|not locked/,
  },
  'mutex: a sleeper takes the lock as uncontended': {
    file: 'atomic/mutex.ts',
    from: 'while (exchange(this.#view, this.#index, CONTENDED) !== FREE) wait(this.#view, this.#index, CONTENDED);',
    to: 'for (;;) { const o = compareExchange(this.#view, this.#index, FREE, LOCKED); if (o === FREE) return; if (o === CONTENDED || compareExchange(this.#view, this.#index, LOCKED, CONTENDED) !== FREE) wait(this.#view, this.#index, CONTENDED); }',
    scenario: 'mutex of three',
    error: /deadlock/,
  },
  'mutex: unlock forgets to wake': {
    file: 'atomic/mutex.ts',
    from: 'if (old === CONTENDED) notify(this.#view, this.#index, 1);',
    to: 'if (old === CONTENDED) return;',
    scenario: 'mutex of two',
    error: /deadlock/,
  },
  'spinlock: no second look': {
    file: 'atomic/spinlock.ts',
    from: 'while (compareExchange(view, index, FREE, HELD) !== FREE) {',
    to: 'if (compareExchange(view, index, FREE, HELD) !== FREE) {',
    scenario: 'spinlock',
    error: /count and lock word|lock that is free/,
  },
  'recursive mutex: unlocked before the owner is cleared': {
    file: 'atomic/recursive-mutex.ts',
    from: '    store(this.#u32, this.#owner, 0);\n    this.#mutex.unlock();',
    to: '    this.#mutex.unlock();\n    store(this.#u32, this.#owner, 0);',
    scenario: 'recursive mutex',
    error: /ownership|thread \d unlocks/,
  },
  'condition variable: count read after unlocking': {
    file: 'atomic/condvar.ts',
    from: 'const seen = load(this.#view, this.#index);\n    mutex.unlock();\n    const result = wait(',
    to: 'mutex.unlock();\n    const seen = load(this.#view, this.#index);\n    const result = wait(',
    scenario: 'condition variable, one waiter',
    error: /deadlock/,
  },
  'condition variable: signal does not count': {
    file: 'atomic/condvar.ts',
    from: 'add(this.#view, this.#index, 1);\n    notify(this.#view, this.#index, 1);',
    to: 'notify(this.#view, this.#index, 1);',
    scenario: 'condition variable, one waiter',
    error: /deadlock/,
  },
  'event: set in two steps': {
    file: 'atomic/event.ts',
    from: 'if (exchange(this.#view, this.#index, SET) === BUSY) notify',
    to: 'const old = load(this.#view, this.#index); exchange(this.#view, this.#index, SET); if (old === BUSY) notify',
    scenario: 'event, one producer',
    error: /deadlock/,
  },
  'event: reset forgets who sleeps': {
    file: 'atomic/event.ts',
    from: 'compareExchange(this.#view, this.#index, SET, FREE);',
    to: 'exchange(this.#view, this.#index, FREE);',
    scenario: 'event, reset beside a sleeper',
    error: /deadlock/,
  },
  'semaphore: wakes only a second sleeper': {
    file: 'atomic/semaphore.ts',
    from: 'if (load(this.#view, this.#sleepers) > 0)',
    to: 'if (load(this.#view, this.#sleepers) > 1)',
    scenario: 'semaphore as a lock',
    error: /deadlock/,
  },
  'semaphore: announced after the sleep': {
    file: 'atomic/semaphore.ts',
    from: 'add(this.#view, this.#sleepers, 1);\n      wait(this.#view, this.#count, 0, left);',
    to: 'wait(this.#view, this.#count, 0, left);\n      add(this.#view, this.#sleepers, 1);',
    scenario: 'semaphore, two posts wake two',
    error: /deadlock/,
  },
  'seqlock: no retry': {
    file: 'atomic/seqlock.ts',
    from: 'readRetry(start: number): boolean {\n    return load(this.#view, this.#index) !== start;',
    to: 'readRetry(start: number): boolean {\n    return load(this.#view, this.#index) < start;',
    scenario: 'seqlock shows no torn pair',
    error: /pair/,
  },
  'seqlock: reading while odd': {
    file: 'atomic/seqlock.ts',
    from: 'if ((sequence & 1) === 0) return sequence;',
    to: 'if (spins === 0) return sequence;',
    scenario: 'seqlock shows no torn pair',
    error: /pair/,
  },
  'lock count: leaves 0 under the lock': {
    file: 'atomic/lock-count.ts',
    from: 'if (old >>> 2 === 0 && (old & LOCK_MASK) !== FREE) return false;',
    to: '',
    scenario: 'lock count',
    error: /users saw/,
  },
  'list: push by store': {
    file: 'atomic/slist.ts',
    from: 'if (compareExchange(this.#u32, this.#head, first, node) === first) return first === 0;',
    to: 'store(this.#u32, this.#head, node); return first === 0;',
    scenario: 'lock-free list',
    error: /nodes/,
  },
  'list: link set after the push': {
    file: 'atomic/slist.ts',
    from: 'store(this.#u32, (node + this.#next) >>> 2, first);\n      if (compareExchange(this.#u32, this.#head, first, node) === first) return first === 0;',
    to: 'if (compareExchange(this.#u32, this.#head, first, node) === first) { store(this.#u32, (node + this.#next) >>> 2, first); return first === 0; }',
    scenario: 'lock-free list',
    error: /nodes/,
  },
  'RCU: memory reused before the grace period': {
    file: 'atomic/rcu.ts',
    from: 'if (this.#blocks(this.#slotAt(i), target)) return false;',
    to: 'void target;',
    scenario: 'RCU, synchronize',
    error: /reader saw/,
  },
  'RCU: number compared one grace period off': {
    file: 'atomic/rcu.ts',
    from: '((number - target) | 0) < 0',
    to: '((number - target) | 0) < -2',
    scenario: 'RCU, deferred',
    error: /reader saw/,
  },
  'RCU: sleeper announced after the scan': {
    file: 'atomic/rcu.ts',
    from: '// Sequentially consistent with wakeSleepers(): the reader leaves, then looks for sleepers; we announce, then scan.\n    add(this.#view, this.#sleepers, 1);\n    try {\n      for (;;) {\n        const seen = load(this.#view, this.#wake);\n        if (this.#hasPassed(target)) return;',
    to: 'let told = false;\n    try {\n      for (;;) {\n        const seen = load(this.#view, this.#wake);\n        if (this.#hasPassed(target)) { if (!told) add(this.#view, this.#sleepers, 1); return; }\n        if (!told) add(this.#view, this.#sleepers, 1);\n        told = true;',
    scenario: 'RCU, synchronize',
    error: /deadlock/,
  },
  'RCU: reader enters after its first read': {
    file: 'atomic/rcu.ts',
    from: 'if (this.#depth++ === 0) store(',
    to: 'if (this.#depth++ < 0) store(',
    scenario: 'RCU, synchronize',
    error: /reader saw/,
  },
  'RCU: an eviction wakes nobody': {
    file: 'atomic/rcu.ts',
    from: 'store(this.#view, slot + OWNER, 0);\n    wakeSleepers(this.#view, this.#sleepers, this.#wake);',
    to: 'store(this.#view, slot + OWNER, 0);',
    scenario: 'RCU, a dead reader is evicted',
    error: /deadlock/,
  },
  'reference count: zero is looked for once': {
    file: 'atomic/rmw.ts',
    from: 'const seen = primitive.compareExchange(heap.u32, index, old, old + 1);\n    if (seen === old) return old;\n    old = seen;',
    to: 'return primitive.add(heap.u32, index, 1);',
    scenario: 'reference count',
    error: /uses of what is freed/,
  },
  'arena: cursor moved by store': {
    file: 'atomic/arena.ts',
    from: 'if (compareExchange(u32, this.#cursor, old, at + size) === old) return at;',
    to: 'store(u32, this.#cursor, at + size); return at;',
    scenario: 'arena',
    error: /blocks at/,
  },
  'pool: list read before the lock is taken': {
    file: 'atomic/pool.ts',
    from: 'this.#lock.lock();\n    try {\n      const block = this.#u32[this.#lists + order];',
    to: 'const block = this.#u32[this.#lists + order];\n    this.#lock.lock();\n    try {',
    scenario: 'pool',
    error: /both got/,
  },
  'robust mutex: life checked before announcing': {
    file: 'atomic/robust-mutex.ts',
    from: 'this.#threads.announce(this.#me, this.#index, ON_LOCK);\n    try {\n      for (let word = this.#contend(); word !== FREE; word = this.#contend()) wait(this.#view, this.#index, word);',
    to: 'try {\n      for (let word = this.#contend(); word !== FREE; word = this.#contend()) { this.#threads.announce(this.#me, this.#index, ON_LOCK); wait(this.#view, this.#index, word); }',
    scenario: 'robust mutex, owner ends',
    error: /deadlock/,
  },
  'robust mutex: an owner that has ended is taken at its word': {
    file: 'atomic/robust-mutex.ts',
    from: 'return this.#threads.hasEnded(owner) && (load(this.#view, this.#index) & OWNER_MASK) === owner;',
    to: 'return this.#threads.hasEnded(owner);',
    scenario: 'robust mutex, given up in time',
    error: /has ended while it held the lock/,
  },
  'robust mutex: recovered by store': {
    file: 'atomic/robust-mutex.ts',
    from: 'if (compareExchange(this.#view, this.#index, old, this.#me | CONTENDED) === old) return true;',
    to: 'exchange(this.#view, this.#index, this.#me | CONTENDED); return true;',
    scenario: 'robust mutex, owner ends, two wait',
    error: /recoveries|thread \d unlocks it|deadlock/,
  },
  'robust mutex: a sleeper takes the lock as uncontended': {
    file: 'atomic/robust-mutex.ts',
    from: 'if (compareExchange(this.#view, this.#index, FREE, this.#me | CONTENDED) === FREE) return FREE;',
    to: 'if (compareExchange(this.#view, this.#index, FREE, this.#me) === FREE) return FREE;',
    scenario: 'robust mutex of three',
    error: /deadlock/,
  },
  'threads: an end wakes without a change of the word': {
    file: 'atomic/threads.ts',
    from: 'const seen = compareExchange(this.#view, index, word, word | OWNER_DIED);',
    to: 'const seen = word;',
    scenario: 'robust mutex, owner ends',
    error: /deadlock/,
  },
  'threads: sleepers looked for before the end is told': {
    file: 'atomic/threads.ts',
    from: 'if (compareExchange(this.#view, at + ID, id, id | ENDED) !== id) return false;\n    for (let slot = 0; slot < this.#slots; slot++) {\n      const waitsOn = load(this.#view, this.#first + slot * WORDS + WAITS_ON) >>> 0;',
    to: 'const all = []; for (let i = 0; i < this.#slots; i++) all.push(load(this.#view, this.#first + i * WORDS + WAITS_ON) >>> 0);\n    if (compareExchange(this.#view, at + ID, id, id | ENDED) !== id) return false;\n    for (let slot = 0; slot < this.#slots; slot++) {\n      const waitsOn = all[slot];',
    scenario: 'robust mutex, owner ends',
    error: /deadlock/,
  },
  'RCU: writer that sleeps is not woken by a reader\'s end': {
    file: 'atomic/rcu.ts',
    from: 'this.#threads.announce(this.#me, this.#wake, ON_COUNTER);',
    to: '',
    scenario: 'RCU, reader ends',
    error: /deadlock/,
  },
  'RCU: life checked before announcing': {
    file: 'atomic/rcu.ts',
    from: 'if (!this.#hasPassed(target)) wait(this.#view, this.#wake, seen, this.#stallMs);\n    } finally {',
    to: 'wait(this.#view, this.#wake, seen, this.#stallMs);\n    } finally {',
    scenario: 'RCU, reader ends',
    error: /deadlock/,
  },
  'RCU: place given away before it is cleared': {
    file: 'atomic/rcu.ts',
    from: 'if (compareExchange(this.#view, slot + OWNER, threadId, EVICTING) !== threadId) return false;',
    to: 'if (compareExchange(this.#view, slot + OWNER, threadId, 0) !== threadId) return false;',
    scenario: 'RCU, reader ends, another takes its place',
    error: /reader saw/,
  },
};

/** Mistakes that only show where plain accesses are reordered. */
const RELAXED_MUTANTS: Record<string, Mutant> = {
  'barriers: no store barrier': {
    file: 'atomic/barrier.ts',
    from: 'export function smpWmb(heap: Heap): void {\n  heap.fence();',
    to: 'export function smpWmb(_heap: Heap): void {',
    scenario: 'publication by plain accesses and barriers',
    error: /flag without data/,
  },
  'barriers: no load barrier': {
    file: 'atomic/barrier.ts',
    from: 'export function smpRmb(heap: Heap): void {\n  heap.fence();',
    to: 'export function smpRmb(_heap: Heap): void {',
    scenario: 'publication by plain accesses and barriers',
    error: /flag without data/,
  },
  'barriers: no full barrier': {
    file: 'atomic/barrier.ts',
    from: 'export function smpMb(heap: Heap): void {\n  heap.fence();',
    to: 'export function smpMb(_heap: Heap): void {',
    scenario: 'two that look at each other by plain accesses and barriers',
    error: /neither saw the other/,
  },
  'order: release by a plain store': {
    file: 'atomic/order.ts',
    from: "if (CHECKED) checkAddress('storeRelease32', heap, addr, 4);\n  primitive.store(heap.u32, addr >>> 2, value);",
    to: "if (CHECKED) checkAddress('storeRelease32', heap, addr, 4);\n  heap.u32[addr >>> 2] = value;",
    scenario: 'publication by release and acquire',
    error: /data/,
  },
  'order: acquire by a plain load': {
    file: 'atomic/order.ts',
    from: "if (CHECKED) checkAddress('loadAcquire32', heap, addr, 4);\n  return primitive.load(heap.u32, addr >>> 2);",
    to: "if (CHECKED) checkAddress('loadAcquire32', heap, addr, 4);\n  return heap.u32[addr >>> 2];",
    scenario: 'publication by release and acquire',
    error: /data/,
  },
  'RCU: published by a plain store': {
    file: 'atomic/order.ts',
    from: "if (CHECKED) checkAddress('rcuSet32', heap, addr, 4);\n  primitive.store(heap.u32, addr >>> 2, value);",
    to: "if (CHECKED) checkAddress('rcuSet32', heap, addr, 4);\n  heap.u32[addr >>> 2] = value;",
    scenario: 'RCU, synchronize',
    error: /reader saw/,
  },
  'spinlock: unlocked by a plain store': {
    file: 'atomic/spinlock.ts',
    from: 'if (exchange(view, index, FREE) === FREE) {',
    to: 'const old = view[index];\n  view[index] = FREE;\n  if (old === FREE) {',
    scenario: 'spinlock',
    error: /count and lock word|is free/,
  },
};

describe('mutants that only relaxed plain accesses show', () => {
  it.each(Object.keys(RELAXED_MUTANTS))('%s', async (name) => {
    const { scenario, error, ...edit } = RELAXED_MUTANTS[name];
    const copy = copyAtomic([edit]);
    try {
      const atomic = await copy.load<typeof Atomic>('atomic/index.ts');
      run(atomic, scenario, 'sc');
      expect(() => run(atomic, scenario, 'relaxed')).toThrow(error);
    } finally {
      copy.dispose();
    }
  });
});

describe('mutants are caught', () => {
  it.each(Object.keys(MUTANTS))('%s', async (name) => {
    const { scenario, error, ...edit } = MUTANTS[name];
    const copy = copyAtomic([edit]);
    try {
      const atomic = await copy.load<typeof Atomic>('atomic/index.ts');
      expect(() => run(atomic, scenario, 'sc')).toThrow(error);
    } finally {
      copy.dispose();
    }
  });
});
