import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeControlPlatform } from './host/node.ts';
import type { ControlPlatform, ThreadHandle } from './host/platform.ts';
import { createMachine, type Machine, type MachineOptions } from './machine.ts';
import { CLOCK, ECHO, FLOOD, POWEROFF, RESETS, SLEEP, SPIN } from './testing/guest-image.ts';
import type { ThreadData } from './thread/main.ts';

const machines: Machine[] = [];
afterEach(async () => {
  for (const machine of machines.splice(0)) {
    machine.quit();
    await machine.ended;
  }
});

/** Platform whose warnings are kept and whose threads may be tampered with. */
class TestPlatform extends NodeControlPlatform {
  readonly warnings: string[] = [];
  tamper: (data: ThreadData, spawn: (data: ThreadData) => ThreadHandle) => ThreadHandle = (data, spawn) => spawn(data);

  override spawn(data: unknown): ThreadHandle {
    return this.tamper(data as ThreadData, (d) => super.spawn(d));
  }

  override warn(message: string): void {
    this.warnings.push(message);
  }
}
let platform: TestPlatform;
beforeEach(() => {
  platform = new TestPlatform();
});

async function make(kernel: Uint8Array, options: Partial<MachineOptions> = {}, on: ControlPlatform = platform): Promise<Machine> {
  const machine = await createMachine({ ramBytes: 16 << 20, ...options, kernel }, on);
  machines.push(machine);
  return machine;
}

