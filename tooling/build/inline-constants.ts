/**
 * Writes the numbers of constant tables (`export const Op = { nop: 0, … } as const;`) where a package's sources name
 * them, as a bundler does with enums. Sources run without a build, so they cannot have enums; and V8 knows nothing of
 * constant tables: each `case Op.add:` is a property load and a comparison, while a `switch` over numbers is one
 * indirect jump, also in code that is not optimised yet. A boot spends a seventh less time on it.
 *
 * Tables of other packages stay: their versions are independent.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export type ConstantTable = ReadonlyMap<string, number>;

const TABLE = /^(?:export )?const (\w+) = \{([^{}]*)\} as const;/gm;
const IMPORT = /^import (?:\w+, )?\{([^}]*)\} from '(\.[^']+\.ts)';/gm;
const COMMENT = /\/\*[^]*?\*\/|\/\/.*/g;
const NUMBER = String.raw`-?(?:0x[\da-fA-F_]+|\d[\d_]*)`;
const VALUE = new RegExp(`^(${NUMBER})(?: << (${NUMBER}))?$`);
/** A member of a table, or something that is no code. */
const TOKEN = /\/\*[^]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|(?<![\w$.])([A-Za-z_]\w*)\.(\w+)\b(?!\s*[.([])/g;

function value(text: string): number | undefined {
  const m = VALUE.exec(text);
  if (m === null) return undefined;
  const [base, shift] = [m[1]!, m[2] ?? '0'].map((digits) => Number(digits.replaceAll('_', '')));
  return shift === 0 ? base : base! << shift!;
}

/** The constant tables that a module declares: those whose every value is a number or `number << number`. */
export function constantTables(source: string): Map<string, ConstantTable> {
  const tables = new Map<string, ConstantTable>();
  for (const [, name, body] of source.matchAll(TABLE)) {
    const entries = body!.replace(COMMENT, '').split(',').map((entry) => entry.trim()).filter((entry) => entry !== '');
    const table = new Map<string, number>();
    for (const entry of entries) {
      const [, key, text] = /^(\w+): (.+)$/.exec(entry) ?? [];
      const number = text === undefined ? undefined : value(text);
      if (number !== undefined) table.set(key!, number);
    }
    if (table.size === entries.length && table.size > 0) tables.set(name!, table);
  }
  return tables;
}

/**
 * The module's text with members of the tables that it declares or imports replaced. `tablesOf` gives the tables of a
 * module by its path. @throws Error when a name of a table means something else somewhere in the module
 */
export function inlineConstants(source: string, path: string, tablesOf: (path: string) => ReadonlyMap<string, ConstantTable>): string {
  const known = new Map(constantTables(source));
  const own = new Set(known.keys());
  for (const [, names, from] of source.matchAll(IMPORT)) {
    const tables = tablesOf(resolve(dirname(path), from!));
    for (const item of names!.split(',')) {
      const [, name, alias] = /^\s*(\w+)(?: as (\w+))?\s*$/.exec(item) ?? [];
      const table = name === undefined ? undefined : tables.get(name);
      if (table !== undefined) known.set(alias ?? name!, table);
    }
  }
  for (const name of known.keys()) {
    const declared = source.match(new RegExp(String.raw`\b(?:const|let|var|function|class)\s+${name}\b`, 'g'))?.length ?? 0;
    if (declared > (own.has(name) ? 1 : 0)) throw new Error(`${path}: ${name} is a constant table and also something else`);
  }
  return source.replace(TOKEN, (token: string, name?: string, key?: string) => {
    const number = name === undefined ? undefined : known.get(name)?.get(key!);
    if (number === undefined) return token;
    return number < 0 ? `(${number})` : `${number}`;
  });
}

/** Part of esbuild's plug-in interface. */
interface Loader {
  onLoad(filter: { readonly filter: RegExp }, load: (file: { readonly path: string }) => { contents: string; loader: 'ts' }): void;
}

/** The esbuild plug-in that does it for all TypeScript of a bundle. */
export function inlineConstantsPlugin(): { name: string; setup(build: Loader): void } {
  return {
    name: 'inline-constants',
    setup(build) {
      const cache = new Map<string, ReadonlyMap<string, ConstantTable>>();
      const tablesOf = (path: string): ReadonlyMap<string, ConstantTable> => {
        let tables = cache.get(path);
        if (tables === undefined) cache.set(path, (tables = constantTables(readFileSync(path, 'utf8'))));
        return tables;
      };
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
        contents: inlineConstants(readFileSync(path, 'utf8'), path, tablesOf), loader: 'ts',
      }));
    },
  };
}
