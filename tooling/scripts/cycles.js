// Part of `pnpm lint`: no file of a package may import itself, directly or through others. Type-only imports do not
// count: they are gone when the code runs.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const IMPORT = /^\s*(?:import|export)\s+(?!type\b)(?:[^'";]*?\bfrom\s*)?'(\.[^']+)'/gm;

/** Relative run-time imports in a file's text. */
export function importsOf(text) {
  return [...text.matchAll(IMPORT)].map((match) => match[1]);
}

/** Cycles of a graph (name -> names), each as the list of its nodes; one for each strongly connected component. Tarjan's algorithm. */
export function findCycles(graph) {
  const index = new Map();
  const low = new Map();
  const stack = [];
  const cycles = [];

  function visit(node) {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node), low.get(next)));
      } else if (stack.includes(next)) low.set(node, Math.min(low.get(node), index.get(next)));
    }
    if (low.get(node) !== index.get(node)) return;
    const component = stack.splice(stack.indexOf(node));
    if (component.length > 1 || graph.get(node)?.includes(node)) cycles.push(component);
  }

  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return cycles;
}

/** The import graph of all packages' sources, with paths relative to `root`. */
export function importGraph(root) {
  const files = globSync(['packages/*/src/**/*.ts', 'tooling/model-check/src/**/*.ts'], { cwd: root });
  return new Map(files.map((file) => [file, importsOf(readFileSync(join(root, file), 'utf8')).map((to) => join(dirname(file), to))]));
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..');
  const cycles = findCycles(importGraph(root));
  for (const cycle of cycles) console.error(`files that import each other:\n${cycle.map((file) => `  ${relative('.', join(root, file))}`).join('\n')}`);
  if (cycles.length > 0) process.exitCode = 1;
}
