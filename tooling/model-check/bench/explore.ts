// Executions and steps per second: two threads that take a spinlock three times each, reduced and within a bound.
import { explore, type Scenario } from '@mttcg/model-check';

const body = (memory: SharedArrayBuffer): void => {
  const view = new Int32Array(memory);
  for (let i = 0; i < 3; i++) {
    while (Atomics.compareExchange(view, 0, 0, 1) !== 0) Atomics.pause();
    view[1]++;
    Atomics.store(view, 0, 0);
  }
};

const measure = (name: string, options: Partial<Scenario>): void => {
  const begin = performance.now();
  const { executions, pruned, totalSteps } = explore({ threads: [body, body], ...options });
  const seconds = (performance.now() - begin) / 1000;
  console.log(`${name}: ${executions} executions (${pruned} pruned), ${Math.round(executions / seconds)} per second, ${Math.round(totalSteps / seconds)} steps per second`);
};

measure('reduced', {});
measure('reduced, relaxed', { plain: 'relaxed' });
measure('at most 3 preemptions', { preemptions: 3 });
measure('random', { exhaustive: false, randomRuns: 2000 });
