import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command, CommanderError } from 'commander';
import { demoHelp, runHelp } from './commands/help.ts';
import { addImagesCommand } from './commands/images.ts';
import { addLitmusCommand } from './commands/litmus.ts';
import { Interrupted, messageOf, UserError } from './errors.ts';

/** The version in package.json, which lies beside src/ and dist/ alike. */
function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** A command whose options are QEMU's: parsed by our own table, since one dash before a long name is not commander's way. */
function addPlainCommand(program: Command, name: string, description: string, help: () => string, action: () => Promise<void>): void {
  const command = program.command(name).description(description).usage('[options]').helpOption(false).allowUnknownOption().allowExcessArguments();
  command.helpInformation = help;
  command.action(action);
}

function makeProgram(argv: readonly string[], done: (status: number) => void): Command {
  const program = new Command('mttcg')
    .description('Multi-threaded emulator of Arm machines.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addPlainCommand(program, 'run', 'boot a machine', runHelp, async () => {
    // the emulator is large: other commands start without it
    const { runCommand } = await import('./commands/run.ts');
    done(await runCommand(argv.slice(1)));
  });
  addImagesCommand(program);
  addLitmusCommand(program, done);
  addPlainCommand(program, 'demo', 'run a small multi-CPU guest that comes with mttcg; needs no download', demoHelp, async () => {
    const { demoCommand } = await import('./commands/demo.ts');
    done(await demoCommand(argv.slice(1)));
  });
  return program;
}

/** Runs the command line `argv` (without the program's own name). Returns the exit status; never throws. */
export async function runCli(argv: readonly string[]): Promise<number> {
  let status = 0;
  try {
    await makeProgram(argv, (s) => (status = s)).parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof Interrupted) return error.status;
  if (error instanceof CommanderError) {
    // help that was printed for want of a command
    if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode;
    const text = error.message.replace(/^error: /, '').replace(/\n\(?/, '; ').replace(/\)$/, '').replace(/\.$/, '');
    process.stderr.write(`mttcg: ${text}.\n`);
    return 1;
  }
  if (error instanceof UserError) process.stderr.write(`mttcg: ${error.message}.\n`);
  else {
    const debug = process.env['MTTCG_DEBUG'] !== undefined;
    process.stderr.write(`mttcg: internal error: ${debug ? inspect(error) : messageOf(error).split('\n')[0]!}\n`);
  }
  return 1;
}
