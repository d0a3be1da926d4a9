import { demoGuest } from '@mttcg/machine/demo';
import { cpuConfig, logConfig } from '../options/config.ts';
import { parseOptions } from '../options/parse.ts';
import { DEMO_OPTIONS } from '../options/table.ts';
import { demoHelp } from './help.ts';
import { connect, makeMachine } from './run.ts';

const DEFAULT_CPUS = 4;

/** `mttcg demo`. Returns the exit status. */
export async function demoCommand(args: readonly string[]): Promise<number> {
  if (args.some((a) => ['-h', '-help', '--help'].includes(a))) {
    process.stdout.write(demoHelp());
    return 0;
  }
  const values = parseOptions(DEMO_OPTIONS, args, 'demo');
  const log = logConfig(values);
  const { cpuModel, cpus, thread } = cpuConfig(values, DEFAULT_CPUS);
  const machine = await makeMachine({
    kernel: demoGuest(), cpus, thread,
    ...(cpuModel === undefined ? {} : { cpuModel }),
    log: { items: log.items, ranges: log.ranges },
  }, log);
  return connect(machine, { serial: { kind: 'output' }, console: { kind: 'none' } });
}
