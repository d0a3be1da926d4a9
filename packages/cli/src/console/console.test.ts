import type { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { InputPump } from './input-pump.ts';
import { KeyParser } from './keys.ts';
import { monitorCommand, type MonitoredMachine } from './monitor.ts';
import { type ConsoleMachine, runSession } from './session.ts';
import type { InputStream } from './terminal.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

describe('KeyParser', () => {
  const show = (parser: KeyParser, typed: string): string[] => parser.parse(bytes(typed))
    .map((e) => (e.kind === 'bytes' ? JSON.stringify(text(e.bytes)) : e.command));

  it('passes everything but Ctrl-A to the guest', () => {
    expect(show(new KeyParser(), 'ls\r\x03\x1a\x04\x1b[A')).toEqual([JSON.stringify('ls\r\x03\x1a\x04\x1b[A')]);
  });

  it('finds keys between bytes, in either case', () => {
    expect(show(new KeyParser(), 'a\x01hb\x01Cc\x01x')).toEqual(['"a"', 'help', '"b"', 'monitor', '"c"', 'quit']);
  });

  it('sends Ctrl-A for two of them, and drops keys it does not know', () => {
    expect(show(new KeyParser(), 'a\x01\x01b\x01qc')).toEqual([JSON.stringify('a\x01bc')]);
  });

  it('remembers Ctrl-A from one chunk to the next', () => {
    const parser = new KeyParser();
    expect(show(parser, 'a\x01')).toEqual(['"a"']);
    expect(show(parser, 'x')).toEqual(['quit']);
    expect(show(parser, 'x')).toEqual(['"x"']);
  });
});

describe('InputPump', () => {
  it('tells the source to wait while much is under way', async () => {
    const waiting: (() => void)[] = [];
    const full: boolean[] = [];
    const pump = new InputPump(() => new Promise((resolve) => waiting.push(resolve)), (f) => full.push(f));
    pump.push(new Uint8Array(60_000));
    expect(full).toEqual([]);
    pump.push(new Uint8Array(60_000));
    expect(full).toEqual([true]);
    waiting.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(full).toEqual([true, false]);
  });

  it('takes it that a guest has ended', async () => {
    const full: boolean[] = [];
    const pump = new InputPump(() => Promise.reject(new Error('ended')), (f) => full.push(f));
    pump.push(new Uint8Array(100_000));
    await new Promise((resolve) => setImmediate(resolve));
    expect(full).toEqual([true, false]);
  });
});

/** A machine that records what is done to it. */
class FakeMachine implements MonitoredMachine {
  readonly config = { cpus: 2 };
  readonly statistics = { tbs: 7, modules: 3, invalidations: 2, flushes: 1 };
  readonly log: string[] = [];
  typed = '';
  status: 'running' | 'paused' | 'ended' = 'running';
  #end!: (end: { reason: 'quit' }) => void;
  readonly ended = new Promise<{ reason: 'quit' }>((resolve) => (this.#end = resolve));
  readonly listeners = new Set<(bytes: Uint8Array) => void>();

  dumpCpu(index: number): string {
    this.log.push(`dump${index} ${this.status}`);
    return `PC=000000004000000${index} SP=0\nX00=0\n`;
  }

  pause(): Promise<void> {
    this.status = 'paused';
    this.log.push('pause');
    return Promise.resolve();
  }

  resume(): void {
    this.status = 'running';
    this.log.push('resume');
  }

  reset(): void {
    this.log.push('reset');
  }

  quit(): void {
    this.log.push('quit');
    this.status = 'ended';
    this.#end({ reason: 'quit' });
  }

  write(data: Uint8Array): Promise<void> {
    this.typed += text(data);
    return Promise.resolve();
  }

  onOutput(listener: (bytes: Uint8Array) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

describe('monitor', () => {
  it('stops a running machine while it looks at registers, and leaves a stopped one stopped', async () => {
    const machine = new FakeMachine();
    expect(await monitorCommand(machine, 'info registers 1')).toBe('CPU#1\nPC=0000000040000001 SP=0\nX00=0\n');
    expect(machine.log[0]).toBe('pause');
    expect(machine.log.at(-1)).toBe('resume');
    expect(machine.log).not.toContain('dump0 running');
    await monitorCommand(machine, 'stop');
    machine.log.length = 0;
    expect(await monitorCommand(machine, 'info cpus')).toBe('CPU #0: PC=0000000040000000\nCPU #1: PC=0000000040000001\n');
    expect(machine.log).toEqual(['dump0 paused', 'dump1 paused']);
    expect(await monitorCommand(machine, 'info status')).toBe('VM status: paused\n');
    await monitorCommand(machine, 'cont');
    expect(machine.status).toBe('running');
  });

  it('knows its commands and no others', async () => {
    const machine = new FakeMachine();
    expect(await monitorCommand(machine, 'help')).toContain('system_reset');
    expect(await monitorCommand(machine, '')).toBe('');
    expect(await monitorCommand(machine, 'info jit')).toContain('translation blocks  7');
    expect(await monitorCommand(machine, 'info registers 2')).toBe('info registers: CPUs are 0 to 1\n');
    expect(await monitorCommand(machine, 'frob')).toContain('unknown command: frob');
    await monitorCommand(machine, 'system_reset');
    await monitorCommand(machine, 'quit');
    expect(machine.log).toEqual(['reset', 'quit']);
  });
});

describe('runSession', () => {
  /** A terminal whose modes are recorded. */
  class FakeTerminal extends PassThrough {
    readonly modes: boolean[] = [];
    readonly isTTY: boolean;

    constructor(isTTY: boolean) {
      super();
      this.isTTY = isTTY;
    }

    setRawMode(raw: boolean): this {
      this.modes.push(raw);
      return this;
    }
  }

  const session = (terminal: FakeTerminal, keys: boolean): { machine: FakeMachine; out: string[]; end: ReturnType<typeof runSession> } => {
    const machine = new FakeMachine();
    const out: string[] = [];
    const end = runSession(machine as unknown as ConsoleMachine, {
      port: 0, input: terminal as unknown as InputStream, keys, write: (b) => void out.push(typeof b === 'string' ? b : text(b)), output: new PassThrough(),
    }, () => undefined);
    return { machine, out, end };
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('is raw while it lasts, types into the guest, shows its output and ends at Ctrl-A x', async () => {
    const terminal = new FakeTerminal(true);
    const { machine, out, end } = session(terminal, true);
    expect(terminal.modes).toEqual([true]);
    terminal.write('ls\r\x03');
    await settle();
    expect(machine.typed).toBe('ls\r\x03');
    for (const listener of machine.listeners) listener(bytes('hello'));
    expect(out).toEqual(['hello']);
    terminal.write('\x01h\x01x');
    expect((await end).signal).toBeUndefined();
    expect(out[1]).toContain('Ctrl-A c');
    expect(machine.log).toEqual(['quit']);
    expect(terminal.modes).toEqual([true, false]);
    expect(machine.listeners.size).toBe(0);
  });

  it('gives the keyboard to the monitor and back', async () => {
    const terminal = new FakeTerminal(true);
    const { machine, end } = session(terminal, true);
    terminal.write('a\x01cstop\r');
    await settle();
    await settle();
    expect(machine.status).toBe('paused');
    terminal.write('\x01cb');
    await settle();
    expect(machine.typed).toBe('ab');
    terminal.write('\x01cquit\r');
    await end;
    expect(terminal.modes).toEqual([true, false]);
  });

  it('passes Ctrl-A through when input is no terminal, and its end does not end the guest', async () => {
    const terminal = new FakeTerminal(false);
    const { machine, end } = session(terminal, true);
    terminal.end('a\x01x\x03');
    await settle();
    await settle();
    expect(machine.typed).toBe('a\x01x\x03');
    expect(machine.status).toBe('running');
    expect(terminal.modes).toEqual([]);
    machine.quit();
    await end;
  });

  it('without Ctrl-A keys ends at Ctrl-C', async () => {
    const terminal = new FakeTerminal(true);
    const { machine, end } = session(terminal, false);
    terminal.write('\x01x');
    await settle();
    expect(machine.typed).toBe('\x01x');
    terminal.write('\x03');
    expect((await end).signal).toBe('SIGINT');
    expect(terminal.modes).toEqual([true, false]);
  });

  it('ends the machine at SIGTERM and takes its handlers away', async () => {
    const before = process.listenerCount('SIGTERM');
    const terminal = new FakeTerminal(true);
    const { machine, end } = session(terminal, true);
    (process as EventEmitter).emit('SIGTERM', 'SIGTERM');
    expect((await end).signal).toBe('SIGTERM');
    expect(machine.log).toEqual(['quit']);
    expect(terminal.modes).toEqual([true, false]);
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
