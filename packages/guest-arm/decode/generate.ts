/**
 * Writes src/decode/generated/ from the tables.
 * `node decode/generate.ts [--draft] [--check]`; --check writes nothing and fails when the output is not up to date.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Export, emitDisassembler, emitDispatch, emitFields, emitRows, emitTree } from './emit.ts';
import { orderRows, parseTable, type Row } from './parse.ts';
import { buildTree } from './tree.ts';

const here = import.meta.dirname;
const out = join(here, '../src/decode/generated');
const translators = join(here, '../src/translate/a64');
const operands = join(here, '../src/disas');

const draft = process.argv.includes('--draft');
const check = process.argv.includes('--check');

function index(folder: string, pattern: RegExp): Map<string, Export> {
  const map = new Map<string, Export>();
  for (const file of readdirSync(folder).sort()) {
    if (!pattern.test(file) || file.endsWith('.test.ts')) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    for (const m of text.matchAll(/^export (?:function (\w+)\(([^)]*)\)|const (\w+)|const \{([^}]*)\})/gm)) {
      const [, fn, params, constant, list] = m;
      const arity = params === undefined ? 2 : params.trim() === '' ? 0 : Math.min(2, params.split(',').length);
      for (const name of fn !== undefined ? [fn] : constant !== undefined ? [constant] : list!.split(',')) {
        map.set(name.trim(), { file, arity });
      }
    }
  }
  return map;
}

const rows: Row[] = [];
for (const file of readdirSync(here).filter((f) => /^a64-.*\.decode$/.test(f)).sort()) {
  rows.push(...parseTable(readFileSync(join(here, file), 'utf8'), file));
}
const ordered = orderRows(rows);
const functions = index(translators, /\.ts$/);
const missing: string[] = [];
for (const row of ordered) {
  if (row.unimplemented || row.name === 'UNALLOCATED' || functions.has(row.name)) continue;
  missing.push(`${row.where} ${row.name}`);
  row.unimplemented = true;
}
if (missing.length > 0) {
  console.error(`${missing.length} rows without a function:\n${missing.join('\n')}`);
  if (!draft) process.exit(1);
}

const tree = buildTree(ordered);
const files: Record<string, string> = {
  'a64-fields.ts': emitFields(ordered),
  'a64-tree.ts': emitTree(tree),
  'a64-dispatch.ts': emitDispatch(ordered, functions),
  'a64-rows.ts': emitRows(ordered),
  'a64-disas.ts': emitDisassembler(ordered, index(operands, /^(operands|vector).*\.ts$/)),
};
let stale = false;
for (const [name, text] of Object.entries(files)) {
  const path = join(out, name);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) stale = true;
}
if (stale) {
  console.error('src/decode/generated is not up to date: run generate:decode');
  process.exit(1);
}
console.log(`${rows.length} rows, ${tree.nodes.length + tree.leaves.length} words of tree`);
