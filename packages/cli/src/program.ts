import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addImagesCommand } from './commands/images.ts';
import { Interrupted, messageOf, UserError } from './errors.ts';

/** The version in package.json, which lies beside src/ and dist/ alike. */
function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function makeProgram(): Command {
  const program = new Command('mttcg')
    .description('Multi-threaded emulator of Arm machines.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addImagesCommand(program);
  return program;
}

/** Runs the command line `argv` (without the program's own name). Returns the exit status; never throws. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = makeProgram();
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof Interrupted) return error.status;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const text = error.message.replace(/^error: /, '').replace(/\n\(?/, '; ').replace(/\)$/, '').replace(/\.$/, '');
    process.stderr.write(`mttcg: ${text}.\n`);
    return 1;
  }
  process.stderr.write(error instanceof UserError ? `mttcg: ${error.message}.\n` : `mttcg: internal error: ${messageOf(error)}\n`);
  return 1;
}
