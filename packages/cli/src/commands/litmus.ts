import { LITMUS_TESTS, type LitmusReport, runLitmusTests } from '@mttcg/machine/node';
import { type Command, Option } from 'commander';
import { makeProgress } from '../images/progress.ts';
import { parseCount } from '../options/values.ts';
import { UserError } from '../errors.ts';
import { withSignals } from '../signals.ts';

const ACCESS = ['plain', 'atomic'] as const;
const ENGINE = ['wasm', 'js'] as const;

interface LitmusFlags {
  readonly runs: string;
  readonly test?: readonly string[];
  readonly access?: (typeof ACCESS)[number];
  readonly engine?: (typeof ENGINE)[number];
  readonly all?: true;
  readonly json?: true;
}

const NOTES = `
Tests:
${LITMUS_TESTS.map(({ name, about }) => `  ${name.padEnd(6)}${about}`).join('\n')}

Verdicts:
  observed   the memory model allows it, and it was seen
  allowed    the memory model allows it, and it was not seen
  forbidden  the memory model forbids it; a count other than 0 is a fault of engine or machine

The table has the outcomes that no sequentially consistent execution shows. Exit status: 0, or 1 for bad input and for a
forbidden outcome that was seen.
`;

/** `mttcg litmus`. */
export function addLitmusCommand(program: Command, done: (status: number) => void): void {
  const names = LITMUS_TESTS.map(({ name }) => name);
  program.command('litmus')
    .description('show what order of memory accesses engine and machine keep')
    .option('--runs <count>', 'runs of each test; may have a suffix k or M', '1M')
    .option('--test <name>', `run this test only; may be repeated (${names.join(', ')})`, (name: string, before: readonly string[] = []) => [...before, name])
    .addOption(new Option('--access <kind>', 'run with these accesses only').choices(ACCESS))
    .addOption(new Option('--engine <name>', 'run by this engine only').choices(ENGINE))
    .option('--all', 'show the sequentially consistent outcomes too')
    .option('--json', 'print as JSON')
    .addHelpText('after', NOTES)
    .action(async (flags: LitmusFlags) => done(await litmus(flags, names)));
}

async function litmus(flags: LitmusFlags, names: readonly string[]): Promise<number> {
  const runs = parseCount('--runs', flags.runs);
  for (const name of flags.test ?? []) {
    if (!names.includes(name)) throw new UserError(`--test: there is no test "${name}"; there are ${names.join(', ')}`);
  }
  const step = process.stderr.isTTY ? makeProgress(process.stderr).step('litmus tests') : undefined;
  let reports: LitmusReport[];
  try {
    reports = await withSignals((signal) => runLitmusTests({
      runs, signal,
      ...(flags.test === undefined ? {} : { tests: flags.test }),
      ...(flags.access === undefined ? {} : { access: [flags.access] }),
      ...(flags.engine === undefined ? {} : { engine: [flags.engine] }),
      onProgress: ({ share }) => step?.set(share),
    }));
  } finally {
    step?.end();
  }
  process.stdout.write(flags.json === true ? `${JSON.stringify(reports, null, 2)}\n` : table(reports, flags.all === true));
  const faults = faultsOf(reports);
  for (const fault of faults) process.stderr.write(`mttcg: ${fault}.\n`);
  return faults.length === 0 ? 0 : 1;
}

/** One row for each outcome, aligned. */
function table(reports: readonly LitmusReport[], all: boolean): string {
  const rows = [['test', 'engine', 'accesses', 'runs', 'outcome', 'count', 'verdict']];
  for (const { name, engine, access, runs, outcomes } of reports) {
    for (const { text, count, verdict, sequential } of outcomes) {
      if (all || !sequential || (verdict === 'forbidden' && count > 0)) rows.push([name, engine, access, String(runs), text, String(count), verdict]);
    }
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = [false, false, false, true, false, true, false];
  return rows.map((row) => `${row.map((cell, i) => isNumber[i] === true ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)).join('  ').trimEnd()}\n`).join('');
}

/** What was seen and must not be; one sentence each. */
export function faultsOf(reports: readonly LitmusReport[]): string[] {
  return reports.filter(({ forbidden }) => forbidden > 0).map(({ name, engine, access, runs, forbidden }) =>
    `litmus: ${forbidden} of ${runs} runs of ${name} by ${access} accesses of ${engine} show an outcome that the memory model forbids`);
}
