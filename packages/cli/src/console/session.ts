import { constants } from 'node:os';
import type { Machine, MachineEnd } from '@mttcg/machine';
import { InputPump } from './input-pump.ts';
import { KEYS_HELP, type KeyCommand, KeyParser } from './keys.ts';
import { Monitor } from './monitor.ts';
import { type InputStream, RawTerminal } from './terminal.ts';

/** What a session needs of a machine. */
export type ConsoleMachine = Pick<Machine, 'config' | 'status' | 'statistics' | 'dumpCpu' | 'pause' | 'resume' | 'reset' | 'quit' | 'write' | 'onOutput' | 'ended'>;

/** Where a console's bytes come from and go. */
export interface SessionOptions {
  /** Serial port of the machine. */
  readonly port: number;
  /** Undefined: nothing is typed. */
  readonly input: InputStream | undefined;
  readonly write: (bytes: Uint8Array | string) => void;
  /** For the monitor. */
  readonly output: NodeJS.WritableStream;
  /** Ctrl-A keys work (on a terminal). Otherwise Ctrl-C on a terminal ends the machine. */
  readonly keys: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const CTRL_C = 0x03;
/** Milliseconds that a machine gets to end by itself after a signal. */
const GRACE_MS = 5000;

/** How a session ended. */
export interface SessionEnd {
  readonly end: MachineEnd;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | undefined;
}

/** Connects a machine to a terminal (or pipes) until it has ended; `start` lets it run once all is in place. */
export async function runSession(machine: ConsoleMachine, options: SessionOptions, start: () => void): Promise<SessionEnd> {
  const { input } = options;
  const terminal = input === undefined ? undefined : new RawTerminal(input);
  const parser = new KeyParser();
  let monitor: Monitor | undefined;
  let signal: NodeJS.Signals | undefined;

  const pump = new InputPump((bytes) => machine.write(bytes, options.port), (full) => {
    if (full) input?.pause();
    else input?.resume();
  });
  const onSignal = (name: NodeJS.Signals): void => {
    if (signal !== undefined) process.exit(128 + constants.signals[name]);
    signal = name;
    machine.quit();
    setTimeout(() => process.exit(128 + constants.signals[name]), GRACE_MS).unref();
  };
  const command = (what: KeyCommand): void => {
    if (what === 'quit') machine.quit();
    else if (what === 'help') options.write(`\r\n${KEYS_HELP.replaceAll('\n', '\r\n')}`);
    else if (monitor === undefined) {
      monitor = new Monitor(machine, options.output, () => {
        monitor = undefined;
      });
    } else {
      monitor.close();
      monitor = undefined;
      options.write('\r\n');
    }
  };
  const onData = (chunk: Uint8Array): void => {
    if (terminal?.isTerminal !== true) return pump.push(chunk);
    if (!options.keys) {
      if (chunk.includes(CTRL_C)) return onSignal('SIGINT');
      return pump.push(chunk);
    }
    for (const event of parser.parse(chunk)) {
      if (event.kind === 'command') command(event.command);
      else if (monitor !== undefined) monitor.type(event.bytes);
      else pump.push(event.bytes);
    }
  };

  const stopOutput = machine.onOutput((bytes) => options.write(bytes), options.port);
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    // a reader that went away (a pipe's end) is no error of the guest; the file system's are not either
    input?.on('error', () => undefined);
    input?.on('data', onData);
    start();
    return { end: await machine.ended, signal };
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
    stopOutput();
    monitor?.close();
    input?.off('data', onData);
    input?.pause();
    input?.unref?.();
    terminal?.restore();
  }
}
