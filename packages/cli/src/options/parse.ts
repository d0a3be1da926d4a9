import { UserError } from '../errors.ts';
import type { OptionRow, OptionValues } from './table.ts';

/** Reads arguments by the rows of a table. One dash or two are the same, as in QEMU. @throws UserError */
export function parseOptions(rows: readonly OptionRow[], args: readonly string[], command: string): OptionValues {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const single = new Map<string, string>();
  const repeated = new Map<string, string[]>();
  const switches = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (!arg.startsWith('-') || arg === '-') throw new UserError(`${command}: "${arg}" is not an option; options begin with a dash`);
    const name = arg.replace(/^--?/, '');
    const row = byName.get(name);
    if (row === undefined) throw new UserError(`${command}: there is no option ${arg}${suggestion(rows, name)}; mttcg ${command} --help lists them`);
    const key = row.alias ?? row.name;
    if (row.value === undefined) {
      switches.add(key);
      continue;
    }
    const value = args[++i];
    if (value === undefined) throw new UserError(`-${row.name}: a value is missing (${row.value})`);
    if (row.repeat) repeated.set(key, [...repeated.get(key) ?? [], value]);
    else single.set(key, value);
  }
  return { single, repeated, switches };
}

function suggestion(rows: readonly OptionRow[], name: string): string {
  const [best] = rows.map((row) => ({ name: row.name, distance: editDistance(row.name, name.split('=')[0]!) })).sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.name.length > 1 && best.distance <= 2 ? `, did you mean -${best.name}` : '';
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
