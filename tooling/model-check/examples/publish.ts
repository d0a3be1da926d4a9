import { explore, ModelError, replay, type Scenario } from '@mttcg/model-check';

// Code under test: knows nothing of the checker. One thread makes a table, others use it once it is there.
const LOCK = 0;
const READY = 1;
const TABLE = 2;

/** Double-checked: who finds it ready takes no lock. */
function lookup(memory: SharedArrayBuffer, isReady: (view: Int32Array) => boolean, publish: (view: Int32Array) => void): number {
  const view = new Int32Array(memory);
  if (!isReady(view)) {
    while (Atomics.compareExchange(view, LOCK, 0, 1) !== 0) Atomics.wait(view, LOCK, 1);
    if (view[READY] === 0) {
      view[TABLE] = 42;
      publish(view);
    }
    Atomics.store(view, LOCK, 0);
    Atomics.notify(view, LOCK, 1);
  }
  return view[TABLE];
}

const scenario = (isReady: (view: Int32Array) => boolean, publish: (view: Int32Array) => void): Scenario => ({
  plain: 'relaxed',
  threads: [0, 1].map(() => (memory: SharedArrayBuffer) => lookup(memory, isReady, publish)),
  check(_memory, results) {
    for (const result of results) if (result !== 42) throw new Error(`a thread found ${String(result)} in the table`);
  },
});

const broken = scenario((view) => view[READY] === 1, (view) => (view[READY] = 1));
const correct = scenario((view) => Atomics.load(view, READY) === 1, (view) => Atomics.store(view, READY, 1));

const { executions, steps } = explore(correct);
console.log(`correct: ${executions} executions of up to ${steps} steps`);

try {
  explore(broken);
} catch (error) {
  if (!(error instanceof ModelError)) throw error;
  console.log(`broken: ${error.message}`);
  // To look at just this execution, in a debugger for instance:
  try {
    replay(broken, error.schedule);
  } catch {
    console.log('and again');
  }
}
