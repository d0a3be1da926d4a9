import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { buildDtb, checkOptions, ConfigError, createMachine, LoaderError, type Machine, type MachineOptions } from '@mttcg/machine';
import { NodeControlPlatform, tuneEngine } from '@mttcg/machine/node';
import { runSession, type SessionEnd, type SessionOptions } from '../console/session.ts';
import { Interrupted, systemReason, UserError } from '../errors.ts';
import { defaultCacheRoot } from '../images/cache.ts';
import { makeProgress } from '../images/progress.ts';
import { pullImage } from '../images/pull.ts';
import { type LogConfig, readInput, type RunConfig, runConfig } from '../options/config.ts';
import { parseOptions } from '../options/parse.ts';
import type { PortsConfig } from '../options/serial.ts';
import { RUN_OPTIONS } from '../options/table.ts';
import { logItemsHelp } from '../options/values.ts';
import { withSignals } from '../signals.ts';
import { runHelp } from './help.ts';
import { needRecipe } from './images.ts';

/** `mttcg run`. Returns the exit status. */
export async function runCommand(args: readonly string[]): Promise<number> {
  if (args.some((a) => ['-h', '-help', '--help'].includes(a))) {
    process.stdout.write(runHelp());
    return 0;
  }
  const values = parseOptions(RUN_OPTIONS, args, 'run');
  if (['help', '?'].includes(values.single.get('d') ?? '')) {
    process.stdout.write(logItemsHelp());
    return 0;
  }
  const config = runConfig(values);
  const parts = machineParts(config);
  // before anything is fetched or read
  asUserError(() => checkOptions(parts));
  if (config.image === undefined && config.kernel === undefined && config.dumpDtb === undefined) {
    throw new UserError('run: nothing to boot; -kernel FILE or -image NAME is needed (mttcg images list)');
  }
  const options = { ...parts, ...(await readFiles(config)) };
  if (config.dumpDtb !== undefined) return dumpDtb(config.dumpDtb, options);

  const machine = await makeMachine({ ...options, kernel: options.kernel! }, config.log);
  machine.noReboot = config.noReboot;
  return connect(machine, config.ports);
}

/** What the machine is made of, but for the files that are loaded into it. */
function machineParts(config: RunConfig): Omit<MachineOptions, 'kernel'> {
  const { devices } = config;
  return {
    ...(config.cpuModel === undefined ? {} : { cpuModel: config.cpuModel }),
    cpus: config.cpus,
    ramBytes: config.ramBytes,
    thread: config.thread,
    drives: devices.drives,
    console: devices.console,
    rng: devices.rng,
    log: { items: config.log.items, ranges: config.log.ranges },
    startPaused: config.paused,
  };
}

/** Reads the files that were named. */
async function readFiles(config: RunConfig): Promise<Pick<MachineOptions, 'initrd' | 'append' | 'dtb'> & { kernel: Uint8Array | undefined }> {
  let { kernel, initrd, append } = config;
  if (config.image !== undefined) {
    const recipe = needRecipe('-image', config.image);
    const { directory, manifest } = await withSignals((signal) => pullImage(recipe, {
      root: config.imageDir ?? defaultCacheRoot(), progress: makeProgress(process.stderr), signal,
    }));
    kernel = join(directory, manifest.files.kernel.file);
    initrd ??= join(directory, manifest.files.initrd.file);
    append = append === undefined ? manifest.append : `${manifest.append} ${append}`;
  }
  return {
    kernel: kernel === undefined ? undefined : readInput('-kernel', kernel),
    initrd: initrd === undefined ? undefined : readInput('-initrd', initrd),
    append,
    dtb: config.dtb === undefined ? undefined : readInput('-dtb', config.dtb),
  };
}

function dumpDtb(path: string, options: Omit<MachineOptions, 'kernel'>): number {
  const blob = asUserError(() => buildDtb(options));
  try {
    writeFileSync(path, blob);
  } catch (error) {
    throw new UserError(`-M dumpdtb: ${path} cannot be written (${systemReason(error)})`);
  }
  process.stderr.write(`mttcg: the device tree is in ${path}.\n`);
  return 0;
}

/** Input errors of the machine are the user's. */
function asUserError<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw inputError(error);
  }
}

function inputError(error: unknown): unknown {
  if (error instanceof LoaderError || error instanceof ConfigError) return new UserError(error.message);
  if (error instanceof RangeError && /memory/i.test(error.message)) return new UserError(`-m: the host cannot give that much memory (${error.message})`);
  return error;
}

/** Makes a machine with logs as asked. @throws UserError */
export async function makeMachine(options: MachineOptions, log: LogConfig): Promise<Machine> {
  tuneEngine();
  try {
    return await createMachine(options, new NodeControlPlatform({ file: log.file }));
  } catch (error) {
    throw inputError(error);
  }
}

/** Runs a machine to its end with its serial ports where they should go. Returns the exit status. */
export async function connect(machine: Machine, ports: PortsConfig): Promise<number> {
  const { stdin, stdout } = process;
  const files: number[] = [];
  let options: SessionOptions = { port: 0, input: undefined, keys: false, output: stdout, write: () => undefined };
  try {
    for (const [port, where] of [ports.serial, ports.console].entries()) {
      if (where.kind === 'file') {
        const fd = openOutput(where.path);
        files.push(fd);
        machine.onOutput((bytes) => writeAll(fd, bytes), port);
      } else if (where.kind !== 'none') {
        const write = (bytes: Uint8Array | string): void => void stdout.write(bytes);
        options = { ...options, port, write, ...(where.kind === 'stdio' ? { input: stdin, keys: wantsKeys(where.keys, stdin.isTTY) } : {}) };
      }
    }
    // whoever read the console has gone (EPIPE): the handler stays, since more of such errors may follow
    stdout.on('error', () => machine.quit());
    return exitStatus(await runSession(machine, options, () => machine.start()));
  } finally {
    for (const fd of files) closeSync(fd);
  }
}

/** Whether Ctrl-A keys are looked for in what is typed. @throws UserError when they were asked for and nobody can type */
function wantsKeys(keys: 'always' | 'terminal' | 'never', terminal: boolean | undefined): boolean {
  if (keys === 'never') return false;
  if (terminal === true) return true;
  if (keys === 'always') {
    throw new UserError('-serial mon:stdio: standard input is no terminal, which the Ctrl-A keys need; -serial stdio passes bytes through');
  }
  return false;
}

function openOutput(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw new UserError(`-serial: ${path} cannot be written (${systemReason(error)})`);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function exitStatus({ end, signal }: SessionEnd): number {
  if (end.reason === 'error') throw new Error(end.message ?? 'a thread of the machine failed', { cause: end.cause });
  if (signal !== undefined) throw new Interrupted(128 + constants.signals[signal]);
  if (end.reason === 'panic') {
    process.stderr.write('mttcg: the guest crashed in a way that stops the machine.\n');
    return 2;
  }
  return 0;
}
