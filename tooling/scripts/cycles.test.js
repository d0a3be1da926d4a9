import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findCycles, importGraph, importsOf } from './cycles.js';

it('sees imports that exist when the code runs', () => {
  const text = [
    "import { a } from './a.ts';",
    "import './b.ts';",
    "export * from './c.ts';",
    "export { d,\n  type D } from './d.ts';",
    "import type { E } from './e.ts';",
    "export type { F } from './f.ts';",
    "import { g } from '@mttcg/g';",
    "const text = 'from ./h.ts';",
  ].join('\n');
  expect(importsOf(text)).toEqual(['./a.ts', './b.ts', './c.ts', './d.ts']);
});

it('finds each cycle once', () => {
  const graph = new Map(Object.entries({ a: ['b'], b: ['c', 'd'], c: ['a'], d: ['e'], e: [], f: ['f'] }));
  expect(findCycles(graph).map((cycle) => cycle.sort())).toEqual([['a', 'b', 'c'], ['f']]);
});

it('the packages have imports, and no cycles', () => {
  const graph = importGraph(fileURLToPath(new URL('../../', import.meta.url)));
  expect(graph.get('packages/atomic/src/index.ts')).toContain('packages/atomic/src/mutex.ts');
  expect(findCycles(graph)).toEqual([]);
});