/** Collects output, and waits for amounts of it. */
function collect(machine: Machine): { text: () => string; bytes: number[]; until: (count: number) => Promise<void> } {
  const bytes: number[] = [];
  let wake = (): void => undefined;
  machine.onOutput((b) => {
    bytes.push(...b);
    wake();
  });
  return {
    bytes,
    text: () => String.fromCharCode(...bytes),
    until: async (count) => {
      while (bytes.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a machine ends', () => {
  it.each<[string, Partial<MachineOptions>]>([
    ['by power-off', {}],
    ['by power-off, with 4 vCPUs', { cpus: 4 }],
    ['by power-off, with vCPUs in turn', { cpus: 2, thread: 'single' }],
  ])('%s', async (_, options) => {
    const machine = await make(POWEROFF, options);
    expect(machine.status).toBe('paused');
    machine.start();
    expect(await machine.ended).toEqual({ reason: 'poweroff' });
    expect(machine.status).toBe('ended');
  });

  it.each([['that spins', SPIN], ['that sleeps', SLEEP], ['that writes', FLOOD]])('by quit() of a guest %s, also twice', async (_, kernel) => {
    const machine = await make(kernel, { cpus: 2 });
    machine.start();
    if (kernel === FLOOD) await collect(machine).until(100_000);
    machine.quit();
    machine.quit();
    expect(await machine.ended).toEqual({ reason: 'quit' });
    machine.quit();
    machine.reset();
    await machine.pause();
    machine.resume();
    expect(machine.status).toBe('ended');
    expect(machine.input(ascii('x'))).toBe(0);
    await expect(machine.write(ascii('x'))).rejects.toThrow('the machine has ended');
  });

  it('by quit() while it is paused', async () => {
    const machine = await make(SPIN, { cpus: 2 });
    machine.start();
    await machine.pause();
    expect(machine.status).toBe('paused');
    machine.quit();
    expect(await machine.ended).toEqual({ reason: 'quit' });
  });

  it('by quit() before it is started', async () => {
    const machine = await make(SPIN);
    machine.quit();
    expect(await machine.ended).toEqual({ reason: 'quit' });
    expect(() => machine.start()).toThrow('the machine has ended');
  });
});

describe('reset', () => {
  it.each([1, 3])('starts the guest anew, %i vCPUs', async (cpus) => {
    const machine = await make(RESETS, { cpus });
    const out = collect(machine);
    machine.start();
    expect(await machine.ended).toEqual({ reason: 'poweroff' });
    expect(out.text()).toBe('123');
  });

  it('is the end with noReboot', async () => {
    const machine = await make(RESETS);
    const out = collect(machine);
    machine.noReboot = true;
    machine.start();
    expect(await machine.ended).toEqual({ reason: 'reset' });
    expect(out.text()).toBe('1');
  });

  it('by the button leaves a paused machine paused', async () => {
    const machine = await make(ECHO, { cpus: 2, startPaused: true });
    const out = collect(machine);
    machine.start();
    await machine.pause();
    machine.reset();
    await machine.pause();
    expect(machine.status).toBe('paused');
    machine.resume();
    await machine.write(ascii('aq'));
    expect(await machine.ended).toEqual({ reason: 'poweroff' });
    expect(out.text()).toBe('aq');
  });
});

describe('pause', () => {
  it('stops the virtual clock', async () => {
    const machine = await make(CLOCK);
    const out = collect(machine);
    machine.start();
    const ask = async (): Promise<number> => {
      const at = out.bytes.length;
      machine.input(ascii('?'));
      await out.until(at + 4);
      const [a, b, c, d] = out.bytes.slice(at);
      return ((a | (b << 8) | (c << 16) | (d << 24)) * 65536) / 62_500;
    };
    const hostBefore = performance.now();
    const before = await ask();
    await machine.pause();
    const stopped = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const pause = performance.now() - stopped;
    machine.resume();
    const after = await ask();
    const host = performance.now() - hostBefore;
    // ms; the counter's steps here are about 1 ms
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after - before).toBeLessThan(host - pause + 5);
  });

  it('before start() waits for resume()', async () => {
    const machine = await make(POWEROFF);
    await machine.pause();
    machine.start();
    await machine.pause();
    expect(machine.status).toBe('paused');
    machine.resume();
    expect(await machine.ended).toEqual({ reason: 'poweroff' });
  });
});

describe('serial ports', () => {
  it('take as much input as there is room for, or all of it in time', async () => {
    const machine = await make(ECHO);
    const out = collect(machine);
    const much = Uint8Array.from({ length: 40_000 }, (_, i) => 0x41 + (i % 26));
    // nobody reads yet
    const taken = machine.input(much);
    expect([taken > 1000, taken < much.length, machine.input(much)]).toEqual([true, true, 0]);
    machine.start();
    await Promise.all([machine.write(much.subarray(taken)), machine.write(ascii('01q'))]);
    expect(await machine.ended).toEqual({ reason: 'poweroff' });
    expect(out.bytes.slice(0, much.length)).toEqual([...much]);
    expect(out.text().slice(much.length)).toBe('01q');
  });

  it('fail writes that the machine does not live to see', async () => {
    const machine = await make(SPIN);
    const write = machine.write(new Uint8Array(100_000));
    machine.start();
    machine.quit();
    await expect(write).rejects.toThrow('the machine has ended');
  });

  it('survive listeners that fail', async () => {
    const machine = await make(RESETS);
    machine.onOutput(() => {
      throw new Error('not mine');
    });
    const out = collect(machine);
    machine.start();
    expect(await machine.ended).toEqual({ reason: 'poweroff' });
    expect(out.text()).toBe('123');
    expect(platform.warnings[0]).toContain('not mine');
  });

  it('are two with a virtio console', async () => {
    const machine = await make(POWEROFF, { console: true });
    expect(machine.ports).toBe(2);
    expect(machine.input(ascii('x'), 1)).toBe(1);
    expect(() => machine.input(ascii('x'), 2)).toThrow('the machine has no serial port 2; it has 0 to 1');
  });
});

describe('a thread that fails', () => {
  it('ends the machine with what it threw', async () => {
    platform.tamper = (data, spawn) => {
      const broken = data.role.kind === 'cpu' && data.role.index === 1;
      return spawn(broken ? { ...data, code: { ...data.code, dispatcher: Uint8Array.of(1, 2, 3) } } : data);
    };
    const machine = await make(SPIN, { cpus: 3 });
    machine.start();
    const end = await machine.ended;
    expect(end).toMatchObject({ reason: 'error', message: expect.stringMatching(/^the thread cpu1 failed: .*WebAssembly/) as string });
    expect(end.cause).toBeInstanceOf(Error);
    expect(machine.status).toBe('ended');
  });

  it('by going away is noticed', async () => {
    platform.tamper = (data, spawn) =>
      data.role.kind === 'io' ? { ended: Promise.resolve(), terminate: () => Promise.resolve() } : spawn(data);
    const machine = await make(SPIN);
    machine.start();
    expect(await machine.ended).toEqual({ reason: 'error', message: 'the thread io ended before the machine', cause: undefined });
  });

  it('cannot keep others that hang', async () => {
    let terminated = 0;
    platform.tamper = (data, spawn) => {
      if (data.role.kind === 'io') return { ended: Promise.reject(new Error('no disk')), terminate: () => Promise.resolve() };
      if (data.role.kind !== 'cpu' || data.role.index === 0) return spawn(data);
      let gone!: () => void;
      const ended = new Promise<void>((resolve) => (gone = resolve));
      return { ended, terminate: async () => { terminated++; gone(); } };
    };
    const machine = await make(SPIN, { cpus: 2 });
    machine.start();
    expect(await machine.ended).toMatchObject({ reason: 'error', message: 'the thread io failed: no disk' });
    expect(terminated).toBe(1);
  });

  it('to start ends the machine', async () => {
    platform.tamper = (data, spawn) => {
      if (data.role.kind === 'cpu') throw new Error('no more threads');
      return spawn(data);
    };
    const machine = await make(SPIN);
    machine.start();
    expect(await machine.ended).toMatchObject({ reason: 'error', message: 'the threads of the machine cannot be started: no more threads' });
  });
});
