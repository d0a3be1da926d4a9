/** What the benchmark is asked for: the flags of QEMU's qht-bench, by its letters and by names, and a few of its own. */
import { parseArgs } from 'node:util';

export const SCHEMES = ['qht', 'wasm', 'map', 'sharedmap'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** One run's parameters. */
export interface RunOptions {
  readonly scheme: Scheme;
  readonly threads: number;
  /** Percent of operations that insert or remove. */
  readonly updates: number;
  readonly seconds: number;
  /** Elements in the table when the clock starts; updates keep it near. */
  readonly keys: number;
  /** Keys are `offset` + 1 to `offset` + one of these: of the first elements, of lookups, of updates. */
  readonly initRange: number;
  readonly lookupRange: number;
  readonly updateRange: number;
  readonly offset: number;
  /** Elements that the table is made for. */
  readonly size: number;
  readonly precompute: boolean;
  readonly autoResize: boolean;
  /** Percent of a resizer's turns in which it resizes, alternating between twice the size and the size. */
  readonly resizeRate: number;
  /** µs between its turns. */
  readonly resizeDelay: number;
  readonly resizeThreads: number;
  /** Count the threads' CPU time instead of the clock's. */
  readonly cpu: boolean;
}

export interface BenchOptions {
  readonly runs: readonly RunOptions[];
  readonly rounds: number;
  /** Parts of the benchmark: 'throughput', 'memory'. */
  readonly only: readonly string[];
}

const FLAGS = {
  seconds: { short: 'd', default: '1', help: 'duration of a run in seconds' },
  threads: { short: 'n', default: '1,2', help: 'numbers of threads' },
  updates: { short: 'u', default: '0,1,20,100', help: 'update rates, 0 to 100 percent' },
  range: { short: 'g', default: '200000', help: 'sets -s, -k, -K, -l and -r' },
  keys: { short: 'k', help: 'keys in the table at first' },
  'init-range': { short: 'K', help: 'range that they are drawn from' },
  'lookup-range': { short: 'l', help: 'range of the keys looked up' },
  'update-range': { short: 'r', help: 'range of the keys inserted and removed' },
  size: { short: 's', help: 'elements that the table is made for' },
  offset: { short: 'o', default: '0', help: 'where keys start' },
  'resize-rate': { short: 'S', default: '0', help: 'percent of the resizers\' turns in which they resize' },
  'resize-delay': { short: 'D', default: '1000', help: 'microseconds between their turns' },
  'resize-threads': { short: 'N', default: '1', help: 'resizers, if -S is not 0' },
  schemes: { default: SCHEMES.join(','), help: `of ${SCHEMES.join(', ')}` },
  rounds: { default: '3', help: 'rounds; each has a run of every kind, figures are medians' },
  only: { default: 'throughput,memory', help: 'parts' },
} as const;

const SWITCHES = {
  precompute: { short: 'p', default: true, help: 'hash all keys beforehand (--no-precompute: hash in each operation)' },
  'auto-resize': { short: 'R', default: false, help: 'the table grows by itself' },
  cpu: { default: false, help: 'count the threads\' CPU time: for a machine with other work, which it hides; and waiting, too' },
  help: { short: 'h', default: false, help: 'this' },
} as const;

function usage(): string {
  const line = (name: string, flag: { short?: string; default?: string | boolean; help: string }, value: string) =>
    `  ${flag.short === undefined ? '   ' : `-${flag.short},`} --${`${name}${value}`.padEnd(22)} ${flag.help}${typeof flag.default === 'string' ? ` (${flag.default})` : ''}`;
  return [
    'Throughput, memory and resizing of the table. Letters are those of QEMU\'s qht-bench. Lists are separated by commas.',
    ...Object.entries(FLAGS).map(([name, flag]) => line(name, flag, ' <value>')),
    ...Object.entries(SWITCHES).map(([name, flag]) => line(name, flag, '')),
  ].join('\n');
}

/** Ends the process with a message when the flags are wrong, or help is asked for. */
export function readOptions(): BenchOptions {
  const fail = (message: string): never => {
    console.error(`bench: ${message}`);
    process.exit(1);
  };
  const parse = () => {
    const options = Object.fromEntries([
      ...Object.entries(FLAGS).map(([name, flag]) => [name, { type: 'string', ...('short' in flag && { short: flag.short }) }]),
      ...Object.entries(SWITCHES).map(([name, flag]) => [name, { type: 'boolean', ...('short' in flag && { short: flag.short }) }]),
    ]) as Record<string, { type: 'string' | 'boolean' }>;
    try {
      return parseArgs({ options, allowNegative: true }).values;
    } catch (error) {
      return fail((error as Error).message);
    }
  };
  const values = parse();
  if (values['help'] === true) {
    console.log(usage());
    process.exit(0);
  }
  const text = (name: keyof typeof FLAGS): string | undefined => {
    const flag = FLAGS[name];
    return (values[name] as string | undefined) ?? ('default' in flag ? flag.default : undefined);
  };
  const isOn = (name: keyof typeof SWITCHES): boolean => (values[name] as boolean | undefined) ?? SWITCHES[name].default;
  const numbers = (name: keyof typeof FLAGS, max = Infinity): number[] =>
    text(name)!.split(',').map((part) => {
      const value = Number(part);
      return part.trim() !== '' && value >= 0 && value <= max ? value : fail(`--${name}: "${part}" is not a number${max === Infinity ? '' : ` from 0 to ${max}`}`);
    });
  const number = (name: keyof typeof FLAGS, max?: number): number => numbers(name, max)[0];
  const range = number('range');
  const ranged = (name: keyof typeof FLAGS): number => (text(name) === undefined ? range : number(name));
  const schemes = text('schemes')!.split(',').map((name) => SCHEMES.find((scheme) => scheme === name) ?? fail(`--schemes: there is no "${name}"; there are ${SCHEMES.join(', ')}`));
  const only = text('only')!.split(',');
  for (const part of only) if (part !== 'throughput' && part !== 'memory') fail(`--only: there is no "${part}"; there are throughput, memory`);
  const keys = ranged('keys');
  const initRange = Math.max(keys, ranged('init-range'));
  const runs = numbers('updates', 100).flatMap((updates) => numbers('threads').flatMap((threads) => schemes.map((scheme) => ({
    scheme, threads, updates, keys, initRange,
    seconds: number('seconds'),
    lookupRange: ranged('lookup-range'),
    updateRange: ranged('update-range'),
    size: ranged('size'),
    offset: number('offset'),
    precompute: isOn('precompute'),
    autoResize: isOn('auto-resize'),
    resizeRate: number('resize-rate', 100),
    resizeDelay: number('resize-delay'),
    resizeThreads: number('resize-threads'),
    cpu: isOn('cpu'),
  }))));
  return { runs, rounds: number('rounds'), only };
}
